//! What happens to a connection by itself: pings, and the ends that come with time. Driven by the wheel
//! once it has moved. A paused connection counts neither as silent nor as slow, because the hub does not
//! read from it. Its bound is the time that its socket may stay full.

use super::Table;
use crate::gather::Kind;
use crate::wheel::Time;
use crate::{ConnectionId, Frame};

/// Why time ends a connection.
enum End {
    Blocked,
    Silent,
    SlowMessage,
    Drained,
}

impl Table {
    /// Moves the wheel; those to look at are in `due`.
    pub(crate) fn advance_wheel(&mut self, due: &mut Vec<(u32, u32)>) {
        self.wheel.advance(self.now, due);
    }

    /// Looks at one connection; `ping` is what to send where it is time for that.
    pub(crate) fn check(&mut self, slot: u32, generation: u32, ping: &mut impl FnMut() -> Option<Frame>) {
        let id = ConnectionId { shard: self.shard, slot, generation };
        let now = self.wheel.now();
        let Some(connection) = self.get_mut(id).filter(|connection| connection.check_at <= now) else {
            return; // gone, or an entry that a nearer one has replaced
        };
        connection.check_at = Time::MAX;
        let mut next = match self.ends(id) {
            Ok(End::Drained) => return self.remove(slot),
            Ok(End::Blocked) => return self.close(id, Some(4102), "too slow"),
            Ok(End::Silent) => return self.close(id, Some(4201), "silent"),
            Ok(End::SlowMessage) => return self.close(id, Some(1008), "message too slow"),
            Err(next) => next,
        };
        if let Some(connection) = self.open_mut(id) {
            let mut ping_at = connection.ping_at;
            if ping_at <= now {
                ping_at = self.next_ping();
                self.connections[slot as usize].ping_at = ping_at;
                if let Some(frame) = ping() {
                    self.send_one(id, Kind::Ping, frame);
                }
            }
            next = next.min(ping_at);
        }
        self.check_by(slot, next);
    }

    /// Why the connection ends now; else the next time at which it may.
    fn ends(&self, id: ConnectionId) -> Result<End, Time> {
        let (now, config, wheel) = (self.wheel.now(), &self.config, &self.wheel);
        let Some(connection) = self.get(id) else { return Err(Time::MAX) };
        if let Some(deadline) = connection.closing {
            return if deadline <= now { Ok(End::Drained) } else { Err(deadline) };
        }
        let mut next = Time::MAX;
        let mut passed = |deadline: Time| {
            next = next.min(deadline);
            deadline <= now
        };
        if let Some(outbox) = &connection.outbox
            && passed(outbox.since + wheel.grains(config.blocked_for))
        {
            return Ok(End::Blocked);
        }
        if connection.is_paused(config.max_in_flight) {
            next = next.min(now + wheel.grains(config.blocked_for)); // look again when it may be over
        } else {
            if passed(connection.heard + wheel.grains(config.silent_after)) {
                return Ok(End::Silent);
            }
            if let Some(started) = connection.input.as_ref().and_then(|input| input.started)
                && passed(started + wheel.grains(config.message_within))
            {
                return Ok(End::SlowMessage);
            }
        }
        Err(next)
    }
}
