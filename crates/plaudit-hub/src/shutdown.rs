//! A shard's end: what is pending is sent, then each connection is closed, spread over a while so that
//! its clients do not all come back at once. Driven by the loop after a shutdown. The shard serves on
//! meanwhile. Whoever is still open is still live.

use std::time::{Duration, Instant};

use crate::ConnectionId;
use crate::table::Table;

/// Below this many connections spreading is of no use: the clients' own jitter will do.
const FEW: usize = 100;

/// How long pending pushes may take before closing begins anyway.
const FLUSH_WITHIN: Duration = Duration::from_secs(1);

pub(crate) struct Shutdown {
    code: u16,
    reason: &'static str,
    spread: Duration,
    told: Instant,
    /// When it gives up on those that are left.
    deadline: Instant,
    closing: Option<Closing>,
}

struct Closing {
    began: Instant,
    /// Those that were connected then, and how many of them have been closed.
    list: Vec<ConnectionId>,
    done: usize,
}

impl Shutdown {
    pub(crate) fn new(code: u16, reason: &'static str, spread: Duration, table: &mut Table) -> Self {
        table.flush_all();
        // The grain of the timers and the last sends have the second more.
        let deadline =
            table.now() + spread + table.config().close_drain + FLUSH_WITHIN + Duration::from_secs(1);
        Self { code, reason, spread, told: table.now(), deadline, closing: None }
    }

    pub(crate) fn go_on(&mut self, table: &mut Table) {
        if self.closing.is_none() && table.owes_pushes() && table.now() < self.told + FLUSH_WITHIN {
            return;
        }
        let closing =
            self.closing.get_or_insert_with(|| Closing { began: table.now(), list: table.ids(), done: 0 });
        let all = closing.list.len();
        let elapsed = table.now().duration_since(closing.began);
        let until = if all < FEW || elapsed >= self.spread {
            all
        } else {
            // 2⁵³ connections are not to be had.
            #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let share = (all as f64 * elapsed.div_duration_f64(self.spread)).ceil() as usize;
            share.min(all)
        };
        while closing.done < until {
            table.close(closing.list[closing.done], Some(self.code), self.reason);
            closing.done += 1;
        }
    }

    /// Closes a connection that comes too late.
    pub(crate) fn refuse(&self, table: &mut Table, id: ConnectionId) {
        table.close(id, Some(self.code), self.reason);
    }

    pub(crate) fn is_over(&self, table: &Table) -> bool {
        let closed = self.closing.as_ref().is_some_and(|closing| closing.done == closing.list.len());
        (closed && table.is_empty()) || table.now() >= self.deadline
    }

    /// When the loop must be back by itself.
    pub(crate) fn wakes_at(&self, now: Instant) -> Instant {
        (now + Duration::from_millis(10)).min(self.deadline)
    }
}
