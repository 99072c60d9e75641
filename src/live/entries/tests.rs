//! Entries on their own: what comes during a read, what outlives an entry, what a removed post leaves, what they hold.

use std::sync::Arc;

use tokio::sync::watch;

use super::*;
use crate::domain::{
    Comment, CommentChange, CommentId, Counts, FeedChange, FeedTail, Post, PostId, Settings, Timestamp, User,
    UserId, UserKind,
};

fn topic(name: &str) -> Topic {
    Kinds::default().parse(name, None).unwrap()
}

/// Takes an event; gives the pushes.
fn apply(entries: &mut Entries, event: &Event) -> Vec<Push> {
    let (mut pushes, mut later) = (Vec::new(), Vec::new());
    entries.apply(&Kinds::default(), event, &mut pushes, &mut later);
    pushes
}

fn hold(entries: &mut Entries, topic: Topic, shard: u32) {
    entries.hold(&Kinds::default(), topic, shard);
}

fn ana(name: &str) -> User {
    let (handle, name, bio) = (Some("ana".to_owned()), name.to_owned(), String::new());
    User { id: UserId(1), handle, name, bio, kind: UserKind::Member, moderator: false }
}

fn tail() -> FeedTail {
    let (text, created_at) = ("Hello".to_owned(), Timestamp(0));
    let (likes, comments, version, seq, comments_seq, liked) = (0, 0, 1, 1, 0, false);
    let (id, author) = (PostId(1), ana("Ana"));
    let edited_at = None;
    let post =
        Post { id, author, text, created_at, edited_at, likes, comments, version, seq, comments_seq, liked };
    FeedTail { seq: 1, since: 1, changes: Vec::new(), page: vec![Arc::new(post)], more: false }
}

fn comment(post: u64, seq: u64, text: &str) -> Event {
    let comment = Comment {
        id: CommentId(1000 * post + seq),
        post: PostId(post),
        parent: None,
        author: ana("Ana"),
        text: text.to_owned(),
        created_at: Timestamp(0),
        edited_at: None,
        seq,
    };
    let change = CommentChange::Added { seq, item: Arc::new(comment) };
    Event::CommentsChanged { post: PostId(post), change }
}

