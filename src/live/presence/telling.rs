//! When a post's presence is told: not more often than it may be, and only what is news.

use std::time::{Duration, Instant};

use super::Look;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Telling {
    told: Option<Look>,
    told_at: Option<Instant>,
    /// Something may have changed: from when on it may be told.
    from: Option<Instant>,
}

impl Telling {
    /// Something may have changed: from this moment on it may be told.
    pub(super) fn ask(&mut self, from: Instant) {
        self.from = Some(self.from.map_or(from, |earlier| earlier.min(from)));
    }

    /// When it is told, if it is, at most so often.
    pub(super) fn at(&self, every: Duration) -> Option<Instant> {
        let from = self.from?;
        Some(self.told_at.map_or(from, |at| from.max(at + every)))
    }

    /// It is time: what there is to tell, if that is not what was told last.
    pub(super) fn tell(&mut self, look: Look, now: Instant) -> Option<&Look> {
        self.from = None;
        if self.told.as_ref() == Some(&look) {
            return None;
        }
        self.told_at = Some(now);
        Some(self.told.insert(look))
    }

    /// All who are here have heard this another way.
    pub(super) fn know(&mut self, look: &Look) {
        self.told = Some(look.clone());
    }

    /// One of those who are here has heard this. If the others have not yet, all are told what comes next, even if that
    /// is what they heard last.
    pub(super) fn differ(&mut self, look: &Look) {
        if self.told.as_ref() != Some(look) {
            self.told = None;
        }
    }
}
