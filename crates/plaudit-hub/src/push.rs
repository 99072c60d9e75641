//! What goes into the hub: pushes to topics, replies to connections, and the names of both. Built by
//! the relay and by the store's sink. A topic is a bare number here. The site gives meanings, the hub
//! only compares.

use crate::Frame;

/// A topic, opaque to the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicKey(pub u64);

/// A connection of this process: shard, slot and generation. Slots are reused, generations are not
/// (until 2³² connections of one shard), so an old id means nothing rather than somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConnectionId {
    pub(crate) shard: u8,
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

/// 24 bits of slot leave 8 for the shard: 16 million connections a shard, 256 shards.
const SLOT_BITS: u32 = 24;

impl ConnectionId {
    /// All of it in one number, for logs and for tables.
    pub fn to_u64(self) -> u64 {
        u64::from(self.shard) << 56 | u64::from(self.slot) << 32 | u64::from(self.generation)
    }

    /// The inverse of [`to_u64`](Self::to_u64). Any number is safe: one that names no connection of
    /// now does nothing.
    #[allow(clippy::cast_possible_truncation)] // each part is cut to its bits on purpose
    pub fn from_u64(id: u64) -> Self {
        let slot = (id >> 32) as u32 & ((1 << SLOT_BITS) - 1);
        Self { shard: (id >> 56) as u8, slot, generation: id as u32 }
    }
}

/// How a push reaches the subscribers of its topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The latest wins: at most one frame per topic, slot and tick; overwritten, never queued. A
    /// version below one that was pushed before is dropped. Version 0 is unversioned: the last
    /// pushed wins.
    State {
        /// Which value of the topic this is.
        slot: u64,
        /// Grows with each change; 0 where there is none.
        version: u64,
    },
    /// Every frame arrives, in order; a reader whose bounded queue is full gets
    /// [`Service::resync`](crate::Service::resync)'s frame instead and its subscription ends.
    Stream {
        /// The place in the stream, compared with the snapshot's [`Position`].
        seq: u64,
    },
    /// Arrives after what is pending of the topic, then the topic's subscriptions end.
    Last,
    /// Ends the topic's subscriptions of one owner ([`Service::owner`](crate::Service::owner)), at once: what is
    /// pending of them is dropped and the frame is the last that they get. Where a snapshot is on its way, the
    /// frame follows it. All others keep their subscriptions. For a right that ends.
    Evict {
        /// Whose; never 0.
        owner: u64,
    },
    /// Closes every subscriber of the topic, at once; the frame is not sent. For hidden topics such
    /// as "this session".
    Close {
        /// The close code.
        code: u16,
        /// Its reason, at most 123 bytes.
        reason: &'static str,
    },
}

/// One frame for all subscribers of a topic.
#[derive(Debug, Clone)]
pub struct Push {
    /// To whom.
    pub topic: TopicKey,
    /// What, encoded once.
    pub frame: Frame,
    /// How.
    pub delivery: Delivery,
}

impl Push {
    /// A push that closes every subscriber of `topic`.
    pub fn close(topic: TopicKey, code: u16, reason: &'static str) -> Self {
        Self { topic, frame: Frame::empty(), delivery: Delivery::Close { code, reason } }
    }
}

/// Where a snapshot stands in one topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// It holds everything up to and including this version or seq; 0 where there is none.
    At(u64),
    /// The topic was refused (unknown or not allowed): its subscription ends.
    Refused,
}

/// The answer to one command that [`Turn::expect_reply`](crate::Turn::expect_reply) announced.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Who asked.
    pub connection: ConnectionId,
    /// The answer.
    pub frame: Frame,
    /// For the answer to a subscribe: each of its topics once. Held frames newer than the position
    /// follow the answer, then live ones. Empty for all other replies.
    pub positions: Vec<(TopicKey, Position)>,
}
