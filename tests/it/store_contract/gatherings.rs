//! What waits together is committed together, and leaves through the sink in the order of the commits.

use std::sync::Arc;
use std::time::Duration;

use plaudit::domain::{Counts, Error, Event, FeedChange, Liked, PostId, Result, SessionId, UserId};
use plaudit::store::{SetLike, Waiter};
use tokio::sync::oneshot;

use super::world::{Fixture, NOW, sign_up, writing};

pub(super) async fn what_waits_together_is_committed_together(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (post, users) = (world.welcome().await, world.members(20).await);
    world.hold();
    world.seen.take();
    let before = (world.commits)();
    let outcomes: Vec<_> = users.iter().map(|user| world.submit(*user, post, true)).collect();
    world.seen.release();
    for outcome in outcomes {
        assert!(outcome.await.unwrap().unwrap().changed);
    }
    assert_eq!((world.commits)() - before, 1);
    assert_eq!(world.seen.take().last().unwrap().requests, 20);
}

pub(super) async fn events_follow_the_order_of_commits_with_one_count_per_post(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let (one, two) = (world.post(ana, "One").await.id, world.post(ana, "Two").await.id);
    world.hold();
    let likes = [(ana, two, true), (ana, one, true), (ben, two, true), (ben, one, true), (ana, one, false)];
    let outcomes: Vec<_> = likes.map(|(user, post, on)| world.submit(user, post, on)).into();
    let (written, ()) = tokio::join!(biased; world.store.create_post(writing(ben, "Three", None)), async { world.seen.release() });
    for outcome in outcomes {
        outcome.await.unwrap().unwrap();
    }
    let three = written.unwrap().item;
    let counts = |likes, version| Counts { likes, comments: 0, version };
    assert_eq!(
        world.seen.take().last().unwrap().events,
        [
            Event::LikeSet { user: ana, post: two, liked: true, version: 2 },
            Event::LikeSet { user: ana, post: one, liked: true, version: 2 },
            Event::LikeSet { user: ben, post: two, liked: true, version: 3 },
            Event::LikeSet { user: ben, post: one, liked: true, version: 3 },
            Event::LikeSet { user: ana, post: one, liked: false, version: 4 },
            Event::FeedChanged(FeedChange::Added { seq: three.seq, item: Arc::new(three) }),
            Event::CountsChanged { post: two, counts: counts(2, 3) },
            Event::CountsChanged { post: one, counts: counts(1, 4) },
        ]
    );
}

pub(super) async fn a_removed_post_has_no_counts_to_tell(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    let post = world.post(ana, "Soon gone").await;
    world.hold();
    let liked = world.submit(ana, post.id, true);
    let (removed, ()) =
        tokio::join!(biased; world.store.remove_post(post.id, NOW), async { world.seen.release() });
    removed.unwrap();
    assert!(liked.await.unwrap().unwrap().changed);
    assert_eq!(
        world.seen.take().last().unwrap().events,
        [
            Event::LikeSet { user: ana, post: post.id, liked: true, version: 2 },
            Event::FeedChanged(FeedChange::Removed { seq: post.seq + 1, id: post.id }),
        ]
    );
}

pub(super) async fn a_refused_act_takes_no_seq_and_publishes_nothing(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    world.store.create_post(writing(ana, "Taken", Some("key"))).await.unwrap();
    let (of_ana, of_guest) = (world.session_at(NOW), world.session_at(NOW));
    world.store.create_session(ana, of_ana.clone(), None, None).await.unwrap();
    let (guest, _) = world.store.like_as_new_guest(world.welcome().await, of_guest.clone()).await.unwrap();
    world.hold();
    let (first, nobody, reused, sign_up, second, ()) = tokio::join!(
        biased;
        world.store.create_post(writing(ana, "First", None)),
        world.store.create_post(writing(UserId(4711), "Nobody's", None)),
        world.store.create_post(writing(ana, "Another", Some("key"))),
        // Refused at its very last statement, because the token is in use: all that it did before must be undone,
        // the guest's ended session and the event that tells of it as well.
        world.store.create_member(sign_up("ben", Some(guest.user.id)), Some(of_ana)),
        world.store.create_post(writing(ana, "Second", None)),
        async { world.seen.release() }
    );
    assert_eq!(nobody.map(|_| ()), Err(Error::NoSession));
    assert_eq!(reused.map(|_| ()), Err(Error::KeyReused));
    assert_eq!(sign_up.map(|_| ()), Err(Error::Storage));
    let (first, second) = (first.unwrap().item, second.unwrap().item);
    assert_eq!(second.seq, first.seq + 1);
    let events = world.seen.take().last().unwrap().events.clone();
    let seqs = |event: &Event| if let Event::FeedChanged(change) = event { change.seq() } else { 0 };
    assert_eq!(
        events.iter().map(seqs).collect::<Vec<_>>(),
        [first.seq, second.seq],
        "two events and no other"
    );
    assert_eq!(world.store.find_user("ben").await.unwrap(), None);
    assert_eq!(world.store.find_session(of_guest.token, NOW).await.unwrap(), Some(guest));
}

