//! When topics flush, against a model: whoever waits flushes at the tick that was promised, whatever else is pushed.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::TopicKey;
use crate::tempo::Tempo;

const TICK: Duration = Duration::from_millis(100);

/// A shard's loop without sockets: pushes first, then the tick, then a pass.
struct Loop {
    tempo: Tempo,
    now: Instant,
    flushed: HashMap<u64, Instant>,
    /// Topics that wait, and by when each was to flush when it came.
    promised: HashMap<u64, Instant>,
}

impl Loop {
    fn new() -> Self {
        let now = Instant::now();
        Self { tempo: Tempo::new(TICK, now), now, flushed: HashMap::new(), promised: HashMap::new() }
    }

    /// One turn, in which these topics are pushed to, and whose pass takes so long.
    fn turn(&mut self, topics: &[u64], took: Duration) {
        let began = self.now;
        for topic in topics {
            if self.promised.contains_key(topic) {
                continue;
            }
            let flushed = self.flushed.get(topic).copied();
            let waits = flushed.is_some_and(|flushed| flushed + self.tempo.interval() > self.now);
            self.tempo.enlist(TopicKey(*topic), flushed, self.now);
            let at = self.tempo.wakes_at().filter(|_| waits).unwrap_or(self.now);
            self.promised.insert(*topic, at);
        }
        self.tempo.tick(self.now);
        if self.tempo.is_due() {
            for TopicKey(topic) in self.tempo.start_pass(self.now) {
                self.promised.remove(&topic);
                self.flushed.insert(topic, self.now);
            }
            self.now += took;
            self.tempo.end_pass(self.now);
        }
        for (topic, promised) in &self.promised {
            assert!(*promised > began, "topic {topic} was promised for an earlier turn");
        }
    }

    /// Time goes on; on its way the loop wakes whenever it said that it would.
    fn wait(&mut self, wait: Duration) {
        let end = self.now + wait;
        while let Some(at) = self.tempo.wakes_at().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.turn(&[], Duration::ZERO);
        }
        self.now = self.now.max(end);
    }
}

#[test]
fn a_topic_that_was_quiet_flushes_at_once_and_again_at_the_tick() {
    let mut tempo = Loop::new();
    tempo.turn(&[1], Duration::ZERO);
    assert!(tempo.promised.is_empty());
    tempo.wait(Duration::from_millis(10));
    tempo.turn(&[1], Duration::ZERO);
    assert_eq!(tempo.promised[&1], tempo.flushed[&1] + TICK);
    tempo.wait(TICK);
    assert!(tempo.promised.is_empty());
}

#[test]
fn a_tick_that_is_due_stands_though_another_topic_comes_in_the_same_turn() {
    let mut tempo = Loop::new();
    tempo.turn(&[1], Duration::ZERO);
    tempo.now += Duration::from_millis(90);
    tempo.turn(&[1, 2], Duration::ZERO);
    // The loop comes late, and finds a push of a topic that flushed a moment ago.
    tempo.now += Duration::from_millis(15);
    tempo.turn(&[2], Duration::ZERO);
    assert!(tempo.promised.is_empty(), "topic 1 still waits");
}

#[test]
fn a_long_pass_stretches_the_interval_and_short_ones_shrink_it_again() {
    let mut tempo = Loop::new();
    tempo.turn(&[1], Duration::from_millis(80));
    assert_eq!(tempo.tempo.interval(), Duration::from_millis(160));
    for _ in 0..10 {
        // The first flushes at once, the second waits for the tick.
        tempo.turn(&[1], Duration::ZERO);
        tempo.turn(&[1], Duration::ZERO);
        tempo.wait(Duration::from_millis(200));
    }
    assert_eq!(tempo.tempo.interval(), TICK);
}

proptest! {
    #[test]
    fn whoever_waits_flushes_when_it_was_promised(
        turns in prop::collection::vec((0u64..150, prop::collection::vec(0u64..6, 0..4), 0u64..70, any::<bool>()), 1..60),
    ) {
        let mut tempo = Loop::new();
        for (wait, topics, took, late) in turns {
            let wait = Duration::from_millis(wait);
            if late {
                // Pushes come in the turn in which the tick is due, and before it is seen to.
                tempo.now = tempo.tempo.wakes_at().map_or(tempo.now + wait, |at| tempo.now.max(at.min(tempo.now + wait)));
            } else {
                tempo.wait(wait);
            }
            tempo.turn(&topics, Duration::from_millis(took));
        }
    }
}
