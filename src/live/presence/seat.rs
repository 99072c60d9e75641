//! One who looks at a post, and whether that one may be named.

use std::sync::Arc;
use std::time::Instant;

use crate::domain::{Settings, User};

/// A user who looks, with however many connections.
#[derive(Debug)]
pub(super) struct Seat {
    /// A number of its own, which grows.
    pub(super) arrival: u64,
    pub(super) face: Face,
    /// When it no longer counts, where its last connection has gone.
    pub(super) leaves: Option<Instant>,
    pub(super) connections: u32,
}

/// Whether a user may be named.
#[derive(Debug)]
pub(super) enum Face {
    /// Guests are not.
    Guest,
    /// Has to be looked up.
    Unknown,
    Hidden,
    Shown(Arc<User>),
}

impl Face {
    pub(super) fn of(user: &Arc<User>, settings: Settings) -> Self {
        match (user.is_member(), settings.shows_viewing) {
            (true, true) => Self::Shown(user.clone()),
            (true, false) => Self::Hidden,
            (false, _) => Self::Guest,
        }
    }
}
