//! The relay: the only one who publishes to the hub. It listens on the bus, drops what is not newer than the last,
//! encodes once, and hands a commit's pushes to the hub in one call.

use std::sync::Arc;

use parking_lot::Mutex;
use plaudit_hub::{Handle, Push, TopicKey};
use plaudit_protocol::close;

use super::entries::Entries;
use crate::bus::Bus;
use crate::domain::{Ending, Event, SessionId, Topic};
use crate::store::Store;

/// See the module. Shared by the bus, which publishes, and the sockets, which subscribe.
pub struct Relay {
    hub: Handle,
    pub(super) store: Arc<dyn Store>,
    pub(super) entries: Mutex<Entries>,
}

impl Relay {
    /// A relay that listens on `bus` from now on.
    pub fn start(hub: Handle, store: Arc<dyn Store>, bus: &dyn Bus) -> Arc<Self> {
        let relay = Arc::new(Self { hub, store, entries: Mutex::default() });
        let listener = relay.clone();
        bus.listen(Box::new(move |events| listener.publish(events)));
        relay
    }

    /// Entries first, hub second: a subscriber registers with the hub first and looks at the entries second, so it
    /// finds each event in one of the two.
    fn publish(&self, events: &[Event]) {
        let mut pushes = Vec::new();
        let mut entries = self.entries.lock();
        for event in events {
            entries.apply(event, &mut pushes);
        }
        drop(entries);
        if !pushes.is_empty() {
            self.hub.flush(&pushes);
        }
    }

    /// A shard of the hub has registered a subscriber of these topics. Call it after the registration and before
    /// the snapshot.
    pub fn hold(&self, topics: &[Topic], shard: u32) {
        let mut entries = self.entries.lock();
        for topic in topics {
            entries.hold(*topic, shard);
        }
    }

    /// The last subscriber of this topic has left a shard.
    pub fn release(&self, topic: Topic, shard: u32) {
        self.entries.lock().release(topic, shard);
    }

    /// Closes a session's connections, when something came up while one of them was being opened.
    pub fn close_session(&self, session: SessionId, code: u16, reason: &'static str) {
        // Not a flush: the answers that a commit has staged are not this caller's to send.
        self.hub.push(&[Push::close(TopicKey(Topic::Session(session).key()), code, reason)]);
    }

    /// How many topics have subscribers on this node.
    pub fn topics(&self) -> usize {
        self.entries.lock().len()
    }
}

/// Closes the connections of sessions that are over.
pub(super) fn push_sessions_ended(sessions: &[SessionId], why: Ending) -> impl Iterator<Item = Push> {
    let (code, reason) = match why {
        Ending::Ended => (close::SESSION_ENDED, "the session has ended"),
        Ending::Suspended => (close::SUSPENDED, "suspended"),
    };
    sessions.iter().map(move |id| Push::close(TopicKey(Topic::Session(*id).key()), code, reason))
}
