//! Topics to sockets: pushes become pending, a pass collects what is due and sends it, connection by
//! connection. Driven by the loop, some hundred sends at a time. A topic that was quiet flushes at once
//! and only a busy one waits for the tick, so a single like is not delayed and a storm of them costs
//! one frame per viewer and tick.

use std::time::Instant;

use super::Table;
use super::send::From;
use crate::gather::{Kind, Owed, index};
use crate::hold::is_newer;
use crate::topic::{Added, Pending, Subscriber};
use crate::{Delivery, Push, TopicKey};

/// How many entries may be pending of one topic: a burst between two ticks; then it flushes early.
const MAX_PENDING: usize = 256;

/// How many sends a pass does before the loop looks at sockets and inbox again (about 1.5 ms).
const STRIDE: usize = 256;

impl Table {
    /// Takes a push from the inbox.
    pub(crate) fn push(&mut self, push: Push) {
        let kind = match push.delivery {
            Delivery::State { slot, version } => Kind::State { slot, version },
            Delivery::Stream { seq } => Kind::Stream { seq },
            Delivery::Last => Kind::Last,
            Delivery::Close { code, reason } => return self.close_subscribers(push.topic, code, reason),
            // The shard's own: it knows who is at the other end.
            Delivery::Evict { .. } => return,
        };
        self.arrivals += 1;
        let Some(at) = self.topics.find(push.topic) else { return };
        let topic = self.topics.get_mut(at);
        let (key, pushed) = (topic.key, topic.pushed.get_or_insert_default());
        match pushed.add(kind, push.frame, self.arrivals) {
            Added::Late => return,
            Added::Conflated => self.stats.conflated(),
            Added::Queued => {}
        }
        let tempo = &mut self.tempo;
        if !pushed.queued {
            pushed.queued = true;
            tempo.enlist(key, pushed.flushed, self.now);
        }
        if pushed.pending.len() >= MAX_PENDING {
            tempo.flush_early(key);
        }
    }

    fn close_subscribers(&mut self, key: TopicKey, code: u16, reason: &'static str) {
        while let Some(at) = self.topics.find(key) {
            // Closing detaches, so the list shrinks; an empty topic is gone.
            let Some(subscriber) = self.topics.get(at).subscribers.last() else { return };
            let Some(id) = self.id_of(subscriber.slot) else { return };
            self.close(id, Some(code), reason);
        }
    }

    /// Whether no more pushes may be taken until the running pass ends. Starts one where none runs.
    pub(crate) fn is_full(&mut self) -> bool {
        if self.tempo.is_full() && !self.tempo.runs() {
            self.start_pass();
        }
        self.tempo.is_full()
    }

    /// Whether something is on its way or goes with the next pass.
    pub(crate) fn owes_pushes(&self) -> bool {
        self.tempo.runs() || self.tempo.is_due()
    }

    /// Has everything that is pending flushed with the next pass.
    pub(crate) fn flush_all(&mut self) {
        self.tempo.flush_all();
    }

    /// Goes on with the running pass, or starts one where something is due.
    pub(crate) fn run_pass(&mut self) {
        self.tempo.tick(self.now);
        if !self.tempo.runs() && self.tempo.is_due() {
            self.start_pass();
        }
        if !self.tempo.runs() {
            return;
        }
        for _ in 0..STRIDE {
            let Some(slot) = self.pass.next() else {
                self.tempo.end_pass(Instant::now());
                self.stats.interval(self.tempo.interval());
                return;
            };
            self.deliver(slot, From::Pass);
        }
    }

    fn start_pass(&mut self) {
        debug_assert!(self.pass.is_empty());
        for key in self.tempo.start_pass(self.now) {
            self.collect(key);
        }
    }

    /// Moves what is pending of a topic into the pass, to live subscribers and to holds.
    fn collect(&mut self, key: TopicKey) {
        let Some(at) = self.topics.find(key) else { return };
        let topic = self.topics.get_mut(at);
        let Some(pushed) = &mut topic.pushed else { return };
        pushed.queued = false;
        let pending = std::mem::take(&mut pushed.pending);
        if pending.is_empty() {
            return;
        }
        pushed.flushed = Some(self.now);
        let batch = Batch::new(&pending, &mut self.pass, key);
        for subscriber in &topic.subscribers {
            if subscriber.held {
                let connection = &mut self.connections[subscriber.slot as usize];
                let hold = &mut connection.subscriptions[subscriber.place as usize].hold;
                if let Some(hold) = hold {
                    for push in pending.iter().filter(|push| push.arrived > subscriber.since) {
                        hold.put(push.kind, &push.frame, &self.config);
                    }
                }
            } else if batch.is_news(subscriber) {
                self.pass.owe(subscriber.slot, batch.first, batch.count);
            } else {
                for (frame, push) in (batch.first..).zip(&pending) {
                    if push.arrived > subscriber.since && is_newer(push.kind, subscriber.after) {
                        self.pass.owe(subscriber.slot, frame, 1);
                    }
                }
            }
        }
        let Some(last) = pending.iter().rev().find(|push| push.kind == Kind::Last) else { return };
        let ended = |subscriber: &&Subscriber| !subscriber.held && subscriber.since < last.arrived;
        let ended: Vec<u32> = topic.subscribers.iter().filter(ended).map(|s| s.slot).collect();
        for slot in ended {
            if let Some(place) = self.place_of(slot, key) {
                self.detach(slot, place);
            }
        }
    }
}

/// What a topic brings into a pass: a range of frames, and the bounds that spare most subscribers the
/// look at each.
struct Batch {
    first: u32,
    count: u32,
    oldest: u64,
    lowest: u64,
}

impl Batch {
    fn new(pending: &[Pending], pass: &mut crate::gather::Gather, topic: TopicKey) -> Self {
        let mut batch = Self { first: 0, count: index(pending.len()), oldest: u64::MAX, lowest: u64::MAX };
        for (at, push) in pending.iter().enumerate() {
            let frame = pass.frame(Owed { topic, kind: push.kind, frame: push.frame.clone() });
            if at == 0 {
                batch.first = frame;
            }
            batch.oldest = batch.oldest.min(push.arrived);
            batch.lowest = batch.lowest.min(match push.kind {
                Kind::State { version, .. } if version > 0 => version,
                Kind::Stream { seq } => seq,
                _ => u64::MAX,
            });
        }
        batch
    }

    /// Whether all of it is news to a subscriber.
    fn is_news(&self, subscriber: &Subscriber) -> bool {
        self.oldest > subscriber.since && (self.lowest == u64::MAX || self.lowest > subscriber.after)
    }
}
