//! Timers: a ring of slots that connections hang in, each at the time of its next check. Driven once a
//! loop turn. An entry says only "look at this connection", and one that looks again too early or for
//! nothing costs a few nanoseconds; so deadlines may move freely without touching the wheel, and a
//! connection carries no timer. Time in which the shard did not run, because the machine was paused, is
//! nobody's silence: the wheel stands still meanwhile.

use std::time::{Duration, Instant};

/// The ring's length. A connection whose time lies beyond it is looked at when the ring ends, and hung in again.
const SLOTS: u32 = 64;

/// More grains than this between two turns of the loop are a pause of the machine, or of a shard that had nobody.
const PAUSE: u32 = 2;

/// Wheel time: grains since the wheel began, pauses left out.
pub(crate) type Time = u32;

pub(crate) struct Wheel {
    slots: Vec<Vec<(u32, u32)>>,
    began: Instant,
    grain: Duration,
    now: Time,
}

impl Wheel {
    pub(crate) fn new(began: Instant, grain: Duration) -> Self {
        Self { slots: (0..SLOTS).map(|_| Vec::new()).collect(), began, grain, now: 0 }
    }

    pub(crate) fn now(&self) -> Time {
        self.now
    }

    /// A duration in grains, rounded up and one more, so that a deadline is never early.
    pub(crate) fn grains(&self, duration: Duration) -> Time {
        let grains = duration.as_nanos().div_ceil(self.grain.as_nanos()) + 1;
        u32::try_from(grains).unwrap_or(u32::MAX / 2)
    }

    /// Hangs a connection in at `when`, or at the ring's end where that is sooner; says at which.
    pub(crate) fn insert(&mut self, when: Time, slot: u32, generation: u32) -> Time {
        let when = when.clamp(self.now + 1, self.now + SLOTS - 1);
        self.slots[(when % SLOTS) as usize].push((slot, generation));
        when
    }

    /// Moves the time to `now`, and those whose time has come to `due`, with it. A pause counts as one grain.
    pub(crate) fn advance(&mut self, now: Instant, due: &mut Vec<(u32, u32)>) {
        let grains = now.saturating_duration_since(self.began).as_nanos() / self.grain.as_nanos();
        let mut to = u32::try_from(grains).unwrap_or(u32::MAX);
        if to.saturating_sub(self.now) > PAUSE {
            self.began += self.grain * (to - self.now - 1);
            to = self.now + 1;
        }
        for time in self.now + 1..=to {
            due.append(&mut self.slots[(time % SLOTS) as usize]);
        }
        self.now = self.now.max(to);
    }

    /// When the time moves next.
    pub(crate) fn next(&self) -> Instant {
        self.began + self.grain * (self.now + 1)
    }
}
