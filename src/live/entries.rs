//! What the relay keeps of each topic while somebody is subscribed to it: the last value, in publish order.
//!
//! An entry is made when a subscription is registered, so before any read for it starts. From then on it takes every
//! event. A value that was read is merged with what came meanwhile: whoever registers and then looks here misses
//! nothing, whether it reads the store itself or shares another's read.

#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use plaudit_hub::Push;

use super::encode;
use super::entry::{Entry, PostValue, Reading, Value};
use super::items::{Fix, Item};
use super::relay::push_sessions_ended;
use super::stream::{Found, Stream};
use super::tail::{Change, Tail};
use crate::domain::{Comment, Counts, Event, FeedChange, Post, PostId, Topic};

/// All comments that are kept take at most about so many bytes, with their encoded answers three times that. Beyond it
/// those that were read first are forgotten and read again when somebody asks: whoever subscribes to every post of a
/// site must not have all of its comments brought into memory.
const COMMENTS_BYTES: usize = 64 * 1024 * 1024;

/// All entries.
#[derive(Debug)]
pub(super) struct Entries {
    by_topic: HashMap<Topic, Entry>,
    /// The topics whose comments are kept, in the order in which they were read, and what they take in all.
    kept: BTreeMap<u64, Topic>,
    reads: u64,
    bytes: usize,
    room: usize,
}

impl Default for Entries {
    fn default() -> Self {
        Self { by_topic: HashMap::new(), kept: BTreeMap::new(), reads: 0, bytes: 0, room: COMMENTS_BYTES }
    }
}

impl Entries {
    /// A shard has a subscriber of this topic.
    pub(super) fn hold(&mut self, topic: Topic, shard: u32) {
        let value = match topic {
            Topic::Post(_) | Topic::Presence(_) => Value::Post(PostValue::Unknown),
            Topic::Latest => Value::Feed(Stream::default()),
            Topic::Comments(_) => Value::Comments(Stream::default()),
            Topic::Me(_) => Value::Me,
            // Hidden: its only event is the last one.
            Topic::Session(_) => return,
        };
        self.by_topic.entry(topic).or_insert_with(|| Entry::new(value)).shards |= 1 << shard;
    }

    /// A shard has no subscriber of this topic any more.
    pub(super) fn release(&mut self, topic: Topic, shard: u32) {
        let Some(entry) = self.by_topic.get_mut(&topic) else { return };
        entry.shards &= !(1 << shard);
        if entry.shards == 0
            && let Some(entry) = self.by_topic.remove(&topic)
            && let Some(kept) = entry.kept
        {
            self.kept.remove(&kept);
            self.bytes -= entry.bytes;
        }
    }

    pub(super) fn get_mut(&mut self, topic: Topic) -> Option<&mut Entry> {
        self.by_topic.get_mut(&topic)
    }

    /// Of `post:ID` or `post:ID/presence`.
    pub(super) fn post_mut(&mut self, topic: Topic) -> Option<&mut PostValue> {
        match &mut self.by_topic.get_mut(&topic)?.value {
            Value::Post(value) => Some(value),
            _ => None,
        }
    }

    fn stream_mut<T: Item>(&mut self, topic: Topic) -> Option<&mut Stream<T>> {
        T::stream(&mut self.by_topic.get_mut(&topic)?.value)
    }

    /// What is known of a stream.
    pub(super) fn find<T: Item>(&mut self, topic: Topic, since: Option<u64>, room: usize) -> Found {
        self.stream_mut::<T>(topic).map_or(Found::Unknown, |stream| stream.answer(since, room))
    }

    /// Keeps the stream that was read, and answers from what is known now. What has no entry (any more), or of which
    /// too much came meanwhile, is answered as it was read.
    pub(super) fn fill<T: Item>(
        &mut self,
        topic: Topic,
        reading: &Reading,
        read: Option<Tail<T>>,
        (since, room): (Option<u64>, usize),
    ) -> Found {
        let claimed = self.by_topic.get(&topic).is_some_and(|entry| entry.is_claimed_by(reading));
        let stream = self.stream_mut::<T>(topic).filter(|_| claimed);
        let left = match stream {
            Some(stream) => stream.finish_reading(read),
            None if read.is_none() => return Found::Missing,
            None => read,
        };
        if let Some(mut tail) = left {
            return Found::Here(tail.answer(since, room));
        }
        let found = self.find::<T>(topic, since, room);
        self.account(topic);
        found
    }

