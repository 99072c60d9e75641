//! What one kind of topic may do with an event: change what is kept of its own topics, and push to their subscribers.

use plaudit_hub::{Delivery, Frame, Push};
use plaudit_protocol as protocol;

use super::Entries;
use crate::domain::UserId;
use crate::live::state::{State, Versioned};
use crate::live::stream::{Change, Item, Stream};
use crate::live::topics::{Topic, TopicKind};

/// See the module. The ids are those of the kind's topics.
pub struct Touch<'a> {
    entries: &'a mut Entries,
    kind: &'static dyn TopicKind,
    pushes: &'a mut Vec<Push>,
    later: &'a mut Vec<Topic>,
}

impl<'a> Touch<'a> {
    pub(super) fn new(
        entries: &'a mut Entries,
        kind: &'static dyn TopicKind,
        pushes: &'a mut Vec<Push>,
        later: &'a mut Vec<Topic>,
    ) -> Self {
        Self { entries, kind, pushes, later }
    }

    /// Whether somebody is subscribed.
    pub fn is_wanted(&self, id: u64) -> bool {
        self.entries.by_topic.contains_key(&self.kind.topic(id))
    }

    /// What is known of a state, where somebody is subscribed.
    pub fn state<V: Versioned>(&mut self, id: u64) -> Option<&mut State<V>> {
        self.entries.state_mut(self.kind.topic(id))
    }

    /// What is known of a stream, where somebody is subscribed.
    pub fn stream<T: Item>(&mut self, id: u64) -> Option<&mut Stream<T>> {
        self.entries.stream_mut(self.kind.topic(id))
    }

    /// A stream has changed: keeps it and pushes it.
    pub fn change<T: Item>(&mut self, id: u64, change: &Change<T>) {
        if self.stream::<T>(id).is_some_and(|stream| stream.take(change)) {
            let push = change.push(Some(self.kind.name(id).into()));
            self.push(id, Delivery::Stream { seq: change.seq() }, &push);
            self.entries.account(self.kind.topic(id));
        }
    }

    /// A stream of which nothing is kept has changed: pushes it, where somebody is subscribed.
    pub fn tell<T: Item>(&mut self, id: u64, change: &Change<T>) {
        if self.is_wanted(id) {
            let push = change.push(Some(self.kind.name(id).into()));
            self.push(id, Delivery::Stream { seq: change.seq() }, &push);
        }
    }

    /// The post of a state was removed: ends it, and its last push says so.
    pub fn end_state<V: Versioned>(&mut self, id: u64) {
        if self.state::<V>(id).map(State::end).is_some() {
            self.push_removed(id);
        }
    }

    /// The same for the post of a stream.
    pub fn end_stream<T: Item>(&mut self, id: u64) {
        if self.stream::<T>(id).map(Stream::end).is_some() {
            self.push_removed(id);
        }
        self.entries.account(self.kind.topic(id));
    }

    fn push_removed(&mut self, id: u64) {
        let topic = Some(self.kind.name(id).into());
        self.push(id, Delivery::Last, &protocol::Push::PostRemoved { topic, seq: None, id: None });
    }

    /// Pushes to all subscribers of a topic.
    pub fn push(&mut self, id: u64, delivery: Delivery, push: &protocol::Push<'_>) {
        let frame = Frame::text(protocol::encode(push));
        self.pushes.push(Push { topic: self.kind.topic(id).key(), frame, delivery });
    }

    /// A user may not see a topic any more: ends the subscriptions of all its connections, and says so.
    pub fn evict(&mut self, id: u64, user: UserId) {
        if self.is_wanted(id) {
            let ended = protocol::Push::Ended { topic: self.kind.name(id).into() };
            self.push(id, Delivery::Evict { owner: user.0 }, &ended);
        }
    }

    /// The same for every topic of this kind.
    pub fn evict_everywhere(&mut self, user: UserId) {
        let number = self.kind.number();
        let topics = self.entries.by_topic.keys().filter(|topic| topic.key().0 >> 56 == u64::from(number));
        for id in topics.map(|topic| topic.id()).collect::<Vec<_>>() {
            self.evict(id, user);
        }
    }

    /// Closes connections.
    pub fn close(&mut self, push: Push) {
        self.pushes.push(push);
    }

    /// Has [`TopicKind::tell`] called, at most once a second for each topic.
    pub fn tell_later(&mut self, id: u64) {
        self.later.push(self.kind.topic(id));
    }

    /// The same for those topics of this kind whose value is known and fits.
    pub fn tell_later_where<V: Versioned>(&mut self, fits: impl Fn(&V) -> bool) {
        let number = self.kind.number();
        for (topic, entry) in &mut self.entries.by_topic {
            if topic.key().0 >> 56 == u64::from(number)
                && let Some(kept) = &mut entry.kept
                && let Some(State::Known(value)) = super::downcast::<State<V>>(&mut *kept.value)
                && fits(value)
            {
                self.later.push(*topic);
            }
        }
    }
}
