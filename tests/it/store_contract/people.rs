//! Guests come by a like; members sign up, some of them out of a guest.

use std::sync::Arc;

use plaudit::domain::{Error, Event, Limit, PostId, Settings, UserId, UserKind};
use plaudit::store::Credentials;

use super::world::{Fixture, NOW, ended_event, sign_up};

pub(super) async fn a_guest_comes_with_its_first_like(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let post = world.welcome().await;
    let new = world.session_at(NOW);
    let (session, liked) = world.store.like_as_new_guest(post, new.clone()).await.unwrap();
    let guest = &session.user;
    assert_eq!((guest.kind, guest.handle.as_deref(), guest.name.as_str()), (UserKind::Guest, None, "Guest"));
    assert_eq!((liked.user, liked.changed, liked.likes), (guest.id, true, 1));
    assert_eq!((session.seen_at, session.ends_at), (new.at, new.ends_at));
    assert_eq!(world.store.find_session(new.token, NOW).await.unwrap().unwrap(), session);
    let likers = world.store.list_likers(post, None, Limit::default()).await.unwrap();
    assert_eq!(likers.items[0].user, *guest);
}

pub(super) async fn no_guest_is_made_where_there_is_nothing_to_like(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let post = world.welcome().await;
    let (first, _) = world.guest(post).await;
    let new = world.session_at(NOW);
    world.seen.take();
    let refused = world.store.like_as_new_guest(PostId(4711), new.clone()).await;
    assert_eq!(refused.map(|_| ()), Err(Error::no_post()));
    assert_eq!(world.store.find_session(new.token, NOW).await.unwrap(), None);
    assert!(world.seen.take_events().is_empty());
    // Not even an id was used up: the transaction knew nothing of it.
    assert_eq!(world.guest(post).await.0, UserId(first.0 + 1));
}

pub(super) async fn signing_up_keeps_the_guests_likes_and_ends_its_sessions(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let post = world.welcome().await;
    let old = world.session_at(NOW);
    let (guest, _) = world.store.like_as_new_guest(post, old.clone()).await.unwrap();
    world.seen.take();

    let new = world.session_at(NOW);
    let (user, session) =
        world.store.create_member(sign_up("ana", Some(guest.user.id)), Some(new.clone())).await.unwrap();
    assert_eq!(user.id, guest.user.id);
    assert_eq!(
        (user.kind, user.handle.as_deref(), user.name.as_str()),
        (UserKind::Member, Some("ana"), "ANA")
    );
    assert_eq!(world.likers(post).await, [user.id]);
    assert_eq!(world.counts(post).await.unwrap().likes, 1);
    let changed = Event::UserChanged { user: Arc::new(user.clone()), settings: Settings::default() };
    assert_eq!(world.seen.take_events(), [ended_event(&[guest.id]), changed]);
    assert_eq!(world.store.find_session(old.token, NOW).await.unwrap(), None);
    let found = world.store.find_session(new.token, NOW).await.unwrap();
    assert_eq!(found, session);
    assert_eq!(found.unwrap().user, user);
}

pub(super) async fn a_guest_signs_up_only_once(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (guest, _) = world.guest(world.welcome().await).await;
    let ana = world.store.create_member(sign_up("ana", Some(guest)), None).await.unwrap().0;
    let ben = world.store.create_member(sign_up("ben", Some(guest)), None).await.unwrap().0;
    assert_eq!(ana.id, guest);
    assert_ne!(ben.id, guest, "whoever is a member stays that member");
    assert_eq!(world.store.find_user("ana").await.unwrap(), Some(ana));
    let unknown = world.store.create_member(sign_up("cleo", Some(UserId(4711))), None).await.unwrap().0;
    assert_ne!(unknown.id, UserId(4711));
}

pub(super) async fn two_who_want_the_same_handle_do_not_both_get_it(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (guest, _) = world.guest(world.welcome().await).await;
    world.hold();
    let (first, second, third, ()) = tokio::join!(
        biased;
        world.store.create_member(sign_up("ana", None), Some(world.session_at(NOW))),
        world.store.create_member(sign_up("ana", None), Some(world.session_at(NOW))),
        world.store.create_member(sign_up("ana", Some(guest)), Some(world.session_at(NOW))),
        async { world.seen.release() }
    );
    let ana = first.unwrap().0;
    assert_eq!(second.map(|_| ()), Err(Error::HandleTaken));
    assert_eq!(third.map(|_| ()), Err(Error::HandleTaken));
    assert_eq!(world.store.find_user("ana").await.unwrap(), Some(ana));
}

pub(super) async fn a_refused_sign_up_leaves_the_guest_as_it_was(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    world.member("ana").await;
    let new = world.session_at(NOW);
    let (session, _) = world.store.like_as_new_guest(world.welcome().await, new.clone()).await.unwrap();
    world.seen.take();
    let refused = world.store.create_member(sign_up("ana", Some(session.user.id)), None).await;
    assert_eq!(refused.map(|_| ()), Err(Error::HandleTaken));
    assert_eq!(world.store.find_session(new.token, NOW).await.unwrap(), Some(session));
    assert!(world.seen.take_events().is_empty());
}

pub(super) async fn a_member_is_found_by_handle(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let id = world.member("ana").await;
    let found = world.store.find_user("ana").await.unwrap().unwrap();
    assert_eq!((found.id, found.kind, found.bio.as_str()), (id, UserKind::Member, ""));
    let credentials = world.store.find_credentials("ana").await.unwrap();
    assert_eq!(
        credentials,
        Some(Credentials { user: id, password_hash: "$argon2id$of ana".to_owned(), suspended: false })
    );
    assert_eq!(world.store.find_user("an").await.unwrap(), None);
    assert_eq!(world.store.find_credentials("ANA").await.unwrap(), None);
}

pub(super) async fn a_member_can_be_made_without_a_session(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (user, session) = world.store.create_member(sign_up("ana", None), None).await.unwrap();
    assert!(user.is_member());
    assert_eq!(session, None);
}

pub(super) async fn the_system_user_cannot_log_in(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let system = world.store.find_user("plaudit").await.unwrap().unwrap();
    assert_eq!((system.name.as_str(), system.kind), ("Plaudit", UserKind::Member));
    assert_eq!(world.store.find_credentials("plaudit").await.unwrap(), None);
}
