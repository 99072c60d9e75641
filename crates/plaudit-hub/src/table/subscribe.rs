//! Subscribing, unsubscribing, and the reply that turns a held subscription live. Driven by the
//! service's turns and by replies from the inbox. Registering comes first and the snapshot after it,
//! with what is pushed meanwhile held back; so no gap can lie between them, and the position in the
//! reply says what of the held is old.

use super::{Errand, Table};
use crate::connection::Subscription;
use crate::gather::{Kind, Owed, index};
use crate::hold::{Hold, Released};
use crate::topic::Subscriber;
use crate::{ConnectionId, Position, Reply, TopicKey};

impl Table {
    /// Registers, and holds until the snapshot.
    pub(crate) fn subscribe(&mut self, id: ConnectionId, key: TopicKey) {
        if self.open_mut(id).is_none() {
            return;
        }
        let Some(place) = self.place_of(id.slot, key) else {
            let outstanding = self.take_orphans(id, key) + 1;
            self.attach(id, key, Some(Box::new(Hold::new(outstanding))));
            return;
        };
        let subscription = &mut self.connections[id.slot as usize].subscriptions[place];
        if subscription.hidden {
            return;
        }
        if let Some(hold) = &mut subscription.hold {
            hold.outstanding += 1;
            return;
        }
        subscription.hold = Some(Box::new(Hold::new(1)));
        let subscriber =
            &mut self.topics.get_mut(subscription.topic).subscribers[subscription.index as usize];
        (subscriber.held, subscriber.since, subscriber.after) = (true, self.arrivals, 0);
        self.purge(id, key);
    }

    /// Registers a topic of the site's own, live at once.
    pub(crate) fn subscribe_hidden(&mut self, id: ConnectionId, key: TopicKey) {
        if self.place_of(id.slot, key).is_none() {
            self.attach(id, key, None);
        }
    }

    fn attach(&mut self, id: ConnectionId, key: TopicKey, hold: Option<Box<Hold>>) {
        let index_of_topic = self.topics.find_or_add(key);
        let connection = &mut self.connections[id.slot as usize];
        let subscribers = &mut self.topics.get_mut(index_of_topic).subscribers;
        let place = index(connection.subscriptions.len());
        let held = hold.is_some();
        connection.visible += u32::from(held);
        if connection.subscriptions.len() == connection.subscriptions.capacity() {
            // In small steps: most connections have few, and there are many connections.
            connection.subscriptions.reserve_exact(2.max(connection.subscriptions.len() / 2));
        }
        connection.subscriptions.push(Subscription {
            topic: index_of_topic,
            index: index(subscribers.len()),
            hidden: !held,
            hold,
        });
        if subscribers.is_empty() {
            // Most topics are a session's or a user's and stay alone; a vector by itself would take four places.
            subscribers.reserve_exact(1);
        }
        subscribers.push(Subscriber { slot: id.slot, place, held, since: self.arrivals, after: 0 });
    }

    pub(crate) fn unsubscribe(&mut self, id: ConnectionId, key: TopicKey) {
        if self.open_mut(id).is_none() {
            return;
        }
        let Some(place) = self.place_of(id.slot, key) else { return };
        if self.connections[id.slot as usize].subscriptions[place].hidden {
            return;
        }
        self.detach(id.slot, place);
        self.purge(id, key);
    }

    /// Ends a subscription from the site's side, with this frame as the last. Behind a snapshot that is on its way the
    /// frame waits in the hold: in front of it, it would end nothing.
    pub(crate) fn evict(&mut self, id: ConnectionId, key: TopicKey, last: crate::Frame) {
        if self.open_mut(id).is_none() {
            return;
        }
        let Some(place) = self.place_of(id.slot, key) else { return };
        let subscription = &mut self.connections[id.slot as usize].subscriptions[place];
        if subscription.hidden {
            return;
        }
        if let Some(hold) = &mut subscription.hold {
            return hold.put(Kind::Last, &last, &self.config);
        }
        self.detach(id.slot, place);
        self.purge(id, key);
        self.owe_one(id.slot, key, Kind::Last, last);
    }

    pub(crate) fn is_subscribed(&self, id: ConnectionId, key: TopicKey) -> bool {
        let Some(connection) = self.get(id) else { return false };
        self.place_of(id.slot, key).is_some_and(|place| !connection.subscriptions[place].hidden)
    }

    /// Which of a connection's subscriptions is the one to this topic.
    pub(crate) fn place_of(&self, slot: u32, key: TopicKey) -> Option<usize> {
        let topic = self.topics.find(key)?;
        self.connections.get(slot as usize)?.subscriptions.iter().position(|s| s.topic == topic)
    }

