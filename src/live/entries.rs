//! What the relay keeps of each topic while somebody is subscribed to it: the last value, in publish order.
//!
//! An entry is made when a subscription is registered, so before any read for it starts. From then on it takes every
//! event. A value that was read is merged with what came meanwhile: whoever registers and then looks here misses
//! nothing, whether it reads the store itself or shares another's read.

#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod tests;
mod touch;

use std::any::Any;
use std::collections::{BTreeMap, HashMap};

use plaudit_hub::Push;

pub use self::touch::Touch;
use super::entry::{Entry, Kept, Reading};
use super::state::{State, Versioned};
use super::stream::{Found, Item, Stream, Tail};
use super::topics::{Kinds, Topic, TopicKind};
use super::value::{Fix, Keeps, Value};
use crate::domain::Event;

/// All streams that are kept take at most about so many bytes, with their encoded answers three times that. Beyond it
/// those that were read first are forgotten and read again when somebody asks: whoever subscribes to every post of a
/// site must not have all of its comments brought into memory.
const STREAM_BYTES: usize = 64 * 1024 * 1024;

/// All entries.
pub(super) struct Entries {
    by_topic: HashMap<Topic, Entry>,
    /// The topics whose streams are kept, in the order in which they were read, and what they take in all.
    kept: BTreeMap<u64, Topic>,
    reads: u64,
    bytes: usize,
    room: usize,
}

impl Default for Entries {
    fn default() -> Self {
        Self { by_topic: HashMap::new(), kept: BTreeMap::new(), reads: 0, bytes: 0, room: STREAM_BYTES }
    }
}

impl Entries {
    /// A shard has a subscriber of this topic.
    pub(super) fn hold(&mut self, kinds: &Kinds, topic: Topic, shard: u32) {
        if let Some(entry) = self.by_topic.get_mut(&topic) {
            entry.shards |= 1 << shard;
            return;
        }
        let kept = match kinds.of(topic).map_or(Keeps::Nothing, TopicKind::open) {
            Keeps::Nothing => return,
            Keeps::Listeners => None,
            Keeps::Value(value) => Some(Box::new(Kept::new(value))),
        };
        self.by_topic.insert(topic, Entry { shards: 1 << shard, kept });
    }

    /// A shard has no subscriber of this topic any more.
    pub(super) fn release(&mut self, topic: Topic, shard: u32) {
        let Some(entry) = self.by_topic.get_mut(&topic) else { return };
        entry.shards &= !(1 << shard);
        if entry.shards == 0
            && let Some(Entry { kept: Some(kept), .. }) = self.by_topic.remove(&topic)
            && let Some(place) = kept.place
        {
            self.kept.remove(&place);
            self.bytes -= kept.bytes;
        }
    }

    /// What is kept of a topic.
    pub(super) fn get_mut(&mut self, topic: Topic) -> Option<&mut Kept> {
        self.by_topic.get_mut(&topic)?.kept.as_deref_mut()
    }

    pub(super) fn state_mut<V: Versioned>(&mut self, topic: Topic) -> Option<&mut State<V>> {
        downcast(&mut *self.get_mut(topic)?.value)
    }

    fn stream_mut<T: Item>(&mut self, topic: Topic) -> Option<&mut Stream<T>> {
        downcast(&mut *self.get_mut(topic)?.value)
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
        let claimed = self.get_mut(topic).is_some_and(|kept| kept.is_claimed_by(reading));
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

    /// Takes an event: adds the pushes that somebody here wants, and the topics that are to be told later.
    pub(super) fn apply(
        &mut self,
        kinds: &Kinds,
        event: &Event,
        pushes: &mut Vec<Push>,
        later: &mut Vec<Topic>,
    ) {
        for kind in kinds.iter() {
            kind.take(event, &mut Touch::new(self, kind, pushes, later));
        }
        if let Event::UserChanged { user, .. } = event {
            // Whatever is kept names its authors.
            let fix = Fix::Author(user.clone());
            self.by_topic
                .values_mut()
                .filter_map(|entry| entry.kept.as_mut())
                .for_each(|kept| kept.value.mend(&fix));
        }
    }

    /// Counts what a topic's stream takes from now on, and makes room where that is too much.
    fn account(&mut self, topic: Topic) {
        let Some(kept) = self.by_topic.get_mut(&topic).and_then(|entry| entry.kept.as_mut()) else { return };
        let bytes = kept.value.bytes();
        self.bytes = self.bytes - kept.bytes + bytes;
        kept.bytes = bytes;
        if bytes > 0 && kept.place.is_none() {
            self.reads += 1;
            kept.place = Some(self.reads);
            self.kept.insert(self.reads, topic);
        } else if bytes == 0
            && let Some(place) = kept.place.take()
        {
            self.kept.remove(&place);
        }
        while self.bytes > self.room
            && let Some((_, oldest)) = self.kept.pop_first()
        {
            let Some(kept) = self.get_mut(oldest) else { continue };
            kept.value.forget();
            let bytes = std::mem::take(&mut kept.bytes);
            kept.place = None;
            self.bytes -= bytes;
        }
    }
}

/// A topic has always the value that its kind opened it with: none would be a mistake of the kind's.
fn downcast<V: Value>(value: &mut dyn Value) -> Option<&mut V> {
    (value as &mut dyn Any).downcast_mut()
}
