//! Inboxes: a team's shared mailbox, its agents, and its conversations as they see them.

use super::{
    ConversationId, Error, Message, MessageId, Result, StreamChange, StreamTail, Timestamp, User, UserId,
    text,
};

/// An inbox. Its id is that of its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    /// Its user: handle and name.
    pub user: User,
    /// What a visitor reads before writing; may be empty.
    pub greeting: String,
    /// Whether customers see which agent answers; else they see the inbox.
    pub show_agents: bool,
}

/// What an agent may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Answer, and decide who else does.
    Admin,
    /// Answer.
    Agent,
}

impl Role {
    /// The word that the API and the store write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Agent => "agent",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Result<Self> {
        match word {
            "admin" => Ok(Self::Admin),
            "agent" => Ok(Self::Agent),
            _ => Err(Error::bad("role: admin or agent.")),
        }
    }
}

/// One who answers for an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Who.
    pub user: User,
    /// What it may do.
    pub role: Role,
}

/// Whether a case is worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is.
    Open,
    /// Not before a certain time, unless the customer writes.
    Snoozed,
    /// Not unless the customer writes.
    Closed,
}

impl Status {
    /// The word that the API and the store write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Snoozed => "snoozed",
            Self::Closed => "closed",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Result<Self> {
        match word {
            "open" => Ok(Self::Open),
            "snoozed" => Ok(Self::Snoozed),
            "closed" => Ok(Self::Closed),
            _ => Err(Error::bad("status: open, snoozed or closed.")),
        }
    }
}

/// A conversation of an inbox as all of its agents see it: nothing in it is one agent's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The conversation.
    pub id: ConversationId,
    /// Whose: the inbox's user.
    pub inbox: UserId,
    /// Who wrote.
    pub customer: User,
    /// Its number, or the word that stands for one; none: it writes on the site.
    pub phone: Option<String>,
    /// Whether it wants no more text messages.
    pub opted_out: bool,
    /// The newest message that is there.
    pub last: Option<Message>,
    /// The head of its messages.
    pub seq: u64,
    /// The head of its notes.
    pub notes_seq: u64,
    /// When the customer said the first thing that nobody has answered; none: nobody waits.
    pub waiting_since: Option<Timestamp>,
    /// Whether it is worked on.
    pub status: Status,
    /// Until when it is snoozed.
    pub until: Option<Timestamp>,
    /// Who has it.
    pub assignee: Option<User>,
    /// When something was last said.
    pub updated_at: Timestamp,
    /// The place of its last change in the inbox's stream.
    pub place: u64,
    /// Orders the list: the later something was said, the larger.
    pub activity: u64,
    /// Orders those that wait: the longer one does, the smaller. None: nobody waits.
    pub asked: Option<MessageId>,
}

/// One change of an inbox's cases. A changed one comes whole; none is ever removed.
pub type CaseChange = StreamChange<Case, ConversationId>;

/// The end of an inbox's stream of cases: the page has those of the newest activity.
pub type CaseTail = StreamTail<Case, ConversationId>;

/// How many open cases wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Grows with each change.
    pub version: u64,
    /// How many.
    pub waiting: u64,
    /// How many of them nobody has.
    pub unassigned: u64,
}

/// In which order an inbox's cases are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CaseOrder {
    /// Newest activity first.
    #[default]
    Newest,
    /// Who waits longest first: only of those that wait.
    Longest,
}

impl CaseOrder {
    /// Reads the word of the API.
    pub fn parse(word: &str) -> Result<Self> {
        match word {
            "newest" => Ok(Self::Newest),
            "longest" => Ok(Self::Longest),
            _ => Err(Error::bad("order: newest or longest.")),
        }
    }
}

/// Which of an inbox's cases are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CaseFilter {
    /// Those of this status.
    pub status: Option<Status>,
    /// Those of this agent, or of nobody.
    pub assignee: Option<Option<UserId>>,
    /// Only the open ones that wait.
    pub waiting: bool,
    /// In which order; [`CaseOrder::Longest`] lists only those that wait, whatever `waiting` says.
    pub order: CaseOrder,
}

/// A note's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NoteId(pub u64);

/// What stands among the notes of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    /// An agent said something to the others.
    Note,
    /// Somebody has the case now, or nobody.
    Assigned,
    /// It has another status.
    Status,
    /// Who wrote a message that shows the inbox as its author.
    Sent,
}

