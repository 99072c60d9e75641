//! Pushes: what the server says by itself. Shared by all subscribers of a topic, so nothing personal is in them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

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
    /// Who is in a room and who writes there, whole: the last frame wins. `viewers` and `faces` of a post, `seen` of a
    /// conversation.
    #[serde(rename = "presence")]
    Presence {
        /// `post:ID/presence` or `conversation:ID/presence`.
        topic: Cow<'a, str>,
        /// How many people look.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        viewers: Option<u64>,
        /// Up to 8 members who may be named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        faces: Option<Cow<'a, [User]>>,
        /// Members who are writing now.
        typing: Cow<'a, [User]>,
        /// How far each side has read; empty unless both give receipts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Cow<'a, [Seen]>>,
    },
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
    /// `direct`.
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
    pub delivery: Option<()>,
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
    /// Guest or member.
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
}
