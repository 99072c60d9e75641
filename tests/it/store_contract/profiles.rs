//! What members say of themselves, and their settings.

use std::sync::Arc;

use plaudit::domain::{Error, Event, Settings, UserId};
use plaudit::store::{ProfileChange, SettingsChange};

use super::world::{Fixture, NOW, ended_event};

pub(super) async fn a_profile_changes_what_is_given_and_tells_it(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    let session = world.session_at(NOW);
    world.store.create_session(ana, session.clone(), None, None).await.unwrap();
    let written = world.comment(world.welcome().await, ana, "Hello").await;
    world.seen.take();

    let named = ProfileChange { name: Some("Ana".to_owned()), ..ProfileChange::default() };
    let user = world.store.update_profile(ana, named).await.unwrap();
    assert_eq!((user.name.as_str(), user.bio.as_str(), user.handle.as_deref()), ("Ana", "", Some("ana")));
    let about = ProfileChange {
        bio: Some("Paints".to_owned()),
        settings: SettingsChange { shows_viewing: Some(false), ..SettingsChange::default() },
        ..ProfileChange::default()
    };
    let now = world.store.update_profile(ana, about).await.unwrap();
    assert_eq!((now.name.as_str(), now.bio.as_str()), ("Ana", "Paints"));
    let settings = Settings { shows_viewing: false, ..Settings::DEFAULT };
    assert_eq!(
        world.seen.take_events(),
        [
            Event::UserChanged { user: Arc::new(user), settings: Settings::default() },
            Event::UserChanged { user: Arc::new(now.clone()), settings },
        ]
    );

    assert_eq!(world.store.find_user("ana").await.unwrap(), Some(now.clone()));
    assert_eq!(world.store.find_person(ana).await.unwrap(), Some((now.clone(), settings)));
    let found = world.store.find_session(session.token, NOW).await.unwrap().unwrap();
    assert_eq!((found.user, found.settings), (now.clone(), settings));
    let another = world.store.create_session(ana, world.session_at(NOW), None, None).await.unwrap();
    assert_eq!((another.user, another.settings), (now.clone(), settings));
    assert_eq!(world.store.find_comment(written.id).await.unwrap().unwrap().author, now);
}

pub(super) async fn a_profile_that_stays_as_it_is_is_no_event(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    let before = world.store.find_user("ana").await.unwrap().unwrap();
    world.seen.take();
    for change in [
        ProfileChange::default(),
        ProfileChange {
            name: Some(before.name.clone()),
            bio: Some(String::new()),
            settings: SettingsChange { shows_viewing: Some(true), ..SettingsChange::default() },
        },
    ] {
        assert_eq!(world.store.update_profile(ana, change).await.unwrap(), before);
    }
    assert!(world.seen.take_events().is_empty());
}

pub(super) async fn only_a_member_has_a_profile(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (guest, _) = world.guest(world.welcome().await).await;
    for nobody in [guest, UserId(4711)] {
        let named = ProfileChange { name: Some("Boo".to_owned()), ..ProfileChange::default() };
        assert_eq!(world.store.update_profile(nobody, named).await, Err(Error::NoSession));
    }
    let (user, settings) = world.store.find_person(guest).await.unwrap().unwrap();
    assert_eq!((user.name.as_str(), settings), ("Guest", Settings::default()));
    assert_eq!(world.store.find_person(UserId(4711)).await.unwrap(), None);
}

pub(super) async fn a_new_password_ends_all_sessions(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    let (guest, _) = world.guest(world.welcome().await).await;
    let old = world.session_at(NOW);
    let id = world.store.create_session(ana, old.clone(), None, None).await.unwrap().id;
    world.seen.take();
    let new = world.session_at(NOW);
    let session = world.store.change_password(ana, "new".to_owned(), Some(new.clone()), None).await.unwrap();
    assert_eq!(world.seen.take_events(), [ended_event(&[id])]);
    assert_eq!(world.store.find_session(old.token, NOW).await.unwrap(), None);
    assert_eq!(world.store.find_session(new.token, NOW).await.unwrap(), session);
    assert!(session.is_some());
    assert_eq!(world.store.find_credentials("ana").await.unwrap().unwrap().password_hash, "new");
    assert_eq!(world.store.change_password(ana, "newer".to_owned(), None, None).await.unwrap(), None);
    assert_eq!(world.store.find_session(new.token, NOW).await.unwrap(), None);
    for nobody in [guest, UserId(4711)] {
        let refused = world.store.change_password(nobody, "new".to_owned(), None, None).await;
        assert_eq!(refused, Err(Error::no_user()));
    }
}

pub(super) async fn what_a_password_allowed_it_allows_only_as_long_as_it_is_the_password(
    fixture: &dyn Fixture,
) {
    let world = fixture.open().await;
    let (ana, store) = (world.member("ana").await, &world.store);
    let checked = store.find_credentials("ana").await.unwrap().map(|found| found.password_hash);
    assert!(checked.is_some());
    let kept = store.create_session(ana, world.session_at(NOW), None, checked.clone()).await.unwrap();
    // Somebody is about to log in, another one to change the password, a third one to delete the account: all three
    // know the old password. Now the operator gives it a new one.
    store.change_password(ana, "new".to_owned(), None, None).await.unwrap();
    world.seen.take();
    let before = store.find_user("ana").await.unwrap();
    let late = world.session_at(NOW);
    let logged_in = store.create_session(ana, late.clone(), Some(kept.id), checked.clone()).await;
    assert_eq!(logged_in.map(drop), Err(Error::BadCredentials));
    let changed = store.change_password(ana, "theirs".to_owned(), Some(late.clone()), checked.clone()).await;
    assert_eq!(changed.map(drop), Err(Error::BadCredentials));
    assert_eq!(store.erase_user(ana, NOW, checked.clone()).await, Err(Error::BadCredentials));
    assert!(world.seen.take_events().is_empty());
    assert_eq!(store.find_session(late.token, NOW).await.unwrap(), None);
    assert_eq!(store.find_user("ana").await.unwrap(), before);
    let now = store.find_credentials("ana").await.unwrap().unwrap().password_hash;
    assert_eq!(now, "new");
    // With the one that it has now, all of it works; an account that is gone has none.
    store.create_session(ana, world.session_at(NOW), None, Some(now.clone())).await.unwrap();
    store.change_password(ana, "newer".to_owned(), None, Some(now)).await.unwrap();
    store.erase_user(ana, NOW, Some("newer".to_owned())).await.unwrap();
    let newer = Some("newer".to_owned());
    let gone = store.create_session(ana, world.session_at(NOW), None, newer.clone()).await;
    assert_eq!(gone.map(drop), Err(Error::BadCredentials));
    assert_eq!(store.erase_user(ana, NOW, newer).await, Err(Error::BadCredentials));
}
