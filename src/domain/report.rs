//! Reports: a member says that something should not stand here, a moderator decides.

use super::{Comment, CommentId, Message, MessageId, Post, PostId, Result, Timestamp, User, text};

/// What is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A post.
    Post(PostId),
    /// A comment.
    Comment(CommentId),
    /// A message.
    Message(MessageId),
}

/// A reported post, comment or message as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reported {
    /// A post.
    Post(Post),
    /// A comment.
    Comment(Comment),
    /// A message, and nothing of what stands around it.
    Message(Message),
}

impl Reported {
    /// Who wrote it.
    pub const fn author(&self) -> &User {
        match self {
            Self::Post(post) => &post.author,
            Self::Comment(comment) => &comment.author,
            Self::Message(message) => &message.author,
        }
    }
}

/// Who reported something, when and why (may be empty).
pub type Report = (User, Timestamp, String);

/// A case names so many reports before its latest; what came before those is only counted.
pub const EARLIER: u64 = 20;

/// One row of the moderators' queue: everything that was said of one subject and is not decided yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// What is reported.
    pub reported: Reported,
    /// How many reported it.
    pub reports: u64,
    /// The latest report.
    pub latest: Report,
    /// Those before it, newest first, [`EARLIER`] at most.
    pub earlier: Vec<Report>,
    /// Whether the author of what is reported is suspended.
    pub suspended: bool,
    /// Its place in the queue: the id of the latest report.
    pub place: u64,
}

/// A report's reason has at most so many characters.
pub const REASON_LIMIT: usize = 500;

/// A report's reason as it will be stored; may be empty.
pub fn normalize_reason(reason: &str) -> Result<String> {
    text::normalize("reason", reason, 0, REASON_LIMIT)
}