fn text(found: Found) -> String {
    match found {
        Found::Here(answer) => answer.changes.get().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_comes_while_a_stream_is_read_is_not_lost() {
    let mut entries = Entries::default();
    hold(&mut entries, topic("feed:latest"), 0);
    let (_sender, reading) = watch::channel(());
    assert!(entries.get_mut(topic("feed:latest")).unwrap().claim(&reading).is_none());
    let counts = Counts { likes: 1, comments: 0, version: 2 };
    let user = Arc::new(ana("Anastasia"));
    for event in [
        Event::CountsChanged { post: PostId(1), counts },
        Event::UserChanged { user, settings: Settings::default() },
        comment(1, 1, "Hi"),
    ] {
        apply(&mut entries, &event);
    }
    let found = entries.fill(topic("feed:latest"), &reading, Some(Tail::from(tail())), (None, usize::MAX));
    let answer = text(found);
    for wanted in ["\"likes\":1", "\"comments_seq\":1", "Anastasia"] {
        assert!(answer.contains(wanted), "{answer}");
    }
}

#[test]
fn a_read_that_outlived_its_entry_may_not_fill_the_next_one() {
    for topic in [topic("post:1"), topic("post:1/comments")] {
        let mut entries = Entries::default();
        hold(&mut entries, topic, 0);
        let (_sender, reading) = watch::channel(());
        assert!(entries.get_mut(topic).unwrap().claim(&reading).is_none());
        assert!(entries.get_mut(topic).unwrap().is_claimed_by(&reading));
        entries.release(topic, 0);
        hold(&mut entries, topic, 0);
        assert!(!entries.get_mut(topic).unwrap().is_claimed_by(&reading));
        if topic == self::topic("post:1/comments") {
            let old = Some(Tail::<Comment>::empty(7));
            assert!(matches!(entries.fill(topic, &reading, old, (None, 1000)), Found::Here(_)));
            assert!(matches!(entries.find::<Comment>(topic, None, 1000), Found::Unknown));
        }
    }
}

#[test]
fn a_post_that_was_written_while_it_was_looked_for_is_there() {
    let mut entries = Entries::default();
    let (post, comments) = (topic("post:1"), topic("post:1/comments"));
    for topic in [post, comments] {
        hold(&mut entries, topic, 0);
    }
    let (_sender, reading) = watch::channel(());
    assert!(entries.get_mut(comments).unwrap().claim(&reading).is_none());
    let added = FeedChange::Added { seq: 1, item: tail().page[0].clone() };
    apply(&mut entries, &Event::FeedChanged(added));
    assert!(matches!(entries.state_mut(post), Some(State::Known(Counts { version: 1, .. }))));
    assert_eq!(text(entries.fill::<Comment>(comments, &reading, None, (None, 1000))), "[]");
    apply(&mut entries, &comment(1, 1, "First!"));
    assert!(text(entries.find::<Comment>(comments, Some(0), 1000)).contains("First!"));
}

#[test]
fn of_a_removed_post_nothing_more_is_told() {
    let mut entries = Entries::default();
    let topics = ["post:1", "post:1/comments", "post:1/presence", "post:1/likes"].map(topic);
    for topic in topics {
        hold(&mut entries, topic, 0);
    }
    let removed = FeedChange::Removed { seq: 2, id: PostId(1) };
    assert_eq!(apply(&mut entries, &Event::FeedChanged(removed)).len(), 4);
    let counts = Counts { likes: 0, comments: 0, version: 9 };
    assert!(apply(&mut entries, &Event::CountsChanged { post: PostId(1), counts }).is_empty());
    assert!(apply(&mut entries, &comment(1, 9, "late")).is_empty());
    assert!(matches!(entries.find::<Comment>(topics[1], None, 1000), Found::Missing));
}

#[test]
fn comments_are_kept_in_bounded_memory_and_forgotten_in_the_order_of_reading() {
    let mut entries = Entries { room: 3000, ..Entries::default() };
    for post in 1..=4 {
        let topic = self::topic(&format!("post:{post}/comments"));
        hold(&mut entries, topic, 0);
        let (_sender, reading) = watch::channel(());
        assert!(entries.get_mut(topic).unwrap().claim(&reading).is_none());
        let empty = Some(Tail::<Comment>::empty(0));
        entries.fill(topic, &reading, empty, (None, 1000));
        entries.get_mut(topic).unwrap().end_claim(&reading);
        apply(&mut entries, &comment(post, 1, &"x".repeat(600)));
    }
    let known = |entries: &mut Entries, post| {
        matches!(entries.find::<Comment>(topic(&format!("post:{post}/comments")), None, 9000), Found::Here(_))
    };
    // Each takes 1003 bytes.
    assert_eq!([1, 2, 3, 4].map(|post| known(&mut entries, post)), [false, false, true, true]);
    assert_eq!((entries.bytes, entries.kept.len()), (2006, 2));
    for post in 1..=4 {
        entries.release(topic(&format!("post:{post}/comments")), 0);
    }
    assert_eq!((entries.bytes, entries.kept.len(), entries.len()), (0, 0, 0));
}

#[test]
fn an_entry_lives_as_long_as_any_shard_has_a_subscriber() {
    let mut entries = Entries::default();
    hold(&mut entries, topic("feed:latest"), 0);
    hold(&mut entries, topic("feed:latest"), 3);
    entries.release(topic("feed:latest"), 0);
    assert_eq!(entries.len(), 1);
    entries.release(topic("feed:latest"), 3);
    assert_eq!(entries.len(), 0);
}
