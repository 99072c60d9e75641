//! Who may see something that is not for everybody. The rights themselves stand in `app::rights`.

use super::{ConversationId, UserId};

/// Who may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, with or without a session.
    Anyone,
    /// This user alone.
    User(UserId),
    /// The two sides of a conversation.
    Conversation(ConversationId),
    /// Moderators.
    Moderators,
    /// Nobody by asking for it.
    Nobody,
}
