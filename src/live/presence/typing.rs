//! Who writes a comment under one post right now. Only as many are remembered as are shown; of those who come later each
//! has another sign of life coming.

use std::time::Instant;

use crate::domain::UserId;

/// So many are remembered.
const TYPING: usize = 8;

/// See the module. In the order of beginning; until when.
#[derive(Debug, Default)]
pub(super) struct Typing(Vec<(UserId, Instant)>);

impl Typing {
    /// A user writes. True if that is news.
    pub(super) fn begin(&mut self, user: UserId, until: Instant) -> bool {
        if let Some(known) = self.0.iter_mut().find(|(id, _)| *id == user) {
            known.1 = until;
            return false;
        }
        let room = self.0.len() < TYPING;
        if room {
            self.0.push((user, until));
        }
        room
    }

    /// A user writes no more. True if that is news.
    pub(super) fn end(&mut self, user: UserId) -> bool {
        let before = self.0.len();
        self.0.retain(|(id, _)| *id != user);
        self.0.len() != before
    }

    /// Forgets those of whom nothing was heard for too long. True if that is news.
    pub(super) fn expire(&mut self, now: Instant) -> bool {
        let before = self.0.len();
        self.0.retain(|(_, until)| *until > now);
        self.0.len() != before
    }

    /// When the next one has to be forgotten.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.iter().map(|(_, until)| *until).min()
    }

    pub(super) fn users(&self) -> impl Iterator<Item = UserId> {
        self.0.iter().map(|(id, _)| *id)
    }
}
