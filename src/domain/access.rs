//! Who may see something that is not for everybody. The rights themselves stand in `app::rights`.

use super::{ConversationId, UserId};

/// Who may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, with or without a session.
    Anyone,
    /// This user alone.
    User(UserId),
    /// The two sides of a conversation; of an inbox its agents.
    Conversation(ConversationId),
    /// The agents of the inbox with this user.
    Inbox(UserId),
    /// The agents who see this conversation as a case.
    Case(ConversationId),
    /// Moderators.
    Moderators,
    /// Nobody by asking for it.
    Nobody,
}
