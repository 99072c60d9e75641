//! What the relay keeps of each topic while somebody is subscribed to it: the last value, in publish order.
//!
//! An entry is made when a subscription is registered, so before any read for it starts. From then on it takes every
//! event. A value that was read is merged with what came meanwhile: whoever registers and then looks here misses
//! nothing, whether it reads the store itself or shares another's read.

use std::collections::HashMap;

use plaudit_hub::Push;
use tokio::sync::watch;

use super::{encode, feed::Feed};
use crate::domain::{Counts, Event, FeedChange, PostId, Topic};

/// Somebody reads the store for this entry; the channel closes when that is over.
pub(super) type Reading = watch::Receiver<()>;

/// What is known of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PostValue {
    Unknown,
    Known(Counts),
    Missing,
}

/// The feed: loaded, or what came while it is being read.
#[derive(Debug, Default)]
pub(super) struct FeedValue {
    pub(super) feed: Option<Feed>,
    missed: Vec<FeedChange>,
    /// The newest counts of posts that changed meanwhile.
    counted: HashMap<PostId, Counts>,
    /// Too much came meanwhile: read again.
    outgrown: bool,
}

/// Changes, and posts with new counts, that may come during one read.
const MISSED: usize = 256;

#[derive(Debug)]
pub(super) enum Value {
    Post(PostValue),
    Feed(Box<FeedValue>),
    /// Nothing is kept: it only says that somebody listens.
    Me,
}

#[derive(Debug)]
pub(super) struct Entry {
    /// One bit for each shard of the hub with a subscriber.
    shards: u64,
    pub(super) value: Value,
    reading: Option<Reading>,
}

impl Entry {
    /// Claims the entry for a read, unless another read is under way: then it is that one that is to be waited for.
    pub(super) fn claim(&mut self, reading: &Reading) -> Option<Reading> {
        if self.reading.is_none() {
            if let Value::Feed(value) = &mut self.value {
                value.start_reading();
            }
            self.reading = Some(reading.clone());
            return None;
        }
        self.reading.clone()
    }

    /// Whether this read holds the claim. An entry may have gone and come again while it read: the new one did not
    /// see what was published in between, and is not this read's to fill.
    pub(super) fn is_claimed_by(&self, reading: &Reading) -> bool {
        self.reading.as_ref().is_some_and(|holder| holder.same_channel(reading))
    }

    /// The read is over, well or not.
    pub(super) fn end_claim(&mut self, reading: &Reading) {
        if self.is_claimed_by(reading) {
            self.reading = None;
        }
    }
}

/// All entries.
#[derive(Debug, Default)]
pub(super) struct Entries(HashMap<Topic, Entry>);

impl Entries {
    /// A shard has a subscriber of this topic.
    pub(super) fn hold(&mut self, topic: Topic, shard: u32) {
        let value = match topic {
            Topic::Post(_) => Value::Post(PostValue::Unknown),
            Topic::Latest => Value::Feed(Box::default()),
            Topic::Me(_) | Topic::Comments(_) | Topic::Presence(_) => Value::Me,
            // Hidden: its only event is the last one.
            Topic::Session(_) => return,
        };
        let entry = self.0.entry(topic).or_insert(Entry { shards: 0, value, reading: None });
        entry.shards |= 1 << shard;
    }

    /// A shard has no subscriber of this topic any more.
    pub(super) fn release(&mut self, topic: Topic, shard: u32) {
        if let Some(entry) = self.0.get_mut(&topic) {
            entry.shards &= !(1 << shard);
            if entry.shards == 0 {
                self.0.remove(&topic);
            }
        }
    }

    pub(super) fn get_mut(&mut self, topic: Topic) -> Option<&mut Entry> {
        self.0.get_mut(&topic)
    }

    pub(super) fn post_mut(&mut self, id: PostId) -> Option<&mut PostValue> {
        match self.0.get_mut(&Topic::Post(id)) {
            Some(Entry { value: Value::Post(value), .. }) => Some(value),
            _ => None,
        }
    }

    pub(super) fn feed_mut(&mut self) -> Option<&mut FeedValue> {
        match self.0.get_mut(&Topic::Latest) {
            Some(Entry { value: Value::Feed(value), .. }) => Some(value),
            _ => None,
        }
    }

    /// How many topics have an entry.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes an event, and adds the pushes that somebody here wants.
    pub(super) fn apply(&mut self, event: &Event, pushes: &mut Vec<Push>) {
        match event {
            Event::CountsChanged { post, counts } => {
                if let Some(value) = self.feed_mut() {
                    value.count(*post, *counts);
                }
                if let Some(value) = self.post_mut(*post)
                    && value.take(*counts)
                {
                    pushes.push(encode::push_counts(*post, *counts));
                }
            }
            Event::LikeSet { user, post, liked, version } => {
                if self.0.contains_key(&Topic::Me(*user)) {
                    pushes.push(encode::push_liked(*user, *post, *liked, *version));
                }
            }
            Event::FeedChanged(change) => {
                self.apply_to_post(change, pushes);
                if let Some(value) = self.feed_mut() {
                    value.take(change);
                    pushes.push(encode::push_feed(change));
                }
            }
            Event::CommentsChanged { .. } | Event::UserChanged { .. } => {}
            Event::SessionsEnded { sessions, .. } => {
                // No entry tells of them: the hub knows who is there.
                pushes.extend(sessions.iter().map(|session| super::relay::push_session_ended(*session)));
            }
        }
    }

