//! The way into the hub for everybody else: the upgrade gives sockets, the relay pushes, the store's
//! sink replies. Cheap to clone, from any thread. A peer is boxed here, so that those who only push
//! need not name the type that the service keeps per connection.

use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use crate::inbox::{Accept, Entry, Inbox};
use crate::stats::{ShardStats, Stats};
use crate::{ConnectionId, Push, Reply, TopicKey};

/// A handle to the hub; see each method for whether it may wait.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

/// What handles and shards share.
pub(crate) struct Shared {
    pub(crate) shards: Vec<Seat>,
    connections: AtomicUsize,
    next: AtomicUsize,
    staged: Mutex<Vec<Reply>>,
}

/// The shared side of one shard.
pub(crate) struct Seat {
    pub(crate) inbox: Inbox,
    pub(crate) stats: Arc<ShardStats>,
}

/// One connection in [`Handle::connections`], from its accept to wherever it is dropped.
pub(crate) struct Counted(Arc<Shared>);

impl Counted {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        shared.connections.fetch_add(1, Relaxed);
        Self(Arc::clone(shared))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Relaxed);
    }
}

impl Shared {
    pub(crate) fn new(shards: Vec<Seat>) -> Self {
        Self { shards, connections: AtomicUsize::new(0), next: AtomicUsize::new(0), staged: Mutex::default() }
    }
}

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Hands over a socket behind its 101. `early` is what was already read behind the upgrade
    /// request; `peer` must be the service's [`Peer`](crate::Service::Peer), else the connection is
    /// dropped; `hidden` topics are live at once, held for no snapshot, counted nowhere, and not the
    /// client's to leave. Never waits.
    pub fn accept<P: Send + 'static>(&self, stream: TcpStream, early: Bytes, peer: P, hidden: Vec<TopicKey>) {
        let shard = self.shared.next.fetch_add(1, Relaxed) % self.shared.shards.len();
        let counted = Counted::new(&self.shared);
        let accept = Box::new(Accept { counted, stream, early, peer: Box::new(peer), hidden });
        self.shared.shards[shard].inbox.put(std::iter::once(Entry::Accept(accept)));
    }

    /// Pushes of one commit, in order, behind the replies that are staged: what is flushed together
    /// leaves together. Waits while a shard's inbox is full, so never call it on a shard's thread.
    pub fn flush(&self, pushes: &[Push]) {
        self.release();
        self.push(pushes);
    }

    /// Pushes that belong to no commit: replies that are staged stay so. Waits like [`flush`](Self::flush).
    pub fn push(&self, pushes: &[Push]) {
        for shard in &self.shared.shards {
            shard.inbox.put_bounded(pushes.iter().cloned().map(Entry::Push));
        }
    }

    /// Answers one command. Never waits: it is bounded by the commands in flight.
    pub fn reply(&self, reply: Reply) {
        if let Some(shard) = self.shared.shards.get(usize::from(reply.connection.shard)) {
            shard.inbox.put(std::iter::once(Entry::Reply(reply)));
        }
    }

    /// Keeps the answers of a batch until its pushes are flushed, or until [`release`](Self::release):
    /// the site can make its own books true in between, so that who has an answer finds them true,
    /// and yet no push overtakes it.
    pub fn stage(&self, replies: impl IntoIterator<Item = Reply>) {
        self.staged().extend(replies);
    }

    /// Sends what is staged, where nothing was flushed. Never waits.
    pub fn release(&self) {
        let staged = std::mem::take(&mut *self.staged());
        if !staged.is_empty() {
            self.reply_all(staged);
        }
    }

    fn staged(&self) -> MutexGuard<'_, Vec<Reply>> {
        // A panic between two lines of a Vec's own code leaves a Vec.
        self.shared.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers the commands of a batch, with one lock a shard. Never waits.
    pub fn reply_all(&self, replies: impl IntoIterator<Item = Reply>) {
        let mut shards: Vec<Vec<Reply>> = self.shared.shards.iter().map(|_| Vec::new()).collect();
        for reply in replies {
            if let Some(shard) = shards.get_mut(usize::from(reply.connection.shard)) {
                shard.push(reply);
            }
        }
        for (shard, replies) in self.shared.shards.iter().zip(shards) {
            if !replies.is_empty() {
                shard.inbox.put(replies.into_iter().map(Entry::Reply));
            }
        }
    }

    /// Closes one connection, behind the replies that it is owed. Waits like [`flush`](Self::flush);
    /// on a shard's thread there is [`Turn::close`](crate::Turn::close).
    pub fn close(&self, connection: ConnectionId, code: u16, reason: &'static str) {
        if let Some(shard) = self.shared.shards.get(usize::from(connection.shard)) {
            shard.inbox.put_bounded(std::iter::once(Entry::Close(connection, code, reason)));
        }
    }

    /// Connections from their accept to the end of their sockets.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Relaxed)
    }

    /// Sends what is owed, then closes each connection with `code`, spread evenly over `spread` (at
    /// once where there are fewer than 100). Connections accepted afterwards are closed likewise.
    /// The shards end when all are gone; [`Running::join`](crate::Running::join) waits for that.
    pub fn shutdown(&self, code: u16, reason: &'static str, spread: Duration) {
        for shard in &self.shared.shards {
            shard.inbox.put(std::iter::once(Entry::Shutdown(code, reason, spread)));
        }
    }

    /// Whether every shard lives: it came by within `patience` of an earlier call, or was asked less than that ago. Each
    /// call asks those that have come by; so it takes two to notice that one hangs, and none to notice that one has
    /// ended. Never waits.
    pub fn is_alive(&self, patience: Duration) -> bool {
        // All are asked, whatever the first ones say.
        let silent = self.shared.shards.iter().filter(|shard| !shard.inbox.is_visited(patience)).count();
        silent == 0
    }

    /// The counters, summed over shards.
    pub fn stats(&self) -> Stats {
        let mut sum = Stats::default();
        for shard in &self.shared.shards {
            shard.stats.add_to(&mut sum);
        }
        sum
    }
}
