//! Tails on their own: what subscribers get after changes, edits, removals, absences, and in little room.

use std::sync::Arc;

use super::*;
use crate::domain::conversation::ConversationKind;
use crate::domain::{
    Comment, CommentId, CommentTail, Conversation, ConversationId, Counts, FeedTail, Post, PostId, Timestamp,
    User, UserId, UserKind,
};
use crate::live::value::Fix;

const ALL: usize = usize::MAX;

fn author(id: u64, name: &str) -> User {
    let (handle, name, bio) = (Some("ana".into()), name.to_owned(), String::new());
    User { id: UserId(id), handle, name, bio, kind: UserKind::Member, moderator: false }
}

fn post(id: u64, letter: &str) -> Arc<Post> {
    Arc::new(Post {
        id: PostId(id),
        author: author(id % 3, "Ana"),
        text: letter.repeat(500),
        created_at: Timestamp(0),
        edited_at: None,
        likes: 0,
        comments: 0,
        version: 1,
        seq: id,
        comments_seq: 0,
        liked: false,
    })
}

fn comment(id: u64, seq: u64, text: &str) -> Arc<Comment> {
    Arc::new(Comment {
        id: CommentId(id),
        post: PostId(1),
        parent: None,
        author: author(1, "Ana"),
        text: text.to_owned(),
        created_at: Timestamp(0),
        edited_at: None,
        seq,
    })
}

fn feed(count: u64, letter: &str) -> Tail<Post> {
    let mut feed = Tail::from(FeedTail::default());
    for seq in 1..=count {
        assert!(feed.apply(&Change::Set { seq, item: post(seq, letter) }));
    }
    feed
}

fn removed<T>(seq: u64, id: u64) -> Change<T> {
    Change::Removed { seq, id }
}

fn changes(answer: &Answer) -> Vec<serde_json::Value> {
    serde_json::from_str(answer.changes.get()).unwrap()
}

fn seqs(answer: &Answer) -> Vec<u64> {
    changes(answer).iter().map(|change| change["seq"].as_u64().unwrap()).collect()
}

/// Type, seq and the text or the id.
fn told(answer: &Answer) -> Vec<String> {
    let words = changes(answer).into_iter().map(|change| {
        let what = change["comment"]["text"].as_str().map_or(change["id"].to_string(), str::to_owned);
        format!("{} {} {what}", change["type"].as_str().unwrap(), change["seq"])
    });
    words.collect()
}

/// A conversation that changed at `place` for the last time, and in which something was said at `activity`.
fn conversation(id: u64, place: u64, activity: u64) -> Change<Conversation> {
    let item = Conversation {
        kind: ConversationKind::Direct,
        id: ConversationId(id),
        with: author(9, "Ben"),
        last: None,
        seq: 1,
        read: 0,
        unread: 0,
        request: false,
        updated_at: Timestamp(0),
        place,
        activity,
    };
    Change::Set { seq: place, item: Arc::new(item) }
}

#[test]
fn what_comes_anew_with_each_change_stands_once_in_the_order_of_its_cursor() {
    let listed = |tail: &mut Tail<Conversation>| -> Vec<u64> {
        let answer = tail.answer(None, ALL);
        changes(&answer).iter().map(|change| change["conversation"]["id"].as_u64().unwrap()).collect()
    };
    let mut tail = Tail::empty(0);
    for id in 1..=3 {
        assert!(tail.apply(&conversation(id, id, id)));
    }
    // To read one moves nothing; what is said in it does.
    assert!(tail.apply(&conversation(1, 4, 1)));
    assert_eq!(listed(&mut tail), [1, 2, 3]);
    assert!(tail.apply(&conversation(1, 5, 4)));
    assert_eq!(listed(&mut tail), [2, 3, 1]);

    // Where the store has others, one that is older than the whole page is not in it: others may stand between.
    for number in 5..=54 {
        assert!(tail.apply(&conversation(number, number + 1, number)));
    }
    let page: Vec<u64> = (5..=54).collect();
    assert_eq!(listed(&mut tail), page);
    assert!(tail.apply(&conversation(2, 56, 2)));
    assert_eq!((listed(&mut tail), tail.answer(None, ALL).next), (page, Some("5".to_owned())));
    assert_eq!(seqs(&tail.answer(Some(55), ALL)), [56]);
}

