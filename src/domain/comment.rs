//! Comments of a post, and the stream of their changes.

use super::{Error, PostId, Result, StreamChange, StreamTail, Timestamp, User, text};

/// A comment's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommentId(pub u64);

impl CommentId {
    /// Takes an id from outside: 1 to 2^53 − 1. No comment has another.
    pub fn new(id: u64) -> Result<Self> {
        if (1..super::ID_LIMIT).contains(&id) { Ok(Self(id)) } else { Err(Error::no_comment()) }
    }
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The id.
    pub id: CommentId,
    /// Under which post.
    pub post: PostId,
    /// The comment that it answers; none where it stands by itself. An answer is never answered: one level.
    pub parent: Option<CommentId>,
    /// Who wrote it.
    pub author: User,
    /// 1 to 1,000 characters, raw.
    pub text: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// The place of its creation in the post's comments.
    pub seq: u64,
}

/// A comment can be edited for 15 minutes: long enough for a slip, too short to change what others answered to.
pub const EDIT_SECONDS: i64 = 15 * 60;

/// A comment has at most so many characters.
pub const TEXT_LIMIT: usize = 1000;

/// A comment's text as it will be stored.
pub fn normalize_comment(text: &str) -> Result<String> {
    text::normalize("text", text, 1, TEXT_LIMIT)
}

/// In which order comments are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// As a conversation reads.
    #[default]
    Oldest,
    /// The newest first.
    Newest,
}

/// One change of a post's comments.
pub type CommentChange = StreamChange<Comment, CommentId>;

/// The end of a post's comments.
pub type CommentTail = StreamTail<Comment, CommentId>;
