//! `/inboxes/{handle}/replies`: the texts that an inbox's agents have ready, to write, change and remove.

use askama::Template;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Redirect, Response};
use serde::Deserialize;

use super::{address, refused};
use crate::domain::inbox::{Reply, ReplyId};
use crate::domain::{Error, Result, parse_id};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Form;
use crate::web::error::status;
use crate::web::pages::local::{HandlePath, Reader};
use crate::web::pages::words::isolate;
use crate::web::pages::{Frame, error, private_page, see_other};

/// The inbox and the reply that a path names.
pub(super) struct ReplyPath(Option<(String, ReplyId)>);

impl<S: Send + Sync> FromRequestParts<S> for ReplyPath {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> std::result::Result<Self, Self::Rejection> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await.ok();
        Ok(Self(
            path.and_then(|Path((handle, id))| Some((handle.to_ascii_lowercase(), ReplyId(parse_id(&id)?)))),
        ))
    }
}

#[derive(Template)]
#[template(path = "pages/replies.html")]
struct RepliesPage {
    frame: Frame,
    handle: String,
    name: String,
    replies: Vec<Reply>,
    /// The form of a new one, as it was refused.
    shortcut: String,
    text: String,
    error: Option<String>,
    /// Of one that was not saved: its id, and why.
    unsaved: Option<(u64, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplyForm {
    shortcut: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// `GET /inboxes/{handle}/replies`
pub(super) async fn list(
    State(site): State<Site>,
    Reader(visit): Reader,
    HandlePath(handle): HandlePath,
) -> Response {
    let shown = render(&site, &visit, &handle, StatusCode::OK, |page| page);
    shown.await.unwrap_or_else(|error| refused(&site, &visit, &error, &place(&handle)))
}

/// `POST /inboxes/{handle}/replies`
pub(super) async fn create(
    State(site): State<Site>,
    Reader(visit): Reader,
    HandlePath(handle): HandlePath,
    form: Result<Form<ReplyForm>>,
) -> Response {
    let done = async {
        let Form(ReplyForm { shortcut, text }) = form?;
        match site.app().create_reply(&visit.caller, &handle, shortcut.clone(), &text).await {
            Ok(_) => Ok(see_other(&place(&handle), None)),
            Err(why @ (Error::NoSession | Error::GuestsOff | Error::NotFound(_))) => Err(why),
            Err(why) => {
                let error = Some(error::sentence(&why));
                let change = |page| RepliesPage { shortcut, text, error, ..page };
                render(&site, &visit, &handle, status(&why), change).await
            }
        }
    };
    done.await.unwrap_or_else(|error| refused(&site, &visit, &error, &place(&handle)))
}

/// `POST /inboxes/{handle}/replies/{id}`
pub(super) async fn save(
    State(site): State<Site>,
    Reader(visit): Reader,
    ReplyPath(path): ReplyPath,
    form: Result<Form<ReplyForm>>,
) -> Response {
    let done = async {
        let (handle, id) = path.ok_or(Error::no_reply())?;
        let Form(ReplyForm { shortcut, text }) = form?;
        let saved = site.app().update_reply(&visit.caller, id, Some(shortcut.clone()), Some(&text));
        match saved.await {
            Ok(_) => Ok(see_other(&format!("{}#reply-{}", place(&handle), id.0), None)),
            Err(why @ (Error::NoSession | Error::GuestsOff | Error::NotFound(_))) => Err(why),
            Err(why) => {
                let unsaved = Some((id.0, error::sentence(&why)));
                let change = |mut page: RepliesPage| {
                    if let Some(reply) = page.replies.iter_mut().find(|reply| reply.id == id) {
                        (reply.shortcut, reply.text) = (shortcut, text);
                    }
                    RepliesPage { unsaved, ..page }
                };
                render(&site, &visit, &handle, status(&why), change).await
            }
        }
    };
    done.await.unwrap_or_else(|error| refused(&site, &visit, &error, "/inboxes"))
}

/// `POST /inboxes/{handle}/replies/{id}/delete`
pub(super) async fn delete(
    State(site): State<Site>,
    Reader(visit): Reader,
    ReplyPath(path): ReplyPath,
    form: Result<Form<Nothing>>,
) -> Response {
    let done = async {
        let (handle, id) = path.ok_or(Error::no_reply())?;
        let Form(Nothing {}) = form?;
        site.app().delete_reply(&visit.caller, id).await?;
        Ok(see_other(&place(&handle), None))
    };
    done.await.unwrap_or_else(|error| refused(&site, &visit, &error, "/inboxes"))
}

/// A form's own address, opened as a page: the list.
pub(super) async fn back(ReplyPath(path): ReplyPath) -> Redirect {
    match path {
        Some((handle, _)) => Redirect::to(&place(&handle)),
        None => Redirect::to("/inboxes"),
    }
}

async fn render(
    site: &Site,
    visit: &Visit,
    handle: &str,
    status: StatusCode,
    change: impl FnOnce(RepliesPage) -> RepliesPage,
) -> Result<Response> {
    let replies = site.app().list_replies(&visit.caller, handle).await?;
    let name = site.app().find_inbox(handle).await?.user.name;
    let page = RepliesPage {
        frame: Frame::of(site, visit, format!("Replies · {}", isolate(&name)), place(handle)),
        handle: handle.to_owned(),
        name,
        replies,
        shortcut: String::new(),
        text: String::new(),
        error: None,
        unsaved: None,
    };
    Ok(private_page(status, &change(page)))
}

fn place(handle: &str) -> String {
    format!("{}/replies", address(handle, None))
}
