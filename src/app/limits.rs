//! How much is allowed in how much time, by user and by address, so that reconnecting resets nothing.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use parking_lot::Mutex;

use crate::domain::{Address, Error, Result, UserId};

/// One limit, counted for each key.
struct Rate<K: Hash + Eq + Clone> {
    what: &'static str,
    limiter: Option<RateLimiter<K, HashMapStateStore<K>, DefaultClock>>,
}

impl<K: Hash + Eq + Clone> Rate<K> {
    fn new(on: bool, what: &'static str, quota: Quota) -> Self {
        Self { what, limiter: on.then(|| RateLimiter::hashmap(quota)) }
    }

    fn check(&self, key: &K) -> Result<()> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.check_key(key).map_err(|refused| {
            let wait = refused.wait_time_from(DefaultClock::default().now());
            let retry_after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
            Error::RateLimited { what: self.what, retry_after_ms }
        })
    }

    fn forget_old(&self) {
        if let Some(limiter) = &self.limiter {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

const fn n(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).expect("a limit is at least 1")
}

/// Commands a second, and at once: of a connection, and of a user over all its connections.
pub const COMMANDS: (NonZeroU32, NonZeroU32) = (n(20), n(60));
/// The same of an address, which may stand for a whole office: ten times as much.
const COMMANDS_OF_ADDRESS: (NonZeroU32, NonZeroU32) = (n(200), n(600));

/// Every rate of the site. All in one place, so that the docs and the code can be compared.
pub struct Rates {
    likes: Rate<UserId>,
    likes_of_address: Rate<Address>,
    posts: Rate<UserId>,
    guests: Rate<Address>,
    sign_ups: Rate<Address>,
    commands: Rate<UserId>,
    commands_of_address: Rate<Address>,
}

impl Rates {
    /// All rates; none where limits are off.
    pub fn new(on: bool) -> Self {
        let per_second = |(rate, burst)| Quota::per_second(rate).allow_burst(burst);
        Self {
            likes: Rate::new(on, "At most 60 likes a minute", Quota::per_minute(n(60))),
            likes_of_address: Rate::new(on, "At most 600 likes a minute from one address", Quota::per_minute(n(600))),
            posts: Rate::new(on, "At most 10 posts a minute", Quota::per_minute(n(10))),
            guests: Rate::new(on, "At most 30 new guests an hour from one address", Quota::per_hour(n(30))),
            sign_ups: Rate::new(on, "At most 5 sign-ups an hour from one address", Quota::per_hour(n(5))),
            commands: Rate::new(on, "At most 20 commands a second", per_second(COMMANDS)),
            commands_of_address: Rate::new(
                on,
                "At most 200 commands a second from one address",
                per_second(COMMANDS_OF_ADDRESS),
            ),
        }
    }

    /// A like or unlike.
    pub fn like(&self, user: Option<UserId>, address: Address) -> Result<()> {
        user.map_or(Ok(()), |user| self.likes.check(&user))?;
        self.likes_of_address.check(&address)
    }

    /// A new post.
    pub fn post(&self, user: UserId) -> Result<()> {
        self.posts.check(&user)
    }

    /// A new guest.
    pub fn guest(&self, address: Address) -> Result<()> {
        self.guests.check(&address)
    }

    /// A new member.
    pub fn sign_up(&self, address: Address) -> Result<()> {
        self.sign_ups.check(&address)
    }

    /// A command of a connection.
    pub fn command(&self, user: Option<UserId>, address: Address) -> Result<()> {
        user.map_or(Ok(()), |user| self.commands.check(&user))?;
        self.commands_of_address.check(&address)
    }

    /// Drops what no longer limits anybody, so that memory follows the present and not the past.
    pub fn forget_old(&self) {
        for rate in [&self.likes, &self.posts, &self.commands] {
            rate.forget_old();
        }
        for rate in [&self.likes_of_address, &self.guests, &self.sign_ups, &self.commands_of_address] {
            rate.forget_old();
        }
    }
}

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
                        return Err(Error::RateLimited { what: "Too many failed logins", retry_after_ms });
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
    fn a_minute_holds_sixty_likes_of_a_user_and_says_when_to_come_back() {
        let rates = Rates::new(true);
        for _ in 0..60 {
            rates.like(Some(UserId(1)), address(1)).unwrap();
        }
        let refused = rates.like(Some(UserId(1)), address(1)).unwrap_err();
        assert!(refused.retry_after_ms().is_some_and(|ms| (1..=1000).contains(&ms)), "{refused:?}");
        assert!(rates.like(Some(UserId(2)), address(1)).is_ok());
    }

    #[test]
    fn without_limits_nothing_is_refused() {
        let (rates, attempts) = (Rates::new(false), Attempts::new(false));
        for _ in 0..1000 {
            rates.like(Some(UserId(1)), address(1)).unwrap();
            let _failed = attempts.reserve("ana", address(1)).unwrap();
        }
    }
}
