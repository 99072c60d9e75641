//! What replies and pushes carry: posts, comments, conversations, messages, notifications, people.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// A post as everyone sees it: without `liked`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Post {
    /// The id.
    pub id: u64,
    /// Who wrote it.
    pub author: User,
    /// The text, raw.
    pub text: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC; null where it was never edited.
    pub edited_at: Option<String>,
    /// How many like it.
    pub likes: u64,
    /// How many comments it has.
    pub comments: u64,
    /// Moves when likes or comments change.
    pub version: u64,
    /// Its place in `feed:latest`.
    pub seq: u64,
    /// The head of its comments.
    pub comments_seq: u64,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Comment {
    /// The id.
    pub id: u64,
    /// The post's id.
    pub post: u64,
    /// The comment that it answers; null where it stands by itself.
    pub parent: Option<u64>,
    /// Who wrote it.
    pub author: User,
    /// The text, raw.
    pub text: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC; null where it was never edited.
    pub edited_at: Option<String>,
    /// The place of its creation in the post's comments.
    pub seq: u64,
}

/// A conversation as one of its two sides sees it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Conversation {
    /// The id.
    pub id: u64,
    /// `direct` or `inbox`.
    pub kind: String,
    /// The other side.
    pub with: User,
    /// The newest message that is there; null where there is none.
    pub last: Option<Message>,
    /// The head: the last `seq` that was given in it.
    pub seq: u64,
    /// How far I have read.
    pub read: u64,
    /// How many messages of the other side are behind that.
    pub unread: u64,
    /// Whether I have neither answered nor accepted.
    pub request: bool,
    /// RFC 3339, UTC: when something was last said.
    pub updated_at: String,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Message {
    /// The id.
    pub id: u64,
    /// The conversation's id.
    pub conversation: u64,
    /// Who wrote it.
    pub author: User,
    /// The text, raw.
    pub text: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC; null where it was never edited.
    pub edited_at: Option<String>,
    /// The place of its creation in the conversation.
    pub seq: u64,
    /// Of a text message to a telephone; null of every other.
    pub delivery: Option<Delivery>,
}

/// How far a text message to a telephone has come.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Delivery {
    /// `queued`, `unsure`, `sent`, `delivered` or `failed`.
    pub state: String,
    /// RFC 3339, UTC: since when.
    pub at: String,
    /// Why it failed, in words, with the provider's code.
    pub reason: Option<String>,
}

/// What others did that concerns me: one kind, one subject, several people.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Notification {
    /// The id.
    pub id: u64,
    /// `like`, `comment`, `answer`, `mention` or `removal`.
    pub kind: String,
    /// On which post; null if it is gone.
    pub post: Option<Quoted>,
    /// The comment that was answered or that mentions me; of comments on my post the newest one.
    pub comment: Option<Quoted>,
    /// The newest three people.
    pub actors: Vec<User>,
    /// How many different people in all.
    pub count: u64,
    /// RFC 3339, UTC: when it was last done.
    pub at: String,
    /// The place of its latest act in the stream.
    pub seq: u64,
}

/// A post or a comment, and the beginning of its text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Quoted {
    /// The id.
    pub id: u64,
    /// At most 100 characters; empty of what was removed.
    pub text: String,
}

/// How far a side of a conversation has read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Seen {
    /// The user's id.
    pub user: u64,
    /// Up to this `seq`.
    pub read: u64,
}

/// Somebody who likes a post.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Liker {
    /// Who.
    pub user: User,
    /// Since when: RFC 3339, UTC.
    pub at: String,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct User {
    /// The id.
    pub id: u64,
    /// None for a guest.
    pub handle: Option<String>,
    /// The name.
    pub name: String,
    /// What they say of themselves; may be empty.
    pub bio: String,
    /// Which.
    pub kind: Kind,
    /// Whether it is a moderator; written only where it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moderator: bool,
}

/// What kind of user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Signed up.
    Member,
    /// Came by a like.
    Guest,
    /// A team's shared mailbox.
    Inbox,
    /// Wrote to an inbox by a text message.
    Customer,
}

/// A conversation of an inbox as all of its agents see it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Case {
    /// The conversation's id.
    pub id: u64,
    /// Who wrote.
    pub customer: Customer,
    /// The newest message that is there; null where there is none.
    pub last: Option<Message>,
    /// The head of its messages.
    pub seq: u64,
    /// The head of its notes.
    pub notes_seq: u64,
    /// Whether the customer has spoken last.
    pub waiting: bool,
    /// RFC 3339, UTC: when it said the first thing that nobody has answered; null where nobody waits.
    pub waiting_since: Option<String>,
    /// `open`, `snoozed` or `closed`.
    pub status: String,
    /// RFC 3339, UTC: until when it is snoozed; null where it is not.
    pub until: Option<String>,
    /// The agent who has it; null: nobody.
    pub assignee: Option<User>,
    /// RFC 3339, UTC: when something was last said.
    pub updated_at: String,
}

/// Whoever writes to an inbox.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Customer {
    /// A member, a guest, or somebody who has a phone only.
    pub user: User,
    /// The number; null where there is none.
    pub phone: Option<String>,
    /// Whether it wants no more text messages.
    pub opted_out: bool,
}

/// An agent who is writing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct AgentTyping {
    /// Who.
    pub user: User,
    /// What.
    pub mode: Mode,
}

/// What an agent writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// An answer, for the customer.
    Reply,
    /// A note, for the other agents.
    Note,
}

impl Mode {
    /// Null is not the same as absent.
    pub(crate) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Self::deserialize(deserializer).map(Some).map_err(|_| D::Error::custom("`mode` is reply or note"))
    }
}

/// What an agent says to the others, or what became of a case. No customer ever receives one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Note {
    /// The id.
    pub id: u64,
    /// `note`, `assigned`, `status` or `sent`.
    pub kind: String,
    /// Who wrote or did it; null where it happened by itself.
    pub author: Option<User>,
    /// What was said, raw; empty where something was done.
    pub text: String,
    /// A handle or a status: what was before.
    pub from: Option<String>,
    /// A handle or a status: what is now.
    pub to: Option<String>,
    /// Of `sent`: the message's id.
    pub message: Option<u64>,
    /// RFC 3339, UTC.
    pub at: String,
    /// Its place among the notes.
    pub seq: u64,
}