#[test]
fn a_resumed_subscriber_gets_exactly_what_changed() {
    let mut feed = feed(10, "x");
    assert!(feed.apply(&removed(11, 9)));
    let answer = feed.answer(Some(7), ALL);
    assert_eq!((answer.seq, answer.reset, answer.next.clone()), (11, false, None));
    assert_eq!(seqs(&answer), [8, 10, 11]);
    assert_eq!(seqs(&feed.answer(Some(11), ALL)), Vec::<u64>::new());
    // Once more after a change: what was encoded before is not given out again.
    assert!(feed.apply(&removed(12, 8)));
    assert_eq!(seqs(&feed.answer(Some(7), ALL)), [10, 11, 12]);
}

#[test]
fn comments_are_told_as_they_stand_now() {
    let mut tail = Tail::<Comment>::empty(0);
    for seq in 1..=4 {
        assert!(tail.apply(&Change::Set { seq, item: comment(10 + seq, seq, "first") }));
    }
    assert!(tail.apply(&Change::Set { seq: 5, item: comment(11, 1, "second") }));
    assert!(tail.apply(&Change::Set { seq: 6, item: comment(14, 4, "third") }));
    assert!(tail.apply(&removed(7, 12)));
    // Who knows the first two: one is edited, one gone, one new, one new and edited since.
    let wanted =
        ["comment.added 3 first", "comment.added 4 third", "comment.edited 5 second", "comment.removed 7 12"];
    assert_eq!(told(&tail.answer(Some(2), ALL)), wanted);
    // Who knows all four, and who knows the edits too.
    let wanted = ["comment.edited 5 second", "comment.edited 6 third", "comment.removed 7 12"];
    assert_eq!(told(&tail.answer(Some(4), ALL)), wanted);
    assert_eq!(told(&tail.answer(Some(6), ALL)), ["comment.removed 7 12"]);
    // Who knows nothing: the page, in the order of writing.
    let fresh = tail.answer(None, ALL);
    assert_eq!(told(&fresh), ["comment.added 1 second", "comment.added 3 first", "comment.added 4 third"]);
    assert_eq!((fresh.seq, fresh.reset, fresh.next), (7, true, None));
}

#[test]
fn what_one_read_gave_answers_as_what_was_applied() {
    let (one, two) = (comment(11, 1, "one, edited"), comment(13, 3, "three"));
    let read = CommentTail {
        seq: 5,
        since: 0,
        changed: vec![(3, Ok(two.clone())), (4, Err(CommentId(12))), (5, Ok(one.clone()))],
        page: vec![one, two],
        more: false,
    };
    let mut tail = Tail::of(read, |CommentId(id)| id);
    let wanted = ["comment.added 3 three", "comment.removed 4 12", "comment.edited 5 one, edited"];
    assert_eq!(told(&tail.answer(Some(1), ALL)), wanted);
    assert_eq!(told(&tail.answer(Some(5), ALL)), Vec::<String>::new());
    assert_eq!(told(&tail.answer(None, ALL)), ["comment.added 1 one, edited", "comment.added 3 three"]);
}

#[test]
fn who_knows_nothing_or_too_little_or_too_much_gets_the_newest_page() {
    let mut feed = feed(300, "x");
    for since in [None, Some(99), Some(301)] {
        let answer = feed.answer(since, ALL);
        assert!(answer.reset, "{since:?}");
        assert_eq!(seqs(&answer), (251..=300).collect::<Vec<_>>());
        assert_eq!(answer.next.as_deref(), Some("251"));
    }
    assert_eq!(seqs(&feed.answer(Some(100), ALL)).len(), 200);
}

