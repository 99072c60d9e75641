//! Messages of a conversation, and the stream of their changes.

use std::sync::Arc;

use super::{ConversationId, Error, Result, Timestamp, User, text};

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
    /// Who wrote it.
    pub author: User,
    /// 1 to 2,000 characters, raw.
    pub text: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// The place of its creation in the conversation.
    pub seq: u64,
}

/// A message can be edited for 15 minutes, as a comment can.
pub const EDIT_SECONDS: i64 = 15 * 60;

/// A message has at most so many characters.
pub const TEXT_LIMIT: usize = 2000;

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

/// One change of a conversation's messages. Each has a `seq` of its own; a removed message is only known as removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageChange {
    /// A message was written; `seq` is the message's own.
    Added {
        /// Its place in the stream.
        seq: u64,
        /// The message.
        message: Arc<Message>,
    },
    /// A message has another text.
    Edited {
        /// The edit's own place in the stream.
        seq: u64,
        /// The message as it is now.
        message: Arc<Message>,
    },
    /// A message was removed.
    Removed {
        /// The removal's own place in the stream.
        seq: u64,
        /// Which message.
        id: MessageId,
    },
}

/// The end of a conversation, read in one transaction: enough for any first visit and any short absence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageTail {
    /// The head: the last `seq` that was given.
    pub seq: u64,
    /// Every change after this `seq` is in `changed`.
    pub since: u64,
    /// The messages that changed last after `since`, by the place of their last change, which comes first. A removed one
    /// is only its id.
    pub changed: Vec<(u64, std::result::Result<Arc<Message>, MessageId>)>,
    /// The newest messages that are still there, oldest first.
    pub page: Vec<Arc<Message>>,
    /// Whether there are older messages than those of `page`.
    pub more: bool,
}
