//! Messages of a conversation, and the stream of their changes.

use super::{
    ConversationId, Delivery, Error, Result, StreamChange, StreamTail, Timestamp, User, UserId, text,
};

/// A message's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub u64);

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The id.
    pub id: MessageId,
    /// In which conversation.
    pub conversation: ConversationId,
    /// Whom it shows as its author.
    pub author: User,
    /// Who wrote it. Another one than the author where an inbox does not show its agents; then no customer may learn it.
    pub writer: UserId,
    /// 1 to 2,000 characters, raw.
    pub text: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// The place of its creation in the conversation.
    pub seq: u64,
    /// How far it has come, if it goes to a telephone.
    pub delivery: Option<Delivery>,
}

/// A message can be edited for 15 minutes, as a comment can.
pub const EDIT_SECONDS: i64 = 15 * 60;

/// A message has at most so many characters.
pub const TEXT_LIMIT: usize = 2000;

/// One that goes to a telephone has at most so many.
pub const SMS_LIMIT: usize = 1600;

/// A message's text as it will be stored.
pub fn normalize_message(text: &str) -> Result<String> {
    text::normalize("text", text, 1, TEXT_LIMIT)
}

impl Error {
    /// No such message, or it has been removed, or it is not the caller's to see.
    pub const fn no_message() -> Self {
        Self::NotFound("There is no such message, or it has been removed.")
    }
}

/// One change of a conversation's messages.
pub type MessageChange = StreamChange<Message, MessageId>;

/// The end of a conversation's messages.
pub type MessageTail = StreamTail<Message, MessageId>;
