//! What the site keeps of a connection while it is open. Small: there may be many, and most say nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use governor::clock::DefaultClock;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::app::Actor;
use crate::app::connections::Place;
use crate::app::limits::refusal;
use crate::domain::{Address, Result};

/// Mistakes count for so long.
const WINDOW: Duration = Duration::from_secs(10);

/// The hub's peer: who is at the other end, and how it has behaved.
pub struct Connection {
    /// Who acts; nobody without a session.
    pub actor: Option<Actor>,
    /// What limits by address count.
    pub address: Address,
    commands: Option<RateLimiter<NotKeyed, InMemoryState, DefaultClock>>,
    pub(super) malformed: Strikes<10>,
    pub(super) refused: Strikes<100>,
    _places: [Option<Arc<Place>>; 2],
}

impl Connection {
    /// A connection that has just been upgraded. `quota` is none where limits are off.
    pub fn new(
        actor: Option<Actor>,
        address: Address,
        quota: Option<Quota>,
        places: [Option<Arc<Place>>; 2],
    ) -> Self {
        Self {
            actor,
            address,
            commands: quota.map(RateLimiter::direct),
            malformed: Strikes::default(),
            refused: Strikes::default(),
            _places: places,
        }
    }

    /// Counts a command against the connection's own rate.
    pub(super) fn command(&self, per_second: u32) -> Result<()> {
        let Some(commands) = &self.commands else { return Ok(()) };
        commands
            .check()
            .map_err(|refused| refusal(&format!("At most {per_second} commands a second"), &refused))
    }
}

/// Counts mistakes: so many within the window are too many.
#[derive(Debug, Default)]
pub(super) struct Strikes<const LIMIT: u32> {
    count: u32,
    since: Option<Instant>,
}

impl<const LIMIT: u32> Strikes<LIMIT> {
    /// One more. True: too many.
    pub(super) fn strike(&mut self) -> bool {
        let now = Instant::now();
        if self.since.is_none_or(|since| now - since >= WINDOW) {
            (self.count, self.since) = (0, Some(now));
        }
        self.count += 1;
        self.count >= LIMIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenth_mistake_is_too_many() {
        let mut strikes = Strikes::<10>::default();
        let too_many: Vec<bool> = (0..10).map(|_| strikes.strike()).collect();
        assert_eq!(too_many.iter().position(|too_many| *too_many), Some(9));
    }
}
