//! What a shard owns: connections, topics, what is owed, timers. The loop drives it; the files in this
//! folder are its chapters, and nobody else sees its fields. It does not know the service. What the
//! service must hear is noted as an errand and told when the table is at rest, so that a service that
//! acts inside of a call cannot be called again inside of it.

mod close;
mod pass;
mod register;
mod send;
#[cfg(test)]
mod strides;
mod subscribe;
mod timers;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::Registry;
use slab::Slab;

use crate::connection::Connection;
use crate::gather::{Gather, index};
use crate::handle::Shared;
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
    config: Config,
    shard: u8,
    connections: Slab<Connection>,
    topics: Topics,
    /// What the running pass sends.
    pass: Gather,
    /// What this turn's replies bring: sent whole before the turn ends.
    owed: Gather,
    tempo: Tempo,
    wheel: Wheel,
    stats: Arc<ShardStats>,
    /// At most a few for each thing done; emptied after it.
    errands: VecDeque<Errand>,
    /// Connections to read from, each at most once.
    ready: Vec<ConnectionId>,
    /// How many pushes have come.
    arrivals: u64,
    scratch: Vec<u8>,
    batch: Vec<u32>,
    /// Read once a turn.
    now: Instant,
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
    fn id_of(&self, slot: u32) -> Option<ConnectionId> {
        let connection = self.connections.get(slot as usize)?;
        Some(ConnectionId { shard: self.shard, slot, generation: connection.generation })
    }

    /// Everybody who is connected.
    pub(crate) fn ids(&self) -> Vec<ConnectionId> {
        self.connections.iter().filter_map(|(slot, _)| self.id_of(index(slot))).collect()
    }

    /// Whether nobody is connected.
    pub(crate) fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// Those who subscribe to a topic.
    pub(crate) fn subscribers(&self, topic: TopicKey) -> Vec<ConnectionId> {
        let Some(topic) = self.topics.find(topic) else { return Vec::new() };
        let subscribers = self.topics.get(topic).subscribers.iter();
        subscribers.filter_map(|subscriber| self.id_of(subscriber.slot)).collect()
    }

    /// Whether somebody subscribes to a topic.
    pub(crate) fn has_subscribers(&self, topic: TopicKey) -> bool {
        self.topics.find(topic).is_some()
    }

    /// What may be set.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// What is counted.
    pub(crate) fn stats(&self) -> &Arc<ShardStats> {
        &self.stats
    }

    /// When this turn began.
    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// A turn begins.
    pub(crate) fn begin_turn(&mut self, now: Instant) {
        self.now = now;
    }

    /// The next thing that the service is to be told.
    pub(crate) fn next_errand(&mut self) -> Option<Errand> {
        self.errands.pop_front()
    }

    /// Those to read from, each once. [`begin_read`](Self::begin_read) is to be called for each.
    pub(crate) fn take_ready(&mut self) -> Vec<ConnectionId> {
        std::mem::take(&mut self.ready)
    }

    /// From now on the connection can be added to those to read from again. False: it is gone.
    pub(crate) fn begin_read(&mut self, id: ConnectionId) -> bool {
        self.get_mut(id).map(|connection| connection.queued = false).is_some()
    }

    /// Whether somebody is to be read from, or something goes with the next pass.
    pub(crate) fn is_busy(&self) -> bool {
        self.owes_pushes() || !self.ready.is_empty()
    }

    /// When something happens by itself.
    pub(crate) fn wakes_at(&self) -> Option<Instant> {
        let wheel = (!self.is_empty()).then(|| self.wheel.next());
        [wheel, self.tempo.wakes_at()].into_iter().flatten().min()
    }

    /// The wheel's time.
    pub(crate) fn time(&self) -> u32 {
        self.wheel.now()
    }

    /// When a message that begins now must be complete.
    pub(crate) fn message_deadline(&self) -> u32 {
        self.wheel.now() + self.wheel.grains(self.config.message_within)
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
    fn next_ping(&mut self) -> u32 {
        // Marsaglia's xorshift32: this only has to spread, not to be secret.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        let percent = 90 + self.random % 21;
        let wait: Duration = self.config.ping_every * percent / 100;
        self.wheel.now() + self.wheel.grains(wait)
    }
}
