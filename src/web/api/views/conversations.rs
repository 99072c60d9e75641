//! Conversations and messages, as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use super::User;
use crate::domain;

/// A conversation as I see it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct Conversation {
    id: u64,
    /// `direct` or `inbox`.
    #[schema(value_type = String)]
    kind: &'static str,
    with: User,
    /// The newest message that is there.
    #[schema(required = true)]
    last: Option<Message>,
    /// The head: the last `seq` that was given in it.
    seq: u64,
    /// How far I have read.
    read: u64,
    /// How many messages of the other side are behind that.
    unread: u64,
    /// Whether I have neither answered nor accepted.
    request: bool,
    /// RFC 3339, UTC: when something was last said.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<domain::Conversation> for Conversation {
    fn from(conversation: domain::Conversation) -> Self {
        let domain::Conversation { id, kind, with, last, seq, read, unread, request, updated_at, .. } =
            conversation;
        let (with, last, updated_at) = (with.into(), last.map(Message::from), updated_at.to_string());
        Self { id: id.0, kind: kind.as_str(), with, last, seq, read, unread, request, updated_at }
    }
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct Message {
    id: u64,
    /// The conversation's id.
    conversation: u64,
    author: User,
    /// Raw.
    text: String,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// RFC 3339, UTC; null where it was never edited.
    #[schema(required = true, format = DateTime)]
    edited_at: Option<String>,
    /// The place of its creation in the conversation.
    seq: u64,
    /// Of a text message to a telephone; null of every other.
    #[schema(required = true)]
    delivery: Option<Delivery>,
}

/// How far a text message to a telephone has come.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct Delivery {
    /// `queued`, `unsure`, `sent`, `delivered` or `failed`.
    #[schema(value_type = String)]
    state: &'static str,
    /// RFC 3339, UTC: since when.
    #[schema(format = DateTime)]
    at: String,
    /// Why it failed, in words, with the provider's code.
    #[schema(required = true)]
    reason: Option<String>,
}

impl From<domain::Delivery> for Delivery {
    fn from(delivery: domain::Delivery) -> Self {
        let domain::Delivery { state, at, reason } = delivery;
        Self { state: state.as_str(), at: at.to_string(), reason }
    }
}

impl From<domain::Message> for Message {
    fn from(message: domain::Message) -> Self {
        let domain::Message {
            id,
            conversation,
            author,
            text,
            created_at,
            edited_at,
            seq,
            writer: _,
            delivery,
        } = message;
        Self {
            id: id.0,
            conversation: conversation.0,
            author: author.into(),
            text,
            created_at: created_at.to_string(),
            edited_at: edited_at.map(|at| at.to_string()),
            seq,
            delivery: delivery.map(Delivery::from),
        }
    }
}

/// A conversation of mine.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct ConversationAnswer {
    conversation: Conversation,
}

impl From<domain::Conversation> for ConversationAnswer {
    fn from(conversation: domain::Conversation) -> Self {
        Self { conversation: conversation.into() }
    }
}

/// A message, as it stands in the store.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct MessageAnswer {
    message: Message,
}

impl From<domain::Message> for MessageAnswer {
    fn from(message: domain::Message) -> Self {
        Self { message: message.into() }
    }
}

/// A message to somebody, and the conversation that it stands in.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct Begun {
    conversation: Conversation,
    message: Message,
}

impl From<(domain::Conversation, domain::Message)> for Begun {
    fn from((conversation, message): (domain::Conversation, domain::Message)) -> Self {
        Self { conversation: conversation.into(), message: message.into() }
    }
}
