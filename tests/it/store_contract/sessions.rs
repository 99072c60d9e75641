//! Sessions end by idleness, by age, by hand and by the sweep; each end is told to its connections.

use plaudit::domain::session::{IDLE_SECONDS, LIFE_SECONDS};
use plaudit::domain::{Error, Event, Timestamp, UserId};
use tokio::task::JoinSet;

use super::world::{Fixture, NOW, World, ended_event, sign_up};

const DAY: i64 = 24 * 3600;

async fn ended(world: &World) -> Vec<Event> {
    // A write that is answered comes behind all others: then they have been settled.
    world.store.check().await.unwrap();
    world.seen.take_events()
}

pub(super) async fn a_session_ends_after_14_days_without_a_visit(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let user = world.member("ana").await;
    let new = world.session_at(NOW);
    let session = world.store.create_session(user, new.clone(), None, None).await.unwrap();
    let end = NOW.plus_seconds(IDLE_SECONDS);
    let just_before = Timestamp(end.0 - 1);
    assert!(world.store.find_session(new.token, just_before).await.unwrap().is_some());
    assert_eq!(world.store.find_session(new.token, end).await.unwrap(), None);

    world.store.touch_session(session.id, just_before).await.unwrap();
    let found = world.store.find_session(new.token, end).await.unwrap().unwrap();
    assert_eq!(found.seen_at, just_before);
}

pub(super) async fn a_session_ends_after_its_life_whatever_happens(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let user = world.member("ana").await;
    let new = world.session_at(NOW);
    let session = world.store.create_session(user, new.clone(), None, None).await.unwrap();
    let end = NOW.plus_seconds(LIFE_SECONDS);
    let just_before = Timestamp(end.0 - 1);
    world.store.touch_session(session.id, just_before).await.unwrap();
    assert!(world.store.find_session(new.token, just_before).await.unwrap().is_some());
    assert_eq!(world.store.find_session(new.token, end).await.unwrap(), None);
}

pub(super) async fn a_visit_is_never_noted_backwards(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let user = world.member("ana").await;
    let new = world.session_at(NOW);
    let session = world.store.create_session(user, new.clone(), None, None).await.unwrap();
    for seconds in [7200, 3600] {
        world.store.touch_session(session.id, NOW.plus_seconds(seconds)).await.unwrap();
    }
    let found = world.store.find_session(new.token, NOW).await.unwrap().unwrap();
    assert_eq!(found.seen_at, NOW.plus_seconds(7200));
}

pub(super) async fn a_new_session_replaces_the_old_one(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let user = world.member("ana").await;
    let old = world.store.create_session(user, world.session_at(NOW), None, None).await.unwrap().id;
    let new = world.session_at(NOW);
    let session = world.store.create_session(user, new.clone(), Some(old), None).await.unwrap();
    assert_eq!(session.user.id, user);
    assert_eq!(ended(&world).await, [ended_event(&[old])]);
    assert!(world.store.find_session(new.token, NOW).await.unwrap().is_some());
}

pub(super) async fn only_a_member_gets_another_session(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (guest, kept) = world.guest(world.welcome().await).await;
    world.seen.take();
    for user in [guest, UserId(4711)] {
        let refused = world.store.create_session(user, world.session_at(NOW), Some(kept), None).await;
        assert_eq!(refused.map(|_| ()), Err(Error::no_user()));
    }
    assert!(ended(&world).await.is_empty(), "what was to be replaced goes on");
}

pub(super) async fn ending_a_session_tells_its_connections_once(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let user = world.member("ana").await;
    let new = world.session_at(NOW);
    let session = world.store.create_session(user, new.clone(), None, None).await.unwrap().id;
    world.seen.take();
    world.store.end_session(session).await.unwrap();
    world.store.end_session(session).await.unwrap();
    assert_eq!(ended(&world).await, [ended_event(&[session])]);
    assert_eq!(world.store.find_session(new.token, NOW).await.unwrap(), None);
    world.store.touch_session(session, NOW).await.unwrap();
}

