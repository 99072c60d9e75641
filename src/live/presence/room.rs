//! Who looks at one post and who writes, on this node. `Presence` drives it.
//!
//! Surprising: nobody is ever counted. The number of viewers is the size of a map, the faces are the first of an
//! ordered one, so a post with ten thousand viewers costs a join what a post with two costs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use super::PresenceTimes;
use crate::domain::{Address, UserId};

/// Above this many viewers only the number is told.
pub(super) const INTIMATE: usize = 200;
/// Above this many it is told less often.
const CROWD: usize = 1000;
/// So many faces, and so many who write, are named.
pub(super) const NAMED: usize = 8;
/// So many who write are remembered; more than can be named, so that there are others when the first stop.
const WRITERS: usize = 32;

/// One viewer: a user with any number of connections, or a connection without a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Who {
    User(UserId),
    Connection(u64),
}

/// About 50 bytes with its place in the map.
#[derive(Debug)]
struct Seat {
    connections: u32,
    arrival: u64,
    address: Address,
    /// When its grace is over; none while it has a connection.
    leaves_at: Option<Instant>,
}

/// What became of a viewer who came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Joined {
    /// Was there, or has come back within its grace.
    Known,
    /// Is one more, or takes the place of an unnamed one who has just left from the same address.
    New,
}

#[derive(Debug, Default)]
pub(super) struct Room {
    seats: HashMap<Who, Seat>,
    arrivals: u64,
    /// Those within their grace, by its end.
    leaving: BTreeSet<(Instant, Who)>,
    /// Of those, the ones without a session.
    strangers: HashMap<Address, Vec<u64>>,
    /// Members who may be named, by arrival.
    faces: BTreeMap<u64, UserId>,
    /// Who writes, and until when that holds.
    writers: Vec<(UserId, Instant)>,
    /// Something may have to be told.
    pub(super) changed: bool,
    pub(super) told_at: Option<Instant>,
}

impl Room {
    pub(super) fn join(&mut self, who: Who, address: Address) -> Joined {
        if let Some(seat) = self.seats.get_mut(&who) {
            seat.connections += 1;
            if let Some(at) = seat.leaves_at.take() {
                self.leaving.remove(&(at, who));
                forget_stranger(&mut self.strangers, who, seat.address);
            }
            return Joined::Known;
        }
        // A reload is a new connection from the same address; so is a first like, which makes the session.
        let replaced = self.strangers.get(&address).and_then(|left| left.last().copied());
        let arrival = match replaced.and_then(|connection| self.remove(Who::Connection(connection))) {
            Some(seat) => seat.arrival,
            None => {
                self.arrivals += 1;
                self.changed = true;
                self.arrivals
            }
        };
        self.seats.insert(who, Seat { connections: 1, arrival, address, leaves_at: None });
        Joined::New
    }

    /// A connection has left; its viewer does once its grace is over.
    pub(super) fn leave(&mut self, who: Who, until: Instant) {
        let Some(seat) = self.seats.get_mut(&who) else { return };
        seat.connections = seat.connections.saturating_sub(1);
        if seat.connections > 0 || seat.leaves_at.is_some() {
            return;
        }
        seat.leaves_at = Some(until);
        self.leaving.insert((until, who));
        match who {
            Who::Connection(connection) => self.strangers.entry(seat.address).or_default().push(connection),
            Who::User(user) => self.stop_writing(user),
        }
    }

    /// Takes a viewer out.
    fn remove(&mut self, who: Who) -> Option<Seat> {
        let seat = self.seats.remove(&who)?;
        if let Some(at) = seat.leaves_at {
            self.leaving.remove(&(at, who));
            forget_stranger(&mut self.strangers, who, seat.address);
        }
        self.faces.remove(&seat.arrival);
        Some(seat)
    }

    /// Lets a member's face be seen, or no longer.
    pub(super) fn show(&mut self, user: UserId, shown: bool) {
        let Some(seat) = self.seats.get(&Who::User(user)) else { return };
        let before = if shown {
            self.faces.insert(seat.arrival, user).is_some()
        } else {
            self.stop_writing(user);
            self.faces.remove(&seat.arrival).is_none()
        };
        self.changed |= !before;
    }

    /// A member who is here writes. It is for `Presence` to know whether that may be told.
    pub(super) fn write(&mut self, user: UserId, until: Instant) {
        if !self.seats.get(&Who::User(user)).is_some_and(|seat| seat.connections > 0) {
            return;
        }
        if let Some((_, held)) = self.writers.iter_mut().find(|(writer, _)| *writer == user) {
            *held = until;
        } else if self.writers.len() < WRITERS {
            self.writers.push((user, until));
            self.changed = true;
        }
    }

    pub(super) fn stop_writing(&mut self, user: UserId) {
        let before = self.writers.len();
        self.writers.retain(|(writer, _)| *writer != user);
        self.changed |= self.writers.len() != before;
    }

    /// Ends what is over. Gives the users who have gone.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<UserId> {
        let mut gone = Vec::new();
        while let Some((at, who)) = self.leaving.first().copied().filter(|(at, _)| *at <= now) {
            debug_assert!(at <= now);
            self.remove(who);
            self.changed = true;
            if let Who::User(user) = who {
                gone.push(user);
            }
        }
        let before = self.writers.len();
        self.writers.retain(|(_, until)| *until > now);
        self.changed |= self.writers.len() != before;
        gone
    }

    /// When something is to be done next: told, or ended.
    pub(super) fn next(&self, now: Instant, times: &PresenceTimes) -> Option<Instant> {
        let told = self.changed.then(|| self.may_tell_at(now, times));
        let left = self.leaving.first().map(|(at, _)| *at);
        let written = self.writers.iter().map(|(_, until)| *until).min();
        [told, left, written].into_iter().flatten().min()
    }

    /// From when on the next frame may go.
    pub(super) fn may_tell_at(&self, now: Instant, times: &PresenceTimes) -> Instant {
        let every = if self.seats.len() > CROWD { times.every_crowded } else { times.every };
        self.told_at.map_or(now, |at| at + every)
    }

    /// How many people look.
    pub(super) fn viewers(&self) -> usize {
        self.seats.len()
    }

    /// The members who are named, in the order of coming.
    pub(super) fn faces(&self) -> impl Iterator<Item = UserId> {
        let named = if self.seats.len() > INTIMATE { 0 } else { NAMED };
        self.faces.values().copied().take(named)
    }

    /// The members who write.
    pub(super) fn writers(&self) -> impl Iterator<Item = UserId> {
        let named = if self.seats.len() > INTIMATE { 0 } else { NAMED };
        self.writers.iter().map(|(user, _)| *user).take(named)
    }

    /// Everyone with a session.
    pub(super) fn users(&self) -> impl Iterator<Item = UserId> {
        self.seats.keys().filter_map(|who| if let Who::User(user) = who { Some(*user) } else { None })
    }
}

fn forget_stranger(strangers: &mut HashMap<Address, Vec<u64>>, who: Who, address: Address) {
    let Who::Connection(connection) = who else { return };
    if let Some(left) = strangers.get_mut(&address) {
        left.retain(|held| *held != connection);
        if left.is_empty() {
            strangers.remove(&address);
        }
    }
}
