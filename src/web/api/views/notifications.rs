//! Notifications, as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use super::User;
use crate::domain;

/// What others did that concerns me: one kind, one subject, several people.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct Notification {
    id: u64,
    /// `like`, `comment`, `answer`, `mention` or `removal`.
    #[schema(value_type = String)]
    kind: &'static str,
    /// On which post; null if it is gone.
    #[schema(required = true)]
    post: Option<Quoted>,
    /// The comment that was answered or that mentions me; of comments on my post the newest one.
    #[schema(required = true)]
    comment: Option<Quoted>,
    /// The newest three people.
    actors: Vec<User>,
    /// How many different people in all.
    count: u64,
    /// RFC 3339, UTC: when it was last done.
    #[schema(format = DateTime)]
    at: String,
    /// The place of its latest act in my stream.
    seq: u64,
}

/// A post or a comment, and the beginning of its text.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct Quoted {
    id: u64,
    /// The first 100 characters; empty of what was removed.
    text: String,
}

impl From<domain::Notification> for Notification {
    fn from(notification: domain::Notification) -> Self {
        let domain::Notification { id, kind, post, comment, actors, count, at, seq } = notification;
        Self {
            id: id.0,
            kind: kind.as_str(),
            post: post.map(|(id, text)| Quoted { id: id.0, text }),
            comment: comment.map(|(id, text)| Quoted { id: id.0, text }),
            actors: actors.into_iter().map(User::from).collect(),
            count,
            at: at.to_string(),
            seq,
        }
    }
}

/// A page of notifications, and where I stand.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web::api) struct NotificationList {
    items: Vec<Notification>,
    /// The cursor of the next page; null at the end.
    #[schema(required = true)]
    next: Option<String>,
    /// The head of my stream.
    seq: u64,
    /// How far I have read.
    read: u64,
}

impl From<domain::NotificationPage> for NotificationList {
    fn from(list: domain::NotificationPage) -> Self {
        let domain::NotificationPage { page, seq, read } = list;
        let items = page.items.into_iter().map(Notification::from).collect();
        Self { items, next: page.next.map(|cursor| cursor.0.to_string()), seq, read }
    }
}
