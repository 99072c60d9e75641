//! Logging in takes over what the guest of that browser did, once and with everything that counts it.

use std::collections::BTreeSet;

use plaudit::domain::{Comment, CommentChange, Error, Event, PostId, UserId};
use plaudit::store::NewComment;

use super::moderation::many_posts;
use super::world::{Fixture, NOW, World, commenting, ended_event};

/// The member's comment or the guest's, with a key.
fn keyed(post: PostId, author: UserId, text: &str) -> NewComment {
    NewComment { key: Some("key".to_owned()), ..commenting(post, author, text) }
}

async fn authors(world: &World, post: PostId) -> Vec<(UserId, String)> {
    world.comments(post).await.into_iter().map(|Comment { author, text, .. }| (author.id, text)).collect()
}

pub(super) async fn logging_in_takes_over_what_the_guest_did(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let (both, one) = (world.post(ben, "Liked by both").await.id, world.post(ben, "Liked by one").await.id);
    let (guest, session) = world.guest(both).await;
    for (user, post) in [(guest, one), (ben, one), (ana, both)] {
        world.like(user, post).await.unwrap();
    }
    let hers = world.store.create_comment(keyed(one, ana, "As Ana")).await.unwrap().item;
    let his = world.store.create_comment(keyed(one, guest, "As a guest")).await.unwrap().item;
    let removed = world.comment(one, guest, "Removed").await;
    world.store.remove_comment(removed.id, NOW).await.unwrap();
    let before = world.counts(one).await.unwrap();
    world.seen.take();

    let new = world.store.create_session(ana, world.session_at(NOW), Some(session), None).await.unwrap();
    assert_eq!(new.user.id, ana);
    assert_eq!(world.likers(both).await, [ana], "a post that both like one likes");
    assert_eq!(world.likers(one).await, [ben, ana], "a like keeps its place");
    assert_eq!(world.counts(both).await.unwrap().likes, 1);
    let after = world.counts(one).await.unwrap();
    assert_eq!((after.likes, after.comments), (before.likes, before.comments));
    assert!(after.version > before.version, "who likes it has changed");
    assert_eq!(authors(&world, one).await, [(ana, "As Ana".to_owned()), (ana, "As a guest".to_owned())]);
    let again = world.store.create_comment(keyed(one, ana, "As Ana")).await.unwrap();
    assert_eq!((again.fresh, again.item.id), (false, hers.id), "her key is still hers");

    assert_eq!(world.store.find_person(guest).await.unwrap(), None);
    assert_eq!(world.like(guest, both).await, Err(Error::NoSession), "the guest is gone");

    let events = world.seen.take_events();
    assert!(events.contains(&ended_event(&[session])), "{events:?}");
    assert!(events.contains(&Event::CountsChanged { post: one, counts: after }), "{events:?}");
    let liked =
        |event: &Event| matches!(event, Event::LikeSet { user, post, .. } if (*user, *post) == (ana, one));
    assert!(events.iter().any(liked), "{events:?}");
    let told: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::CommentsChanged { change: CommentChange::Edited { seq, item: comment }, .. } => {
                Some((*seq, comment))
            }
            _ => None,
        })
        .collect();
    let [(seq, comment)] = told[..] else { panic!("{told:?}") };
    assert_eq!((comment.id, comment.author.id, comment.edited_at), (his.id, ana, None));
    let tail = world.store.read_comment_tail(one).await.unwrap().unwrap();
    assert_eq!(tail.seq, seq, "who was away is told too");
}

pub(super) async fn a_members_own_session_is_only_replaced(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let post = world.post(ben, "A post").await.id;
    world.like(ben, post).await.unwrap();
    let of_ben = world.store.create_session(ben, world.session_at(NOW), None, None).await.unwrap();
    world.store.create_session(ana, world.session_at(NOW), Some(of_ben.id), None).await.unwrap();
    assert_eq!(world.likers(post).await, [ben]);
}

pub(super) async fn a_log_in_that_is_refused_takes_nothing(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, post) = (world.member("ana").await, world.welcome().await);
    let (guest, session) = world.guest(post).await;
    let checked = Some("another hash".to_owned());
    let refused = world.store.create_session(ana, world.session_at(NOW), Some(session), checked).await;
    assert_eq!(refused, Err(Error::BadCredentials));
    assert_eq!(world.likers(post).await, [guest]);
    assert!(!world.like(guest, post).await.unwrap().changed);
}

pub(super) async fn a_takeover_of_hundreds_goes_on_after_a_kill(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let posts = many_posts(&world, ben, 200).await;
    let (guest, session) = world.guest(posts[0]).await;
    let mut waiting = Vec::new();
    for post in &posts {
        waiting.push(world.submit(guest, *post, true));
    }
    for post in posts.iter().step_by(2) {
        waiting.push(world.submit(ana, *post, true));
    }
    for outcome in waiting {
        outcome.await.unwrap().unwrap();
    }
    let new = world.session_at(NOW);
    let taking = {
        let store = world.store.clone();
        world.hold_with(|| {
            tokio::spawn(async move { store.create_session(ana, new, Some(session), None).await })
        })
    };
    let found = fixture.killed().await;
    let killed = found.open().await;
    assert!(killed.store.find_person(guest).await.unwrap().is_some(), "killed in the middle of it");
    killed.store.sweep(NOW).await.unwrap();
    world.seen.release();
    taking.await.unwrap().unwrap();
    for world in [&world, &killed] {
        let counts = world.store.find_counts(&posts).await.unwrap();
        assert!(counts.iter().all(|counts| counts.unwrap().likes == 1));
        let mut liked = BTreeSet::new();
        let mut after = None;
        loop {
            let limit = plaudit::domain::Limit::new(100).unwrap();
            let page = world.store.list_liked_posts(ana, None, after, limit).await.unwrap();
            liked.extend(page.items.into_iter().map(|post| post.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(liked.len(), 200);
        assert_eq!(world.store.find_person(guest).await.unwrap(), None);
    }
}

pub(super) async fn what_a_deleted_member_had_not_taken_over_goes_with_it(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let posts = many_posts(&world, ben, 200).await;
    let (guest, session) = world.guest(posts[0]).await;
    let waiting: Vec<_> = posts.iter().map(|post| world.submit(guest, *post, true)).collect();
    for outcome in waiting {
        outcome.await.unwrap().unwrap();
    }
    let (taking, erasing) = {
        let (store, new) = (world.store.clone(), world.session_at(NOW));
        let taking = world.hold_with(|| {
            tokio::spawn(async move { store.create_session(ana, new, Some(session), None).await })
        });
        let store = world.store.clone();
        (taking, tokio::spawn(async move { store.erase_user(ana, NOW, None).await }))
    };
    world.seen.release();
    taking.await.unwrap().unwrap();
    erasing.await.unwrap().unwrap();
    world.store.sweep(NOW).await.unwrap();
    let counts = world.store.find_counts(&posts).await.unwrap();
    assert!(counts.iter().all(|counts| counts.unwrap().likes == 0));
    assert_eq!(world.store.find_person(guest).await.unwrap(), None);
}
