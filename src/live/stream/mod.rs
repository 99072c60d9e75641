//! The engine of streams: what an entry of the relay knows of one. That is nothing, its end, or what has come while the
//! end is being read. A change that comes meanwhile is kept and merged with what was read, so that no reader of the store
//! can miss it.

mod item;
mod tail;

use std::collections::HashMap;

pub use self::item::{Change, Item, Name, StreamSource};
pub(super) use self::item::{bytes_of, mend_author};
pub(super) use self::tail::Answer;
pub use self::tail::Tail;
pub(super) use super::value::Fix;
use super::value::Value;

/// See the module.
#[derive(Debug)]
pub struct Stream<T>(State<T>);

#[derive(Debug)]
enum State<T> {
    Unknown,
    Reading(Missed<T>),
    Known(Box<Tail<T>>),
    /// The post that it belongs to is not there.
    Missing,
}

/// What has come during one read.
#[derive(Debug)]
struct Missed<T> {
    changes: Vec<Change<T>>,
    fixes: HashMap<(u8, u64), Fix>,
    /// Too much came: what is read cannot be kept.
    outgrown: bool,
}

/// Changes, and fixes, that may come during one read.
const MISSED: usize = 256;

/// What a subscriber is told.
#[derive(Debug)]
pub(super) enum Found {
    /// Somebody has to read the store.
    Unknown,
    /// There is no such stream.
    Missing,
    /// This.
    Here(Answer),
}

impl<T: Item> Stream<T> {
    /// Takes a change. False: there is no such stream (any more), and nobody is to hear of it.
    pub(super) fn take(&mut self, change: &Change<T>) -> bool {
        match &mut self.0 {
            State::Unknown => {}
            State::Reading(missed) if missed.changes.len() < MISSED => missed.changes.push(change.clone()),
            State::Reading(missed) => missed.outgrown = true,
            State::Known(tail) => {
                if !tail.apply(change) {
                    self.0 = State::Unknown;
                }
            }
            State::Missing => return false,
        }
        true
    }

    /// A read is done. What it found is what everyone gets from now on; where too much came meanwhile it comes back
    /// for the one who read.
    pub(super) fn finish_reading(&mut self, read: Option<Tail<T>>) -> Option<Tail<T>> {
        let State::Reading(missed) = &mut self.0 else {
            // It has become known by what came meanwhile: the post was made or removed.
            return None;
        };
        let Some(mut tail) = read else {
            self.0 = State::Missing;
            return None;
        };
        if missed.outgrown || !missed.changes.iter().all(|change| tail.apply(change)) {
            return Some(tail);
        }
        for fix in missed.fixes.values() {
            tail.mend(fix);
        }
        self.0 = State::Known(Box::new(tail));
        None
    }

    /// The post has just been made: nothing stands under it yet.
    pub(super) fn begin(&mut self, seq: u64) {
        if !matches!(self.0, State::Known(_)) {
            self.0 = State::Known(Box::new(Tail::empty(seq)));
        }
    }

    /// The post was removed.
    pub(super) fn end(&mut self) {
        self.0 = State::Missing;
    }

    /// What a subscriber gets who knows everything up to `since`, or nothing, in at most so many bytes.
    pub(super) fn answer(&mut self, since: Option<u64>, room: usize) -> Found {
        match &mut self.0 {
            State::Unknown | State::Reading(_) => Found::Unknown,
            State::Missing => Found::Missing,
            State::Known(tail) => Found::Here(tail.answer(since, room)),
        }
    }
}

impl<T: Item> Value for Stream<T> {
    fn start_reading(&mut self) {
        if matches!(self.0, State::Unknown) {
            let missed = Missed { changes: Vec::new(), fixes: HashMap::new(), outgrown: false };
            self.0 = State::Reading(missed);
        }
    }

    fn stop_reading(&mut self) {
        if matches!(self.0, State::Reading(_)) {
            self.0 = State::Unknown;
        }
    }

    fn mend(&mut self, fix: &Fix) {
        match &mut self.0 {
            State::Reading(missed) => {
                let key = fix.key();
                if missed.fixes.len() < MISSED || missed.fixes.contains_key(&key) {
                    missed.fixes.insert(key, fix.clone());
                } else {
                    missed.outgrown = true;
                }
            }
            State::Known(tail) => {
                tail.mend(fix);
            }
            State::Unknown | State::Missing => {}
        }
    }

    fn bytes(&self) -> usize {
        if let State::Known(tail) = &self.0 { tail.bytes() } else { 0 }
    }

    fn forget(&mut self) {
        if matches!(self.0, State::Known(_)) {
            self.0 = State::Unknown;
        }
    }
}

impl<T> Default for Stream<T> {
    fn default() -> Self {
        Self(State::Unknown)
    }
}