pub(super) async fn nobody_hears_anything_before_the_sink(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (post, users) = (world.welcome().await, world.members(2).await);
    let mut first = world.hold_with(|| world.submit(users[0], post, true));
    let mut second = world.submit(users[1], post, true);
    assert_eq!(world.counts(post).await.unwrap().likes, 1, "one is committed, the next waits for the sink");
    assert!(first.try_recv().is_err() && second.try_recv().is_err(), "and neither is acknowledged");
    world.seen.release();
    assert!(first.await.unwrap().unwrap().changed);
    assert_eq!(second.await.unwrap().unwrap().likes, 2);
}

pub(super) async fn a_full_queue_refuses_at_once(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (post, ana) = (world.welcome().await, world.member("ana").await);
    world.hold();
    let (mut accepted, mut refused) = (Vec::new(), None);
    for _ in 0..10_000 {
        let (reply, outcome) = oneshot::channel();
        let like = SetLike { post, user: ana, on: true, at: NOW };
        match world.store.set_like(like, Waiter::Request(reply)) {
            Ok(()) => accepted.push(outcome),
            Err(error) => {
                refused = Some((error, outcome));
                break;
            }
        }
    }
    let (error, unheard) = refused.expect("the queue has a bound");
    assert_eq!(error, Error::Overloaded);
    assert!(unheard.await.is_err(), "who was refused hears nothing more");
    assert_eq!(world.store.end_session(SessionId(1)).await, Err(Error::Overloaded));
    world.seen.release();
    let mut changed = 0;
    for outcome in accepted {
        changed += usize::from(outcome.await.unwrap().unwrap().changed);
    }
    assert_eq!(changed, 1, "who was let in is answered");
    assert!(world.unlike(ana, post).await.unwrap().changed);
}

pub(super) async fn many_threads_lose_no_like(fixture: &dyn Fixture) {
    const THREADS: usize = 8;
    let world = fixture.open().await;
    let (post, users) = (world.welcome().await, world.members(64).await);
    let before = (world.commits)();
    let changed: usize = std::thread::scope(|scope| {
        let like_all = |shift: usize| {
            let (world, users) = (&world, &users);
            move || {
                let like =
                    |number: usize| world.submit(users[(number + shift * 8) % users.len()], post, true);
                let outcomes: Vec<_> = (0..users.len()).map(like).collect();
                let changed = |outcome: oneshot::Receiver<Result<Liked>>| {
                    usize::from(outcome.blocking_recv().unwrap().unwrap().changed)
                };
                outcomes.into_iter().map(changed).sum::<usize>()
            }
        };
        let threads: Vec<_> = (0..THREADS)
            .map(|shift| std::thread::Builder::new().spawn_scoped(scope, like_all(shift)).unwrap())
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(changed, users.len(), "each like changed something exactly once");
    assert_eq!(world.counts(post).await.unwrap(), Counts { likes: 64, comments: 0, version: 65 });
    let (commits, likes) = ((world.commits)() - before, (THREADS * users.len()) as u64);
    assert!(commits < likes / 2, "{commits} commits for {likes} likes: they do not gather");
}

pub(super) async fn a_dropped_request_counts_all_the_same(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (post, ana) = (world.welcome().await, world.member("ana").await);
    drop(world.submit(ana, post, true));
    world.hold();
    let write = world.store.create_post(writing(ana, "Kept", None));
    assert!(tokio::time::timeout(Duration::ZERO, write).await.is_err(), "polled once, then dropped");
    world.seen.release();
    world.store.check().await.unwrap();
    assert_eq!(world.likers(post).await, [ana]);
    assert_eq!(world.store.read_feed_tail().await.unwrap().seq, 2);
}

pub(super) async fn closing_settles_what_waits_and_refuses_the_rest(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (post, ana) = (world.welcome().await, world.member("ana").await);
    world.hold();
    let liked = world.submit(ana, post, true);
    let release = async { world.seen.release() };
    tokio::join!(biased; world.store.close(), world.store.close(), release);
    assert!(liked.await.unwrap().unwrap().changed);
    assert_eq!(world.store.remove_post(PostId(1), NOW).await, Err(Error::Overloaded));
    let (reply, _) = oneshot::channel();
    let like = SetLike { post, user: ana, on: false, at: NOW };
    assert_eq!(world.store.set_like(like, Waiter::Request(reply)), Err(Error::Overloaded));
    assert_eq!(world.counts(post).await.unwrap().likes, 1, "reading goes on");
    world.store.close().await;
}
