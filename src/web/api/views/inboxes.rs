//! Inboxes, cases and notes, as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Message, User};
use crate::domain::inbox;

/// A team's shared mailbox.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct Inbox {
    id: u64,
    handle: String,
    name: String,
    /// What a visitor reads before writing; may be empty.
    greeting: String,
    /// For agents only.
    #[serde(skip_serializing_if = "Option::is_none")]
    agents: Option<Vec<Agent>>,
    /// Whether customers see which agent answers; else they see the inbox.
    show_agents: bool,
}

/// One who answers for an inbox.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct Agent {
    user: User,
    /// `admin` or `agent`.
    #[schema(value_type = String)]
    role: &'static str,
}

impl From<(inbox::Inbox, Option<Vec<inbox::Agent>>)> for Inbox {
    fn from((inbox, agents): (inbox::Inbox, Option<Vec<inbox::Agent>>)) -> Self {
        let inbox::Inbox { user, greeting, show_agents } = inbox;
        let agents = agents.map(|agents| agents.into_iter().map(Agent::from).collect());
        let handle = user.handle.unwrap_or_default();
        Self { id: user.id.0, handle, name: user.name, greeting, agents, show_agents }
    }
}

impl From<inbox::Agent> for Agent {
    fn from(agent: inbox::Agent) -> Self {
        Self { user: agent.user.into(), role: agent.role.as_str() }
    }
}

/// An inbox.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct InboxAnswer {
    inbox: Inbox,
}

impl From<(inbox::Inbox, Option<Vec<inbox::Agent>>)> for InboxAnswer {
    fn from(inbox: (inbox::Inbox, Option<Vec<inbox::Agent>>)) -> Self {
        Self { inbox: inbox.into() }
    }
}

/// Whoever writes to an inbox.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct Customer {
    user: User,
    /// Null where there is none.
    #[schema(required = true)]
    phone: Option<String>,
    /// Whether it wants no more text messages.
    opted_out: bool,
}

/// A conversation of an inbox as all of its agents see it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct Case {
    /// The conversation's id.
    id: u64,
    customer: Customer,
    /// The newest message that is there.
    #[schema(required = true)]
    last: Option<Message>,
    /// The head of its messages.
    seq: u64,
    /// The head of its notes.
    notes_seq: u64,
    /// Whether the customer has spoken last.
    waiting: bool,
    /// RFC 3339, UTC: when it said the first thing that nobody has answered; null where nobody waits.
    #[schema(required = true, format = DateTime)]
    waiting_since: Option<String>,
    /// `open`, `snoozed` or `closed`.
    #[schema(value_type = String)]
    status: &'static str,
    /// RFC 3339, UTC: until when it is snoozed; null where it is not.
    #[schema(required = true, format = DateTime)]
    until: Option<String>,
    /// The agent who has it; null: nobody.
    #[schema(required = true)]
    assignee: Option<User>,
    /// RFC 3339, UTC: when something was last said.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<inbox::Case> for Case {
    fn from(case: inbox::Case) -> Self {
        Self {
            id: case.id.0,
            customer: Customer { user: case.customer.into(), phone: case.phone, opted_out: case.opted_out },
            last: case.last.map(Message::from),
            seq: case.seq,
            notes_seq: case.notes_seq,
            waiting: case.waiting_since.is_some(),
            waiting_since: case.waiting_since.map(|at| at.to_string()),
            status: case.status.as_str(),
            until: case.until.map(|at| at.to_string()),
            assignee: case.assignee.map(User::from),
            updated_at: case.updated_at.to_string(),
        }
    }
}

/// A message to a number, and the case in which it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct BegunCase {
    case: Case,
    message: Message,
}

impl From<(inbox::Case, crate::domain::Message)> for BegunCase {
    fn from((case, message): (inbox::Case, crate::domain::Message)) -> Self {
        Self { case: case.into(), message: message.into() }
    }
}

/// A customer.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct CustomerAnswer {
    customer: Customer,
}

impl From<inbox::Case> for CustomerAnswer {
    fn from(case: inbox::Case) -> Self {
        Self { customer: Case::from(case).customer }
    }
}