pub(super) async fn ending_all_sessions_of_a_user_leaves_the_others(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let mut of_ana = Vec::new();
    for _ in 0..3 {
        of_ana.push(world.store.create_session(ana, world.session_at(NOW), None, None).await.unwrap().id);
    }
    let of_ben = world.session_at(NOW);
    world.store.create_session(ben, of_ben.clone(), None, None).await.unwrap();
    world.seen.take();
    world.store.end_sessions(ana).await.unwrap();
    world.store.end_sessions(ana).await.unwrap();
    let events = ended(&world).await;
    let [Event::SessionsEnded { sessions: told, .. }] = &events[..] else { panic!("{events:?}") };
    let mut told = told.clone();
    told.sort();
    assert_eq!(told, of_ana);
    assert!(world.store.find_session(of_ben.token, NOW).await.unwrap().is_some());
}

pub(super) async fn a_sweep_takes_sessions_that_are_over_and_guests_who_left_nothing(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let post = world.welcome().await;
    let (liking, liking_session) = world.guest(post).await;
    let (leaving, leaving_session) = world.guest(post).await;
    let (member, _) = world.store.create_member(sign_up("ana", None), None).await.unwrap();
    let later = NOW.plus_seconds(IDLE_SECONDS);
    // Made an hour before the sweep and already without likes and session: its day is not over.
    let (fresh, _) =
        world.store.like_as_new_guest(post, world.session_at(later.plus_seconds(-3600))).await.unwrap();
    world.unlike(leaving, post).await.unwrap();
    world.unlike(fresh.user.id, post).await.unwrap();
    world.store.end_session(fresh.id).await.unwrap();
    world.seen.take();

    world.store.sweep(later).await.unwrap();
    let events = ended(&world).await;
    assert_eq!(events, [ended_event(&[liking_session, leaving_session])]);
    assert_eq!(world.likers(post).await, [liking], "a guest who likes something stays");
    assert!(world.like(member.id, post).await.is_ok(), "a member stays");
    assert_eq!(world.like(leaving, post).await, Err(Error::NoSession), "nobody is left to like");
    assert!(world.like(fresh.user.id, post).await.is_ok());
    world.unlike(fresh.user.id, post).await.unwrap();

    world.store.sweep(later.plus_seconds(DAY)).await.unwrap();
    assert_eq!(world.like(fresh.user.id, post).await, Err(Error::NoSession));
}

pub(super) async fn a_sweep_takes_hundreds(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let post = world.post(world.member("ana").await, "Soon gone").await.id;
    let mut coming = JoinSet::new();
    for _ in 0..600 {
        let (store, new) = (world.store.clone(), world.session_at(NOW));
        coming.spawn(async move { store.like_as_new_guest(post, new).await.unwrap().0.user.id });
    }
    let guests = coming.join_all().await;
    world.store.remove_post(post, NOW).await.unwrap();
    world.seen.take();
    world.store.sweep(NOW.plus_seconds(IDLE_SECONDS)).await.unwrap();
    let told: usize = ended(&world)
        .await
        .iter()
        .map(|event| if let Event::SessionsEnded { sessions, .. } = event { sessions.len() } else { 0 })
        .sum();
    assert_eq!(told, 600);
    let welcome = world.welcome().await;
    for guest in [guests[0], guests[599]] {
        assert_eq!(world.like(guest, welcome).await, Err(Error::NoSession));
    }
}

pub(super) async fn the_newest_time_is_that_of_the_newest_row(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let newest = async || world.store.find_newest_time().await.unwrap();
    assert_eq!(newest().await, Some(NOW), "the first post");
    let (session, _) = world
        .store
        .like_as_new_guest(world.welcome().await, world.session_at(NOW.plus_seconds(5)))
        .await
        .unwrap();
    assert_eq!(newest().await, Some(NOW.plus_seconds(5)));
    world.store.touch_session(session.id, NOW.plus_seconds(9)).await.unwrap();
    assert_eq!(newest().await, Some(NOW.plus_seconds(9)));
}
