//! How much of what concerns a user is unread.

/// A user's numbers. Absolute: the higher version wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread {
    /// Grows with every change.
    pub version: u64,
    /// Conversations with an unread message of the other side.
    pub conversations: u64,
    /// Requests that are neither answered nor accepted.
    pub requests: u64,
    /// Notifications behind the position that was read.
    pub notifications: u64,
}

impl Default for Unread {
    /// Those of a user whom nothing concerns yet.
    fn default() -> Self {
        Self { version: 1, conversations: 0, requests: 0, notifications: 0 }
    }
}