    /// How many topics have an entry.
    pub(super) fn len(&self) -> usize {
        self.by_topic.len()
    }

    /// Takes an event, and adds the pushes that somebody here wants.
    pub(super) fn apply(&mut self, event: &Event, pushes: &mut Vec<Push>) {
        match event {
            Event::CountsChanged { post, counts } => {
                if let Some(feed) = self.stream_mut::<Post>(Topic::Latest) {
                    feed.mend(&Fix::Counts(*post, *counts));
                }
                if let Some(value) = self.post_mut(Topic::Post(*post))
                    && value.take(*counts)
                {
                    pushes.push(encode::push_counts(*post, *counts));
                }
            }
            Event::LikeSet { user, post, liked, version } => {
                if self.by_topic.contains_key(&Topic::Me(*user)) {
                    pushes.push(encode::push_liked(*user, *post, *liked, *version));
                }
            }
            Event::FeedChanged(change) => {
                self.apply_to_post(change, pushes);
                if let Some(feed) = self.stream_mut::<Post>(Topic::Latest) {
                    feed.take(&Change::from(change));
                    pushes.push(encode::push_feed(change));
                }
            }
            Event::CommentsChanged { post, change } => {
                if let Some(feed) = self.stream_mut::<Post>(Topic::Latest) {
                    feed.mend(&Fix::CommentsSeq(*post, change.seq()));
                }
                let topic = Topic::Comments(*post);
                if let Some(comments) = self.stream_mut::<Comment>(topic)
                    && comments.take(&Change::from(change))
                {
                    pushes.push(encode::push_comments(*post, change));
                    self.account(topic);
                }
            }
            Event::UserChanged { user, .. } => {
                let fix = Fix::Author(user.clone());
                self.by_topic.values_mut().for_each(|entry| entry.value.mend(&fix));
            }
            // No entry tells of them: the hub knows who is there.
            Event::SessionsEnded { sessions, why } => pushes.extend(push_sessions_ended(sessions, *why)),
        }
    }

    fn apply_to_post(&mut self, change: &FeedChange, pushes: &mut Vec<Push>) {
        match change {
            FeedChange::Added { post, .. } => {
                // Somebody asked for it in the moment before it was written.
                let (likes, comments, version) = (post.likes, post.comments, post.version);
                for topic in [Topic::Post(post.id), Topic::Presence(post.id)] {
                    if let Some(value) = self.post_mut(topic) {
                        value.begin(Counts { likes, comments, version });
                    }
                }
                if let Some(comments) = self.stream_mut::<Comment>(Topic::Comments(post.id)) {
                    comments.begin(post.comments_seq);
                }
            }
            FeedChange::Removed { id, .. } => self.end_post(*id, pushes),
        }
    }

    /// A post was removed: each of its topics ends with a word of its own.
    fn end_post(&mut self, id: PostId, pushes: &mut Vec<Push>) {
        for topic in [Topic::Post(id), Topic::Comments(id), Topic::Presence(id)] {
            let Some(entry) = self.by_topic.get_mut(&topic) else { continue };
            match &mut entry.value {
                Value::Post(value) => *value = PostValue::Missing,
                Value::Comments(comments) => comments.end(),
                Value::Feed(_) | Value::Me => {}
            }
            self.account(topic);
            pushes.push(encode::push_removed(topic));
        }
    }

    /// Counts what a topic's comments take from now on, and makes room where that is too much.
    fn account(&mut self, topic: Topic) {
        let Some(entry) = self.by_topic.get_mut(&topic) else { return };
        let Value::Comments(stream) = &entry.value else { return };
        let bytes = stream.bytes();
        self.bytes = self.bytes - entry.bytes + bytes;
        entry.bytes = bytes;
        if bytes > 0 && entry.kept.is_none() {
            self.reads += 1;
            entry.kept = Some(self.reads);
            self.kept.insert(self.reads, topic);
        } else if bytes == 0
            && let Some(kept) = entry.kept.take()
        {
            self.kept.remove(&kept);
        }
        while self.bytes > self.room
            && let Some((_, oldest)) = self.kept.pop_first()
        {
            let Some(entry) = self.by_topic.get_mut(&oldest) else { continue };
            if let Value::Comments(stream) = &mut entry.value {
                stream.forget();
            }
            self.bytes -= std::mem::take(&mut entry.bytes);
            entry.kept = None;
        }
    }
}
