//! Suspended members are out, and so are their likes, exactly; moderators are made.

use plaudit::domain::{Counts, EndReason, Error, Event, Limit, PostId, Subject, Timestamp, UserId};
use plaudit::store::ProfileChange;
use tokio::task::JoinSet;

use super::world::{Fixture, NOW, World, commenting, report, writing};

const LATER: Timestamp = Timestamp(NOW.0 + 60_000);

/// Many posts of somebody: more than one slice takes.
pub(super) async fn many_posts(world: &World, author: UserId, count: usize) -> Vec<PostId> {
    let mut coming = JoinSet::new();
    for _ in 0..count {
        let store = world.store.clone();
        coming.spawn(async move {
            store.create_post(writing(author, "One of many", None)).await.unwrap().item.id
        });
    }
    let mut posts = coming.join_all().await;
    posts.sort();
    posts
}

async fn like_all(world: &World, user: UserId, posts: &[PostId]) {
    let outcomes: Vec<_> = posts.iter().map(|post| world.submit(user, *post, true)).collect();
    for outcome in outcomes {
        outcome.await.unwrap().unwrap();
    }
}

async fn likes(world: &World, posts: &[PostId]) -> Vec<u64> {
    let counts = world.store.find_counts(posts).await.unwrap();
    counts.into_iter().map(|counts| counts.unwrap().likes).collect()
}

async fn suspended(world: &World, handle: &str) -> bool {
    world.store.find_credentials(handle).await.unwrap().unwrap().suspended
}

pub(super) async fn a_suspended_member_is_out_until_it_is_let_in(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, _) = (world.member("ana").await, world.member("ben").await);
    let post = world.welcome().await;
    let session = world.session_at(NOW);
    let id = world.store.create_session(ana, session.clone(), None, None).await.unwrap().id;
    let of_ana = world.comment(post, ana, "Stays").await;
    world.seen.take();

    world.store.set_suspended(ana, true, NOW).await.unwrap();
    let told = [Event::SessionsEnded { sessions: vec![id], why: EndReason::Suspended }];
    assert_eq!(world.seen.take_events(), told);
    assert!(suspended(&world, "ana").await && !suspended(&world, "ben").await);
    assert_eq!(world.store.find_session(session.token, NOW).await.unwrap(), None);

    // Whatever was on its way when it was decided.
    let store = &world.store;
    assert_eq!(world.like(ana, post).await, Err(Error::NoSession));
    assert_eq!(world.unlike(ana, post).await, Err(Error::NoSession));
    let refused = store.create_post(writing(ana, "Boo", None)).await.map(|_| ());
    assert_eq!(refused, Err(Error::NoSession));
    let refused = store.create_comment(commenting(post, ana, "Boo")).await.map(|_| ());
    assert_eq!(refused, Err(Error::NoSession));
    assert_eq!(store.edit_comment(of_ana.id, "Boo".to_owned(), NOW, None).await, Err(Error::NoSession));
    assert_eq!(store.create_report(report(Subject::Post(post), ana, "Boo")).await, Err(Error::NoSession));
    let named = ProfileChange { name: Some("Boo".to_owned()), ..ProfileChange::default() };
    assert_eq!(store.update_profile(ana, named).await, Err(Error::NoSession));
    let refused = store.create_session(ana, world.session_at(NOW), None, None).await.map(|_| ());
    assert_eq!(refused, Err(Error::suspended()));
    let refused = store.change_password(ana, "new".to_owned(), Some(world.session_at(NOW)), None).await;
    assert_eq!(refused.map(|_| ()), Err(Error::suspended()));
    assert!(world.seen.take_events().is_empty());
    assert!(store.find_person(ana).await.unwrap().is_some(), "it has an account all the same");
    assert!(store.find_comment(of_ana.id).await.unwrap().is_some());

    world.store.set_suspended(ana, false, NOW).await.unwrap();
    assert!(!suspended(&world, "ana").await);
    world.store.create_session(ana, world.session_at(NOW), None, None).await.unwrap();
    assert!(world.like(ana, post).await.unwrap().changed);
}

