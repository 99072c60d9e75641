//! Who writes a comment under one post right now. Only as many are remembered as are shown; of those who come later each
//! has another sign of life coming.

use std::time::Instant;

use crate::domain::UserId;

/// So many are remembered.
const TYPING: usize = 8;

/// See the module. In the order of beginning; until when. One list, since every post has one.
#[derive(Debug, Default)]
pub(super) struct Typing(Vec<(UserId, Act, Instant)>);

/// What a user does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Writes,
    /// Has sent a comment that is not there yet. Which commands came behind it only the connection knows: when the
    /// comment is there, nothing else tells its writing from that of the next.
    Sent,
}

impl Typing {
    /// A user writes. True if that is news.
    pub(super) fn begin(&mut self, user: UserId, until: Instant) -> bool {
        if let Some(at) = self.find(user, Act::Writes) {
            self.0[at].2 = until;
            return false;
        }
        self.add(user, Act::Writes, until)
    }

    /// A user writes no more. True if that is news.
    pub(super) fn end(&mut self, user: UserId) -> bool {
        self.remove(user, Act::Writes)
    }

    /// A user's comment has been sent. True if it is news that nothing is written.
    pub(super) fn send(&mut self, user: UserId, until: Instant) -> bool {
        self.add(user, Act::Sent, until);
        self.end(user)
    }

    /// Whether a user's comment had been sent; it is not any more.
    pub(super) fn take_sent(&mut self, user: UserId) -> bool {
        self.remove(user, Act::Sent)
    }

    /// Forgets those of whom nothing was heard for too long. True if that is news.
    pub(super) fn expire(&mut self, now: Instant) -> bool {
        let before = self.users().count();
        self.0.retain(|(_, _, until)| *until > now);
        self.users().count() != before
    }

    /// When the next one has to be forgotten.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.iter().map(|(_, _, until)| *until).min()
    }

    pub(super) fn users(&self) -> impl Iterator<Item = UserId> {
        self.0.iter().filter(|(_, act, _)| *act == Act::Writes).map(|(id, _, _)| *id)
    }

    fn add(&mut self, user: UserId, act: Act, until: Instant) -> bool {
        let room = self.0.iter().filter(|(_, other, _)| *other == act).count() < TYPING;
        if room {
            self.0.push((user, act, until));
        }
        room
    }

    fn remove(&mut self, user: UserId, act: Act) -> bool {
        let found = self.find(user, act);
        found.map(|at| self.0.remove(at)).is_some()
    }

    fn find(&self, user: UserId, act: Act) -> Option<usize> {
        self.0.iter().position(|(id, other, _)| *id == user && *other == act)
    }
}