#[test]
fn a_reply_stays_small_whatever_the_items_are_and_wherever_it_must() {
    let mut feed = feed(200, "🎉");
    assert!(feed.answer(Some(0), ALL).reset, "200 changes are allowed, but not so many bytes");
    for room in [ALL, 8 * 1024] {
        let page = feed.answer(None, room);
        assert!(page.changes.get().len() <= room.min(PAGE_BYTES), "{room}");
        let shown = seqs(&page);
        assert_eq!((shown.last(), page.next), (Some(&200), Some(shown[0].to_string())));
        assert!(shown.len() >= 3);
    }
    assert!(!feed.answer(Some(190), ALL).reset);
    assert!(feed.answer(Some(190), 8 * 1024).reset, "also where it is encoded already");
}

#[test]
fn memory_holds_no_more_items_than_it_names() {
    let names = |feed: &Tail<Post>| (feed.changed.len(), feed.page.len(), feed.items.len());
    let mut small = feed(1000, "x");
    assert_eq!(names(&small), (200, 50, 200));
    assert_eq!(small.authors.values().sum::<u32>(), 200);
    let big = feed(1000, "🎉");
    assert!(big.bytes() < 192 * 1024 + 64 * 1024 + 250 * BESIDE, "{} bytes", big.bytes());
    for id in 0..200 {
        small.apply(&removed(1001 + id, 1000 - id));
    }
    assert_eq!((small.items.len(), small.bytes(), small.authors.len()), (0, 0, 0));
}

#[test]
fn a_gap_or_a_thinned_page_asks_for_another_read() {
    let mut small = feed(60, "x");
    assert!(!small.apply(&removed(62, 1)));
    let results: Vec<bool> = (0..26).map(|turn| small.apply(&removed(61 + turn, 60 - turn))).collect();
    assert_eq!(results.iter().filter(|good| !**good).count(), 1);
    // A page of few large ones is not thin.
    let mut large = feed(60, "🎉");
    assert!(large.page.len() < PAGE && large.apply(&removed(61, 60)));
}

#[test]
fn counts_move_with_their_version_only() {
    let mut feed = feed(1, "x");
    assert!(feed.mend(&Fix::Counts(PostId(1), Counts { likes: 5, comments: 0, version: 6 })));
    assert!(!feed.mend(&Fix::Counts(PostId(1), Counts { likes: 4, comments: 0, version: 5 })));
    assert!(feed.mend(&Fix::CommentsSeq(PostId(1), 3)));
    assert!(!feed.mend(&Fix::CommentsSeq(PostId(1), 2)));
    let shown = &changes(&feed.answer(None, ALL))[0]["post"];
    assert_eq!((&shown["likes"], &shown["comments_seq"]), (&5.into(), &3.into()));
}

#[test]
fn a_new_name_shows_from_then_on_and_costs_those_nothing_who_wrote_nothing() {
    let mut feed = feed(5, "x");
    feed.answer(None, ALL);
    let before: Vec<_> = feed.items.values().map(Arc::as_ptr).collect();
    assert!(!feed.mend(&Fix::Author(Arc::new(author(7, "Nobody")))));
    assert!(!feed.mend(&Fix::Author(Arc::new(author(1, "Ana")))));
    assert_eq!(feed.items.values().map(Arc::as_ptr).collect::<Vec<_>>(), before);
    assert!(feed.mend(&Fix::Author(Arc::new(author(1, "Anastasia")))));
    let named = |post: &serde_json::Value| post["post"]["author"]["name"] == "Anastasia";
    let by_one = changes(&feed.answer(None, ALL)).iter().filter(|post| named(post)).count();
    assert_eq!(by_one, 2, "1 and 4");
    let whole: usize = feed.items.values().map(|item| item.bytes() + BESIDE).sum();
    assert_eq!(feed.bytes(), whole);
}
