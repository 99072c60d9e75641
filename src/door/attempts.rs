//! Failed log-ins: five for a handle from one address, twenty from one address, in 15 minutes.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::domain::{Address, Error, Result};

/// Failed logins count this long.
const WINDOW: Duration = Duration::from_mins(15);
/// So many for a handle from one address.
const FAILURES: usize = 5;
/// So many from one address, whatever the handles.
const FAILURES_OF_ADDRESS: usize = 20;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Handle(String, Address),
    Address(Address),
}

/// A login attempt that counts as failed until it is released.
#[must_use]
pub struct Attempt {
    keys: [Key; 2],
    at: Instant,
}

/// Failed logins of the last 15 minutes. A failure is reserved before the password is hashed and released when it was
/// right: so a hundred tries at once do not all slip through before the first is counted.
pub struct Attempts {
    on: bool,
    failures: Mutex<HashMap<Key, VecDeque<Instant>>>,
}

impl Attempts {
    /// No failures yet.
    pub fn new(on: bool) -> Self {
        Self { on, failures: Mutex::new(HashMap::new()) }
    }

    /// Counts a failure beforehand, or refuses the attempt.
    pub fn reserve(&self, handle: &str, address: Address) -> Result<Attempt> {
        // A handle that cannot exist is cut, so that a key stays small.
        let handle: String = handle.chars().take(31).collect();
        let keys = [Key::Handle(handle, address), Key::Address(address)];
        let at = Instant::now();
        if self.on {
            let mut failures = self.failures.lock();
            for (key, limit) in keys.iter().zip([FAILURES, FAILURES_OF_ADDRESS]) {
                if let Some(times) = failures.get_mut(key) {
                    forget(times, at);
                    if times.len() >= limit {
                        let wait = times.front().map_or(WINDOW, |first| WINDOW.saturating_sub(at - *first));
                        let retry_after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
                        return Err(Error::RateLimited {
                            what: "Too many failed log-ins".to_owned(),
                            retry_after_ms,
                        });
                    }
                }
            }
            for key in &keys {
                failures.entry(key.clone()).or_default().push_back(at);
            }
        }
        Ok(Attempt { keys, at })
    }

    /// Takes the failure back: the password was right, or was not tried.
    pub fn release(&self, attempt: Attempt) {
        let mut failures = self.failures.lock();
        for key in attempt.keys {
            if let Some(times) = failures.get_mut(&key) {
                if let Some(index) = times.iter().position(|at| *at == attempt.at) {
                    times.remove(index);
                }
                if times.is_empty() {
                    failures.remove(&key);
                }
            }
        }
    }

    /// Drops failures that no longer count.
    pub fn forget_old(&self) {
        let now = Instant::now();
        self.failures.lock().retain(|_, times| {
            forget(times, now);
            !times.is_empty()
        });
    }
}

fn forget(times: &mut VecDeque<Instant>, now: Instant) {
    while times.front().is_some_and(|first| now - *first >= WINDOW) {
        times.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Address {
        Address::of([192, 0, 2, last].into())
    }

    #[test]
    fn the_sixth_failure_of_a_handle_is_refused_and_a_success_takes_none() {
        let attempts = Attempts::new(true);
        for _ in 0..4 {
            let _failed = attempts.reserve("ana", address(1)).unwrap();
        }
        for _ in 0..9 {
            let right = attempts.reserve("ana", address(1)).unwrap();
            attempts.release(right);
        }
        let _failed = attempts.reserve("ana", address(1)).unwrap();
        assert!(matches!(attempts.reserve("ana", address(1)), Err(Error::RateLimited { .. })));
        assert!(attempts.reserve("ana", address(2)).is_ok());
        assert!(attempts.reserve("ben", address(1)).is_ok());
    }

    #[test]
    fn one_address_fails_twenty_times_whatever_the_handles() {
        let attempts = Attempts::new(true);
        for turn in 0..20 {
            let _failed = attempts.reserve(&format!("user{turn}"), address(1)).unwrap();
        }
        assert!(matches!(attempts.reserve("another", address(1)), Err(Error::RateLimited { .. })));
    }

    #[test]
    fn without_limits_nothing_is_refused() {
        let attempts = Attempts::new(false);
        for _ in 0..1000 {
            let _failed = attempts.reserve("ana", address(1)).unwrap();
        }
    }
}
