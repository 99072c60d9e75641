//! The JSON shapes of the API.

mod conversations;
mod inboxes;
mod notifications;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::Created;
use crate::domain;

pub(super) use self::conversations::{Begun, Conversation, ConversationAnswer, Message, MessageAnswer};
pub(super) use self::inboxes::{
    BegunCase, Case, CaseAnswer, CustomerAnswer, Inbox, InboxAnswer, Note, NoteAnswer, Reply, ReplyAnswer,
    StatsAnswer,
};
pub(super) use self::notifications::NotificationList;

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct User {
    #[schema(example = 7)]
    id: u64,
    /// None for a guest.
    #[schema(required = true, example = "ana", pattern = "^[a-z0-9_]{2,30}$")]
    handle: Option<String>,
    name: String,
    bio: String,
    #[schema(value_type = UserKind)]
    kind: &'static str,
    /// Of a moderator only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    moderator: bool,
}

/// What kind of user.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes a field, is never made")]
pub(super) enum UserKind {
    Guest,
    Member,
    Inbox,
    Customer,
}

impl From<domain::User> for User {
    fn from(user: domain::User) -> Self {
        let domain::User { id, handle, name, bio, kind, moderator } = user;
        Self { id: id.0, handle, name, bio, kind: kind.as_str(), moderator }
    }
}

/// A post as the caller sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Post {
    #[schema(example = 42)]
    id: u64,
    author: User,
    text: String,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// RFC 3339, UTC; null as long as it is as it was written.
    #[schema(required = true, format = DateTime)]
    edited_at: Option<String>,
    likes: u64,
    comments: u64,
    /// Moves when `likes` or `comments` change.
    version: u64,
    /// Its place in `feed:latest`.
    seq: u64,
    /// The head of its comments.
    comments_seq: u64,
    /// Whether the caller likes it.
    liked: bool,
}

impl From<domain::Post> for Post {
    fn from(post: domain::Post) -> Self {
        let domain::Post {
            id,
            author,
            text,
            created_at,
            edited_at,
            likes,
            comments,
            version,
            seq,
            comments_seq,
            liked,
        } = post;
        Self {
            id: id.0,
            author: author.into(),
            text,
            created_at: created_at.to_string(),
            edited_at: edited_at.map(|at| at.to_string()),
            likes,
            comments,
            version,
            seq,
            comments_seq,
            liked,
        }
    }
}

/// One user.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UserAnswer {
    #[schema(required = true)]
    user: Option<User>,
}

impl From<Option<domain::User>> for UserAnswer {
    fn from(user: Option<domain::User>) -> Self {
        Self { user: user.map(User::from) }
    }
}

/// A user with the token of a new session.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionAnswer {
    user: User,
    /// The same string as the cookie `plaudit_session`.
    token: String,
}

impl From<(domain::User, domain::Token)> for SessionAnswer {
    fn from((user, token): (domain::User, domain::Token)) -> Self {
        Self { user: user.into(), token: token.as_str().to_owned() }
    }
}

/// One post.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PostAnswer {
    post: Post,
}

impl From<domain::Post> for PostAnswer {
    fn from(post: domain::Post) -> Self {
        Self { post: post.into() }
    }
}

impl From<Created<domain::Post>> for PostAnswer {
    fn from(created: Created<domain::Post>) -> Self {
        created.item.into()
    }
}

/// A comment.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Comment {
    #[schema(example = 12)]
    id: u64,
    /// The post's id.
    #[schema(example = 42)]
    post: u64,
    /// The id of the comment that it answers.
    #[schema(required = true)]
    parent: Option<u64>,
    author: User,
    text: String,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// RFC 3339, UTC; null as long as it is as it was written.
    #[schema(required = true, format = DateTime)]
    edited_at: Option<String>,
    /// The place of its creation in the post's comments.
    seq: u64,
}

impl From<domain::Comment> for Comment {
    fn from(comment: domain::Comment) -> Self {
        let domain::Comment { id, post, parent, author, text, created_at, edited_at, seq } = comment;
        Self {
            id: id.0,
            post: post.0,
            parent: parent.map(|parent| parent.0),
            author: author.into(),
            text,
            created_at: created_at.to_string(),
            edited_at: edited_at.map(|at| at.to_string()),
            seq,
        }
    }
}

/// One comment.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CommentAnswer {
    comment: Comment,
}

impl From<domain::Comment> for CommentAnswer {
    fn from(comment: domain::Comment) -> Self {
        Self { comment: comment.into() }
    }
}

/// The token of a new session.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TokenAnswer {
    /// The same string as the cookie `plaudit_session`.
    token: String,
}

impl From<domain::Token> for TokenAnswer {
    fn from(token: domain::Token) -> Self {
        Self { token: token.as_str().to_owned() }
    }
}

/// What a member has decided for itself.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Settings {
    /// Whether others see that the member looks at a post.
    show_viewing: bool,
    notify: Notify,
    messages_from: MessagesFrom,
    /// Whether the other side of a conversation sees how far the member has read.
    receipts: bool,
}

/// What a member is notified of.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "a switch for each kind")]
pub(super) struct Notify {
    /// Its post was liked.
    like: bool,
    /// Its post was commented on.
    comment: bool,
    /// Its comment was answered.
    answer: bool,
    /// It was mentioned.
    mention: bool,
}

/// Who may begin a conversation with a member.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum MessagesFrom {
    Everyone,
    Nobody,
}

impl From<domain::MessagesFrom> for MessagesFrom {
    fn from(from: domain::MessagesFrom) -> Self {
        match from {
            domain::MessagesFrom::Everyone => Self::Everyone,
            domain::MessagesFrom::Nobody => Self::Nobody,
        }
    }
}

impl From<MessagesFrom> for domain::MessagesFrom {
    fn from(from: MessagesFrom) -> Self {
        match from {
            MessagesFrom::Everyone => Self::Everyone,
            MessagesFrom::Nobody => Self::Nobody,
        }
    }
}

/// A member's settings.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SettingsAnswer {
    settings: Settings,
}

impl From<domain::Settings> for SettingsAnswer {
    fn from(settings: domain::Settings) -> Self {
        let domain::Settings { shows_viewing, notify, messages_from, receipts } = settings;
        let domain::Notify { like, comment, answer, mention } = notify;
        let notify = Notify { like, comment, answer, mention };
        let messages_from = messages_from.into();
        Self { settings: Settings { show_viewing: shows_viewing, notify, messages_from, receipts } }
    }
}

/// How a like stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LikeAnswer {
    /// The post's id.
    post: u64,
    liked: bool,
    /// False for a repetition.
    changed: bool,
    likes: u64,
    version: u64,
}

impl From<domain::Liked> for LikeAnswer {
    fn from(liked: domain::Liked) -> Self {
        let domain::Liked { post, user: _, liked, changed, likes, version } = liked;
        Self { post: post.0, liked, changed, likes, version }
    }
}

/// Somebody who likes a post.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Liker {
    user: User,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    at: String,
}

impl From<domain::Liker> for Liker {
    fn from(liker: domain::Liker) -> Self {
        Self { user: liker.user.into(), at: liker.at.to_string() }
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct List<T> {
    items: Vec<T>,
    /// The cursor of the next page; null on the last.
    #[schema(required = true)]
    next: Option<String>,
}

impl<T, D: Into<T>> From<domain::Page<D>> for List<T> {
    fn from(page: domain::Page<D>) -> Self {
        let next = page.next.map(|cursor| cursor.0.to_string());
        Self { items: page.items.into_iter().map(Into::into).collect(), next }
    }
}
