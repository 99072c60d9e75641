//! Log lines that a flood of requests must not repeat.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Says yes at the first call, and then at most once in each interval.
#[derive(Debug)]
pub struct Seldom {
    interval: Duration,
    last: Mutex<Option<Instant>>,
}

impl Seldom {
    /// At most once in this time.
    pub const fn every(interval: Duration) -> Self {
        Self { interval, last: Mutex::new(None) }
    }

    /// At most once in the life of the process.
    pub const fn once() -> Self {
        Self::every(Duration::MAX)
    }

    /// Whether it is time.
    pub fn is_due(&self) -> bool {
        let mut last = self.last.lock();
        let due = last.is_none_or(|last| last.elapsed() >= self.interval);
        if due {
            *last = Some(Instant::now());
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_yes_once_in_each_interval() {
        let (once, always) = (Seldom::once(), Seldom::every(Duration::ZERO));
        assert_eq!([once.is_due(), once.is_due(), once.is_due()], [true, false, false]);
        assert!(always.is_due() && always.is_due());
    }
}
