//! Likes are a set: whatever is sent twice counts once.

use plaudit::domain::{Counts, Error, Event, Liked, Limit, PostId, UserId};
use plaudit::store::{ConnectionRef, Done, SetLike, Waiter};

use super::world::{Fixture, NOW, World};

async fn two(fixture: &dyn Fixture) -> (World, PostId, UserId, UserId) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let post = world.post(ana, "Hello").await.id;
    world.seen.take();
    (world, post, ana, ben)
}

pub(super) async fn a_like_sent_twice_counts_once(fixture: &dyn Fixture) {
    let (world, post, ana, _) = two(fixture).await;
    let first = world.like(ana, post).await.unwrap();
    let again = world.like(ana, post).await.unwrap();
    assert_eq!(first, Liked { post, user: ana, liked: true, changed: true, likes: 1, version: 2 });
    assert_eq!(again, Liked { changed: false, ..first });
    assert_eq!(world.counts(post).await, Some(Counts { likes: 1, comments: 0, version: 2 }));
    let counts = Counts { likes: 1, comments: 0, version: 2 };
    assert_eq!(
        world.seen.take_events(),
        [Event::LikeSet { user: ana, post, liked: true, version: 2 }, Event::CountsChanged { post, counts }],
        "a repetition is no event"
    );
}

pub(super) async fn an_unlike_takes_back_one_like_and_no_more(fixture: &dyn Fixture) {
    let (world, post, ana, ben) = two(fixture).await;
    world.like(ana, post).await.unwrap();
    world.like(ben, post).await.unwrap();
    let first = world.unlike(ana, post).await.unwrap();
    assert_eq!((first.liked, first.changed, first.likes), (false, true, 1));
    let again = world.unlike(ana, post).await.unwrap();
    assert_eq!(again, Liked { changed: false, ..first });
    assert_eq!(world.likers(post).await, [ben]);
}

pub(super) async fn the_version_moves_with_every_change_and_with_nothing_else(fixture: &dyn Fixture) {
    let (world, post, ana, ben) = two(fixture).await;
    let start = world.counts(post).await.unwrap().version;
    assert!(start > 0);
    let mut versions = Vec::new();
    for (user, on) in [(ana, true), (ana, true), (ben, true), (ana, false), (ana, false), (ana, true)] {
        versions.push(world.submit(user, post, on).await.unwrap().unwrap().version - start);
    }
    assert_eq!(versions, [1, 1, 2, 3, 3, 4]);
}

pub(super) async fn a_post_that_is_not_there_cannot_be_liked(fixture: &dyn Fixture) {
    let (world, post, ana, ben) = two(fixture).await;
    world.like(ben, post).await.unwrap();
    world.store.remove_post(post, NOW).await.unwrap();
    world.seen.take();
    for missing in [post, PostId(4711)] {
        assert_eq!(world.like(ana, missing).await, Err(Error::no_post()));
        assert_eq!(world.unlike(ben, missing).await, Err(Error::no_post()));
        let likers = world.store.list_likers(missing, None, Limit::default()).await;
        assert_eq!(likers, Err(Error::no_post()));
    }
    assert!(world.seen.take_events().is_empty());
}

pub(super) async fn likers_come_newest_first_page_by_page(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (post, users) = (world.welcome().await, world.members(5).await);
    for user in &users {
        world.like(*user, post).await.unwrap();
    }
    let two = Limit::new(2).unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = world.store.list_likers(post, after, two).await.unwrap();
        assert!(page.items.iter().all(|liker| liker.at == NOW));
        seen.extend(page.items.iter().map(|liker| liker.user.id));
        // Whoever comes while somebody turns the pages shifts nothing.
        world.guest(post).await;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, users.into_iter().rev().collect::<Vec<_>>());
}

pub(super) async fn a_like_given_again_is_the_newest(fixture: &dyn Fixture) {
    let (world, post, ana, ben) = two(fixture).await;
    world.like(ana, post).await.unwrap();
    world.like(ben, post).await.unwrap();
    world.like(ana, post).await.unwrap();
    assert_eq!(world.likers(post).await, [ben, ana], "a repetition moves nobody up");
    world.unlike(ana, post).await.unwrap();
    world.like(ana, post).await.unwrap();
    assert_eq!(world.likers(post).await, [ana, ben]);
}