/// A case.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct CaseAnswer {
    case: Case,
}

impl From<inbox::Case> for CaseAnswer {
    fn from(case: inbox::Case) -> Self {
        Self { case: case.into() }
    }
}

/// What an agent says to the others, or what became of a case.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct Note {
    id: u64,
    /// `note`, `assigned`, `status` or `sent`.
    #[schema(value_type = String)]
    kind: &'static str,
    /// Null where it happened by itself.
    #[schema(required = true)]
    author: Option<User>,
    /// Raw; empty where something was done.
    text: String,
    /// A handle or a status: what was before.
    #[schema(required = true)]
    from: Option<String>,
    /// A handle or a status: what is now.
    #[schema(required = true)]
    to: Option<String>,
    /// Of `sent`: the message's id.
    #[schema(required = true)]
    message: Option<u64>,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    at: String,
    /// Its place among the notes.
    seq: u64,
}

impl From<inbox::Note> for Note {
    fn from(note: inbox::Note) -> Self {
        let inbox::Note { id, conversation: _, kind, author, text, from, to, message, at, seq } = note;
        Self {
            id: id.0,
            kind: kind.as_str(),
            author: author.map(User::from),
            text,
            from,
            to,
            message: message.map(|message| message.0),
            at: at.to_string(),
            seq,
        }
    }
}

/// A note.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct NoteAnswer {
    note: Note,
}

impl From<inbox::Note> for NoteAnswer {
    fn from(note: inbox::Note) -> Self {
        Self { note: note.into() }
    }
}

/// A text that an inbox's agents have ready.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct Reply {
    id: u64,
    /// What an agent types behind a `/`.
    shortcut: String,
    text: String,
}

impl From<inbox::Reply> for Reply {
    fn from(reply: inbox::Reply) -> Self {
        let inbox::Reply { id, inbox: _, shortcut, text } = reply;
        Self { id: id.0, shortcut, text }
    }
}

/// A reply.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct ReplyAnswer {
    reply: Reply,
}

impl From<inbox::Reply> for ReplyAnswer {
    fn from(reply: inbox::Reply) -> Self {
        Self { reply: reply.into() }
    }
}

/// How an inbox does.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct StatsAnswer {
    /// How many open cases wait now.
    waiting: u64,
    /// How many of them nobody has.
    unassigned: u64,
    /// RFC 3339, UTC: since when the one waits that waits longest; null where nobody waits.
    #[schema(required = true, format = DateTime)]
    oldest_waiting_since: Option<String>,
    /// The oldest first.
    days: Vec<DayStats>,
    /// Who wrote how many messages in these days, the most first.
    agents: Vec<Answered>,
}

/// What was written on one day.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct DayStats {
    /// RFC 3339, UTC: its first moment.
    #[schema(format = DateTime)]
    day: String,
    /// Messages of customers.
    r#in: u64,
    /// Messages of agents.
    out: u64,
    /// How long customers waited for the first answer to what they asked, in milliseconds: half of them no longer than
    /// this; null where nobody was answered.
    #[schema(required = true)]
    first_answer_p50_ms: Option<i64>,
    /// Nine of ten.
    #[schema(required = true)]
    first_answer_p90_ms: Option<i64>,
}

/// How many messages an agent wrote.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct Answered {
    user: User,
    out: u64,
}

impl From<inbox::InboxFigures> for StatsAnswer {
    fn from(figures: inbox::InboxFigures) -> Self {
        let inbox::InboxFigures { waiting, oldest_waiting_since, days, agents } = figures;
        let days = days.into_iter().map(|day| DayStats {
            day: day.day.to_string(),
            r#in: day.incoming,
            out: day.outgoing,
            first_answer_p50_ms: day.first_answer_p50_ms,
            first_answer_p90_ms: day.first_answer_p90_ms,
        });
        let agents = agents.into_iter().map(|(user, out)| Answered { user: user.into(), out });
        Self {
            waiting: waiting.waiting,
            unassigned: waiting.unassigned,
            oldest_waiting_since: oldest_waiting_since.map(|at| at.to_string()),
            days: days.collect(),
            agents: agents.collect(),
        }
    }
}
