//! Inboxes, their agents and their cases, as every store keeps them.

use async_trait::async_trait;

use super::Created;
use crate::domain::inbox::{
    Agent, Case, CaseFilter, CaseTail, Inbox, InboxFigures, Note, NoteTail, Reply, ReplyId, Role, Status,
    Waiting,
};
use crate::domain::search::Query;
use crate::domain::{ConversationId, Cursor, Limit, Order, Page, Result, Timestamp, UserId};

/// An inbox to be made.
#[derive(Debug, Clone)]
pub struct NewInbox {
    /// `[a-z0-9_]{2,30}`.
    pub handle: String,
    /// 1 to 50 characters.
    pub name: String,
    /// The first agent, who is an admin.
    pub agent: UserId,
    /// Now.
    pub at: Timestamp,
}

/// What is to change of an inbox; none: nothing.
#[derive(Debug, Clone, Default)]
pub struct InboxChange {
    /// Another name.
    pub name: Option<String>,
    /// Another greeting.
    pub greeting: Option<String>,
    /// Whether customers see who answers.
    pub show_agents: Option<bool>,
}

/// A note to be written.
#[derive(Debug, Clone)]
pub struct NewNote {
    /// The case's conversation.
    pub conversation: ConversationId,
    /// The agent.
    pub author: UserId,
    /// 1 to 2,000 characters.
    pub text: String,
    /// The client's key: the same key by the same author is the same note.
    pub key: String,
    /// Now.
    pub at: Timestamp,
}

/// Who gives a case to whom.
#[derive(Debug, Clone, Copy)]
pub struct Assignment {
    /// Which case.
    pub conversation: ConversationId,
    /// The agent who does it.
    pub by: UserId,
    /// Who has it from now on; none: nobody.
    pub agent: Option<UserId>,
    /// Who has it as far as that agent knows.
    pub expect: Option<UserId>,
    /// Now.
    pub at: Timestamp,
}

/// Inboxes. The guarantees of all writes are those of [`Store`](super::Store).
///
/// Every change of a case gives it the next place in its inbox's stream, and moves the inbox's numbers of what waits, in
/// the transaction of what changes it. Each act on a case asks in its transaction whether its actor is an agent of the
/// inbox, and not the case's own customer; who is not gets `not_found`.
#[async_trait]
pub trait Inboxes: Send + Sync + 'static {
    /// Makes an inbox and its first agent. `handle_taken` if somebody has the handle, or had it lately.
    async fn create_inbox(&self, inbox: NewInbox) -> Result<Inbox>;

    /// All inboxes, or those of an agent, by handle.
    async fn list_inboxes(&self, agent: Option<UserId>) -> Result<Vec<Inbox>>;

    /// The inbox with this handle.
    async fn find_inbox(&self, handle: &str) -> Result<Option<Inbox>>;

    /// Changes what customers see of an inbox.
    async fn update_inbox(&self, inbox: UserId, change: InboxChange) -> Result<Inbox>;

    /// Takes an inbox away: its agents lose all at once, its name is gone, and nobody can write to it any more. What was
    /// said stays with its customers.
    async fn delete_inbox(&self, inbox: UserId, at: Timestamp) -> Result<()>;

    /// An inbox's agents: admins first, then by handle.
    async fn list_agents(&self, inbox: UserId) -> Result<Vec<Agent>>;

    /// What somebody may do in an inbox; none: not an agent.
    async fn find_role(&self, inbox: UserId, user: UserId) -> Result<Option<Role>>;

    /// Makes a member an agent, or gives it another role. `forbidden` if the inbox would have no admin left.
    async fn set_agent(&self, inbox: UserId, user: UserId, role: Role) -> Result<()>;

    /// Somebody answers for the inbox no more: it loses the topics at once and its cases lose their assignee, in the same
    /// transaction. `forbidden` if the inbox would have no admin left. Who is no agent stays none.
    async fn remove_agent(&self, inbox: UserId, user: UserId, at: Timestamp) -> Result<()>;

    /// A case, for somebody who may see it; else none.
    async fn find_case(&self, conversation: ConversationId, agent: UserId) -> Result<Option<Case>>;

    /// An inbox's cases without the agent's own, in the filter's order: newest activity first, with a case's `activity` as the
    /// cursor, or who waits longest first, with the message that nobody has answered.
    async fn list_cases(
        &self,
        inbox: UserId,
        agent: UserId,
        filter: CaseFilter,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Case>>;

    /// The same of those in which each word of the query stands somewhere: in a message, in a note or in the customer's names.
    /// What is removed or erased is found no more, in the same transaction.
    async fn search_cases(
        &self,
        inbox: UserId,
        agent: UserId,
        query: Query,
        filter: CaseFilter,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Case>>;

    /// Gives a case to an agent, or to nobody. `taken`, with the handle of who has it, if that is not who was expected.
    /// Repeating changes nothing. `not_found` if the one who is to have it is no agent.
    async fn assign_case(&self, assignment: Assignment) -> Result<Case>;

    /// Gives a case another status; `until` for a snoozed one. The same again changes nothing.
    async fn set_case_status(
        &self,
        conversation: ConversationId,
        by: UserId,
        status: Status,
        until: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<Case>;

    /// Opens the cases whose time has come. Each has its assignee still.
    async fn wake_cases(&self, now: Timestamp) -> Result<()>;

    /// Writes a note, or finds the one that the same key has made.
    async fn write_note(&self, note: NewNote) -> Result<Created<Note>>;

    /// The notes of a case in this order. The cursor is a note's `seq`.
    async fn list_notes(
        &self,
        conversation: ConversationId,
        order: Order,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Note>>;

    /// The texts that an inbox's agents have ready, by shortcut.
    async fn list_replies(&self, inbox: UserId) -> Result<Vec<Reply>>;

    /// One of them.
    async fn find_reply(&self, reply: ReplyId) -> Result<Option<Reply>>;

    /// Keeps a text. `taken` if the inbox has one with this shortcut, `forbidden` if it has as many as it may.
    async fn create_reply(&self, inbox: UserId, shortcut: String, text: String) -> Result<Reply>;

    /// Gives one another shortcut, another text, or both; none: as it was.
    async fn update_reply(
        &self,
        reply: ReplyId,
        shortcut: Option<String>,
        text: Option<String>,
    ) -> Result<Reply>;

    /// Removes one.
    async fn delete_reply(&self, reply: ReplyId) -> Result<()>;

    /// What an inbox did in so many days, the one of `now` included. None if there is no such inbox.
    async fn find_figures(&self, inbox: UserId, days: u32, now: Timestamp) -> Result<Option<InboxFigures>>;

    /// The end of an inbox's cases, from one transaction. None if there is no such inbox.
    async fn read_case_tail(&self, inbox: UserId) -> Result<Option<CaseTail>>;

    /// The end of a case's notes, from one transaction. None if there is no such case.
    async fn read_note_tail(&self, conversation: ConversationId) -> Result<Option<NoteTail>>;

    /// How many open cases of these inboxes wait; none for what is no inbox.
    async fn find_waiting(&self, inboxes: &[UserId]) -> Result<Vec<Option<Waiting>>>;
}
