//! `/notifications`: what others did that concerns the member, newest first, and a button that reads all of it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use serde::Deserialize;

use super::local::{Paging, Reader, to_log_in};
use super::view::{Author, When};
use super::{Frame, error, private_page, see_other};
use crate::domain::{Cursor, Error, Notification, NotificationKind, NotificationPage, Result, parse_id};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Form;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadForm {
    /// How far: a `seq`.
    read: String,
}

/// One notification.
struct Row {
    id: u64,
    seq: u64,
    /// Who did it, the newest first.
    actors: Vec<Author>,
    /// How many beside those.
    others: u64,
    /// What they did: `liked your post`.
    deed: &'static str,
    /// The beginning of what it is about; empty where that is gone.
    text: String,
    /// Where it happened; none where nothing is left of it.
    link: Option<String>,
    when: When,
    is_unread: bool,
}

/// So many are named; how many others there are is said.
const NAMED: usize = 2;

impl Row {
    fn of(notification: &Notification, read: u64) -> Self {
        let Notification { id, kind, post, comment, actors, count, at, seq } = notification;
        let quoted = comment.as_ref().map(|(_, text)| text).or(post.as_ref().map(|(_, text)| text));
        let link = match (post, comment) {
            _ if *kind == NotificationKind::Removal => None,
            (Some((post, _)), Some((comment, _))) => {
                Some(format!("/posts/{}/comments/{}", post.0, comment.0))
            }
            (Some((post, _)), None) => Some(format!("/posts/{}", post.0)),
            (None, _) => None,
        };
        let actors: Vec<Author> = actors.iter().take(NAMED).map(Author::of).collect();
        Self {
            id: id.0,
            seq: *seq,
            others: count.saturating_sub(actors.len() as u64),
            actors,
            deed: deed(*kind, comment.is_some()),
            text: quoted.cloned().unwrap_or_default(),
            link,
            when: When::of(*at),
            is_unread: *seq > read,
        }
    }

    /// The row that stands in the page's `<template>`.
    fn blank() -> Self {
        let when =
            When { machine: String::new(), people: String::new(), day: String::new(), clock: String::new() };
        Self {
            id: 0,
            seq: 0,
            actors: vec![Author { name: String::new(), handle: Some(String::new()) }],
            others: 0,
            deed: "",
            text: String::new(),
            link: Some("/".to_owned()),
            when,
            is_unread: false,
        }
    }

    /// Whose face stands beside it.
    fn face(&self) -> &str {
        self.actors.first().map_or("guest", Author::face)
    }
}

/// What was done, as `browser/elements/notifications.js` says it too.
const fn deed(kind: NotificationKind, in_comment: bool) -> &'static str {
    match (kind, in_comment) {
        (NotificationKind::Like, _) => "liked your post",
        (NotificationKind::Comment, _) => "commented on your post",
        (NotificationKind::Answer, _) => "answered your comment",
        (NotificationKind::Mention, true) => "mentioned you in a comment",
        (NotificationKind::Mention, false) => "mentioned you in a post",
        (NotificationKind::Removal, true) => "A moderator removed a comment of yours.",
        (NotificationKind::Removal, false) => "A moderator removed a post of yours.",
    }
}

#[derive(Template)]
#[template(path = "pages/notifications.html")]
struct NotificationsPage {
    frame: Frame,
    rows: Vec<Row>,
    blank: Row,
    /// The position in `notifications` from which the page resumes.
    seq: u64,
    read: u64,
    first: bool,
    next: Option<u64>,
}

/// `GET /notifications`
pub(super) async fn show(
    State(site): State<Site>,
    Reader(visit): Reader,
    paging: Result<Paging>,
) -> Response {
    let shown = async { render(&site, &visit, &paging?).await };
    shown.await.unwrap_or_else(|error| refused(&site, &visit, &error))
}

async fn render(site: &Site, visit: &Visit, paging: &Paging) -> Result<Response> {
    let NotificationPage { page, seq, read } =
        site.app().list_notifications(&visit.caller, paging.after, paging.limit).await?;
    let template = NotificationsPage {
        frame: Frame::of(site, visit, "Notifications", paging.address("/notifications")),
        rows: page.items.iter().map(|notification| Row::of(notification, read)).collect(),
        blank: Row::blank(),
        seq,
        read,
        first: paging.after.is_none(),
        next: page.next.map(|Cursor(next)| next),
    };
    Ok(private_page(StatusCode::OK, &template))
}

/// `POST /notifications/read`
pub(super) async fn read(
    State(site): State<Site>,
    Reader(visit): Reader,
    form: Result<Form<ReadForm>>,
) -> Response {
    let done = async {
        let Form(ReadForm { read }) = form?;
        let read = parse_id(&read).ok_or(Error::bad("This form is damaged: open the page once more."))?;
        site.app().read_notifications(&visit.caller, read).await?;
        Ok(see_other("/notifications", None))
    };
    done.await.unwrap_or_else(|error| refused(&site, &visit, &error))
}

/// The form's own address, opened as a page.
pub(super) async fn back() -> Redirect {
    Redirect::to("/notifications")
}

/// Who is nobody yet may turn out to be the member whose page it is.
fn refused(site: &Site, visit: &Visit, error: &Error) -> Response {
    if *error == Error::NoSession { to_log_in("/notifications") } else { error::page(site, visit, error) }
}
