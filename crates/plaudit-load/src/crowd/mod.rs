//! A crowd: some who like and many who watch, in one loop. Every frame that a watcher gets is checked against what the
//! acknowledgements say, and dated.

mod acts;
mod assemble;
mod flights;
mod rest;
mod tally;
mod views;

use std::collections::VecDeque;
use std::time::Duration;

pub(crate) use assemble::{Assembly, Plan, Sessions, allow_descriptors};
pub(crate) use flights::{Flight, Flights};
use tally::Tally;
use views::Views;

use crate::faults::Faults;
use crate::latency::Latencies;
use crate::net::http::Answer;
use crate::net::{Closed, Id, Nanos, Net, Work};
use crate::scan::{self, Message};

/// See the module. Actors are the connections from 0 on, viewers come behind them.
pub(crate) struct Crowd {
    plan: Plan,
    tallies: Vec<Tally>,
    views: Views,
    actors: Vec<Actor>,
    /// Whether actor a likes post p, at `a * posts + p`.
    likes: Vec<bool>,
    flights: Flights,
    /// Frames whose like has not been acknowledged to us yet.
    early: Vec<Early>,
    /// How the next like is chosen.
    next: u64,
    /// Each actor keeps so many likes on their way; 0 where the scenario says when.
    pub(crate) depth: usize,
    /// When the next watch of a last viewer may begin, and how far apart they are.
    watch_from: Nanos,
    pub(crate) watch_apart: Nanos,
    ready: usize,
    /// Whatever is still owed must come within this.
    pub(crate) patience: Duration,
    /// The server is being killed: that connections end is no fault.
    ending: bool,
    pub(crate) count: Count,
    pub(crate) times: Times,
    pub(crate) faults: Faults,
}

/// One who likes.
#[derive(Debug, Default)]
struct Actor {
    token: String,
    /// By HTTP: the answers that are due, in their order.
    due: VecDeque<u64>,
    /// Likes that it was asked for.
    turns: u64,
    gone: bool,
}

/// A frame that came before the acknowledgement of what it shows was read.
struct Early {
    slot: u32,
    version: u64,
    likes: u64,
    sample: u64,
    weight: u64,
    at: Nanos,
}

/// What happened.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Count {
    pub(crate) sent: u64,
    pub(crate) acknowledged: u64,
    pub(crate) refused: u64,
    /// Counts that viewers received.
    pub(crate) frames: u64,
    /// Versions that these brought: at least as many.
    pub(crate) shown: u64,
    /// Changes of notifications that viewers received.
    pub(crate) notifications: u64,
}

/// How long it took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Times {
    /// Like to its acknowledgement.
    pub(crate) ack: Latencies,
    /// Like to the first viewer.
    pub(crate) first: Latencies,
    /// Like to every viewer. Where a frame shows many likes at once, one of them, taken at random, stands for all.
    pub(crate) screen: Latencies,
    /// Like to the last viewer.
    pub(crate) last: Latencies,
}

impl Work for Crowd {
    fn opened(&mut self, net: &mut Net, id: Id, _now: Nanos) {
        if id < self.actors.len() {
            self.ready += 1;
        } else {
            let viewer = id - self.actors.len();
            let Plan { private, .. } = self.plan;
            let feed = self.plan.sessions == Sessions::Guests && !private;
            let text = self.views.subscription(viewer, feed, private);
            net.send(id, text.as_bytes());
        }
    }

    #[inline]
    fn text(&mut self, net: &mut Net, id: Id, text: &[u8], now: Nanos) {
        match scan::message(text) {
            Message::Counts if id >= self.actors.len() => self.shown(id - self.actors.len(), text, now),
            Message::Ok => match scan::reference(text) {
                Some(reference) => self.acknowledged(net, id, reference, text, now),
                None => self.faults.add(|| format!("an ok without a ref: {}", String::from_utf8_lossy(text))),
            },
            Message::Snapshot => self.snapshot(net, id, text, now),
            Message::Error => self.refused(id, text),
            Message::Notification => self.count.notifications += 1,
            Message::Ping | Message::Soft => {}
            _ => self.faults.add(|| format!("a frame nobody asked for: {}", String::from_utf8_lossy(text))),
        }
    }

