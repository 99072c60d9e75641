//! Who writes a comment under one post right now. Only as many are remembered as are shown; of those who come later each
//! has another sign of life coming.

use std::time::Instant;

use crate::domain::UserId;

/// So many are remembered.
const TYPING: usize = 8;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Typing {
    /// In the order of beginning; until when.
    writing: Vec<(UserId, Instant)>,
    /// Whose comments have been sent and are not there yet; until when they are waited for. Which commands came behind
    /// them only the connection knows: when they are there, nothing else tells the one from the next.
    sent: Vec<(UserId, Instant)>,
}

impl Typing {
    /// A user writes. True if that is news.
    pub(super) fn begin(&mut self, user: UserId, until: Instant) -> bool {
        if let Some(known) = self.writing.iter_mut().find(|(id, _)| *id == user) {
            known.1 = until;
            return false;
        }
        let room = self.writing.len() < TYPING;
        if room {
            self.writing.push((user, until));
        }
        room
    }

    /// A user writes no more. True if that is news.
    pub(super) fn end(&mut self, user: UserId) -> bool {
        let before = self.writing.len();
        self.writing.retain(|(id, _)| *id != user);
        self.writing.len() != before
    }

    /// Forgets those of whom nothing was heard for too long. True if that is news.
    pub(super) fn expire(&mut self, now: Instant) -> bool {
        let before = self.writing.len();
        self.writing.retain(|(_, until)| *until > now);
        self.writing.len() != before
    }

    /// When the next one has to be forgotten.
    pub(super) fn next(&self) -> Option<Instant> {
        self.writing.iter().map(|(_, until)| *until).min()
    }

    /// A user's comment has been sent.
    pub(super) fn send(&mut self, user: UserId, until: Instant) {
        if self.sent.len() < TYPING {
            self.sent.push((user, until));
        }
    }

    /// Whether a user's comment had been sent; it is not any more.
    pub(super) fn take_sent(&mut self, user: UserId) -> bool {
        let found = self.sent.iter().position(|(id, _)| *id == user);
        found.map(|at| self.sent.remove(at)).is_some()
    }

    /// Forgets the comments that will not come any more.
    pub(super) fn expire_sent(&mut self, now: Instant) {
        self.sent.retain(|(_, until)| *until > now);
    }

    pub(super) fn users(&self) -> impl Iterator<Item = UserId> {
        self.writing.iter().map(|(id, _)| *id)
    }
}
