//! The relay: the only one who publishes to the hub. It listens on the bus, drops what is not newer than the last,
//! encodes once, and hands a commit's pushes to the hub in one call.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use plaudit_hub::{Delivery, Frame, Handle, Push};
use plaudit_protocol as protocol;
use tokio::runtime;

use super::agents::Agents;
use super::entries::Entries;
use super::pace::Pace;
use super::presence::{Nameless, Presence, PresenceTimes, Round, Viewer};
use super::topics::{self, Kinds, Topic};
use super::typing::Typing;
use crate::bus::Bus;
use crate::domain::{ConversationId, EndReason, Event, PostId, SessionId, UserId, Vital};
use crate::store::Store;

/// A topic that is told by reading the store is told at most so often.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// See the module. Shared by the bus, which publishes, and the sockets, which subscribe.
pub struct Relay {
    hub: Handle,
    pub(super) kinds: Kinds,
    pub(super) store: Arc<dyn Store>,
    pub(super) entries: Mutex<Entries>,
    pub(super) presence: Presence,
    pub(super) typing: Typing,
    pub(super) agents: Agents,
    pace: Pace,
}

/// The threads that tell what must not be told too often; dropped or stopped, they end.
pub struct Teller {
    relay: Arc<Relay>,
    threads: Vec<JoinHandle<()>>,
}

/// A shard that has not come by for so long hangs: a pass over all its sockets takes a tenth of it.
const HUB_PATIENCE: Duration = Duration::from_secs(5);

impl Relay {
    /// A relay that listens on `bus` from now on.
    pub fn start(
        hub: Handle,
        kinds: Kinds,
        store: Arc<dyn Store>,
        bus: &dyn Bus,
        times: PresenceTimes,
    ) -> Arc<Self> {
        let (typing, agents) = (Typing::new(times.typing), Agents::new(times.typing));
        let (entries, presence, pace) = (Mutex::default(), Presence::new(times), Pace::new(TOLD_EVERY));
        let relay = Arc::new(Self { hub, kinds, store, entries, presence, typing, agents, pace });
        let listener = relay.clone();
        bus.listen(Box::new(move |events| listener.publish(events)));
        relay
    }

    /// Entries first, hub second: a subscriber registers with the hub first and looks at the entries second, so it
    /// finds each event in one of the two.
    fn publish(&self, events: &[Event]) {
        let (mut pushes, mut later) = (Vec::new(), Vec::new());
        let mut entries = self.entries.lock();
        for event in events {
            entries.apply(&self.kinds, event, &mut pushes, &mut later);
        }
        drop(entries);
        for event in events {
            topics::presence::note(&self.presence, event);
            topics::receipts::note(&self.typing, event);
            topics::agents::note(&self.agents, event);
        }
        self.pace.ask(&later);
        if !pushes.is_empty() {
            self.hub.flush(&pushes);
        }
    }

    /// Pushes to all subscribers of a topic. It belongs to no commit, and may wait: never on a shard's thread.
    pub fn push(&self, topic: Topic, delivery: Delivery, push: &protocol::Push<'_>) {
        let frame = Frame::text(protocol::encode(push));
        // Not a flush: the answers that a commit has staged are not this caller's to send.
        self.hub.push(&[Push { topic: topic.key(), frame, delivery }]);
    }

