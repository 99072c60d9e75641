//! The relay: the only one who publishes to the hub. It listens on the bus, drops what is not newer than the last,
//! encodes once, and hands a commit's pushes to the hub in one call.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use plaudit_hub::{Handle, Push, TopicKey};
use plaudit_protocol::close;
use tokio::runtime;

use super::encode;
use super::entries::Entries;
use super::presence::{Nameless, Presence, PresenceTimes, Round, Viewer};
use crate::bus::Bus;
use crate::domain::{CommentChange, Ending, Event, FeedChange, PostId, SessionId, Topic, UserId, Vital};
use crate::store::Store;

/// See the module. Shared by the bus, which publishes, and the sockets, which subscribe.
pub struct Relay {
    hub: Handle,
    pub(super) store: Arc<dyn Store>,
    pub(super) entries: Mutex<Entries>,
    pub(super) presence: Presence,
}

/// The thread that tells who looks; dropped or stopped, it ends.
pub struct Teller {
    relay: Arc<Relay>,
    thread: Option<JoinHandle<()>>,
}

/// A shard that has not come by for so long hangs: a pass over all its sockets takes a tenth of it.
const HUB_PATIENCE: Duration = Duration::from_secs(5);

impl Relay {
    /// A relay that listens on `bus` from now on.
    pub fn start(hub: Handle, store: Arc<dyn Store>, bus: &dyn Bus, times: PresenceTimes) -> Arc<Self> {
        let (entries, presence) = (Mutex::default(), Presence::new(times));
        let relay = Arc::new(Self { hub, store, entries, presence });
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
        for event in events {
            self.note_presence(event);
        }
        if !pushes.is_empty() {
            self.hub.flush(&pushes);
        }
    }

    fn note_presence(&self, event: &Event) {
        match event {
            Event::CommentsChanged { post, change: CommentChange::Added { comment, .. } } => {
                self.presence.end_comment(*post, comment.author.id);
            }
            Event::UserChanged { user, settings } => self.presence.rename(user, *settings),
            Event::FeedChanged(FeedChange::Removed { id, .. }) => self.presence.remove(*id),
            _ => {}
        }
    }

    /// Whether the hub's threads come to what they are given. Never waits.
    pub fn is_alive(&self) -> bool {
        self.hub.is_alive(HUB_PATIENCE)
    }

    /// Starts to tell who looks, from a thread of its own: the hub may let it wait.
    pub fn tell_presence(self: Arc<Self>, runtime: runtime::Handle, vital: Vital) -> io::Result<Teller> {
        let relay = self.clone();
        let thread = std::thread::Builder::new().name("presence".into()).spawn(move || {
            let _vital = vital;
            while let Some(Round { looks, nameless }) = relay.presence.next_round() {
                let looks =
                    looks.iter().map(|(post, look, version)| encode::push_presence(*post, look, *version));
                // Not a flush: the answers that a commit has staged are not this thread's to send.
                relay.hub.push(&looks.collect::<Vec<_>>());
                if !nameless.is_empty() {
                    let relay = relay.clone();
                    runtime.spawn(async move { relay.look_up_all(nameless).await });
                }
            }
        })?;
        Ok(Teller { relay: self, thread: Some(thread) })
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

    /// A connection looks at these posts from now on; again is no more than once. Call it with the subscribe.
    pub fn join(&self, posts: &[PostId], viewer: Viewer) {
        self.presence.join(posts, viewer);
    }

    /// A connection looks at these posts no more; it counts for a while, since it may come back.
    pub fn leave(&self, posts: &[PostId], viewer: Viewer) {
        self.presence.leave(posts, viewer);
    }

    /// A member writes a comment under a post that its connection looks at.
    pub fn type_at(&self, post: PostId, connection: u64, user: UserId) {
        self.presence.type_at(post, connection, user);
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
            entries.hold(*topic, shard);
        }
    }

    /// The last subscriber of this topic has left a shard.
    pub fn release(&self, topic: Topic, shard: u32) {
        self.entries.lock().release(topic, shard);
    }

    /// Closes a session's connections as its end would have, when one of them was opened too late to hear of it.
    pub fn end_session(&self, session: SessionId, why: Ending) {
        self.hub.push(&push_sessions_ended(&[session], why).collect::<Vec<_>>());
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

impl Teller {
    /// Ends it, and waits until it has ended.
    pub fn stop(mut self) {
        self.relay.presence.end();
        if let Some(thread) = self.thread.take() {
            // If it panicked, the panic hook has said so.
            let _ = thread.join();
        }
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        self.relay.presence.end();
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
