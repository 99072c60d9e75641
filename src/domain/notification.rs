//! Notifications: what others did that concerns a member, in groups of one kind and one subject.

use super::{CommentId, PostId, StreamChange, StreamTail, Timestamp, User};

/// A notification's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NotificationId(pub u64);

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotificationKind {
    /// My post was liked.
    Like,
    /// My post was commented on.
    Comment,
    /// My comment was answered.
    Answer,
    /// I was mentioned in a post or a comment.
    Mention,
    /// A moderator removed what I wrote.
    Removal,
}

impl NotificationKind {
    /// The word that the API and the store write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Like => "like",
            Self::Comment => "comment",
            Self::Answer => "answer",
            Self::Mention => "mention",
            Self::Removal => "removal",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Like, Self::Comment, Self::Answer, Self::Mention, Self::Removal]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// A notification: a group of acts of one kind on one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The id.
    pub id: NotificationId,
    /// What happened.
    pub kind: NotificationKind,
    /// On which post, with the beginning of its text; none if it is gone. The text of what was removed is empty.
    pub post: Option<(PostId, String)>,
    /// The comment that was answered or that mentions me; of comments on my post the newest one.
    pub comment: Option<(CommentId, String)>,
    /// Who did it: the newest [`ACTORS`] people.
    pub actors: Vec<User>,
    /// How many different people did it.
    pub count: u64,
    /// When it was last done.
    pub at: Timestamp,
    /// The place of the latest act in its user's stream `notifications`.
    pub seq: u64,
}

/// So many people are named.
pub const ACTORS: usize = 3;

/// So many characters of a text stand in a notification.
pub const TEXT: usize = 100;

/// A group collects for so long, unless it is read before; and so long the same person's like of a post is told once.
pub const OPEN_SECONDS: i64 = 24 * 60 * 60;

/// At most so many people are notified of being mentioned in one text.
pub const MENTIONS: usize = 10;

/// One change of a member's notifications. A changed one comes whole.
pub type NotificationChange = StreamChange<Notification, NotificationId>;

/// The end of a member's stream `notifications`.
pub type NotificationTail = StreamTail<Notification, NotificationId>;

/// A page of notifications, newest first, and where the member stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationPage {
    /// The page.
    pub page: super::Page<Notification>,
    /// The head of the stream.
    pub seq: u64,
    /// How far the member has read.
    pub read: u64,
}