    /// Starts to tell who looks, and what is told at most once a second. From threads of their own: the hub may let them
    /// wait.
    pub fn tell(
        self: Arc<Self>,
        runtime: &runtime::Handle,
        vital: impl Fn(&'static str) -> Vital,
    ) -> io::Result<Teller> {
        let mut teller = Teller { relay: self.clone(), threads: Vec::new() };
        let (relay, vital_part, on) = (self.clone(), vital("presence"), runtime.clone());
        let presence = move || {
            let _vital = vital_part;
            relay.tell_presence(&on);
        };
        teller.threads.push(std::thread::Builder::new().name("presence".into()).spawn(presence)?);
        let (relay, vital_part, on) = (self, vital("pace"), runtime.clone());
        let pace = move || {
            let _vital = vital_part;
            relay.tell_paced(&on);
        };
        teller.threads.push(std::thread::Builder::new().name("pace".into()).spawn(pace)?);
        Ok(teller)
    }

    fn tell_presence(self: Arc<Self>, runtime: &runtime::Handle) {
        while let Some(Round { looks, nameless }) = self.presence.next_round() {
            let looks =
                looks.iter().map(|(post, look, version)| topics::presence::push(*post, look, *version));
            // Not a flush: the answers that a commit has staged are not this thread's to send.
            self.hub.push(&looks.collect::<Vec<_>>());
            if !nameless.is_empty() {
                let relay = self.clone();
                runtime.spawn(async move { relay.look_up_all(nameless).await });
            }
        }
    }

    /// Whether the hub's threads come to what they are given. Never waits.
    pub fn is_alive(&self) -> bool {
        self.hub.is_alive(HUB_PATIENCE)
    }

    fn tell_paced(&self, runtime: &runtime::Handle) {
        while let Some(topic) = self.pace.next() {
            let Some(kind) = self.kinds.of(topic) else { continue };
            if let Err(error) = runtime.block_on(kind.tell(self, topic.id())) {
                // The store does not answer. It is told again when something happens again.
                tracing::debug!(%error, topic = kind.name(topic.id()), "a topic could not be told");
            }
        }
    }

    /// Looks up the names of those who came when it was a crowd.
    async fn look_up_all(&self, nameless: Nameless) {
        for one in nameless {
            self.look_up(one.1, &[one]).await;
        }
    }

    /// Looks up what one user is called, for those posts at which it is not known.
    pub(super) async fn look_up(&self, user: UserId, nameless: &[(PostId, UserId, u64)]) {
        if nameless.is_empty() {
            return;
        }
        match self.store.find_person(user).await {
            Ok(person) => self.presence.name(nameless, person),
            // It stays without a face, and counts all the same.
            Err(error) => tracing::debug!(%error, "a viewer's name could not be looked up"),
        }
    }

    /// A connection looks from now on at the posts and cases whose presence is among these topics; again is no more than
    /// once. Call it with the subscribe.
    pub fn join(&self, topics: &[Topic], viewer: Viewer) {
        self.presence.join(&topics::presence::viewed(topics), viewer);
        for case in topics.iter().copied().filter_map(topics::agents::case_of) {
            self.agents.join(case, viewer);
        }
    }

    /// A connection looks at these no more; at a post it counts for a while, since it may come back.
    pub fn leave(&self, topics: &[Topic], viewer: Viewer) {
        self.presence.leave(&topics::presence::viewed(topics), viewer);
        for case in topics.iter().copied().filter_map(topics::agents::case_of) {
            if self.agents.leave(case, viewer.connection) {
                topics::agents::tell(self, case);
            }
        }
    }

    /// An agent writes at a case that its connection looks at.
    pub fn type_as_agent(&self, case: ConversationId, connection: u64, mode: protocol::Mode) {
        if self.agents.type_at(case, connection, mode) {
            topics::agents::tell(self, case);
        }
    }

    /// A member writes a comment under a post that its connection looks at.
    pub fn type_at(&self, post: PostId, connection: u64, user: UserId) {
        self.presence.type_at(post, connection, user);
    }

    /// A member writes in a conversation that its connection is subscribed to.
    pub fn type_in(&self, conversation: ConversationId, user: UserId) {
        self.typing.begin(conversation, user);
        self.tell_later(topics::receipts::topic(conversation));
    }

    /// Has a topic told, at most once a second.
    pub(super) fn tell_later(&self, topic: Topic) {
        self.pace.ask(&[topic]);
    }

    /// A connection has sent its user's comment: what the user types from now on is another one.
    pub fn send_comment(&self, post: PostId, user: UserId) {
        self.presence.send_comment(post, user);
    }

    /// The comment that was sent last was refused.
    pub fn take_comment_back(&self, post: PostId, user: UserId) {
        self.presence.take_comment_back(post, user);
    }

    /// How many posts somebody looks at, or has just looked at.
    pub fn rooms(&self) -> usize {
        self.presence.len()
    }

    /// A shard of the hub has registered a subscriber of these topics. Call it after the registration and before
    /// the snapshot.
    pub fn hold(&self, topics: &[Topic], shard: u32) {
        let mut entries = self.entries.lock();
        for topic in topics {
            entries.hold(&self.kinds, *topic, shard);
        }
    }

    /// The last subscriber of this topic has left a shard.
    pub fn release(&self, topic: Topic, shard: u32) {
        self.entries.lock().release(topic, shard);
    }

    /// Closes a session's connections as its end would have, when one of them was opened too late to hear of it.
    pub fn end_session(&self, session: SessionId, why: EndReason) {
        self.hub.push(&[topics::session::close(session, why)]);
    }

    /// Closes a session's connections, when something came up while one of them was being opened.
    pub fn close_session(&self, session: SessionId, code: u16, reason: &'static str) {
        // Not a flush: the answers that a commit has staged are not this caller's to send.
        self.hub.push(&[Push::close(topics::session::topic(session).key(), code, reason)]);
    }

    /// The kinds of topics that there are.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// How many topics have subscribers on this node.
    pub fn topics(&self) -> usize {
        self.entries.lock().len()
    }
}

impl Teller {
    /// Ends them, and waits until they have ended.
    pub fn stop(mut self) {
        self.end();
        for thread in self.threads.drain(..) {
            // If it panicked, the panic hook has said so.
            let _ = thread.join();
        }
    }

    fn end(&self) {
        self.relay.presence.end();
        self.relay.pace.end();
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        self.end();
    }
}
