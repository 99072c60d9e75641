//! What callers want written.

use crate::domain::{CommentId, PostId, Subject, Timestamp, TokenHash, UserId};

/// A session to be made.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Hash of its token.
    pub token: TokenHash,
    /// Now.
    pub at: Timestamp,
    /// When it ends whatever happens.
    pub ends_at: Timestamp,
}

/// A member to be made, from nothing or out of a guest.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Checked in form and not reserved; whether it is free is decided in the transaction.
    pub handle: String,
    /// 1 to 50 characters.
    pub name: String,
    /// Argon2id, as a PHC string.
    pub password_hash: String,
    /// The guest whose row becomes this member, likes and all; its sessions end.
    pub guest: Option<UserId>,
    /// Now.
    pub at: Timestamp,
}

/// A like or unlike.
#[derive(Debug, Clone, Copy)]
pub struct SetLike {
    /// The post.
    pub post: PostId,
    /// Who.
    pub user: UserId,
    /// Whether the user likes it from now on.
    pub on: bool,
    /// Now.
    pub at: Timestamp,
}

/// A post to be written.
#[derive(Debug, Clone)]
pub struct NewPost {
    /// Who writes it.
    pub author: UserId,
    /// 1 to 500 characters.
    pub text: String,
    /// The client's key: the same key by the same author is the same post.
    pub key: Option<String>,
    /// Now.
    pub at: Timestamp,
}

/// A comment to be written.
#[derive(Debug, Clone)]
pub struct NewComment {
    /// Under which post.
    pub post: PostId,
    /// The comment it answers.
    pub parent: Option<CommentId>,
    /// Who writes it.
    pub author: UserId,
    /// 1 to 1,000 characters.
    pub text: String,
    /// The client's key: the same key by the same author is the same comment.
    pub key: Option<String>,
    /// Now.
    pub at: Timestamp,
}

/// What a member changes of itself; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    /// 1 to 50 characters.
    pub name: Option<String>,
    /// Up to 200 characters.
    pub bio: Option<String>,
    /// Whether others see that it looks at a post.
    pub shows_viewing: Option<bool>,
}

/// A report to be filed.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// Of what.
    pub subject: Subject,
    /// By whom.
    pub reporter: UserId,
    /// Up to 500 characters, may be empty.
    pub reason: String,
    /// Now.
    pub at: Timestamp,
}
