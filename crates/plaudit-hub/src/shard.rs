//! One shard: the loop of one thread over its sockets, its inbox and its clock. Driven by epoll.
//! Nothing in it waits but the poll, and a pass over many connections is cut into strides between which
//! everything else has its turn.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Events, Poll};

use crate::decode::MAX_HEADER;
use crate::gather::Kind;
use crate::handle::Shared;
use crate::inbox::{Accept, Entry, WAKE};
use crate::shutdown::Shutdown;
use crate::table::{Errand, Table};
use crate::{ConnectionId, Delivery, Push, Service, Turn};

pub(crate) struct Shard<S: Service> {
    pub(crate) table: Table,
    /// What one read brings, behind what the connection had kept.
    pub(crate) buffer: Vec<u8>,
    service: S,
    /// By the connection's slot.
    peers: Vec<Option<Box<S::Peer>>>,
    shared: Arc<Shared>,
    index: usize,
    poll: Poll,
    /// What was taken from the inbox and is not done: bounded as the inbox is.
    taken: VecDeque<Entry>,
    shutdown: Option<Shutdown>,
    /// Whom to look at in this turn.
    due: Vec<(u32, u32)>,
}

impl<S: Service> Shard<S> {
    pub(crate) fn new(table: Table, index: usize, poll: Poll, shared: Arc<Shared>, service: S) -> Self {
        let buffer = vec![0; table.config().max_message.max(16 * 1024) + MAX_HEADER];
        Self {
            table,
            buffer,
            service,
            peers: Vec::new(),
            shared,
            index,
            poll,
            taken: VecDeque::new(),
            shutdown: None,
            due: Vec::new(),
        }
    }

    pub(crate) fn run(mut self) {
        let mut events = Events::with_capacity(1024);
        while !self.shutdown.as_ref().is_some_and(|shutdown| shutdown.is_over(&self.table)) {
            let timeout = self.timeout();
            if self.poll.poll(&mut events, timeout).is_err() {
                // Interrupted, as after a pause of the machine: nobody's time is over before what has come is read.
                continue;
            }
            self.table.begin_turn(Instant::now());
            // Before anything is timed: a shard without connections sleeps for long, and its wheel stands still.
            self.table.advance_wheel(&mut self.due);
            for event in &events {
                if event.token() != WAKE {
                    self.event(event);
                }
            }
            // The inbox first: what was pushed before a command came is older than the command.
            self.take_inbox();
            self.read_ready();
            self.look_at_clock();
            self.table.run_pass();
            self.settle();
            if let Some(shutdown) = &mut self.shutdown {
                shutdown.go_on(&mut self.table);
                self.settle();
            }
        }
        // Those that are left at the deadline end without a word.
        for slot in 0..self.peers.len() {
            self.table.remove(crate::gather::index(slot));
        }
        self.settle();
    }

    /// How long the poll may sleep.
    fn timeout(&self) -> Option<Duration> {
        let busy = self.table.is_busy() || !self.taken.is_empty();
        if busy || !self.shared.shards[self.index].inbox.may_sleep() {
            return Some(Duration::ZERO);
        }
        let shutdown = self.shutdown.as_ref().map(|shutdown| shutdown.wakes_at(self.table.now()));
        let next = [shutdown, self.table.wakes_at()].into_iter().flatten().min()?;
        Some(next.saturating_duration_since(Instant::now()))
    }

    fn event(&mut self, event: &mio::event::Event) {
        let id = self.table.id_of_token(event.token());
        let Some(connection) = self.table.get_mut(id) else { return };
        if event.is_error() {
            // Reset: the kernel has dropped what was unread, and a paused reader would never notice.
            return self.table.remove(id.slot);
        }
        if event.is_readable() || event.is_read_closed() {
            connection.readable = true;
            connection.read_closed |= event.is_read_closed();
            self.table.read_later(id);
        }
        if event.is_writable() {
            self.table.writable(id);
        }
    }

    /// Takes what has come, in order. Stops at a push for which there is no room until the running
    /// pass ends; the rest waits here, and further ones in the inbox.
    fn take_inbox(&mut self) {
        if self.taken.is_empty() {
            self.shared.shards[self.index].inbox.take(&mut self.taken);
        }
        while let Some(entry) = self.taken.pop_front() {
            match entry {
                Entry::Push(push) => {
                    if self.table.is_full() {
                        self.taken.push_front(Entry::Push(push));
                        break;
                    }
                    match push.delivery {
                        Delivery::Evict { owner } => self.evict(&push, owner),
                        _ => self.table.push(push),
                    }
                }
                Entry::Accept(accept) => self.accept(*accept),
                Entry::Reply(reply) => self.table.reply(reply),
                Entry::Close(connection, code, reason) => self.table.close(connection, Some(code), reason),
                Entry::Shutdown(code, reason, spread) => {
                    self.shutdown.get_or_insert_with(|| Shutdown::new(code, reason, spread, &mut self.table));
                }
            }
        }
        self.settle();
    }

