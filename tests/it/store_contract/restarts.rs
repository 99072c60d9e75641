//! What was acknowledged is there after a restart and after a kill, with its seq, version and epoch.

use plaudit::domain::{FeedTail, Limit, Page, Post, Session, User, UserId};

use super::world::{EPOCH, Fixture, NOW, World, token, writing};

/// What every later start must show.
type Look = (Page<Post>, Vec<UserId>, Option<Session>, FeedTail, Option<User>, String);

/// Fills a store with one of everything.
async fn furnish(world: &World) -> Look {
    let ana = world.member("ana").await;
    let post = world.store.create_post(writing(ana, "Kept", Some("key"))).await.unwrap().item.id;
    let gone = world.post(ana, "Gone").await.id;
    world.store.remove_post(gone, NOW).await.unwrap();
    world.like(ana, post).await.unwrap();
    world.guest(post).await;
    world.unlike(ana, post).await.unwrap();
    look(world).await
}

async fn look(world: &World) -> Look {
    let posts = world.store.list_posts(None, None, None, Limit::default()).await.unwrap();
    let likers = world.likers(posts.items[0].id).await;
    let session = world.store.find_session(token(0), NOW).await.unwrap();
    assert!(session.is_some() && likers.len() == 1);
    let (tail, ana) =
        (world.store.read_feed_tail().await.unwrap(), world.store.find_user("ana").await.unwrap());
    (posts, likers, session, tail, ana, world.store.epoch().to_owned())
}

pub(super) async fn everything_is_there_after_a_restart(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let before = furnish(&world).await;
    world.store.close().await;
    drop(world);
    let world = fixture.open().await;
    assert_eq!(look(&world).await, before);
    assert!(world.seen.take().is_empty(), "a start publishes nothing");
    goes_on(&world).await;
}

pub(super) async fn what_was_acknowledged_survives_a_kill(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let before = furnish(&world).await;
    let found = fixture.killed().await;
    let after = found.open().await;
    assert_eq!(look(&after).await, before);
    goes_on(&after).await;
}

/// Seqs and versions go on where they were.
async fn goes_on(world: &World) {
    let ana = world.store.find_user("ana").await.unwrap().unwrap().id;
    let again = world.store.create_post(writing(ana, "Kept", Some("key"))).await.unwrap();
    assert!(!again.fresh);
    assert_eq!(world.like(ana, again.item.id).await.unwrap().version, 5);
    assert_eq!(world.post(ana, "Next").await.seq, 5);
}

pub(super) async fn an_epoch_is_given_once(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    assert_eq!(world.store.epoch(), EPOCH);
    world.store.close().await;
    let world = fixture.open_as("another").await;
    assert_eq!(world.store.epoch(), EPOCH);
    let posts = world.store.list_posts(None, None, None, Limit::default()).await.unwrap();
    assert_eq!(posts.items.len(), 1, "seeded once");
}
