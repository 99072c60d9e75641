//! The end of `feed:latest` in memory, while somebody watches it: enough to answer every subscriber without another
//! read. Built from one read of the store, then moved on by the same events that are pushed.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use plaudit_protocol as protocol;
use serde_json::value::RawValue;

use super::encode;
use crate::domain::{Counts, FeedChange, FeedTail, Post, PostId};

/// A resumed subscriber gets at most so many changes; else a fresh page.
const CHANGES: usize = 200;
/// A fresh page has at most so many posts,
const PAGE: usize = 50;
/// and so many bytes.
const PAGE_BYTES: usize = 64 * 1024;
/// A resume has at most so many: with them a reply stays below 256 KiB.
const CHANGES_BYTES: usize = 192 * 1024;

/// How the stream stands for one subscriber.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) seq: u64,
    pub(super) reset: bool,
    pub(super) changes: Arc<RawValue>,
    pub(super) next: Option<String>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Feed {
    seq: u64,
    /// Every change after this one is in `changes`.
    since: u64,
    /// By `seq`: which post, and whether it was added or removed.
    changes: VecDeque<(u64, PostId, bool)>,
    /// The newest posts, oldest first.
    page: VecDeque<PostId>,
    /// Whether the store has older posts.
    more: bool,
    /// Those that `changes` and `page` name.
    posts: HashMap<PostId, Arc<Post>>,
    /// The fresh page, encoded once for all who come.
    fresh: Option<Answer>,
}

impl From<FeedTail> for Feed {
    fn from(tail: FeedTail) -> Self {
        let mut posts = HashMap::new();
        let changes = tail.changes.into_iter().map(|change| match change {
            FeedChange::Added { seq, post } => {
                let id = post.id;
                posts.insert(id, post);
                (seq, id, true)
            }
            FeedChange::Removed { seq, id } => (seq, id, false),
        });
        let changes = changes.collect();
        let page = tail.page.iter().map(|post| post.id).collect();
        posts.extend(tail.page.into_iter().map(|post| (post.id, post)));
        Self { seq: tail.seq, since: tail.since, changes, page, more: tail.more, posts, fresh: None }
    }
}

impl Feed {
    /// Takes a change. False: one is missing before it, or too few posts are left, so the store must be read again.
    pub(super) fn apply(&mut self, change: &FeedChange) -> bool {
        if change.seq() <= self.seq {
            return true;
        }
        if change.seq() != self.seq + 1 {
            return false;
        }
        self.seq = change.seq();
        self.fresh = None;
        match change {
            FeedChange::Added { seq, post } => {
                self.changes.push_back((*seq, post.id, true));
                self.page.push_back(post.id);
                self.posts.insert(post.id, post.clone());
            }
            FeedChange::Removed { seq, id } => {
                // What was removed is never shown again: its addition goes from what a resumed subscriber gets.
                self.changes.retain(|(_, changed, _)| changed != id);
                self.changes.push_back((*seq, *id, false));
                self.page.retain(|listed| listed != id);
                self.posts.remove(id);
            }
        }
        while self.changes.len() > CHANGES {
            if let Some((seq, id, _)) = self.changes.pop_front() {
                self.since = seq;
                self.forget(id);
            }
        }
        while self.page.len() > PAGE {
            if let Some(id) = self.page.pop_front() {
                self.more = true;
                self.forget(id);
            }
        }
        // A page that removals have thinned out would hide the older posts that could stand in it.
        !(self.more && self.page.len() < PAGE / 2)
    }

    /// Keeps a listed post's counts true.
    pub(super) fn count(&mut self, id: PostId, counts: Counts) {
        if let Some(post) = self.posts.get_mut(&id).filter(|post| post.version < counts.version) {
            let post = Arc::make_mut(post);
            (post.likes, post.comments, post.version) = (counts.likes, counts.comments, counts.version);
            self.fresh = None;
        }
    }

    /// What a subscriber gets who knows everything up to `since`, or nothing.
    pub(super) fn answer(&mut self, since: Option<u64>) -> Answer {
        let since = since.filter(|since| (self.since..=self.seq).contains(since));
        since.and_then(|since| self.resumed(since)).unwrap_or_else(|| self.fresh())
    }

    fn resumed(&self, since: u64) -> Option<Answer> {
        let (mut encoded, mut bytes) = (Vec::new(), 0);
        for (seq, id, added) in self.changes.iter().filter(|(seq, ..)| *seq > since) {
            let change = if *added {
                FeedChange::Added { seq: *seq, post: self.posts.get(id)?.clone() }
            } else {
                FeedChange::Removed { seq: *seq, id: *id }
            };
            let change = protocol::encode(&encode::feed_change(&change, None));
            bytes += change.len();
            encoded.push(change);
        }
        (bytes <= CHANGES_BYTES).then(|| Answer {
            seq: self.seq,
            reset: false,
            changes: array(&encoded),
            next: None,
        })
    }

