//! Comments without a script: older pages, where one of them stands, and the form to write one.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::comment::CommentForm;
use super::local::{PostCommentPath, PostPath, Reader};
use super::thread::{Said, Thread};
use super::view::Card;
use super::words::isolate;
use super::{Frame, comment, error, page, post, see_other};
use crate::app::Caller;
use crate::app::comments::Draft;
use crate::domain::{Comment, CommentId, Cursor, Error, Limit, Order, Page, Post, Result, parse_id};
use crate::web::Site;
use crate::web::body::Form;
use crate::web::error::status;

/// How many comments a page shows.
pub(super) const PAGE: u64 = 50;

#[derive(Deserialize)]
pub(super) struct Paging {
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

#[derive(Template)]
#[template(path = "pages/comments.html")]
struct CommentsPage {
    frame: Frame,
    post: Card,
    threads: Vec<Thread>,
    next: Option<u64>,
}

/// A page of a post's comments, oldest first, and the cursor for those before it. What is answered stands above its
/// answers, though it be from an earlier page: nobody reads an answer to nothing.
pub(super) async fn thread(
    site: &Site,
    caller: &Caller,
    post: &Post,
    page: &Page<Comment>,
) -> Result<(Vec<Thread>, Option<u64>)> {
    let earlier = site.app().list_answered(page).await?;
    let said = |comment: &Comment, is_earlier| {
        let said = Said { is_earlier, ..Said::of(site, caller, post, comment) };
        (comment.parent.map(|parent| parent.0), said)
    };
    let comments = earlier.iter().map(|comment| said(comment, true));
    let comments = comments.chain(page.items.iter().rev().map(|comment| said(comment, false)));
    Ok((Thread::sort(comments.collect()), page.next.map(|cursor| cursor.0)))
}

/// `GET /posts/{id}/comments`
pub(super) async fn show(
    State(site): State<Site>,
    Reader(visit): Reader,
    PostPath(id): PostPath,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Response {
    let shown = async {
        let id = id.ok_or(Error::no_post())?;
        let damaged = |_| Error::bad("The address of this page is damaged: begin at the post.");
        let Query(Paging { before }) = paging.map_err(damaged)?;
        let Some(before) = before else { return Ok(see_other(&format!("/posts/{}#comments", id.0), None)) };
        let cursor = Cursor::parse(&before)?;
        let post = site.app().get_post(&visit.caller, id).await?;
        let limit = Limit::new(PAGE)?;
        let earlier = site.app().list_comments(id, Order::Newest, Some(cursor), limit).await?;
        let (threads, next) = thread(&site, &visit.caller, &post, &earlier).await?;
        let title = format!("Earlier comments on {}’s post", isolate(&post.author.name));
        let here = format!("/posts/{}/comments?before={}", id.0, cursor.0);
        let texts = std::iter::once(post.text.as_str()).chain(Thread::texts(&threads));
        let frame = Frame::of(&site, &visit, title, here).with_texts(&site, texts).await?;
        let post = Card::of(&site, &visit, &post);
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
        Some(parent) => {
            comment::render_answer(&site, &visit, CommentId(parent), status(&refused), Some(form)).await
        }
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
