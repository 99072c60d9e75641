//! When the database cannot write: nothing is acknowledged, nothing published, reading goes on, and once it can
//! write again everything is as if nothing had been tried.

use plaudit::domain::{Error, Limit, PostId};

use super::world::{Fixture, NOW, writing};

pub(super) async fn a_failed_commit_acknowledges_and_publishes_nothing(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (post, ana) = (world.welcome().await, world.member("ana").await);
    world.seen.take();
    fixture.break_commits().await;
    let before = (world.commits)();
    let new = world.session_at(NOW);
    assert_eq!(world.like(ana, post).await, Err(Error::Storage));
    let guest = world.store.like_as_new_guest(post, new.clone()).await;
    assert_eq!(guest.map(|_| ()), Err(Error::Storage));
    assert!(world.seen.take_events().is_empty());
    assert_eq!((world.commits)(), before);
    assert_eq!(world.counts(post).await.unwrap().version, 1);
    assert_eq!(world.store.find_session(new.token, NOW).await.unwrap(), None);

    fixture.mend_commits().await;
    let liked = world.like(ana, post).await.unwrap();
    assert_eq!((liked.changed, liked.likes, liked.version), (true, 1, 2));
}

pub(super) async fn a_failed_commit_fails_the_whole_batch(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (post, ana) = (world.welcome().await, world.member("ana").await);
    fixture.break_commits().await;
    world.hold();
    world.seen.take();
    let (liked, refused) = (world.submit(ana, post, true), world.submit(ana, PostId(4711), true));
    let (written, ()) = tokio::join!(biased; world.store.create_post(writing(ana, "Lost", Some("key"))), async { world.seen.release() });
    assert_eq!(written.map(|_| ()), Err(Error::Storage));
    assert_eq!(liked.await.unwrap(), Err(Error::Storage));
    assert_eq!(
        refused.await.unwrap(),
        Err(Error::Storage),
        "of a failed batch nothing is known, not even refusals"
    );
    assert!(world.seen.take_events().is_empty());
    assert_eq!(world.store.read_feed_tail().await.unwrap().seq, 1);

    let again = world.store.create_post(writing(ana, "Lost", Some("key"))).await.unwrap();
    assert!(again.fresh, "the key was not used");
    assert_eq!(again.item.seq, 2, "nor the seq");
    fixture.mend_commits().await;
    assert!(world.like(ana, post).await.unwrap().changed);
}

pub(super) async fn reading_goes_on_while_writing_fails(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (post, ana) = (world.welcome().await, world.member("ana").await);
    world.like(ana, post).await.unwrap();
    let ben = world.member("ben").await;
    fixture.break_commits().await;
    for _ in 0..3 {
        assert_eq!(world.like(ben, post).await, Err(Error::Storage));
        assert_eq!(world.likers(post).await, [ana]);
        assert_eq!(
            world.store.list_posts(None, Some(ana), None, Limit::default()).await.unwrap().items[0].likes,
            1
        );
        assert!(world.store.find_user("ana").await.unwrap().is_some());
    }
    fixture.mend_commits().await;
}

pub(super) async fn the_check_tells_whether_writing_works(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let before = (world.commits)();
    world.store.check().await.unwrap();
    assert_eq!((world.commits)() - before, 1, "only a commit shows that one can commit");
    assert!(world.seen.take_events().is_empty());
    world.store.close().await;
    assert_eq!(world.store.check().await, Err(Error::Overloaded));
}