    fn fresh(&mut self) -> Answer {
        if let Some(fresh) = &self.fresh {
            return fresh.clone();
        }
        let (mut encoded, mut bytes, mut oldest) = (VecDeque::new(), 0, None);
        // From the newest back, as long as there is room.
        for id in self.page.iter().rev() {
            let Some(post) = self.posts.get(id) else { continue };
            let change = FeedChange::Added { seq: post.seq, post: post.clone() };
            let change = protocol::encode(&encode::feed_change(&change, None));
            bytes += change.len() + 1;
            if bytes > PAGE_BYTES {
                break;
            }
            encoded.push_front(change);
            oldest = Some(*id);
        }
        let more = self.more || encoded.len() < self.page.len();
        let next = oldest.filter(|_| more).map(|PostId(id)| id.to_string());
        let fresh = Answer { seq: self.seq, reset: true, changes: array(encoded.make_contiguous()), next };
        self.fresh.insert(fresh).clone()
    }

    fn forget(&mut self, id: PostId) {
        let listed = self.page.contains(&id) || self.changes.iter().any(|(_, changed, _)| *changed == id);
        if !listed {
            self.posts.remove(&id);
        }
    }
}

impl Answer {
    /// In the protocol's words.
    pub(super) fn to_snapshot(&self, topic: String) -> protocol::TopicSnapshot<'_> {
        protocol::TopicSnapshot::Stream {
            topic: topic.into(),
            seq: self.seq,
            reset: self.reset,
            changes: protocol::Changes(Cow::Borrowed(&self.changes)),
            next: self.next.as_deref().map(Cow::Borrowed),
        }
    }
}

fn array(encoded: &[String]) -> Arc<RawValue> {
    let array = format!("[{}]", encoded.join(","));
    // Elements that are JSON make an array that is JSON.
    RawValue::from_string(array).expect("an array of JSON is JSON").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Timestamp, User, UserId, UserKind};

    fn post(id: u64, seq: u64, letter: &str) -> Arc<Post> {
        let author = User {
            id: UserId(1),
            handle: Some("ana".into()),
            name: "Ana".into(),
            bio: String::new(),
            kind: UserKind::Member,
        };
        let text = letter.repeat(500);
        Arc::new(Post {
            id: PostId(id),
            author,
            text,
            created_at: Timestamp(0),
            likes: 0,
            comments: 0,
            version: 1,
            seq,
            comments_seq: 0,
            liked: false,
        })
    }

    fn seqs(answer: &Answer) -> Vec<u64> {
        let changes: Vec<serde_json::Value> = serde_json::from_str(answer.changes.get()).unwrap();
        changes.iter().map(|change| change["seq"].as_u64().unwrap()).collect()
    }

    fn with(count: u64) -> Feed {
        of(count, "x")
    }

    fn of(count: u64, letter: &str) -> Feed {
        let mut feed = Feed::from(FeedTail::default());
        for seq in 1..=count {
            assert!(feed.apply(&FeedChange::Added { seq, post: post(seq, seq, letter) }));
        }
        feed
    }

    #[test]
    fn a_resumed_subscriber_gets_exactly_what_changed() {
        let mut feed = with(10);
        assert!(feed.apply(&FeedChange::Removed { seq: 11, id: PostId(9) }));
        let answer = feed.answer(Some(7));
        assert_eq!((answer.seq, answer.reset, answer.next.clone()), (11, false, None));
        assert_eq!(seqs(&answer), [8, 10, 11]);
        assert_eq!(seqs(&feed.answer(Some(11))), Vec::<u64>::new());
    }

    #[test]
    fn who_knows_nothing_or_too_little_or_too_much_gets_the_newest_page() {
        let mut feed = with(300);
        for since in [None, Some(99), Some(301)] {
            let answer = feed.answer(since);
            assert!(answer.reset, "{since:?}");
            assert_eq!(seqs(&answer), (251..=300).collect::<Vec<_>>());
            assert_eq!(answer.next.as_deref(), Some("251"));
        }
        assert_eq!(seqs(&feed.answer(Some(100))).len(), 200);
    }

    #[test]
    fn a_reply_stays_small_whatever_the_posts_are() {
        let mut feed = of(200, "🎉");
        assert!(feed.answer(Some(0)).reset, "200 changes are allowed, but not so many bytes");
        let page = feed.answer(None);
        assert!(page.changes.get().len() <= PAGE_BYTES);
        let shown = seqs(&page);
        assert_eq!((shown.last(), page.next), (Some(&200), Some(shown[0].to_string())));
    }

    #[test]
    fn memory_holds_no_more_posts_than_it_names() {
        let feed = with(1000);
        assert_eq!((feed.changes.len(), feed.page.len(), feed.posts.len()), (200, 50, 200));
    }

    #[test]
    fn a_gap_or_a_thinned_page_asks_for_another_read() {
        let mut feed = with(60);
        assert!(!feed.apply(&FeedChange::Removed { seq: 62, id: PostId(1) }));
        let results: Vec<bool> = (0..26)
            .map(|turn| feed.apply(&FeedChange::Removed { seq: 61 + turn, id: PostId(60 - turn) }))
            .collect();
        assert_eq!(results.iter().filter(|good| !**good).count(), 1);
    }

    #[test]
    fn counts_move_with_their_version_only() {
        let mut feed = with(1);
        feed.count(PostId(1), Counts { likes: 5, comments: 0, version: 6 });
        feed.count(PostId(1), Counts { likes: 4, comments: 0, version: 5 });
        assert!(feed.answer(None).changes.get().contains("\"likes\":5"));
    }
}
