//! Topics that are told at most so often, whatever happens: each waits until its time has come, and is told once for all
//! that happened meanwhile. Events ask, a thread of the relay's tells.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::topics::Topic;

/// See the module.
#[derive(Debug)]
pub(super) struct Pace {
    every: Duration,
    state: Mutex<Times>,
    earlier: Condvar,
}

#[derive(Debug, Default)]
struct Times {
    /// When each topic that is to be told may be,
    due: BTreeSet<(Instant, Topic)>,
    /// and when it was told, or will be. Those that were told long ago are forgotten.
    at: HashMap<Topic, Instant>,
    ended: bool,
}

/// So many topics that were told long ago may be remembered before they are looked for.
const FEW: usize = 1024;

impl Times {
    /// Forgets those that were told so long ago that they may be told at once again.
    fn forget(&mut self, now: Instant, every: Duration) {
        self.at.retain(|_, told| *told + every > now);
    }
}

impl Pace {
    pub(super) fn new(every: Duration) -> Self {
        Self { every, state: Mutex::default(), earlier: Condvar::new() }
    }

    /// These are to be told.
    pub(super) fn ask(&self, topics: &[Topic]) {
        if topics.is_empty() {
            return;
        }
        let now = Instant::now();
        let mut times = self.state.lock();
        let first = times.due.first().copied();
        for topic in topics {
            let at = times.at.get(topic).map_or(now, |told| (*told + self.every).max(now));
            if times.at.get(topic).is_some_and(|at| times.due.contains(&(*at, *topic))) {
                continue;
            }
            times.due.insert((at, *topic));
            times.at.insert(*topic, at);
        }
        // To wake a thread costs more than all the rest here, and a busy site asks after every commit.
        let is_earlier = times.due.first().copied() != first;
        drop(times);
        if is_earlier {
            self.earlier.notify_one();
        }
    }

    /// Waits for the next that is to be told; none when it has ended.
    pub(super) fn next(&self) -> Option<Topic> {
        let mut times = self.state.lock();
        loop {
            if times.ended {
                return None;
            }
            let now = Instant::now();
            match times.due.first().copied() {
                None => {
                    times.forget(now, self.every);
                    self.earlier.wait(&mut times);
                }
                Some((at, _)) if at > now => drop(self.earlier.wait_until(&mut times, at)),
                Some((at, topic)) => {
                    times.due.remove(&(at, topic));
                    times.at.insert(topic, now);
                    if times.at.len() > FEW.max(2 * times.due.len()) {
                        times.forget(now, self.every);
                    }
                    return Some(topic);
                }
            }
        }
    }

    /// Nothing more is told: the server stops.
    pub(super) fn end(&self) {
        self.state.lock().ended = true;
        self.earlier.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(id: u64) -> Topic {
        Topic::from_key(plaudit_hub::TopicKey(1 << 56 | id))
    }

    #[test]
    fn a_topic_is_told_at_once_and_then_once_for_all_that_comes_within_the_interval() {
        let pace = Pace::new(Duration::from_millis(300));
        pace.ask(&[topic(1)]);
        let begun = Instant::now();
        assert_eq!(pace.next(), Some(topic(1)));
        for _ in 0..1000 {
            pace.ask(&[topic(1)]);
        }
        pace.ask(&[topic(2)]);
        assert_eq!(pace.next(), Some(topic(2)));
        assert_eq!(pace.next(), Some(topic(1)));
        assert!(begun.elapsed() >= Duration::from_millis(295), "told twice within the interval");
        assert!(pace.state.lock().due.is_empty());
        pace.end();
        assert_eq!(pace.next(), None);
    }

    #[test]
    fn topics_that_were_told_long_ago_are_forgotten_though_there_is_always_another() {
        let pace = Pace::new(Duration::ZERO);
        pace.ask(&[topic(1)]);
        for id in 2..3 * FEW as u64 {
            // The next is there before this one is told.
            pace.ask(&[topic(id)]);
            assert!(pace.next().is_some());
        }
        assert!(pace.state.lock().at.len() <= FEW + 1);
    }
}