impl NoteKind {
    /// The word that the API and the store write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Assigned => "assigned",
            Self::Status => "status",
            Self::Sent => "sent",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Note, Self::Assigned, Self::Status, Self::Sent].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// An entry among the notes of a case. It has no way into what a customer is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The id.
    pub id: NoteId,
    /// The case's conversation.
    pub conversation: ConversationId,
    /// What it is.
    pub kind: NoteKind,
    /// Who wrote or did it; none: nobody, the case woke up by itself.
    pub author: Option<User>,
    /// What was said; empty where something was done.
    pub text: String,
    /// A handle or a status: what was before.
    pub from: Option<String>,
    /// A handle or a status: what is now.
    pub to: Option<String>,
    /// Of `sent`: which message.
    pub message: Option<MessageId>,
    /// When.
    pub at: Timestamp,
    /// Its place among the notes.
    pub seq: u64,
}

/// One change of the notes of a case: they only grow.
pub type NoteChange = StreamChange<Note, NoteId>;

/// The end of a case's notes.
pub type NoteTail = StreamTail<Note, NoteId>;

/// A reply's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReplyId(pub u64);

/// A text that an inbox's agents have ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The id.
    pub id: ReplyId,
    /// Whose: the inbox's user.
    pub inbox: UserId,
    /// `[a-z0-9_-]{1,30}`: what an agent types behind a `/`.
    pub shortcut: String,
    /// 1 to 2,000 characters.
    pub text: String,
}

/// An inbox has so many replies at most.
pub const REPLIES: usize = 500;

/// A shortcut has at most so many characters.
pub const SHORTCUT_LIMIT: usize = 30;

/// A reply's shortcut, or why it can't be one.
pub fn check_shortcut(shortcut: &str) -> Result<()> {
    let fits = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'_' || sign == b'-';
    if (1..=SHORTCUT_LIMIT).contains(&shortcut.len()) && shortcut.bytes().all(fits) {
        Ok(())
    } else {
        Err(Error::bad("shortcut: 1 to 30 of a to z, 0 to 9, _ and -."))
    }
}

/// What an inbox did on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayFigures {
    /// Its first moment, in UTC.
    pub day: Timestamp,
    /// Messages of customers.
    pub incoming: u64,
    /// Messages of agents.
    pub outgoing: u64,
    /// How long customers waited for the first answer to what they asked: half of them no longer than this, in ms.
    pub first_answer_p50_ms: Option<i64>,
    /// Nine of ten.
    pub first_answer_p90_ms: Option<i64>,
}

impl Default for DayFigures {
    fn default() -> Self {
        let (first_answer_p50_ms, first_answer_p90_ms) = (None, None);
        Self { day: Timestamp(0), incoming: 0, outgoing: 0, first_answer_p50_ms, first_answer_p90_ms }
    }
}

/// How an inbox does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxFigures {
    /// How many wait now.
    pub waiting: Waiting,
    /// Since when the one waits that waits longest.
    pub oldest_waiting_since: Option<Timestamp>,
    /// Day by day, the oldest first.
    pub days: Vec<DayFigures>,
    /// How many messages each agent wrote in these days, the most first.
    pub agents: Vec<(User, u64)>,
}

/// Figures are given for at most so many days.
pub const FIGURE_DAYS: u32 = 90;

/// A greeting has at most so many characters.
pub const GREETING_LIMIT: usize = 500;

/// A note has at most so many characters.
pub const NOTE_LIMIT: usize = 2000;

/// A greeting as it will be stored.
pub fn normalize_greeting(greeting: &str) -> Result<String> {
    text::normalize("greeting", greeting, 0, GREETING_LIMIT)
}

/// A note's text as it will be stored.
pub fn normalize_note(note: &str) -> Result<String> {
    text::normalize("text", note, 1, NOTE_LIMIT)
}

impl Error {
    /// No such reply, or it is not the caller's to see.
    pub const fn no_reply() -> Self {
        Self::NotFound("There is no such reply.")
    }

    /// No such inbox, or it is not the caller's to see.
    pub const fn no_inbox() -> Self {
        Self::NotFound("There is no such inbox.")
    }
}
