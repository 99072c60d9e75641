//! What a shard counts, and the sum that a [`Handle`](crate::Handle) reads. Written by the shard
//! alone, read by anyone; relaxed, since each number stands for itself.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The hub's counters since it began, summed over shards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Frames that left whole, replies and control frames included.
    pub frames: u64,
    /// Sends that took at least one byte.
    pub sends: u64,
    /// States that were overwritten before they were sent.
    pub conflated: u64,
    /// Subscriptions that ended with a resync.
    pub resyncs: u64,
    /// Panics of the service that were caught.
    pub panics: u64,
    /// Connections whose socket is full right now.
    pub blocked: u64,
    /// Bytes that wait for them right now (shared frames count once for each).
    pub blocked_bytes: u64,
    /// The longest interval of any shard right now.
    pub interval: Duration,
}

#[derive(Debug, Default)]
pub(crate) struct ShardStats {
    frames: AtomicU64,
    sends: AtomicU64,
    conflated: AtomicU64,
    resyncs: AtomicU64,
    panics: AtomicU64,
    blocked: AtomicU64,
    blocked_bytes: AtomicU64,
    interval_nanos: AtomicU64,
}

impl ShardStats {
    pub(crate) fn sent(&self, frames: usize) {
        self.frames.fetch_add(frames as u64, Relaxed);
        self.sends.fetch_add(1, Relaxed);
    }

    pub(crate) fn conflated(&self) {
        self.conflated.fetch_add(1, Relaxed);
    }

    pub(crate) fn resynced(&self) {
        self.resyncs.fetch_add(1, Relaxed);
    }

    pub(crate) fn panicked(&self) {
        self.panics.fetch_add(1, Relaxed);
    }

    /// One connection's outbox went from one size to another; `None` is no outbox at all.
    pub(crate) fn outbox(&self, before: Option<usize>, after: Option<usize>) {
        match (before, after) {
            (None, Some(_)) => drop(self.blocked.fetch_add(1, Relaxed)),
            (Some(_), None) => drop(self.blocked.fetch_sub(1, Relaxed)),
            _ => {}
        }
        // In one step, wrapping where it shrinks, so that no reader sees both.
        let (before, after) = (before.unwrap_or(0) as u64, after.unwrap_or(0) as u64);
        self.blocked_bytes.fetch_add(after.wrapping_sub(before), Relaxed);
    }

    pub(crate) fn interval(&self, interval: Duration) {
        self.interval_nanos.store(u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn add_to(&self, sum: &mut Stats) {
        sum.frames += self.frames.load(Relaxed);
        sum.sends += self.sends.load(Relaxed);
        sum.conflated += self.conflated.load(Relaxed);
        sum.resyncs += self.resyncs.load(Relaxed);
        sum.panics += self.panics.load(Relaxed);
        sum.blocked += self.blocked.load(Relaxed);
        sum.blocked_bytes += self.blocked_bytes.load(Relaxed);
        sum.interval = sum.interval.max(Duration::from_nanos(self.interval_nanos.load(Relaxed)));
    }
}
