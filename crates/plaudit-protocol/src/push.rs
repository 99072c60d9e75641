//! Pushes: what the server says by itself. Shared by all subscribers of a topic, so nothing personal is in them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{
    AgentTyping, Case, Comment, Conversation, Delivery, Liker, Message, Note, Notification, Post, Seen, User,
};

/// A push.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "type")]
pub enum Push<'a> {
    /// The counts of a post: absolute, the higher version wins.
    #[serde(rename = "counts")]
    Counts {
        /// `post:ID`.
        topic: Cow<'a, str>,
        /// The post's version.
        version: u64,
        /// How many like it.
        likes: u64,
        /// How many comments it has.
        comments: u64,
    },
    /// A post was written. In a snapshot's `changes` it has no topic.
    #[serde(rename = "post.added")]
    PostAdded {
        /// `feed:latest`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Cow<'a, str>>,
        /// Its place in the stream.
        seq: u64,
        /// The post.
        post: Cow<'a, Post>,
    },
    /// A post has another text.
    #[serde(rename = "post.edited")]
    PostEdited {
        /// `feed:latest`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Cow<'a, str>>,
        /// The edit's own place in the stream.
        seq: u64,
        /// The post as it is now.
        post: Cow<'a, Post>,
    },
    /// A post was removed. On `feed:latest` with `seq` and `id`; on the post's own topics with neither, and that
    /// subscription has ended.
    #[serde(rename = "post.removed")]
    PostRemoved {
        /// `feed:latest`, or a topic of the post; absent in a snapshot's `changes`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Cow<'a, str>>,
        /// The removal's own place in the stream.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        /// Which post.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
    },
    /// A comment was written. In a snapshot's `changes` it has no topic.
    #[serde(rename = "comment.added")]
    CommentAdded {
        /// `post:ID/comments`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Cow<'a, str>>,
        /// Its place in the stream.
        seq: u64,
        /// The comment.
        comment: Cow<'a, Comment>,
    },
    /// A comment has another text.
    #[serde(rename = "comment.edited")]
    CommentEdited {
        /// `post:ID/comments`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Cow<'a, str>>,
        /// The edit's own place in the stream.
        seq: u64,
        /// The comment as it is now.
        comment: Cow<'a, Comment>,
    },
    /// A comment was removed.
    #[serde(rename = "comment.removed")]
    CommentRemoved {
        /// `post:ID/comments`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Cow<'a, str>>,
        /// The removal's own place in the stream.
        seq: u64,
        /// Which comment.
        id: u64,
    },
    /// A conversation of mine is this now. In a snapshot's `changes` it has no topic.
    #[serde(rename = "conversation.changed")]
    ConversationChanged {
        /// `conversations`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Cow<'a, str>>,
        /// Its place in the stream.
        seq: u64,
        /// The conversation as I see it.
        conversation: Cow<'a, Conversation>,
    },
    /// A conversation is hidden from my list.
    #[serde(rename = "conversation.removed")]
    ConversationRemoved {
        /// `conversations`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Cow<'a, str>>,
        /// The change's place in the stream.
        seq: u64,
        /// Which.
        id: u64,
    },
    /// A message was written. In a snapshot's `changes` it has no topic.
    #[serde(rename = "message.added")]
    MessageAdded {
        /// `conversation:ID`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Cow<'a, str>>,
        /// Its place in the stream.
        seq: u64,
        /// The message.
        message: Cow<'a, Message>,
    },
    /// A message has another text.
    #[serde(rename = "message.edited")]
    MessageEdited {
        /// `conversation:ID`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Cow<'a, str>>,
        /// The edit's own place in the stream.
        seq: u64,
        /// The message as it is now.
        message: Cow<'a, Message>,
    },
    /// A message was removed.
    #[serde(rename = "message.removed")]
    MessageRemoved {
        /// `conversation:ID`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Cow<'a, str>>,
        /// The removal's own place in the stream.
        seq: u64,
        /// Which message.
        id: u64,
    },
    /// A text message to a telephone has come further.
    #[serde(rename = "message.delivery")]
    MessageDelivery {
        /// `conversation:ID`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Cow<'a, str>>,
        /// The change's own place in the stream.
        seq: u64,
        /// Which message.
        id: u64,
        /// How far it is.
        delivery: Delivery,
    },
    /// A notification of mine is this now: new, grown or changed. In a snapshot's `changes` it has no topic.
    #[serde(rename = "notification.changed")]
    NotificationChanged {
        /// `notifications`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Cow<'a, str>>,
        /// The change's place in the stream.
        seq: u64,
        /// The notification, whole.
        notification: Cow<'a, Notification>,
    },
    /// A notification of mine is gone.
    #[serde(rename = "notification.removed")]
    NotificationRemoved {
        /// `notifications`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Cow<'a, str>>,
        /// The removal's place in the stream.
        seq: u64,
        /// Which.
        id: u64,
    },
    /// How far I have read, from whichever tab. It has no place in the stream.
    #[serde(rename = "read")]
    Read {
        /// `notifications`.
        topic: Cow<'a, str>,
        /// Up to this `seq`.
        read: u64,
    },
    /// Who is in a room and who writes there, whole: the last frame wins.
    #[serde(rename = "presence")]
    Presence(Presence<'a>),
    /// Who has liked a post lately, whole: the last frame wins.
    #[serde(rename = "likers")]
    Likers {
        /// `post:ID/likes`.
        topic: Cow<'a, str>,
        /// Up to 8, newest first.
        likers: Cow<'a, [Liker]>,
    },
    /// I like a post, or no longer: from another tab of mine.
    #[serde(rename = "liked")]
    Liked {
        /// `me`.
        topic: Cow<'a, str>,
        /// The post's id.
        post: u64,
        /// Whether I like it now.
        liked: bool,
        /// The post's version with this like.
        version: u64,
    },
    /// A case of an inbox is this now. In a snapshot's `changes` it has no topic.
    #[serde(rename = "case.changed")]
    CaseChanged {
        /// `inbox:ID`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Cow<'a, str>>,
        /// Its place in the stream.
        seq: u64,
        /// The case.
        case: Cow<'a, Case>,
    },
    /// A case has another note. In a snapshot's `changes` it has no topic.
    #[serde(rename = "note.added")]
    NoteAdded {
        /// `conversation:ID/notes`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Cow<'a, str>>,
        /// Its place in the stream.
        seq: u64,
        /// The note.
        note: Cow<'a, Note>,
    },
    /// How many open cases of an inbox wait: absolute, the higher version wins.
    #[serde(rename = "waiting")]
    Waiting {
        /// `inbox:ID/waiting`.
        topic: Cow<'a, str>,
        /// Grows with every change.
        version: u64,
        /// How many.
        waiting: u64,
        /// How many of them nobody has.
        unassigned: u64,
    },
    /// How much of what concerns me is unread: absolute, the higher version wins.
    #[serde(rename = "unread")]
    Unread {
        /// `unread`.
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
    /// Pushes of this topic have stopped: subscribe again.
    #[serde(rename = "resync")]
    Resync {
        /// The topic.
        topic: Cow<'a, str>,
    },
    /// I may not see this topic any more: its subscription has ended, and this is its last push.
    #[serde(rename = "ended")]
    Ended {
        /// The topic.
        topic: Cow<'a, str>,
    },
    /// The server is there.
    #[serde(rename = "ping")]
    Ping {},
}

/// Who is in a room and who writes there. One type for each kind of room: the agents' has words that no other has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Presence<'a> {
    /// Of a post.
    Post {
        /// `post:ID/presence`.
        topic: Cow<'a, str>,
        /// How many people look.
        viewers: u64,
        /// Up to 8 members who may be named.
        faces: Cow<'a, [User]>,
        /// Members who are writing now.
        typing: Cow<'a, [User]>,
    },
    /// Of a conversation.
    Conversation {
        /// `conversation:ID/presence`.
        topic: Cow<'a, str>,
        /// The sides that are writing now.
        typing: Cow<'a, [User]>,
        /// How far each side has read; empty unless both give receipts.
        seen: Cow<'a, [Seen]>,
    },
    /// Of a case. For agents only.
    Agents {
        /// `conversation:ID/agents`.
        topic: Cow<'a, str>,
        /// The agents who look at it.
        viewers: Cow<'a, [User]>,
        /// Those of them who are writing now.
        typing: Cow<'a, [AgentTyping]>,
    },
}