pub(super) async fn a_suspended_members_likes_leave_and_come_back_where_they_were(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben, cleo) = (world.member("ana").await, world.member("ben").await, world.member("cleo").await);
    let (post, other) = (world.post(cleo, "Hello").await.id, world.post(cleo, "Another").await.id);
    for user in [ben, ana, cleo] {
        world.like(user, post).await.unwrap();
    }
    world.like(ana, other).await.unwrap();
    world.seen.take();

    for _ in 0..2 {
        world.store.set_suspended(ana, true, NOW).await.unwrap();
        assert_eq!(world.likers(post).await, [cleo, ben]);
        assert_eq!(world.counts(post).await, Some(Counts { likes: 2, comments: 0, version: 5 }));
        assert!(!world.store.find_seen(&[post], ana).await.unwrap()[0].unwrap().1);
        assert!(world.liked(ana).await.is_empty());
    }
    assert_eq!(
        world.seen.take_events(),
        [
            Event::CountsChanged { post, counts: Counts { likes: 2, comments: 0, version: 5 } },
            Event::CountsChanged { post: other, counts: Counts { likes: 0, comments: 0, version: 3 } },
        ],
        "once"
    );
    world.store.remove_post(other, NOW).await.unwrap();
    world.unlike(ben, post).await.unwrap();
    world.like(ben, post).await.unwrap();
    world.seen.take();
    for _ in 0..2 {
        world.store.set_suspended(ana, false, LATER).await.unwrap();
        assert_eq!(world.likers(post).await, [ben, cleo, ana], "where it was, not as the newest");
        assert_eq!(world.liked(ana).await, [post], "what was removed meanwhile does not come back");
    }
    let counts = Counts { likes: 3, comments: 0, version: 8 };
    assert_eq!(world.seen.take_events(), [Event::CountsChanged { post, counts }]);
    let page = world.store.list_likers(post, None, Limit::default()).await.unwrap();
    assert_eq!(page.items[2].at, NOW);
    let again = world.like(ana, post).await.unwrap();
    assert_eq!((again.changed, again.likes), (false, 3));
}

pub(super) async fn likes_and_suspensions_of_one_batch_leave_the_counts_exact(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    let (post, other) = (world.welcome().await, world.post(ana, "Another").await.id);
    world.hold();
    let before = world.submit(ana, post, true);
    let (out, late, ()) = tokio::join!(
        biased;
        world.store.set_suspended(ana, true, NOW),
        world.like(ana, other),
        async { world.seen.release() }
    );
    out.unwrap();
    assert!(before.await.unwrap().unwrap().changed);
    assert_eq!(late, Err(Error::NoSession));
    assert_eq!(likes(&world, &[post, other]).await, [0, 0]);
    world.store.set_suspended(ana, false, NOW).await.unwrap();
    assert_eq!(likes(&world, &[post, other]).await, [1, 0]);
}

pub(super) async fn a_suspension_of_hundreds_of_likes_goes_on_after_a_kill(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let posts = many_posts(&world, ben, 300).await;
    like_all(&world, ana, &posts).await;
    like_all(&world, ben, &posts).await;

    let decide = |on| {
        let store = world.store.clone();
        world.hold_with(|| tokio::spawn(async move { store.set_suspended(ana, on, NOW).await }))
    };
    let deciding = decide(true);
    let found = fixture.killed().await;
    let killed = found.open().await;
    let taken = likes(&killed, &posts).await;
    assert!(taken.contains(&2) && taken.contains(&1), "some are taken, some are not");
    assert!(suspended(&killed, "ana").await, "from the first moment on");
    killed.store.sweep(NOW).await.unwrap();
    assert_eq!(likes(&killed, &posts).await, [1; 300]);
    assert!(killed.liked(ana).await.is_empty());
    world.seen.release();
    deciding.await.unwrap().unwrap();
    assert_eq!(likes(&world, &posts).await, [1; 300]);

    let deciding = decide(false);
    let found = fixture.killed().await;
    let killed = found.open().await;
    let back = likes(&killed, &posts).await;
    assert!(back.contains(&1) && back.contains(&2), "some are back, some are not");
    assert!(suspended(&killed, "ana").await, "and until all are it is not in");
    killed.store.sweep(NOW).await.unwrap();
    assert_eq!(likes(&killed, &posts).await, [2; 300]);
    assert!(!suspended(&killed, "ana").await);
    // Decided otherwise before all was done.
    let otherwise = tokio::spawn({
        let store = world.store.clone();
        async move { store.set_suspended(ana, true, NOW).await }
    });
    world.seen.release();
    deciding.await.unwrap().unwrap();
    otherwise.await.unwrap().unwrap();
    assert_eq!(likes(&world, &posts).await, [1; 300]);
    assert!(suspended(&world, "ana").await);
    world.store.set_suspended(ana, false, NOW).await.unwrap();
    assert_eq!(likes(&world, &posts).await, [2; 300]);
}

pub(super) async fn only_members_are_suspended_or_promoted(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (guest, _) = world.guest(world.welcome().await).await;
    for nobody in [guest, UserId(4711)] {
        for on in [true, false] {
            assert_eq!(world.store.set_suspended(nobody, on, NOW).await, Err(Error::no_user()));
            assert_eq!(world.store.set_moderator(nobody, on).await, Err(Error::no_user()));
        }
    }
}

pub(super) async fn a_moderator_is_one_in_every_session_at_once(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    let session = world.session_at(NOW);
    world.store.create_session(ana, session.clone(), None, None).await.unwrap();
    world.seen.take();
    for on in [true, false] {
        for _ in 0..2 {
            world.store.set_moderator(ana, on).await.unwrap();
        }
        let found = world.store.find_session(session.token, NOW).await.unwrap().unwrap();
        assert_eq!(found.user.moderator, on);
        let events = world.seen.take_events();
        let [Event::UserChanged { user, .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!((user.id, user.moderator), (ana, on), "told once");
    }
}
