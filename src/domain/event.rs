//! Events: committed facts. They leave the store after the commit, in commit order, merged per post.

use super::{Counts, FeedChange, PostId, SessionId, UserId};

/// A committed fact that open pages may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The counts of a post are these now.
    CountsChanged {
        /// The post.
        post: PostId,
        /// Absolute, never "+1".
        counts: Counts,
    },
    /// Somebody likes a post, or no longer; for that person's other tabs only.
    LikeSet {
        /// Who.
        user: UserId,
        /// The post.
        post: PostId,
        /// Whether the user likes it now.
        liked: bool,
        /// The post's version with this like.
        version: u64,
    },
    /// `feed:latest` has changed.
    FeedChanged(FeedChange),
    /// These sessions are over; their connections must close.
    SessionsEnded(Vec<SessionId>),
}
