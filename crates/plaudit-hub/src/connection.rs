//! One connection's data: a socket, its subscriptions, and boxes that exist only while they hold
//! something. Owned by the shard's table. There is no read buffer, no write buffer and no timer in
//! here, so that an idle viewer costs a few hundred bytes.

use mio::net::TcpStream;

use crate::TopicKey;
use crate::decode::Assembly;
use crate::handle::Counted;
use crate::hold::Hold;
use crate::outbox::Outbox;

/// One subscription as its connection sees it.
pub(crate) struct Subscription {
    /// The topic's index in the shard.
    pub(crate) topic: u32,
    /// Which of the topic's subscribers this is.
    pub(crate) index: u32,
    /// The site's own, not the client's to leave; never held.
    pub(crate) hidden: bool,
    pub(crate) hold: Option<Box<Hold>>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a state of its own, and they combine freely")]
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    pub(crate) generation: u32,
    pub(crate) subscriptions: Vec<Subscription>,
    /// How many of them are not hidden.
    pub(crate) visible: u32,
    /// Commands that await a reply.
    pub(crate) in_flight: u32,
    /// One of them awaits a large reply: nothing more is read until none is in flight.
    pub(crate) awaits: bool,
    /// What a full socket is owed.
    pub(crate) outbox: Option<Box<Outbox>>,
    /// What came and is not a complete message yet.
    pub(crate) input: Option<Box<Input>>,
    /// Snapshots on their way for subscriptions that ended while they were held. They are counted so
    /// that they release no later subscription of the same topic.
    pub(crate) orphans: Vec<(TopicKey, u32)>,
    /// Wheel times: when a byte last came, when to ping, when the wheel looks next.
    pub(crate) heard: u32,
    pub(crate) ping_at: u32,
    pub(crate) check_at: u32,
    /// When its closing ends, once it has begun.
    pub(crate) closing: Option<u32>,
    /// The socket may have bytes: epoll tells once, and reading may be paused.
    pub(crate) readable: bool,
    /// The peer has hung up: read to the end.
    pub(crate) read_closed: bool,
    /// It stands in the list of those to be read.
    pub(crate) queued: bool,
    pub(crate) _counted: Counted,
}

/// What came from a client and is not a complete message yet. Exists only between a read that ended
/// inside a frame (or in front of a paused reader) and the one that completes it. Bounded: one frame
/// of the longest message, or what one read brought.
#[derive(Default)]
pub(crate) struct Input {
    /// Bytes as they came, from the start of a frame.
    pub(crate) raw: Vec<u8>,
    /// They may hold complete frames, since parsing was paused and not exhausted.
    pub(crate) unparsed: bool,
    /// The fragments of a message so far.
    pub(crate) assembly: Option<Assembly>,
    /// When (wheel time) the incomplete message or frame began; `None` while paused, for then the
    /// delay is ours.
    pub(crate) started: Option<u32>,
}

impl Connection {
    /// Whether no command may be read: a reply waits for the socket, or too many are in flight.
    pub(crate) fn is_paused(&self, max_in_flight: usize) -> bool {
        self.awaits
            || self.in_flight as usize >= max_in_flight
            || self.outbox.as_ref().is_some_and(|outbox| outbox.reply_waits())
    }

    /// Whether there is something to read or to parse, as far as anyone knows.
    pub(crate) fn has_input(&self) -> bool {
        self.readable || self.input.as_ref().is_some_and(|input| input.unparsed)
    }
}
