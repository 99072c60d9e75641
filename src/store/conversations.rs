//! Conversations and their messages, as every store keeps them.

use async_trait::async_trait;

use super::{ConnectionRef, Created, NewSession};
use crate::domain::conversation::Receipts;
use crate::domain::{
    Base, Conversation, ConversationId, ConversationTail, Cursor, Limit, Message, MessageId, MessageTail,
    Order, Page, Result, Session, Timestamp, UserId,
};

/// To whom a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// A user, in the conversation with it; it begins where there is none.
    User(UserId),
    /// The other side of a conversation of the author's.
    Conversation(ConversationId),
}

/// A message to be written.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// To whom.
    pub to: To,
    /// Who writes it.
    pub author: UserId,
    /// 1 to 2,000 characters.
    pub text: String,
    /// The client's key: the same key by the same author is the same message.
    pub key: String,
    /// The head that an agent had before its eyes; none: it asks for no guard.
    pub seen: Option<u64>,
    /// Now.
    pub at: Timestamp,
}

/// Conversations and their messages. The guarantees of all writes are those of [`Store`](super::Store).
///
/// A user's numbers in [`Unreads`](super::Unreads) move in the transaction of what changes them: a conversation counts
/// that is neither hidden nor a request and has something unread, a request counts that is not hidden and in which
/// something stands.
#[async_trait]
pub trait Conversations: Send + Sync + 'static {
    /// Writes a message; begins the conversation of the two where there is none: there is never a second one, also where
    /// both begin in the same moment. The key is looked up first: the same author's same key is the same message (`fresh:
    /// false`), whatever holds by now; with another first text or receiver `key_reused`; if it was removed since `gone`.
    /// `no_session` if the author may not act (any more), `not_found` if the receiver is no member or the conversation is
    /// not the author's, `forbidden` as [`Standing`](crate::domain::conversation::Standing) says. What is refused keeps no
    /// key. Writing reads and answers: the author's own side is read to the end and is no request any more.
    ///
    /// An agent writes for its inbox. With `seen` it is `superseded` if another agent has answered behind that place.
    async fn write_message(&self, message: NewMessage) -> Result<Created<Message>>;

    /// Writes the first message of somebody without a session: makes a guest with a session and the message, or nothing.
    /// Refused as a message of that guest would be.
    async fn write_as_new_guest(
        &self,
        to: UserId,
        text: String,
        key: String,
        session: NewSession,
    ) -> Result<(Session, Message)>;

    /// The same for a connection's command: queued here, answered through the sink after the commit.
    /// On `Err` nothing was queued and the connection hears nothing.
    fn queue_message(&self, message: NewMessage, waiter: ConnectionRef) -> Result<()>;

    /// Gives a message another text and its change a `seq`; no number changes. The same text again changes nothing. With
    /// a `base` that is not the text of now any more it is `superseded`. `not_found` if it is not there (any more).
    async fn edit_message(
        &self,
        message: MessageId,
        text: String,
        at: Timestamp,
        base: Option<Base>,
    ) -> Result<Message>;

    /// Removes a message for both sides: the row stays as a tombstone without its text, and counts as unread no more.
    async fn remove_message(&self, message: MessageId, at: Timestamp) -> Result<()>;

    /// Sets how far a user has read: the maximum of what was and what is given, at most the head. `not_found` if the
    /// conversation is not the user's.
    async fn read_conversation(&self, conversation: ConversationId, user: UserId, read: u64) -> Result<()>;

    /// The same for a connection's command.
    fn queue_read(
        &self,
        conversation: ConversationId,
        user: UserId,
        read: u64,
        waiter: ConnectionRef,
    ) -> Result<()>;

    /// It is no request of this user's any more. `not_found` if the conversation is not the user's.
    async fn accept_conversation(&self, conversation: ConversationId, user: UserId) -> Result<()>;

    /// Hides it from this user's list until the next message; all of it is read. `not_found` if the conversation is not
    /// the user's.
    async fn hide_conversation(&self, conversation: ConversationId, user: UserId) -> Result<()>;

    /// A conversation as this user sees it; none if it is not the user's.
    async fn find_conversation(
        &self,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<Option<Conversation>>;

    /// Whether somebody may read a conversation: one of its two sides, or an agent of the inbox that is one of them.
    async fn may_read(&self, conversation: ConversationId, user: UserId) -> Result<bool>;

    /// The conversation of these two as the first one sees it.
    async fn find_conversation_with(&self, user: UserId, other: UserId) -> Result<Option<Conversation>>;

    /// A user's conversations that are not hidden, newest activity first: the requests, or all others. The cursor is a
    /// conversation's `activity`.
    async fn list_conversations(
        &self,
        user: UserId,
        requests: bool,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Conversation>>;

    /// A message, if it is there.
    async fn find_message(&self, message: MessageId) -> Result<Option<Message>>;

    /// The messages of a conversation. The cursor is a message's `seq`.
    async fn list_messages(
        &self,
        conversation: ConversationId,
        order: Order,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Message>>;

    /// The end of a conversation's messages, from one transaction. None if there is no such conversation.
    async fn read_message_tail(&self, conversation: ConversationId) -> Result<Option<MessageTail>>;

    /// The end of a user's stream `conversations`, from one transaction.
    async fn read_conversation_tail(&self, user: UserId) -> Result<ConversationTail>;

    /// What the two sides may be told of each other. None if there is no such conversation.
    async fn find_receipts(&self, conversation: ConversationId) -> Result<Option<Receipts>>;
}
