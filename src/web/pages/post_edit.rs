//! Another text for a post: the form that its author fills in within 15 minutes. The browser's script opens the same form
//! in the post's card.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::local::{PostPath, Reader, edit_base};
use super::view::{Quote, clock};
use super::{Frame, error, page, see_other};
use crate::domain::post::EDIT_SECONDS;
use crate::domain::{Error, Post, PostId, Reported, Result, Timestamp};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Form;
use crate::web::error::status;

/// What is said where a newer edit stands above the form.
pub(super) const MEANWHILE: &str =
    "It was edited in another place meanwhile: see above. Save again to replace that text with this one.";

/// What the form to edit a post or a comment sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EditedText {
    pub(super) text: String,
    /// When the text that the edit began from was last edited; empty: never.
    pub(super) edited_at: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/post_edit.html")]
struct EditPage {
    frame: Frame,
    post: u64,
    text: String,
    /// The version that an edit begins from: see [`EditedText`].
    base: String,
    /// Until when the post can be edited.
    until: String,
    error: Option<String>,
    /// The text of now, where another edit has come first.
    newer: Option<Quote>,
}

/// The text that a form holds, and what is wrong with it.
struct Refused {
    text: String,
    base: String,
    error: Error,
}

/// `GET /posts/{id}/edit`
pub(super) async fn form(
    State(site): State<Site>,
    Reader(visit): Reader,
    PostPath(id): PostPath,
) -> Response {
    let shown = async { render(&site, &visit, id.ok_or(Error::no_post())?, None).await };
    shown.await.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

/// `POST /posts/{id}/edit`
pub(super) async fn save(
    State(site): State<Site>,
    Reader(visit): Reader,
    PostPath(id): PostPath,
    form: Result<Form<EditedText>>,
) -> Response {
    let done = async {
        let id = id.ok_or(Error::no_post())?;
        let Form(EditedText { text, edited_at }) = form?;
        let base = edit_base(edited_at.as_deref())?;
        match site.app().edit_post(&visit.caller, id, &text, base).await {
            Ok(post) => Ok(see_other(&format!("/posts/{}", post.id.0), None)),
            // Only what another text or another moment may mend leads back to the form.
            Err(error @ (Error::NoSession | Error::GuestsOff | Error::Forbidden(_) | Error::NotFound(_))) => {
                Err(error)
            }
            Err(error) => {
                let refused = Refused { text, base: edited_at.unwrap_or_default(), error };
                render(&site, &visit, id, Some(refused)).await
            }
        }
    };
    done.await.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

async fn render(site: &Site, visit: &Visit, id: PostId, refused: Option<Refused>) -> Result<Response> {
    let post = site.app().get_post(&visit.caller, id).await?;
    visit.caller.session()?;
    if !site.app().may_edit_post(&visit.caller, &post) {
        return Err(Error::Forbidden("A post can be edited by its author, for 15 minutes."));
    }
    let status = refused.as_ref().map_or(StatusCode::OK, |refused| status(&refused.error));
    let frame = Frame::of(site, visit, "Edit your post", format!("/posts/{}", id.0));
    let until = clock(post.created_at.plus_seconds(EDIT_SECONDS));
    let template = match refused {
        None => EditPage {
            base: version(post.edited_at),
            text: post.text,
            frame,
            post: id.0,
            until,
            error: None,
            newer: None,
        },
        Some(Refused { text, base, error }) => {
            let superseded = error == Error::Superseded;
            EditPage {
                frame,
                post: id.0,
                text,
                // Whoever has seen the newer text may replace it.
                base: if superseded { version(post.edited_at) } else { base },
                until,
                error: Some(if superseded { MEANWHILE.to_owned() } else { error::sentence(&error) }),
                newer: superseded.then(|| quote(post)),
            }
        }
    };
    Ok(page(status, &template))
}

/// The value of a form's field `edited_at`.
pub(super) fn version(edited_at: Option<Timestamp>) -> String {
    edited_at.map_or_else(String::new, |at| at.to_string())
}

fn quote(post: Post) -> Quote {
    Quote::of(&Reported::Post(post))
}