    fn apply_to_post(&mut self, change: &FeedChange, pushes: &mut Vec<Push>) {
        match change {
            FeedChange::Added { post, .. } => {
                // Somebody asked for it in the moment before it was written.
                if let Some(value) = self.post_mut(post.id) {
                    let (likes, comments, version) = (post.likes, post.comments, post.version);
                    value.take(Counts { likes, comments, version });
                }
            }
            FeedChange::Removed { id, .. } => {
                if let Some(value) = self.post_mut(*id) {
                    *value = PostValue::Missing;
                    pushes.push(encode::push_removed(*id));
                }
            }
        }
    }
}

impl PostValue {
    /// Takes counts unless newer ones are known. True if they are news.
    pub(super) fn take(&mut self, counts: Counts) -> bool {
        match self {
            Self::Known(known) if known.version >= counts.version => false,
            _ => {
                *self = Self::Known(counts);
                true
            }
        }
    }
}

impl FeedValue {
    fn take(&mut self, change: &FeedChange) {
        if let Some(feed) = &mut self.feed {
            if !feed.apply(change) {
                self.feed = None;
            }
        } else if self.missed.len() < MISSED {
            self.missed.push(change.clone());
        } else {
            self.outgrown = true;
        }
    }

    fn count(&mut self, post: PostId, counts: Counts) {
        if let Some(feed) = &mut self.feed {
            feed.count(post, counts);
        } else if self.counted.len() < MISSED || self.counted.contains_key(&post) {
            self.counted.insert(post, counts);
        } else {
            self.outgrown = true;
        }
    }

    /// A read starts: only what comes from now on can be missed by it.
    fn start_reading(&mut self) {
        self.missed.clear();
        self.counted.clear();
        self.outgrown = false;
    }

    /// A read is done; unless too much came meanwhile, it is what everyone gets from now on.
    pub(super) fn finish_reading(&mut self, mut feed: Feed) {
        let (missed, counted) = (std::mem::take(&mut self.missed), std::mem::take(&mut self.counted));
        if !self.outgrown && missed.iter().all(|change| feed.apply(change)) {
            for (post, counts) in counted {
                feed.count(post, counts);
            }
            self.feed = Some(feed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{FeedTail, Post, Timestamp, User, UserId, UserKind};

    fn tail() -> FeedTail {
        let (handle, name, bio) = (Some("ana".to_owned()), "Ana".to_owned(), String::new());
        let author = User { id: UserId(1), handle, name, bio, kind: UserKind::Member };
        let (text, created_at) = ("Hello".to_owned(), Timestamp(0));
        let (likes, comments, version, seq, comments_seq, liked) = (0, 0, 1, 1, 0, false);
        let id = PostId(1);
        let post = Post { id, author, text, created_at, likes, comments, version, seq, comments_seq, liked };
        FeedTail { seq: 1, since: 1, changes: Vec::new(), page: vec![Arc::new(post)], more: false }
    }

    #[test]
    fn a_like_that_comes_while_the_feed_is_read_is_not_lost() {
        let mut entries = Entries::default();
        entries.hold(Topic::Latest, 0);
        let (_sender, reading) = watch::channel(());
        assert!(entries.get_mut(Topic::Latest).unwrap().claim(&reading).is_none());
        let counts = Counts { likes: 1, comments: 0, version: 2 };
        entries.apply(&Event::CountsChanged { post: PostId(1), counts }, &mut Vec::new());
        let value = entries.feed_mut().unwrap();
        value.finish_reading(Feed::from(tail()));
        let answer = value.feed.as_mut().unwrap().answer(None);
        assert!(answer.changes.get().contains("\"likes\":1"), "{}", answer.changes);
    }

    #[test]
    fn a_read_that_outlived_its_entry_may_not_fill_the_next_one() {
        let mut entries = Entries::default();
        let topic = Topic::Post(PostId(1));
        entries.hold(topic, 0);
        let (_sender, reading) = watch::channel(());
        assert!(entries.get_mut(topic).unwrap().claim(&reading).is_none());
        assert!(entries.get_mut(topic).unwrap().is_claimed_by(&reading));
        entries.release(topic, 0);
        entries.hold(topic, 0);
        assert!(!entries.get_mut(topic).unwrap().is_claimed_by(&reading));
    }

    #[test]
    fn a_post_that_was_written_while_it_was_looked_for_is_there() {
        let mut entries = Entries::default();
        entries.hold(Topic::Post(PostId(1)), 0);
        let added = FeedChange::Added { seq: 1, post: tail().page[0].clone() };
        entries.apply(&Event::FeedChanged(added), &mut Vec::new());
        assert!(matches!(entries.post_mut(PostId(1)), Some(PostValue::Known(Counts { version: 1, .. }))));
    }

    #[test]
    fn an_entry_lives_as_long_as_any_shard_has_a_subscriber() {
        let mut entries = Entries::default();
        entries.hold(Topic::Latest, 0);
        entries.hold(Topic::Latest, 3);
        entries.release(Topic::Latest, 0);
        assert_eq!(entries.len(), 1);
        entries.release(Topic::Latest, 3);
        assert_eq!(entries.len(), 0);
    }
}
