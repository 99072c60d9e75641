//! One topic's entry: what is kept of it, which shards want it, and who reads the store for it.

use tokio::sync::watch;

use super::value::Value;

/// Somebody reads the store for this entry; the channel closes when that is over.
pub(super) type Reading = watch::Receiver<()>;

/// Small: each member online has some of its own.
#[derive(Debug)]
pub(super) struct Entry {
    /// One bit for each shard of the hub with a subscriber.
    pub(super) shards: u64,
    /// None: it only says that somebody listens.
    pub(super) kept: Option<Box<Kept>>,
}

#[derive(Debug)]
pub(super) struct Kept {
    pub(super) value: Box<dyn Value>,
    reading: Option<Reading>,
    /// About how much memory its value takes, and its place in the order in which they were read.
    pub(super) bytes: usize,
    pub(super) place: Option<u64>,
}

impl Kept {
    pub(super) fn new(value: Box<dyn Value>) -> Self {
        Self { value, reading: None, bytes: 0, place: None }
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
