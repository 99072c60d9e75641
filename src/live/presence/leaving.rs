//! Those who have just left a post and still count there: by when that ends, and those without a session also by where
//! they were, so that whoever comes from there can take the place of one of them.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Instant;

use crate::domain::{Address, UserId};

/// Until when somebody counts, and a number that makes it unique.
pub(super) type Mark = (Instant, u64);

/// Who has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaver {
    User(UserId),
    Anonymous(Address),
}

/// See the module. All count equally long, so who leaves later has the later mark.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    by_time: BTreeMap<Mark, Leaver>,
    /// The marks of those without a session; the last to leave is the last.
    by_address: HashMap<Address, VecDeque<Mark>>,
}

impl Leaving {
    pub(super) fn add(&mut self, mark: Mark, leaver: Leaver) {
        self.by_time.insert(mark, leaver);
        if let Leaver::Anonymous(address) = leaver {
            self.by_address.entry(address).or_default().push_back(mark);
        }
    }

    /// A user has come back.
    pub(super) fn take_back(&mut self, mark: Mark) {
        self.by_time.remove(&mark);
    }

    /// Takes out the last one who left from there; false if there is none.
    pub(super) fn replace(&mut self, address: Address) -> bool {
        let mark = self.pop_of(address, VecDeque::pop_back);
        mark.is_some_and(|mark| self.by_time.remove(&mark).is_some())
    }

    /// Takes out one whose time is over.
    pub(super) fn expire(&mut self, now: Instant) -> Option<Leaver> {
        let leaver = self.by_time.first_entry().filter(|entry| entry.key().0 <= now)?.remove();
        if let Leaver::Anonymous(address) = leaver {
            // Of its address it was the first to leave.
            self.pop_of(address, VecDeque::pop_front);
        }
        Some(leaver)
    }

    /// When the next one's time is over.
    pub(super) fn next(&self) -> Option<Instant> {
        self.by_time.first_key_value().map(|((at, _), _)| *at)
    }

    fn pop_of(&mut self, address: Address, pop: fn(&mut VecDeque<Mark>) -> Option<Mark>) -> Option<Mark> {
        let marks = self.by_address.get_mut(&address)?;
        let mark = pop(marks);
        if marks.is_empty() {
            self.by_address.remove(&address);
        }
        mark
    }
}
