//! What the site keeps of a connection while it is open. Small: there may be many, and most say nothing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use governor::clock::DefaultClock;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use plaudit_hub::{ConnectionId, TopicKey};

use crate::app::Actor;
use crate::domain::{Address, Result, UserKind};
use crate::door::connections::Place;
use crate::door::limits::refusal;
use crate::live::presence::{Viewer, Who};

/// Mistakes count for so long.
const WINDOW: Duration = Duration::from_secs(10);

/// The hub's peer: who is at the other end, and how it has behaved.
pub struct Connection {
    /// Who acts; nobody without a session.
    pub actor: Option<Actor>,
    /// What limits by address count.
    pub address: Address,
    commands: Option<RateLimiter<NotKeyed, InMemoryState, DefaultClock>>,
    /// What it did wrong lately. Most do nothing wrong and pay for none of it.
    mistakes: Option<Box<Mistakes>>,
    /// The topics where others see it, with perhaps some whose subscription the hub has ended: at most a few more than it
    /// may subscribe to.
    pub(super) viewing: Vec<TopicKey>,
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
            mistakes: None,
            viewing: Vec::new(),
            _places: places,
        }
    }

    /// The same as one who looks at posts.
    pub(super) fn viewer(&self, id: ConnectionId) -> Viewer {
        let who = match self.actor {
            None => Who::Anonymous,
            Some(Actor { user, kind }) => Who::User { id: user, member: kind == UserKind::Member },
        };
        Viewer { connection: id.to_u64(), address: self.address, who }
    }

    /// It sent what is no command. True: too often.
    pub(super) fn note_malformed(&mut self) -> bool {
        self.mistakes.get_or_insert_default().malformed.strike(Instant::now())
    }

    /// It was refused because of a rate. True: too often.
    pub(super) fn note_refused(&mut self) -> bool {
        self.mistakes.get_or_insert_default().refused.strike(Instant::now())
    }

    /// Counts a command against the connection's own rate.
    pub(super) fn command(&self, per_second: u32) -> Result<()> {
        let Some(commands) = &self.commands else { return Ok(()) };
        commands
            .check()
            .map_err(|refused| refusal(&format!("At most {per_second} commands a second"), &refused))
    }
}

#[derive(Default)]
struct Mistakes {
    malformed: Strikes<10>,
    refused: Strikes<100>,
}

/// Remembers the last mistakes: so many within the window are too many.
#[derive(Debug, Default)]
struct Strikes<const LIMIT: usize>(VecDeque<Instant>);

impl<const LIMIT: usize> Strikes<LIMIT> {
    /// One more. True: too many.
    fn strike(&mut self, now: Instant) -> bool {
        if self.0.len() >= LIMIT {
            self.0.pop_front();
        }
        self.0.push_back(now);
        self.0.len() >= LIMIT && self.0.front().is_some_and(|first| now - *first < WINDOW)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_mistakes_within_any_ten_seconds_are_too_many() {
        let start = Instant::now();
        let struck = |seconds: &[f64]| {
            let mut strikes = Strikes::<10>::default();
            let times = seconds.iter().map(|after| start + Duration::from_secs_f64(*after));
            times.map(|at| strikes.strike(at)).position(|too_many| too_many)
        };
        assert_eq!(struck(&[0.0; 20]), Some(9));
        assert_eq!(struck(&[0.0, 9.4, 9.4, 9.5, 9.5, 9.6, 9.6, 9.7, 9.7, 10.2, 10.3]), Some(10));
        assert_eq!(struck(&(0..40).map(|turn| f64::from(turn) * 1.2).collect::<Vec<_>>()), None);
    }
}