    fn accept(&mut self, accept: Accept) {
        // Slots are reused: whoever had this one must have been told of its end.
        self.settle();
        let Accept { counted, stream, early, peer, hidden } = accept;
        let Ok(peer) = (peer as Box<dyn Any>).downcast::<S::Peer>() else {
            debug_assert!(false, "the peer is not of the service's type");
            return;
        };
        let Some(id) = self.table.register(stream, &early, &hidden, counted) else { return };
        let slot = id.slot as usize;
        if self.peers.len() <= slot {
            self.peers.resize_with(slot + 1, || None);
        }
        self.peers[slot] = Some(peer);
        self.call(id, S::opened);
        if let Some(shutdown) = &self.shutdown {
            shutdown.refuse(&mut self.table, id);
        }
    }

    /// Ends the topic's subscriptions of one owner. Looks at all subscribers of the topic: a table of each owner's
    /// connections would cost every connection memory, and rights end rarely.
    fn evict(&mut self, push: &Push, owner: u64) {
        for id in self.table.subscribers(push.topic) {
            let peer = self.peers.get(id.slot as usize).and_then(Option::as_deref);
            if peer.is_some_and(|peer| self.service.owner(peer) == owner) {
                self.table.evict(id, push.topic, push.frame.clone());
            }
        }
    }

    pub(crate) fn message(&mut self, id: ConnectionId, text: &str) {
        self.call(id, |service, peer, turn| service.message(peer, text, turn));
    }

    pub(crate) fn binary(&mut self, id: ConnectionId, bytes: &[u8]) {
        self.call(id, |service, peer, turn| service.binary(peer, bytes, turn));
    }

    /// Calls the service for a connection; a panic ends the connection alone.
    fn call(&mut self, id: ConnectionId, call: impl FnOnce(&mut S, &mut S::Peer, &mut Turn<'_>)) {
        let Some(peer) = self.peers.get_mut(id.slot as usize).and_then(Option::as_mut) else { return };
        let mut turn = Turn::new(&mut self.table, id);
        let calm = catch_unwind(AssertUnwindSafe(|| call(&mut self.service, peer, &mut turn)));
        if calm.is_err() {
            self.table.stats().panicked();
            self.table.close(id, Some(1011), "internal error");
        }
    }

    /// Tells the service what has become of topics and connections, and sends this turn's replies,
    /// until neither brings more.
    pub(crate) fn settle(&mut self) {
        loop {
            while let Some(errand) = self.table.next_errand() {
                let calm = catch_unwind(AssertUnwindSafe(|| self.run_errand(errand)));
                if calm.is_err() {
                    self.table.stats().panicked();
                }
            }
            if !self.table.deliver_owed() {
                return;
            }
        }
    }

    fn run_errand(&mut self, errand: Errand) {
        match errand {
            // Subscribed again in the meantime, it is not idle.
            Errand::Idle(topic) if self.table.has_subscribers(topic) => {}
            Errand::Idle(topic) => self.service.idle(topic),
            Errand::Resync(id, topic) => {
                if self.table.open_mut(id).is_some() && !self.table.is_subscribed(id, topic) {
                    let frame = self.service.resync(topic);
                    self.table.owe_one(id.slot, topic, Kind::Resync, frame);
                }
            }
            Errand::Closed(id) => {
                if let Some(peer) = self.peers.get_mut(id.slot as usize).and_then(Option::take) {
                    self.service.closed(*peer, id);
                }
            }
        }
    }

    fn look_at_clock(&mut self) {
        let mut due = std::mem::take(&mut self.due);
        let mut ping = None;
        for (slot, generation) in due.drain(..) {
            let (service, stats) = (&mut self.service, Arc::clone(self.table.stats()));
            // One ping a turn for all whose time has come.
            self.table.check(slot, generation, &mut || {
                ping.get_or_insert_with(|| {
                    let frame = catch_unwind(AssertUnwindSafe(|| service.ping().with_ping()));
                    frame.inspect_err(|_| stats.panicked()).ok()
                })
                .clone()
            });
        }
        self.due = due;
        self.settle();
    }
}
