//! Replies: one for each command that has a `ref`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{AgentTyping, Comment, Liker, Message, Seen, User};

/// A reply.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Reply<'a> {
    /// To `subscribe`: how things stand, and from where the pushes go on.
    Snapshot {
        /// The command's `ref`.
        #[serde(rename = "ref")]
        reference: u64,
        /// The lineage of the database: positions of another epoch mean nothing.
        epoch: Cow<'a, str>,
        /// One for each topic that was asked for, in the same order.
        topics: Vec<TopicSnapshot<'a>>,
    },
    /// To everything else that went well.
    Ok(OkReply),
    /// To a command that was refused.
    Error(ErrorReply<'a>),
}

/// That a command was carried out, and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct OkReply {
    /// The command's `ref`.
    #[serde(rename = "ref")]
    pub reference: u64,
    /// To a like: the post's id, and how it stands now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<u64>,
    /// To a like: whether I like it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liked: Option<bool>,
    /// To a like: false for a repetition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<bool>,
    /// To a like: how many like it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likes: Option<u64>,
    /// To a like: the post's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// To a comment: as it stands in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Box<Comment>>,
    /// To a message: as it stands in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Box<Message>>,
}

/// Why a command was refused. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct ErrorReply<'a> {
    /// The command's `ref`; null where it could not be read.
    #[serde(rename = "ref")]
    pub reference: Option<u64>,
    /// For programs.
    pub code: Cow<'a, str>,
    /// For people.
    pub message: Cow<'a, str>,
    /// When it is worth another try; null where it is not a matter of time.
    pub retry_after_ms: Option<u64>,
}

/// How one topic stands.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(untagged)]
pub enum TopicSnapshot<'a> {
    /// `post:ID`.
    Post {
        /// The topic.
        topic: Cow<'a, str>,
        /// The post's version.
        version: u64,
        /// How many like it.
        likes: u64,
        /// How many comments it has.
        comments: u64,
        /// Whether I like it.
        liked: bool,
    },
    /// A stream.
    Stream {
        /// The topic.
        topic: Cow<'a, str>,
        /// The position from which pushes go on.
        seq: u64,
        /// True: forget what you have, this is the newest page. False: this is all that changed after `since`.
        reset: bool,
        /// The changes, by `seq`.
        changes: Changes<'a>,
        /// With `reset`: the cursor for older ones.
        next: Option<Cow<'a, str>>,
        /// Of `notifications`: how far I have read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        read: Option<u64>,
    },
    /// `post:ID/presence`.
    Presence {
        /// The topic.
        topic: Cow<'a, str>,
        /// How many people look.
        viewers: u64,
        /// Up to 8 members who may be named.
        faces: Cow<'a, [User]>,
        /// Members who are writing a comment now.
        typing: Cow<'a, [User]>,
    },
    /// `post:ID/likes`.
    Likers {
        /// The topic.
        topic: Cow<'a, str>,
        /// Up to 8 who have liked the post lately, newest first.
        likers: Cow<'a, [Liker]>,
    },
    /// `conversation:ID/presence`.
    Typing {
        /// The topic.
        topic: Cow<'a, str>,
        /// Members who are writing a message now.
        typing: Cow<'a, [User]>,
        /// How far each side has read; empty unless both give receipts.
        seen: Cow<'a, [Seen]>,
    },
    /// `conversation:ID/agents`.
    Agents {
        /// The topic.
        topic: Cow<'a, str>,
        /// The agents who look at the case.
        viewers: Cow<'a, [User]>,
        /// Those of them who are writing now.
        typing: Cow<'a, [AgentTyping]>,
    },
    /// `unread`.
    Unread {
        /// The topic.
        topic: Cow<'a, str>,
        /// Grows with every change.
        version: u64,
        /// Conversations of mine with an unread message of the other side.
        conversations: u64,
        /// Requests that I have neither answered nor accepted.
        requests: u64,
        /// Notifications behind my position.
        notifications: u64,
    },
    /// `inbox:ID/waiting`.
    Waiting {
        /// The topic.
        topic: Cow<'a, str>,
        /// Grows with every change.
        version: u64,
        /// How many open cases wait.
        waiting: u64,
        /// How many of them nobody has.
        unassigned: u64,
    },
    /// Unknown, or not allowed; the other topics are served.
    Refused {
        /// The topic as it was asked for.
        topic: Cow<'a, str>,
        /// The code.
        error: Cow<'a, str>,
    },
    /// `me`: nothing to tell yet.
    Me {
        /// The topic.
        topic: Cow<'a, str>,
    },
}

/// An array of pushes without their topic, as JSON text: encoded once for all who ask for the same.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Changes<'a>(pub Cow<'a, RawValue>);

/// Read by clients only. A raw value cannot be read inside a tagged enum, so this goes through a tree.
impl<'de> Deserialize<'de> for Changes<'_> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let changes = Vec::<serde_json::Value>::deserialize(deserializer)?;
        let raw = serde_json::value::to_raw_value(&changes).map_err(serde::de::Error::custom)?;
        Ok(Self(Cow::Owned(raw)))
    }
}
