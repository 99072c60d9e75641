//! One topic's entry: what is known of it, which shards want it, and who reads the store for it.

use tokio::sync::watch;

use super::items::Fix;
use super::stream::Stream;
use crate::domain::{Comment, Counts, Post};

/// Somebody reads the store for this entry; the channel closes when that is over.
pub(super) type Reading = watch::Receiver<()>;

/// What is known of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PostValue {
    Unknown,
    Known(Counts),
    Missing,
}

#[derive(Debug)]
pub(super) enum Value {
    /// Of `post:ID`, and of `post:ID/presence`, which only asks whether the post is there.
    Post(PostValue),
    Feed(Stream<Post>),
    Comments(Stream<Comment>),
    /// Nothing is kept: it only says that somebody listens.
    Me,
}

#[derive(Debug)]
pub(super) struct Entry {
    /// One bit for each shard of the hub with a subscriber.
    pub(super) shards: u64,
    pub(super) value: Value,
    reading: Option<Reading>,
    /// About how much memory its comments take, and its place in the order in which they were read.
    pub(super) bytes: usize,
    pub(super) kept: Option<u64>,
}

impl Entry {
    pub(super) fn new(value: Value) -> Self {
        Self { shards: 0, value, reading: None, bytes: 0, kept: None }
    }

    /// Claims the entry for a read, unless another read is under way: then it is that one that is to be waited for.
    pub(super) fn claim(&mut self, reading: &Reading) -> Option<Reading> {
        if self.reading.is_none() {
            self.value.start_reading();
            self.reading = Some(reading.clone());
            return None;
        }
        self.reading.clone()
    }

    /// Whether this read holds the claim. An entry may have gone and come again while it read: the new one did not
    /// see what was published in between, and is not this read's to fill.
    pub(super) fn is_claimed_by(&self, reading: &Reading) -> bool {
        self.reading.as_ref().is_some_and(|holder| holder.same_channel(reading))
    }

    /// The read is over, well or not.
    pub(super) fn end_claim(&mut self, reading: &Reading) {
        if !self.is_claimed_by(reading) {
            return;
        }
        self.reading = None;
        self.value.stop_reading();
    }
}

impl Value {
    fn start_reading(&mut self) {
        match self {
            Self::Feed(stream) => stream.start_reading(),
            Self::Comments(stream) => stream.start_reading(),
            Self::Post(_) | Self::Me => {}
        }
    }

    fn stop_reading(&mut self) {
        match self {
            Self::Feed(stream) => stream.stop_reading(),
            Self::Comments(stream) => stream.stop_reading(),
            Self::Post(_) | Self::Me => {}
        }
    }

    pub(super) fn mend(&mut self, fix: &Fix) {
        match self {
            Self::Feed(stream) => stream.mend(fix),
            Self::Comments(stream) => stream.mend(fix),
            Self::Post(_) | Self::Me => {}
        }
    }
}

impl PostValue {
    /// Takes counts unless newer ones are known. True if they are news.
    pub(super) fn take(&mut self, counts: Counts) -> bool {
        match self {
            Self::Known(known) if known.version >= counts.version => false,
            // Of what was removed nothing more is told.
            Self::Missing => false,
            Self::Known(_) | Self::Unknown => {
                *self = Self::Known(counts);
                true
            }
        }
    }

    /// The post has just been made.
    pub(super) fn begin(&mut self, counts: Counts) {
        if !matches!(self, Self::Known(_)) {
            *self = Self::Known(counts);
        }
    }
}
