//! Streams: one change of what is ordered, and the end of a stream as a store reads it. Posts, comments, messages and
//! conversations have each their own.

use std::sync::Arc;

/// One change of a stream. Each has a `seq` of its own, without a gap; a removed item is only known as removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamChange<T, I> {
    /// An item has come; `seq` is its own.
    Added {
        /// Its place in the stream.
        seq: u64,
        /// The item.
        item: Arc<T>,
    },
    /// An item is another one now.
    Edited {
        /// The change's own place in the stream.
        seq: u64,
        /// The item as it is now.
        item: Arc<T>,
    },
    /// An item is gone.
    Removed {
        /// The removal's own place in the stream.
        seq: u64,
        /// Which.
        id: I,
    },
}

impl<T, I> StreamChange<T, I> {
    /// Its place in the stream.
    pub const fn seq(&self) -> u64 {
        match self {
            Self::Added { seq, .. } | Self::Edited { seq, .. } | Self::Removed { seq, .. } => *seq,
        }
    }
}

/// The end of a stream, read in one transaction: enough for any first visit and any short absence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamTail<T, I> {
    /// The head: the last `seq` that was given.
    pub seq: u64,
    /// Every change after this `seq` is in `changed`.
    pub since: u64,
    /// The items that changed last after `since`, by the place of their last change, which comes first. A removed one is
    /// only its id.
    pub changed: Vec<(u64, Result<Arc<T>, I>)>,
    /// The newest items that are still there, the newest last.
    pub page: Vec<Arc<T>>,
    /// Whether there are older ones than those of `page`.
    pub more: bool,
}
