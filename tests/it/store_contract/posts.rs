//! Posts are written once per key, and once removed they are gone for everybody.

use plaudit::domain::{Error, Event, FeedChange, Limit, Order, PostId, UserId};

use super::world::{Fixture, NOW, commenting, writing};

pub(super) async fn the_first_post_welcomes(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let listed = world.store.list_posts(None, None, None, Limit::default()).await.unwrap();
    let [welcome] = &listed.items[..] else { panic!("{listed:?}") };
    assert_eq!(welcome.author.handle.as_deref(), Some("plaudit"));
    assert_eq!((welcome.seq, welcome.likes, welcome.created_at), (1, 0, NOW));
    assert!(welcome.text.contains("Like"));
    assert!(world.seen.take().is_empty(), "nobody was there to be told");
}

pub(super) async fn a_key_makes_one_post(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    world.seen.take();
    let first = world.store.create_post(writing(ana, "Hello", Some("k1"))).await.unwrap();
    assert!(first.fresh);
    world.like(ana, first.item.id).await.unwrap();
    let again = world.store.create_post(writing(ana, "Hello", Some("k1"))).await.unwrap();
    assert!(!again.fresh);
    assert_eq!((again.item.id, again.item.seq), (first.item.id, first.item.seq));
    assert_eq!((again.item.likes, again.item.liked), (1, true), "as its author sees it now");
    let added = world.seen.take_events().into_iter().filter(|event| matches!(event, Event::FeedChanged(_)));
    assert_eq!(added.count(), 1);
    let unkeyed = world.store.create_post(writing(ana, "Hello", None)).await.unwrap();
    let other = world.store.create_post(writing(ana, "Hello", None)).await.unwrap();
    assert_ne!(unkeyed.item.id, other.item.id, "without a key nothing is a repetition");
}

pub(super) async fn a_key_belongs_to_its_author(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let of_ana = world.store.create_post(writing(ana, "Hello", Some("k1"))).await.unwrap();
    let of_ben = world.store.create_post(writing(ben, "Hello", Some("k1"))).await.unwrap();
    assert!(of_ben.fresh);
    assert_ne!(of_ana.item.id, of_ben.item.id);
}

pub(super) async fn a_key_with_another_text_is_refused(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    world.store.create_post(writing(ana, "Hello", Some("k1"))).await.unwrap();
    let refused = world.store.create_post(writing(ana, "Hello!", Some("k1"))).await;
    assert_eq!(refused.map(|_| ()), Err(Error::KeyReused));
}

pub(super) async fn a_key_of_a_removed_post_is_gone(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    let made = world.store.create_post(writing(ana, "Hello", Some("k1"))).await.unwrap();
    world.store.remove_post(made.item.id, NOW).await.unwrap();
    for text in ["Hello", "Something else", ""] {
        let refused = world.store.create_post(writing(ana, text, Some("k1"))).await;
        assert_eq!(refused.map(|_| ()), Err(Error::Gone), "{text:?}");
    }
}

pub(super) async fn a_removed_post_is_gone_for_everybody(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    let post = world.post(ana, "Soon gone").await;
    world.like(ana, post.id).await.unwrap();
    world.seen.take();
    world.store.remove_post(post.id, NOW).await.unwrap();
    assert_eq!(
        world.seen.take_events(),
        [Event::FeedChanged(FeedChange::Removed { seq: post.seq + 1, id: post.id })]
    );
    assert_eq!(world.store.find_post(post.id, Some(ana)).await.unwrap(), None);
    assert_eq!(world.store.find_seen(&[post.id], ana).await.unwrap(), [None], "its likes went with it");
    assert_eq!(world.counts(post.id).await, None);
    let listed = world.store.list_posts(Some(ana), None, None, Limit::default()).await.unwrap();
    assert!(listed.items.is_empty());
    for missing in [post.id, PostId(4711)] {
        assert_eq!(world.store.remove_post(missing, NOW).await, Err(Error::no_post()));
    }
}

pub(super) async fn posts_come_newest_first_page_by_page(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let mut of_ana = Vec::new();
    for number in 0..5 {
        of_ana.push(world.post(ana, &format!("Post {number}")).await.id);
        world.post(ben, "In between").await;
    }
    world.store.remove_post(of_ana.remove(2), NOW).await.unwrap();
    of_ana.reverse();

    for (author, expected) in [(Some(ana), of_ana.len()), (None, 10)] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = world.store.list_posts(author, None, after, Limit::new(2).unwrap()).await.unwrap();
            assert!(page.items.len() == 2 || page.next.is_none());
            seen.extend(page.items.iter().map(|post| post.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), expected, "the last page of full ones is the last");
        assert!(seen.is_sorted_by(|newer, older| newer > older));
        if author.is_some() {
            assert_eq!(seen, of_ana);
        }
    }
}

pub(super) async fn a_post_of_nobody_is_refused(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let refused = world.store.create_post(writing(UserId(4711), "Boo", None)).await;
    assert_eq!(refused.map(|_| ()), Err(Error::NoSession));
}

pub(super) async fn a_posts_page_is_what_the_lists_say(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben, cem) = (world.member("ana").await, world.member("ben").await, world.member("cem").await);
    let post = world.post(ana, "Hello").await.id;
    let other = world.post(ana, "Another").await.id;
    for text in ["One", "Two", "Three"] {
        world.store.create_comment(commenting(post, ben, text)).await.unwrap();
        world.store.create_comment(commenting(other, cem, text)).await.unwrap();
    }
    for user in [ana, ben, cem] {
        world.like(user, post).await.unwrap();
    }
    let (two, one) = (Limit::new(2).unwrap(), Limit::new(1).unwrap());
    for reader in [None, Some(ben)] {
        let seen = world.store.view_post(post, reader, two, one).await.unwrap().unwrap();
        assert_eq!(seen.post.liked, reader.is_some());
        assert_eq!((seen.post.likes, seen.post.comments), (3, 3));
        assert_eq!(Some(seen.post), world.store.find_post(post, reader).await.unwrap());
        assert_eq!(seen.comments, world.store.list_comments(post, Order::Newest, None, two).await.unwrap());
        assert_eq!(seen.likers, world.store.list_likers(post, None, one).await.unwrap());
        assert!(seen.comments.next.is_some() && seen.likers.next.is_some());
    }
    world.store.remove_post(post, NOW).await.unwrap();
    for missing in [post, PostId(4711)] {
        assert_eq!(world.store.view_post(missing, Some(ana), two, one).await, Ok(None));
    }
}
