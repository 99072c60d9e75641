//! What a shard owns: connections, topics, what is owed, timers. The loop drives it; `subscribe`,
//! `send`, `close`, `pass` and `timers` are its chapters. It does not know the service. What the
//! service must hear is noted as an errand and told when the table is at rest, so that a service that
//! acts inside of a call cannot be called again inside of it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Interest, Registry, Token};
use slab::Slab;

use crate::connection::{Connection, Input};
use crate::gather::{Gather, index};
use crate::handle::{Counted, Shared};
use crate::stats::ShardStats;
use crate::tempo::Tempo;
use crate::topic::Topics;
use crate::wheel::Wheel;
use crate::{Config, ConnectionId, TopicKey};

/// What the service is to be told.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Errand {
    Idle(TopicKey),
    Resync(ConnectionId, TopicKey),
    Closed(ConnectionId),
}

pub(crate) struct Table {
    pub(crate) config: Config,
    pub(crate) shard: u8,
    pub(crate) connections: Slab<Connection>,
    pub(crate) topics: Topics,
    /// What the running pass sends.
    pub(crate) pass: Gather,
    /// What this turn's replies bring: sent whole before the turn ends.
    pub(crate) owed: Gather,
    pub(crate) tempo: Tempo,
    pub(crate) wheel: Wheel,
    pub(crate) stats: Arc<ShardStats>,
    /// At most a few for each thing done; emptied after it.
    pub(crate) errands: VecDeque<Errand>,
    /// Connections to read from, each at most once.
    pub(crate) ready: Vec<ConnectionId>,
    /// How many pushes have come.
    pub(crate) arrivals: u64,
    pub(crate) scratch: Vec<u8>,
    pub(crate) batch: Vec<u32>,
    /// Read once a turn.
    pub(crate) now: Instant,
    registry: Registry,
    generation: u32,
    random: u32,
}

impl Table {
    pub(crate) fn new(config: Config, shard: usize, registry: Registry, shared: &Shared) -> Self {
        let now = Instant::now();
        let stats = Arc::clone(&shared.shards[shard].stats);
        stats.interval(config.tick);
        Self {
            tempo: Tempo::new(config.tick, now),
            wheel: Wheel::new(now, config.grain()),
            // At most 256 shards are made.
            shard: u8::try_from(shard).unwrap_or(u8::MAX),
            config,
            connections: Slab::new(),
            topics: Topics::default(),
            pass: Gather::default(),
            owed: Gather::default(),
            stats,
            errands: VecDeque::new(),
            ready: Vec::new(),
            arrivals: 0,
            scratch: Vec::new(),
            batch: Vec::new(),
            now,
            registry,
            generation: 0,
            random: 0x9E37_79B9,
        }
    }

    /// Registers a socket. `None`: it is gone already.
    pub(crate) fn register(
        &mut self,
        stream: std::net::TcpStream,
        early: &[u8],
        hidden: &[TopicKey],
        counted: Counted,
    ) -> Option<ConnectionId> {
        stream.set_nonblocking(true).ok()?;
        // Frames are gathered here; the kernel shall not wait for more.
        stream.set_nodelay(true).ok()?;
        if let Some(bytes) = self.config.send_buffer {
            socket2::SockRef::from(&stream).set_send_buffer_size(bytes).ok()?;
        }
        let mut stream = mio::net::TcpStream::from_std(stream);
        self.generation = self.generation.wrapping_add(1);
        let slot = index(self.connections.vacant_key());
        let id = ConnectionId { shard: self.shard, slot, generation: self.generation };
        self.registry.register(&mut stream, token(id), Interest::READABLE | Interest::WRITABLE).ok()?;
        let input = Input { raw: early.to_vec(), unparsed: true, ..Input::default() };
        let connection = Connection {
            stream,
            generation: self.generation,
            subscriptions: Vec::new(),
            visible: 0,
            in_flight: 0,
            awaits: false,
            outbox: None,
            input: (!early.is_empty()).then(|| Box::new(input)),
            orphans: Vec::new(),
            heard: self.wheel.now(),
            ping_at: self.next_ping(),
            check_at: u32::MAX,
            closing: None,
            readable: false,
            read_closed: false,
            queued: false,
            _counted: counted,
        };
        let silent_at = self.wheel.now() + self.wheel.grains(self.config.silent_after);
        let first = connection.ping_at.min(silent_at);
        self.connections.insert(connection);
        self.check_by(slot, first);
        for &topic in hidden {
            self.subscribe_hidden(id, topic);
        }
        if !early.is_empty() {
            self.read_later(id);
        }
        Some(id)
    }

    pub(crate) fn deregister(&self, connection: &mut Connection) {
        // Dropping the socket would do, but mio wants to be asked; a failure leaves nothing behind.
        let _ = self.registry.deregister(&mut connection.stream);
    }

    /// The connection with this id, unless it is gone.
    pub(crate) fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.connections.get(id.slot as usize).filter(|c| c.generation == id.generation)
    }

    pub(crate) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.connections.get_mut(id.slot as usize).filter(|c| c.generation == id.generation)
    }

    /// The connection with this id, unless it is gone or closing.
    pub(crate) fn open_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.get_mut(id).filter(|c| c.closing.is_none())
    }

    /// The id of whoever has this slot now.
    pub(crate) fn id_of(&self, slot: u32) -> Option<ConnectionId> {
        let connection = self.connections.get(slot as usize)?;
        Some(ConnectionId { shard: self.shard, slot, generation: connection.generation })
    }

    /// Has a connection read from in this turn or the next.
    pub(crate) fn read_later(&mut self, id: ConnectionId) {
        if let Some(connection) = self.get_mut(id).filter(|connection| !connection.queued) {
            connection.queued = true;
            self.ready.push(id);
        }
    }

    /// Has the wheel look at a connection at `when`, unless it looks earlier.
    pub(crate) fn check_by(&mut self, slot: u32, when: u32) {
        if let Some(connection) = self.connections.get_mut(slot as usize)
            && when < connection.check_at
        {
            connection.check_at = self.wheel.insert(when, slot, connection.generation);
        }
    }

    /// When to ping next: the interval, ±10 %.
    pub(crate) fn next_ping(&mut self) -> u32 {
        // Marsaglia's xorshift32: this only has to spread, not to be secret.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        let percent = 90 + self.random % 21;
        let wait: Duration = self.config.ping_every * percent / 100;
        self.wheel.now() + self.wheel.grains(wait)
    }
}

/// Slot and generation in one token, so that an event of a socket that is gone names nobody.
fn token(id: ConnectionId) -> Token {
    Token((id.slot as usize) << 32 | id.generation as usize)
}

/// The inverse of [`token`], on a shard.
#[allow(clippy::cast_possible_truncation)] // each half is cut to its bits on purpose
pub(crate) fn id_of_token(token: Token, shard: u8) -> ConnectionId {
    ConnectionId { shard, slot: (token.0 >> 32) as u32, generation: token.0 as u32 }
}