pub(super) async fn a_reader_sees_which_posts_it_likes(fixture: &dyn Fixture) {
    let (world, post, ana, ben) = two(fixture).await;
    let other = world.post(ben, "Another").await.id;
    world.like(ana, post).await.unwrap();
    for (reader, liked) in [(Some(ana), true), (Some(ben), false), (None, false)] {
        assert_eq!(world.store.find_post(post, reader).await.unwrap().unwrap().liked, liked);
        let listed = world.store.list_posts(None, reader, None, Limit::default()).await.unwrap();
        let of_post = listed.items.iter().any(|item| item.liked && item.id == post);
        assert_eq!(of_post, liked);
    }
    let asked = [other, post, PostId(4711)];
    let counts = world.store.find_counts(&asked).await.unwrap();
    for (reader, liked) in [(ana, true), (ben, false)] {
        let seen = world.store.find_seen(&asked, reader).await.unwrap();
        assert_eq!(
            seen,
            [counts[0].map(|counts| (counts, false)), counts[1].map(|counts| (counts, liked)), None]
        );
    }
}

pub(super) async fn what_a_user_likes_comes_newest_post_first_page_by_page(fixture: &dyn Fixture) {
    let (world, _, ana, ben) = two(fixture).await;
    let mut posts = Vec::new();
    for number in 0..6 {
        posts.push(world.post(ben, &format!("Post {number}")).await.id);
    }
    // Neither the order of the likes nor others' likes matter.
    for number in [3, 0, 5, 4, 1] {
        world.like(ana, posts[number]).await.unwrap();
        world.like(ben, posts[number / 2]).await.unwrap();
    }
    world.store.remove_post(posts[4], NOW).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = world.store.list_liked_posts(ana, Some(ben), after, Limit::new(2).unwrap()).await.unwrap();
        seen.extend(page.items.iter().map(|post| (post.id, post.liked)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, [(posts[5], false), (posts[3], false), (posts[1], true), (posts[0], true)]);
}

pub(super) async fn counts_are_none_for_posts_that_are_not_there(fixture: &dyn Fixture) {
    let (world, post, ana, _) = two(fixture).await;
    let removed = world.post(ana, "Soon gone").await.id;
    world.store.remove_post(removed, NOW).await.unwrap();
    world.like(ana, post).await.unwrap();
    let counts = world.store.find_counts(&[PostId(4711), post, removed, post]).await.unwrap();
    let there = Some(Counts { likes: 1, comments: 0, version: 2 });
    assert_eq!(counts, [None, there, None, there]);
}

pub(super) async fn a_like_of_nobody_is_refused_alone(fixture: &dyn Fixture) {
    let (world, post, ana, _) = two(fixture).await;
    world.hold();
    let nobody = world.submit(UserId(4711), post, true);
    let somebody = world.submit(ana, post, true);
    world.seen.release();
    assert_eq!(nobody.await.unwrap(), Err(Error::NoSession));
    assert_eq!(somebody.await.unwrap().unwrap().likes, 1);
}

pub(super) async fn a_connection_hears_the_outcome_from_the_sink(fixture: &dyn Fixture) {
    let (world, post, ana, _) = two(fixture).await;
    world.hold();
    world.seen.take();
    for (reference, post) in [(1, post), (2, post), (3, PostId(4711))] {
        let to = ConnectionRef { connection: 9, reference };
        world.store.set_like(SetLike { post, user: ana, on: true, at: NOW }, Waiter::Connection(to)).unwrap();
    }
    world.seen.release();
    // A write that is answered comes behind them: then they have been settled.
    world.store.check().await.unwrap();
    let replies: Vec<_> = world.seen.take().into_iter().flat_map(|batch| batch.connections).collect();
    let read: Vec<_> = replies
        .iter()
        .map(|(to, outcome)| {
            (to.reference, outcome.clone().map(|it| matches!(it, Done::Liked(liked) if liked.changed)))
        })
        .collect();
    assert_eq!(read, [(1, Ok(true)), (2, Ok(false)), (3, Err(Error::no_post()))]);
}
