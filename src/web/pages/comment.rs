//! One comment without a script: the form it is written in, and the pages to answer, edit and remove it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use serde::Deserialize;

use super::local::{CommentPath, Reader, edit_base};
use super::post_edit::{EditedText, MEANWHILE, version};
use super::thread::Said;
use super::{Frame, error, feed, page, see_other};
use crate::app::rights::CommentRights;
use crate::domain::{Comment, CommentId, Error, Post, PostId, Result};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Form;
use crate::web::error::status;

/// The form as it stands on a page: fresh, or as it was refused.
pub(super) struct CommentForm {
    pub(super) action: String,
    /// What it does: `Comment`, `Answer` or `Save`.
    pub(super) verb: &'static str,
    /// The comment that it answers.
    pub(super) parent: Option<u64>,
    pub(super) text: String,
    /// None where the text replaces another.
    pub(super) key: Option<String>,
    /// Where it does: which version the edit began from.
    pub(super) base: Option<String>,
    pub(super) error: Option<String>,
}

impl CommentForm {
    /// An empty one for a new comment, or for an answer.
    pub(super) fn fresh(post: PostId, parent: Option<u64>) -> Self {
        let action = format!("/posts/{}/comments", post.0);
        let verb = if parent.is_some() { "Answer" } else { "Comment" };
        Self {
            action,
            verb,
            parent,
            text: String::new(),
            key: Some(feed::fresh_key()),
            base: None,
            error: None,
        }
    }

    /// One that changes a text.
    fn edit(id: CommentId, text: String, base: String, error: Option<String>) -> Self {
        Self {
            action: format!("/comments/{}/edit", id.0),
            verb: "Save",
            parent: None,
            text,
            key: None,
            base: Some(base),
            error,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveForm {}

/// One comment with a form under it: to answer it, or to give it another text.
#[derive(Template)]
#[template(path = "pages/comment.html")]
struct CommentPage {
    frame: Frame,
    headline: &'static str,
    said: Said,
    form: CommentForm,
}

/// `GET /comments/{id}/answer`
pub(super) async fn answer(
    State(site): State<Site>,
    Reader(visit): Reader,
    CommentPath(id): CommentPath,
) -> Response {
    let shown = match id {
        Some(id) => render_answer(&site, &visit, id, StatusCode::OK, None).await,
        None => Err(Error::no_comment()),
    };
    shown.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

/// A comment with the form for its answer.
pub(super) async fn render_answer(
    site: &Site,
    visit: &Visit,
    id: CommentId,
    status: StatusCode,
    form: Option<CommentForm>,
) -> Result<Response> {
    let (post, comment) = look_up(site, visit, id).await?;
    if !site.app().may_comment(&visit.caller) {
        return Err(visit.caller.session().map_or_else(|error| error, |_| Error::GuestsOff));
    }
    let template = CommentPage {
        frame: Frame::of(site, visit, "Answer", format!("/posts/{}/comments/{}", post.id.0, id.0))
            .with_texts(site, std::iter::once(comment.text.as_str()))
            .await?,
        headline: "Answer",
        said: alone(Said::of(site, &visit.caller, &post, &comment)),
        form: form.unwrap_or_else(|| CommentForm::fresh(post.id, Some(id.0))),
    };
    Ok(page(status, &template))
}

/// `GET /comments/{id}/edit`
pub(super) async fn edit_form(
    State(site): State<Site>,
    Reader(visit): Reader,
    CommentPath(id): CommentPath,
) -> Response {
    let shown = async {
        let id = id.ok_or(Error::no_comment())?;
        let (_, comment) = look_up(&site, &visit, id).await?;
        let form = CommentForm::edit(id, comment.text, version(comment.edited_at), None);
        render_edit(&site, &visit, id, StatusCode::OK, form).await
    };
    shown.await.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

/// `POST /comments/{id}/edit`
pub(super) async fn edit(
    State(site): State<Site>,
    Reader(visit): Reader,
    CommentPath(id): CommentPath,
    form: Result<Form<EditedText>>,
) -> Response {
    let done = async {
        let id = id.ok_or(Error::no_comment())?;
        let Form(EditedText { text, edited_at }) = form?;
        let base = edit_base(edited_at.as_deref())?;
        match site.app().edit_comment(&visit.caller, id, &text, base).await {
            Ok(comment) => {
                Ok(see_other(&format!("/posts/{}/comments/{}", comment.post.0, comment.id.0), None))
            }
            // Only what another text or another moment may mend leads back to the form.
            Err(error @ (Error::NoSession | Error::GuestsOff | Error::Forbidden(_) | Error::NotFound(_))) => {
                Err(error)
            }
            Err(error) => {
                // Whoever has seen the newer text, which stands above the form, may replace it.
                let (base, sentence) = match error {
                    Error::Superseded => {
                        (version(site.app().get_comment(id).await?.edited_at), MEANWHILE.to_owned())
                    }
                    _ => (edited_at.unwrap_or_default(), error::sentence(&error)),
                };
                let form = CommentForm::edit(id, text, base, Some(sentence));
                render_edit(&site, &visit, id, status(&error), form).await
            }
        }
    };
    done.await.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

async fn render_edit(
    site: &Site,
    visit: &Visit,
    id: CommentId,
    status: StatusCode,
    form: CommentForm,
) -> Result<Response> {
    let (post, comment) = look_up(site, visit, id).await?;
    visit.caller.session()?;
    let said = Said::of(site, &visit.caller, &post, &comment);
    if !said.may.edit {
        return Err(Error::Forbidden("A comment can be edited by its author, for 15 minutes."));
    }
    let template = CommentPage {
        frame: Frame::of(site, visit, "Edit", format!("/posts/{}/comments/{}", post.id.0, id.0))
            .with_texts(site, std::iter::once(comment.text.as_str()))
            .await?,
        headline: "Edit",
        said: alone(said),
        form,
    };
    Ok(page(status, &template))
}

/// `POST /comments/{id}/delete`
pub(super) async fn remove(
    State(site): State<Site>,
    Reader(visit): Reader,
    CommentPath(id): CommentPath,
    form: Result<Form<RemoveForm>>,
) -> Response {
    let done = async {
        let id = id.ok_or(Error::no_comment())?;
        let Form(RemoveForm {}) = form?;
        let post = site.app().get_comment(id).await?.post;
        site.app().remove_comment(&visit.caller, id).await?;
        Ok(see_other(&format!("/posts/{}#comments", post.0), None))
    };
    done.await.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

/// A form's own address, opened as a page: the comment itself.
pub(super) async fn back(State(site): State<Site>, CommentPath(id): CommentPath) -> Redirect {
    let found = match id {
        Some(id) => site.app().get_comment(id).await.ok(),
        None => None,
    };
    let to = found.map(|comment| format!("/posts/{}/comments/{}", comment.post.0, comment.id.0));
    Redirect::to(to.as_deref().unwrap_or("/"))
}

/// A comment that stands over its form, where nothing else is to be done with it.
fn alone(said: Said) -> Said {
    Said { may: CommentRights::default(), ..said }
}

/// A comment and the post that it stands under.
async fn look_up(site: &Site, visit: &Visit, id: CommentId) -> Result<(Post, Comment)> {
    let comment = site.app().get_comment(id).await?;
    Ok((site.app().get_post(&visit.caller, comment.post).await?, comment))
}
