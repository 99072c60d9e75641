//! Liking: who is next, what is sent, what its answer must say.

use std::io::Write as _;

use super::Crowd;
use super::Flight;
use super::tally::Watch;
use crate::net::http::request;
use crate::net::{Id, Nanos, Net};
use crate::scan;

impl Crowd {
    /// Every post in turn, and then by the next liker: a pair comes again only after all others.
    pub(crate) fn next_like(&mut self, net: &mut Net, due: Nanos) -> usize {
        let (posts, actors) = (self.tallies.len() as u64, self.actors.len() as u64);
        let slot = index(self.next % posts);
        let actor = index(self.next / posts % actors);
        self.next += 1;
        self.like(net, actor, slot, due);
        slot
    }

    /// So many likes at once, of as many posts; the next such call is for when [`Self::nobody_waits`].
    pub(crate) fn burst(&mut self, net: &mut Net, likes: usize) {
        let now = net.now();
        for _ in 0..likes.min(self.tallies.len()) {
            let slot = self.next_like(net, now);
            let tally = &mut self.tallies[slot];
            let version = tally.last().0 + 1;
            tally.watch = Some(Watch { version, sent: now, reached: 0 });
        }
    }

    /// Everybody begins to like, each as soon as a like of its own is answered.
    pub(crate) fn all_like(&mut self, net: &mut Net, depth: usize) {
        self.depth = depth;
        for actor in 0..self.actors.len() {
            for _ in 0..depth {
                self.like_again(net, actor);
            }
        }
    }

    fn like_again(&mut self, net: &mut Net, actor: usize) {
        // Likers begin apart from each other, or they would all go through the posts in step.
        let turn = self.actors[actor].turns + actor as u64 * 31;
        self.actors[actor].turns += 1;
        let slot = index(turn % self.tallies.len() as u64);
        self.like(net, actor, slot, net.now());
    }

    fn like(&mut self, net: &mut Net, actor: usize, slot: usize, due: Nanos) {
        let pair = actor * self.tallies.len() + slot;
        let on = !self.likes[pair];
        self.likes[pair] = on;
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let reference =
            self.flights.start(Flight { sent: due.max(1), actor: number(actor), slot: number(slot), on });
        self.count.sent += 1;
        let post = self.tallies[slot].post;
        if self.plan.http {
            let method = if on { "PUT" } else { "DELETE" };
            let path = format!("/api/posts/{post}/like");
            let actor_state = &mut self.actors[actor];
            actor_state.due.push_back(reference);
            net.send_request(actor, &request(method, &path, &self.plan.host, Some(&actor_state.token), None));
        } else {
            let mut text = [0; 128];
            let mut rest = &mut text[..];
            let _ = write!(rest, r#"{{"type":"like","ref":{reference},"post":{post},"on":{on}}}"#);
            let left = rest.len();
            net.send(actor, &text[..128 - left]);
        }
    }

    /// A like was acknowledged.
    pub(super) fn acknowledged(&mut self, net: &mut Net, id: Id, reference: u64, text: &[u8], now: Nanos) {
        let Some(flight) = self.flights.land(reference) else {
            self.faults.add(|| format!("ref {reference} was answered, but nothing with it is open"));
            return;
        };
        self.count.acknowledged += 1;
        let slot = flight.slot as usize;
        let tally = &mut self.tallies[slot];
        let said = (
            scan::number(text, b"\"post\":"),
            scan::flag(text, b"\"liked\":"),
            scan::flag(text, b"\"changed\":"),
            scan::number(text, b"\"version\":"),
            scan::likes(text),
        );
        match said {
            (Some(post), Some(liked), Some(changed), Some(version), Some(likes))
                if id == flight.actor as usize && post == tally.post && liked == flight.on =>
            {
                self.times.ack.record(now.saturating_sub(flight.sent));
                if changed {
                    let first = tally.acknowledge((version, likes), flight.on, flight.sent, &mut self.faults);
                    first.inspect(|first| self.times.first.record(first.saturating_sub(flight.sent)));
                    self.watch(slot, version, flight.sent, now);
                } else if self.count.refused == 0 {
                    self.faults.add(|| format!("a like of post {post} by liker {id} changed nothing"));
                }
            }
            _ => {
                let post = tally.post;
                self.faults.add(|| {
                    let text = String::from_utf8_lossy(text);
                    format!("liker {id} set its like of post {post} to {} and was told {text}", flight.on)
                });
            }
        }
        if self.depth > 0 {
            self.like_again(net, id);
        }
    }

    /// Now and then the last viewer of an acknowledged like is waited for: with many likes, of each would be too much.
    fn watch(&mut self, slot: usize, version: u64, sent: Nanos, now: Nanos) {
        if self.watch_apart == 0 || now < self.watch_from || self.tallies[slot].watch.is_some() {
            return;
        }
        let reached = self.views.reached(slot, version);
        if reached == self.views.viewers_of(slot) {
            return;
        }
        self.watch_from = now + self.watch_apart;
        self.tallies[slot].watch = Some(Watch { version, sent, reached });
    }

    /// A command was refused.
    pub(super) fn refused(&mut self, id: Id, text: &[u8]) {
        let flight =
            scan::reference(text).filter(|_| id < self.actors.len()).and_then(|r| self.flights.land(r));
        let code = scan::word(text, b"\"code\":").unwrap_or_default();
        match flight {
            Some(flight) if matches!(code, "overloaded" | "storage") => {
                self.count.refused += 1;
                self.likes[flight.actor as usize * self.tallies.len() + flight.slot as usize] = !flight.on;
            }
            _ => {
                let hint =
                    if code == "rate_limited" { " (start the server with PLAUDIT_LIMITS=off)" } else { "" };
                self.faults.add(|| format!("a command was refused{hint}: {}", String::from_utf8_lossy(text)));
            }
        }
    }

    /// A viewer was told how its posts stand.
    pub(super) fn snapshot(&mut self, _net: &mut Net, id: Id, text: &[u8], _now: Nanos) {
        let Some(viewer) = id.checked_sub(self.actors.len()) else { return };
        let mut states = 0;
        for state in scan::states(text) {
            let Some((slot, place)) = self.views.find(viewer, state.post) else { continue };
            states += 1;
            let before = self.views.seen(viewer, place);
            if state.version < before {
                let (post, version) = (state.post, state.version);
                self.faults.add(|| {
                    format!("a snapshot of post {post} goes back from version {before} to {version}")
                });
            }
            self.views.see(viewer, place, state.version);
            let tally = &mut self.tallies[slot];
            match tally.likes(state.version) {
                Some(likes) if likes != state.likes => {
                    self.wrong_likes(slot, state.version, state.likes, likes);
                }
                None if self.count.sent == 0 => tally.begin(state.version, state.likes),
                _ => {}
            }
        }
        if states == self.plan.each {
            self.ready += 1;
        } else {
            self.faults.add(|| format!("a snapshot has {states} posts: {}", String::from_utf8_lossy(text)));
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a remainder of a length")]
fn index(number: u64) -> usize {
    number as usize
}
