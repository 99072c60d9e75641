//! When topics flush: at once where they were quiet for an interval, else at the shard's next tick. `pass` drives it. It
//! reads no clock: every call says what time it is.

use std::time::{Duration, Instant};

use crate::TopicKey;

/// When topics flush.
pub(crate) struct Tempo {
    tick: Duration,
    /// The tick, or twice the last pass where that is more: a shard spends at most half its time in
    /// passes, and the rest is for those who ask.
    interval: Duration,
    next_tick: Instant,
    /// To flush with the next pass, and with the tick's.
    due: Vec<TopicKey>,
    waiting: Vec<TopicKey>,
    /// When the running pass began.
    running: Option<Instant>,
    /// The longest pass since the last tick.
    longest: Duration,
    /// A topic holds all the pending entries that it may.
    full: bool,
}

impl Tempo {
    pub(crate) fn new(tick: Duration, now: Instant) -> Self {
        let tick = tick.max(Duration::from_millis(1));
        Self {
            tick,
            interval: tick,
            next_tick: now,
            due: Vec::new(),
            waiting: Vec::new(),
            running: None,
            longest: Duration::ZERO,
            full: false,
        }
    }

    pub(crate) fn interval(&self) -> Duration {
        self.interval
    }

    /// When the loop must be back by itself for the next tick.
    pub(crate) fn wakes_at(&self) -> Option<Instant> {
        (!self.waiting.is_empty()).then_some(self.next_tick)
    }

    /// Has a topic flush with the next pass where it was quiet for an interval, else at the tick.
    pub(crate) fn enlist(&mut self, topic: TopicKey, flushed: Option<Instant>, now: Instant) {
        let free = flushed.map_or(now, |flushed| flushed + self.interval);
        if free <= now {
            self.due.push(topic);
            return;
        }
        // The first that waits sets the tick, as early as it may flush. A tick for which others wait stands, also when
        // its time has come and it has not been seen to yet.
        if self.waiting.is_empty() && self.next_tick <= now {
            self.next_tick = free;
        }
        self.waiting.push(topic);
    }

    /// Has a topic flush with the next pass. Until that pass has begun no more is taken: its entries are as many as may
    /// be.
    pub(crate) fn flush_early(&mut self, topic: TopicKey) {
        self.full = true;
        self.due.push(topic);
    }

    /// Has everything flush with the next pass.
    pub(crate) fn flush_all(&mut self) {
        self.due.append(&mut self.waiting);
    }

    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// Whether something flushes with the next pass.
    pub(crate) fn is_due(&self) -> bool {
        !self.due.is_empty()
    }

    /// Whether a pass runs.
    pub(crate) fn runs(&self) -> bool {
        self.running.is_some()
    }

    /// Where it is time for the tick, all that wait are due.
    pub(crate) fn tick(&mut self, now: Instant) {
        if self.waiting.is_empty() || now < self.next_tick {
            return;
        }
        self.due.append(&mut self.waiting);
        let shrunk = self.interval * 3 / 4;
        self.interval = self.tick.max(self.longest * 2).max(shrunk);
        self.longest = Duration::ZERO;
        self.next_tick = now + self.interval;
    }

    /// A pass begins: gives the topics that flush with it.
    pub(crate) fn start_pass(&mut self, now: Instant) -> Vec<TopicKey> {
        self.running = Some(now);
        self.full = false;
        std::mem::take(&mut self.due)
    }

    /// The running pass has ended.
    pub(crate) fn end_pass(&mut self, now: Instant) {
        let Some(began) = self.running.take() else { return };
        let took = now.saturating_duration_since(began);
        self.longest = self.longest.max(took);
        self.interval = self.interval.max(took * 2);
    }
}