    /// Takes a subscription out of both lists, in constant time. What is on its way stays.
    pub(crate) fn detach(&mut self, slot: u32, place: usize) {
        let connection = &mut self.connections[slot as usize];
        let subscription = connection.subscriptions.swap_remove(place);
        connection.visible -= u32::from(!subscription.hidden);
        if let Some(moved) = connection.subscriptions.get(place) {
            let subscribers = &mut self.topics.get_mut(moved.topic).subscribers;
            subscribers[moved.index as usize].place = index(place);
        }
        let topic = self.topics.get_mut(subscription.topic);
        topic.subscribers.swap_remove(subscription.index as usize);
        let key = topic.key;
        if let Some(moved) = topic.subscribers.get(subscription.index as usize) {
            let of = &mut self.connections[moved.slot as usize].subscriptions[moved.place as usize];
            of.index = subscription.index;
        } else if topic.subscribers.is_empty() {
            self.topics.remove(subscription.topic);
            self.errands.push_back(Errand::Idle(key));
        }
        if let Some(hold) = subscription.hold.filter(|hold| hold.outstanding > 0) {
            self.connections[slot as usize].orphans.push((key, hold.outstanding));
        }
    }

    /// The snapshots that are still on their way for earlier subscriptions of this topic.
    fn take_orphans(&mut self, id: ConnectionId, key: TopicKey) -> u32 {
        let orphans = &mut self.connections[id.slot as usize].orphans;
        let Some(at) = orphans.iter().position(|(of, _)| *of == key) else { return 0 };
        let (_, count) = orphans.swap_remove(at);
        if orphans.is_empty() {
            *orphans = Vec::new(); // rare: an idle connection keeps no room for it
        }
        count
    }

    /// Drops what is on its way of one topic to one connection, except what has begun to leave.
    pub(crate) fn purge(&mut self, id: ConnectionId, key: TopicKey) {
        self.pass.purge(id.slot, key);
        self.owed.purge(id.slot, key);
        if self.get(id).is_some_and(|connection| connection.outbox.is_some()) {
            self.change_outbox(id.slot, |outbox, _| outbox.purge(key));
        }
    }

    /// Takes a reply from the inbox: itself, then what its snapshot releases.
    pub(crate) fn reply(&mut self, reply: Reply) {
        let Some(connection) = self.get_mut(reply.connection) else { return };
        connection.in_flight = connection.in_flight.saturating_sub(1);
        connection.awaits &= connection.in_flight > 0;
        if connection.closing.is_some() {
            return;
        }
        if connection.has_input() {
            self.read_later(reply.connection);
        }
        // A reply is of no topic; the kind says so.
        self.owe_one(reply.connection.slot, TopicKey(0), Kind::Reply, reply.frame);
        for (key, position) in reply.positions {
            self.snapshot(reply.connection, key, position);
        }
    }

    fn snapshot(&mut self, id: ConnectionId, key: TopicKey, position: Position) {
        let place = self.place_of(id.slot, key);
        let Some(place) = place else {
            // It has been unsubscribed since.
            if let Some(left) = self.take_orphans(id, key).checked_sub(1).filter(|left| *left > 0) {
                self.connections[id.slot as usize].orphans.push((key, left));
            }
            return;
        };
        let subscription = &mut self.connections[id.slot as usize].subscriptions[place];
        let Some(released) = subscription.hold.as_mut().and_then(|hold| hold.snapshot(position)) else {
            return;
        };
        subscription.hold = None;
        let (topic, of) = (subscription.topic, subscription.index as usize);
        match released {
            Released::Refused => self.detach(id.slot, place),
            Released::Resync => self.end_with_resync(id, place, key),
            Released::Live(frames) => {
                let subscriber = &mut self.topics.get_mut(topic).subscribers[of];
                subscriber.held = false;
                subscriber.after = if let Position::At(at) = position { at } else { 0 };
                for (kind, frame) in frames {
                    self.owe_one(id.slot, key, kind, frame);
                    if kind == Kind::Last {
                        self.detach(id.slot, place);
                    }
                }
            }
        }
    }

    /// Ends a subscription that has missed something, and has its reader told.
    pub(crate) fn end_with_resync(&mut self, id: ConnectionId, place: usize, key: TopicKey) {
        self.detach(id.slot, place);
        self.stats.resynced();
        self.errands.push_back(Errand::Resync(id, key));
    }

    /// Owes one frame in this turn.
    pub(crate) fn owe_one(&mut self, slot: u32, topic: TopicKey, kind: Kind, frame: crate::Frame) {
        let frame = self.owed.frame(Owed { topic, kind, frame });
        self.owed.owe(slot, frame, 1);
    }
}
