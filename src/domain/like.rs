//! Likes: one row per (post, user), set and never toggled.

use super::{PostId, Timestamp, User, UserId};

/// What a like or unlike led to, after the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Liked {
    /// The post.
    pub post: PostId,
    /// Whose like.
    pub user: UserId,
    /// Whether the user likes the post now.
    pub liked: bool,
    /// False for a repetition, which changes nothing.
    pub changed: bool,
    /// How many like it now.
    pub likes: u64,
    /// The post's version.
    pub version: u64,
}

/// Somebody who likes a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Liker {
    /// Who.
    pub user: User,
    /// Since when.
    pub at: Timestamp,
}

/// A post's public counts: state, absolute, the higher version wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// How many like it.
    pub likes: u64,
    /// How many comments it has.
    pub comments: u64,
    /// Moves whenever one of them changes.
    pub version: u64,
}
