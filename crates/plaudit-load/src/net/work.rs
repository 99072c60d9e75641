//! What the loop and the work at hand say to each other.

use super::Net;
use super::http::Answer;

/// A connection's number.
pub(crate) type Id = usize;

/// Nanoseconds since the load began.
pub(crate) type Nanos = u64;

/// What is done with what comes in. Every time is when the bytes were read.
pub(crate) trait Work {
    /// A connection can be used.
    fn opened(&mut self, net: &mut Net, id: Id, now: Nanos);
    /// A message came.
    fn text(&mut self, net: &mut Net, id: Id, text: &[u8], now: Nanos);
    /// An answer came on a connection that speaks HTTP.
    fn answer(&mut self, _net: &mut Net, _id: Id, _answer: &Answer<'_>, _now: Nanos) {}
    /// A connection is gone, or was never there.
    fn closed(&mut self, net: &mut Net, id: Id, why: Closed, now: Nanos);
}

/// Why a connection is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// Nobody listens there, or has no room.
    Refused,
    /// The upgrade was answered with this status; 0 for what is no answer.
    Status(u16),
    /// A close frame with this code.
    Code(u16),
    /// Without a word.
    Gone,
    /// It sent what no server may send.
    Wrong(&'static str),
}

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused => f.write_str("was refused by the system"),
            Self::Status(0) => f.write_str("got no answer to its upgrade"),
            Self::Status(status) => write!(f, "got the status {status} instead of an upgrade"),
            Self::Code(code) => write!(f, "was closed with {code}"),
            Self::Gone => f.write_str("was cut off"),
            Self::Wrong(what) => write!(f, "received {what}"),
        }
    }
}

/// What has come in, in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Received {
    /// Reads that gave something: at least as many sends.
    pub(crate) reads: u64,
    /// Texts.
    pub(crate) frames: u64,
    /// Bytes of texts with their headers.
    pub(crate) bytes: u64,
}

impl std::ops::Sub for Received {
    type Output = Self;
    fn sub(self, before: Self) -> Self {
        Self {
            reads: self.reads - before.reads,
            frames: self.frames - before.frames,
            bytes: self.bytes - before.bytes,
        }
    }
}
