//! The sweep: what has run out is removed every few minutes, unless the clock is not to be believed. `boot` drives it.
//!
//! A clock that is a month ahead makes every session look as if it had run out. So the clock is compared with the newest
//! row of the database at the start, and with the time that has passed since then. After a jump ahead nothing is removed
//! for a day: time enough to set the clock right and to start again, and everybody is still logged in.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::App;
use crate::domain::{Result, Timestamp};

/// A clock that is further from what is expected has jumped.
const JUMP: Duration = Duration::from_hours(24);
/// So long nothing is removed after a jump ahead.
const WAIT: Duration = Duration::from_hours(24);

/// What the clock said last, and whether it is believed.
#[derive(Debug, Default)]
pub(super) struct ClockCheck(Mutex<Readings>);

#[derive(Debug, Default)]
struct Readings {
    last: Option<(Timestamp, Instant)>,
    believed_from: Option<Instant>,
}

/// How the clock stands to what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As expected.
    Even,
    /// More than a day later than this.
    Ahead(Timestamp),
    /// More than a day earlier than this.
    Behind(Timestamp),
}

impl Readings {
    /// Takes a reading of the clock. `newest` is expected where nothing was read before.
    fn take(&mut self, now: Timestamp, at: Instant, newest: Option<Timestamp>) -> Reading {
        let passed = |(time, then): (Timestamp, Instant)| plus(time, at.saturating_duration_since(then));
        let expected = self.last.map(passed).or(newest);
        self.last = Some((now, at));
        match expected {
            Some(expected) if now > plus(expected, JUMP) => {
                self.believed_from = Some(at + WAIT);
                Reading::Ahead(expected)
            }
            Some(expected) if plus(now, JUMP) < expected => {
                // It may have been set right: what it says now removes less, not more.
                self.believed_from = None;
                Reading::Behind(expected)
            }
            Some(_) | None => Reading::Even,
        }
    }

    fn is_believed(&self, at: Instant) -> bool {
        self.believed_from.is_none_or(|from| from <= at)
    }
}

fn plus(time: Timestamp, duration: Duration) -> Timestamp {
    time.plus_seconds(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX / 1000))
}

impl App {
    /// Removes what has run out: sessions, idle guests, the memory of old rates. Called every few minutes.
    pub async fn sweep(&self) -> Result<()> {
        self.rates.forget_old();
        self.attempts.forget_old();
        if self.read_clock().await? {
            self.store.sweep(self.clock.now()).await
        } else {
            self.store.finish().await
        }
    }

    /// Gives back the memory of what nobody uses any more. Called every few seconds.
    pub fn give_back(&self) {
        self.sessions.forget_old(self.clock.now());
        self.store.give_back();
    }

    /// Goes on with what was decided before the last stop or crash, and looks at the clock. Called once, at the start.
    pub async fn resume(&self) -> Result<()> {
        self.read_clock().await?;
        self.store.finish().await
    }

    /// Whether the clock is believed. Says so if it has jumped.
    async fn read_clock(&self) -> Result<bool> {
        let newest = self.store.find_newest_time().await?;
        let (now, at) = (self.clock.now(), Instant::now());
        let mut readings = self.clock_check.0.lock();
        match readings.take(now, at, newest) {
            Reading::Even => {}
            Reading::Ahead(expected) => tracing::warn!(
                "the clock says {now}, about {expected} was expected: if the clock is wrong, set it and start again; \
                 sessions that have run out are kept for another 24 hours"
            ),
            Reading::Behind(expected) => tracing::warn!(
                "the clock says {now}, but what is in the database was written until {expected}: is the clock right?"
            ),
        }
        Ok(readings.is_believed(at))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;
    use crate::app::passwords::Cost;
    use crate::app::sessions::SignUp;
    use crate::app::sms::Waker;
    use crate::app::{Caller, Rules};
    use crate::domain::{Address, Clock, Guests};
    use crate::door::limits::Limits;
    use crate::store::sqlite::{SqliteOptions, SqliteStore};
    use crate::store::{Batch, Sink};

    const NOW: Timestamp = Timestamp(1_800_000_000_000);
    const DAY: i64 = 24 * 3600;

    fn after(hours: u64) -> Duration {
        Duration::from_hours(hours)
    }

    #[test]
    fn a_start_with_a_clock_thirty_days_ahead_removes_nothing_for_a_day() {
        let (mut readings, start) = (Readings::default(), Instant::now());
        let ahead = NOW.plus_seconds(30 * DAY);
        assert_eq!(readings.take(ahead, start, Some(NOW)), Reading::Ahead(NOW));
        assert!(!readings.is_believed(start + after(23)));
        let later = start + after(24);
        assert_eq!(readings.take(plus(ahead, after(24)), later, Some(NOW)), Reading::Even);
        assert!(readings.is_believed(later), "the site has only been off for a while");
    }

    #[test]
    fn a_clock_that_jumps_while_the_site_runs_is_not_believed_until_it_is_set_right() {
        let (mut readings, start) = (Readings::default(), Instant::now());
        assert_eq!(readings.take(NOW, start, Some(NOW.plus_seconds(-3600))), Reading::Even);
        assert!(readings.is_believed(start));
        let (ahead, at) = (NOW.plus_seconds(40 * DAY), start + after(1));
        assert_eq!(readings.take(ahead, at, Some(NOW)), Reading::Ahead(NOW.plus_seconds(3600)));
        assert!(!readings.is_believed(at));
        let at = start + after(2);
        assert!(matches!(readings.take(plus(NOW, after(2)), at, Some(ahead)), Reading::Behind(_)));
        assert!(readings.is_believed(at));
    }

    struct HandClock(AtomicI64);

    impl Clock for HandClock {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.load(Ordering::Relaxed))
        }
    }

    struct Wake;

    impl Sink for Wake {
        fn settle(&mut self, batch: Batch) {
            batch.requests.into_iter().for_each(|wake| wake());
        }
    }

    #[tokio::test]
    async fn a_start_with_a_wrong_date_logs_nobody_out_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions::new(folder.path().join("plaudit.db"), "epoch", NOW);
        let clock = Arc::new(HandClock(AtomicI64::new(NOW.0)));
        let app = || {
            let store = SqliteStore::open(&options, Box::new(Wake)).unwrap();
            let rules = Rules {
                guests: Guests::Like,
                limits: Limits::default(),
                password_cost: Cost::Tiny,
                numbers: Vec::new(),
            };
            App::new(store, clock.clone(), rules, Arc::default(), Waker::default())
        };
        let caller = Caller { session: None, address: Address::of([192, 0, 2, 1].into()) };
        let form = SignUp { handle: "ana".to_owned(), password: "correct horse".to_owned(), name: None };
        let (_, token) = Arc::new(app()).sign_up(&caller, form, None).await.unwrap();

        clock.0.store(NOW.plus_seconds(30 * DAY).0, Ordering::Relaxed);
        let wrong = app();
        wrong.resume().await.unwrap();
        wrong.sweep().await.unwrap();
        assert_eq!(wrong.find_session(token.as_str()).await.unwrap(), None);

        clock.0.store(NOW.plus_seconds(60).0, Ordering::Relaxed);
        let right = app();
        right.resume().await.unwrap();
        assert!(right.find_session(token.as_str()).await.unwrap().is_some());
    }

    #[test]
    fn an_empty_database_expects_nothing() {
        let mut readings = Readings::default();
        assert_eq!(readings.take(NOW, Instant::now(), None), Reading::Even);
    }
}
