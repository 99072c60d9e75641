//! Comments without a script: older pages, one comment's own address, and the forms to write, answer, edit and remove.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use serde::Deserialize;

use super::local::{CommentPath, PostCommentPath, PostPath, Reader};
use super::thread::{Said, Thread};
use super::view::Card;
use super::{Frame, error, feed, page, post, see_other};
use crate::app::Caller;
use crate::app::comments::Draft;
use crate::app::rights::CommentRights;
use crate::domain::{Comment, CommentId, Cursor, Error, Limit, Order, Page, Post, PostId, Result, parse_id};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Form;
use crate::web::error::status;

/// How many comments a page shows.
pub(super) const PAGE: u64 = 50;

#[derive(Deserialize)]
pub(super) struct Place {
    /// Comments older than this.
    before: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewComment {
    text: String,
    key: Option<String>,
    parent: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EditedComment {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveForm {}

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
    pub(super) error: Option<String>,
}

impl CommentForm {
    /// An empty one for a new comment, or for an answer.
    pub(super) fn fresh(post: PostId, parent: Option<u64>) -> Self {
        let action = format!("/posts/{}/comments", post.0);
        let verb = if parent.is_some() { "Answer" } else { "Comment" };
        Self { action, verb, parent, text: String::new(), key: Some(feed::fresh_key()), error: None }
    }

    /// One that changes a text.
    fn edit(id: CommentId, text: String, error: Option<String>) -> Self {
        Self {
            action: format!("/comments/{}/edit", id.0),
            verb: "Save",
            parent: None,
            text,
            key: None,
            error,
        }
    }
}

#[derive(Template)]
#[template(path = "pages/comments.html")]
struct CommentsPage {
    frame: Frame,
    post: Card,
    threads: Vec<Thread>,
    next: Option<u64>,
}

/// One comment with a form under it: to answer it, or to give it another text.
#[derive(Template)]
#[template(path = "pages/comment.html")]
struct CommentPage {
    frame: Frame,
    headline: &'static str,
    said: Said,
    form: CommentForm,
}

/// A page of a post's comments, oldest first, and the cursor for those before it.
pub(super) fn thread(
    site: &Site,
    caller: &Caller,
    post: &Post,
    page: &Page<Comment>,
) -> (Vec<Thread>, Option<u64>) {
    let comments = page.items.iter().rev();
    let comments = comments
        .map(|comment| (comment.parent.map(|parent| parent.0), Said::of(site, caller, post, comment)))
        .collect();
    (Thread::sort(comments), page.next.map(|cursor| cursor.0))
}

/// `GET /posts/{id}/comments`
pub(super) async fn show(
    State(site): State<Site>,
    Reader(visit): Reader,
    PostPath(id): PostPath,
    place: Result<Query<Place>, QueryRejection>,
) -> Response {
    let shown = async {
        let id = id.ok_or(Error::no_post())?;
        let damaged = |_| Error::bad("The address of this page is damaged: begin at the post.");
        let Query(Place { before }) = place.map_err(damaged)?;
        let Some(before) = before else { return Ok(see_other(&format!("/posts/{}#comments", id.0), None)) };
        let cursor = Cursor::parse(&before)?;
        let post = site.app().get_post(&visit.caller, id).await?;
        let limit = Limit::new(PAGE)?;
        let earlier = site.app().list_comments(id, Order::Newest, Some(cursor), limit).await?;
        let (threads, next) = thread(&site, &visit.caller, &post, &earlier);
        let title = format!("Earlier comments on {}’s post", post.author.name);
        let here = format!("/posts/{}/comments?before={}", id.0, cursor.0);
        let frame = Frame::of(&site, &visit, title, here);
        let post = Card::of(&post, &visit);
        Ok(page(StatusCode::OK, &CommentsPage { frame, post, threads, next }))
    };
    shown.await.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

/// `POST /posts/{id}/comments`
pub(super) async fn write(
    State(site): State<Site>,
    Reader(visit): Reader,
    PostPath(id): PostPath,
    form: Result<Form<NewComment>>,
) -> Response {
    let Some(id) = id else { return error::page(&site, &visit, &Error::no_post()) };
    let NewComment { text, key, parent } = match form {
        Ok(Form(form)) => form,
        Err(error) => return error::page(&site, &visit, &error),
    };
    let written = async {
        let parent = parent.as_deref().map(parent_id).transpose()?;
        let draft = Draft { post: id, parent, text: text.clone(), key: key.clone() };
        site.app().write_comment(&visit.caller, draft).await
    };
    let refused = match written.await {
        Ok(created) => return see_other(&format!("/posts/{}#comment-{}", id.0, created.item.id.0), None),
        Err(error) => error,
    };
    if matches!(refused, Error::NoSession | Error::GuestsOff | Error::NotFound(_)) {
        return error::page(&site, &visit, &refused);
    }
    // The key stays with its text, so that sending again can't say it twice; one that is used up does not.
    let is_spent = matches!(refused, Error::KeyReused | Error::Gone | Error::BadRequest(_));
    let mut form = CommentForm::fresh(id, parent.as_deref().and_then(parse_id));
    form.key = key.filter(|_| !is_spent).or(form.key);
    form.text = text;
    form.error = Some(error::sentence(&refused));
    let shown = match form.parent {
        Some(parent) => render_answer(&site, &visit, CommentId(parent), status(&refused), Some(form)).await,
        None => post::render(&site, &visit, id, status(&refused), form).await,
    };
    shown.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

fn parent_id(text: &str) -> Result<CommentId> {
    parse_id(text).map(CommentId).ok_or(Error::no_comment())
}

/// `GET /posts/{id}/comments/{comment}`: the page of the post on which this comment stands.
pub(super) async fn find(
    State(site): State<Site>,
    Reader(visit): Reader,
    PostCommentPath(path): PostCommentPath,
) -> Response {
    let found = async {
        let (post, id) = path.ok_or(Error::no_comment())?;
        let comment = site.app().get_comment(id).await?;
        if comment.post != post {
            return Err(Error::no_comment());
        }
        let newest = site.app().list_comments(post, Order::Newest, None, Limit::new(PAGE)?).await?;
        let here = newest.items.last().is_none_or(|oldest| oldest.seq <= comment.seq);
        let before = if here { String::new() } else { format!("/comments?before={}", comment.seq + 1) };
        Ok(see_other(&format!("/posts/{}{before}#comment-{}", post.0, id.0), None))
    };
    found.await.unwrap_or_else(|error| error::page(&site, &visit, &error))
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

async fn render_answer(
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
        frame: Frame::of(site, visit, "Answer", format!("/posts/{}/comments/{}", post.id.0, id.0)),
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
        render_edit(&site, &visit, id, StatusCode::OK, CommentForm::edit(id, comment.text, None)).await
    };
    shown.await.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

/// `POST /comments/{id}/edit`
pub(super) async fn edit(
    State(site): State<Site>,
    Reader(visit): Reader,
    CommentPath(id): CommentPath,
    form: Result<Form<EditedComment>>,
) -> Response {
    let done = async {
        let id = id.ok_or(Error::no_comment())?;
        let Form(EditedComment { text }) = form?;
        match site.app().edit_comment(&visit.caller, id, &text).await {
            Ok(comment) => {
                Ok(see_other(&format!("/posts/{}/comments/{}", comment.post.0, comment.id.0), None))
            }
            // Only what another text or another moment may mend leads back to the form.
            Err(error @ (Error::NoSession | Error::GuestsOff | Error::Forbidden(_) | Error::NotFound(_))) => {
                Err(error)
            }
            Err(error) => {
                let form = CommentForm::edit(id, text, Some(error::sentence(&error)));
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
        frame: Frame::of(site, visit, "Edit", format!("/posts/{}/comments/{}", post.id.0, id.0)),
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
    let post: PostId = comment.post;
    Ok((site.app().get_post(&visit.caller, post).await?, comment))
}