    fn answer(&mut self, net: &mut Net, id: Id, answer: &Answer<'_>, now: Nanos) {
        let Some(reference) = self.actors[id].due.pop_front() else {
            self.faults.add(|| "an answer that nobody asked for");
            return;
        };
        if answer.status == 200 {
            self.acknowledged(net, id, reference, answer.body, now);
        } else {
            self.flights.land(reference);
            self.count.refused += 1;
            let status = answer.status;
            if !matches!(status, 429 | 503) {
                self.faults.add(|| format!("a like was answered with {status}"));
            }
        }
    }

    fn closed(&mut self, _net: &mut Net, id: Id, why: Closed, _now: Nanos) {
        if id < self.actors.len() {
            self.actors[id].gone = true;
            if !self.ending {
                self.faults.add(|| format!("the connection of liker {id} {why}"));
            }
        } else {
            let viewer = id - self.actors.len();
            if self.views.lose(viewer) {
                self.faults.add(|| format!("the connection of viewer {viewer} {why}"));
            }
        }
    }
}

impl Crowd {
    /// How many viewers and likers can take part.
    pub(crate) fn ready(&self) -> usize {
        self.ready
    }

    /// How many likes are on their way.
    pub(crate) fn in_flight(&self) -> usize {
        self.flights.len()
    }

    /// Whether no post waits for its last viewer.
    pub(crate) fn nobody_waits(&self) -> bool {
        self.tallies.iter().all(|tally| tally.watch.is_none())
    }

    /// A viewer was shown how a post stands.
    #[inline]
    fn shown(&mut self, viewer: usize, text: &[u8], now: Nanos) {
        let Some(counts) = scan::counts(text) else {
            self.faults.add(|| format!("counts that can't be read: {}", String::from_utf8_lossy(text)));
            return;
        };
        let Some((slot, place)) = self.views.find(viewer, counts.post) else {
            self.faults.add(|| {
                format!("viewer {viewer} was shown post {}, to which it is not subscribed", counts.post)
            });
            return;
        };
        let before = self.views.seen(viewer, place);
        if counts.version <= before {
            let (post, version) = (counts.post, counts.version);
            self.faults.add(|| {
                if version == before {
                    format!("viewer {viewer} was shown version {version} of post {post} twice")
                } else {
                    format!("viewer {viewer}: post {post} went back from version {before} to {version}")
                }
            });
            return;
        }
        self.views.see(viewer, place, counts.version);
        if !self.views.is_attentive(viewer) {
            return;
        }
        self.count.frames += 1;
        let weight = counts.version - before;
        self.count.shown += weight;
        let tally = &mut self.tallies[slot];
        let first = &mut self.times.first;
        tally.show(counts.version, now, |sent| first.record(now.saturating_sub(sent)));
        if let Some(watch) = &mut tally.watch
            && before < watch.version
            && watch.version <= counts.version
        {
            watch.reached += 1;
            if watch.reached == self.views.viewers_of(slot) {
                self.times.last.record(now.saturating_sub(watch.sent));
                tally.watch = None;
            }
        }
        let sample = if weight == 1 { counts.version } else { before + 1 + fastrand::u64(..weight) };
        match (tally.sent(sample), tally.likes(counts.version)) {
            (Some(sent), Some(likes)) => {
                self.times.screen.record_n(now.saturating_sub(sent), weight);
                if likes != counts.likes {
                    self.wrong_likes(slot, counts.version, counts.likes, likes);
                }
            }
            _ => self.early.push(Early {
                slot: u32::try_from(slot).unwrap_or(u32::MAX),
                version: counts.version,
                likes: counts.likes,
                sample,
                weight,
                at: now,
            }),
        }
    }

    #[cold]
    fn wrong_likes(&mut self, slot: usize, version: u64, shown: u64, likes: u64) {
        let post = self.tallies[slot].post;
        self.faults.add(|| {
            format!("viewers were shown {shown} likes at version {version} of post {post}: it had {likes}")
        });
    }

    /// Dates and checks frames that came before what they show was acknowledged.
    pub(crate) fn catch_up(&mut self) {
        let mut early = std::mem::take(&mut self.early);
        early.retain(|early| {
            let tally = &self.tallies[early.slot as usize];
            let (Some(sent), Some(likes)) = (tally.sent(early.sample), tally.likes(early.version)) else {
                return true;
            };
            self.times.screen.record_n(early.at.saturating_sub(sent), early.weight);
            if likes != early.likes {
                self.wrong_likes(early.slot as usize, early.version, early.likes, likes);
            }
            false
        });
        self.early = early;
    }
}
