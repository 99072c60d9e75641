//! One post: its page with the conversation under it, and the forms to like and to remove it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use serde::Deserialize;

use super::comment::CommentForm;
use super::comments::{PAGE, thread};
use super::local::{PostPath, Reader, back_to};
use super::thread::{self, Said, Thread};
use super::view::{Author, Card, Fan, When};
use super::words::{beginning, isolate};
use super::{Frame, atom, error, page, see_other};
use crate::domain::{Error, Limit, PostId, PostView, Result};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Form;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LikeForm {
    on: String,
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveForm {}

/// How many of the latest likes stand on the page.
pub(super) const FANS: u64 = 6;

#[derive(Template)]
#[template(path = "pages/post.html")]
struct PostPage {
    frame: Frame,
    post: Card,
    fans: Vec<Fan>,
    blank_fan: Fan,
    limit: u64,
    /// How many comments the post has.
    comments: u64,
    /// The position in `post:ID/comments` from which the page resumes.
    comments_seq: u64,
    threads: Vec<Thread>,
    blank: Said,
    /// Where older comments begin.
    next: Option<u64>,
    /// None for those who may not write.
    form: Option<CommentForm>,
    /// Who wrote the post.
    author_id: u64,
    /// Whether the visitor wrote the post.
    own: bool,
    /// What the visitor may do with its own comments while they are fresh, and with those of others.
    may_own: String,
    may_others: String,
}

/// `GET /posts/{id}`
pub(super) async fn show(
    State(site): State<Site>,
    Reader(visit): Reader,
    PostPath(id): PostPath,
) -> Response {
    let shown = match id {
        Some(id) => render(&site, &visit, id, StatusCode::OK, CommentForm::fresh(id, None)).await,
        None => Err(Error::no_post()),
    };
    shown.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

/// The page of a post, with this form to write a comment.
pub(super) async fn render(
    site: &Site,
    visit: &Visit,
    id: PostId,
    status: StatusCode,
    form: CommentForm,
) -> Result<Response> {
    let caller = &visit.caller;
    let PostView { post, comments, likers } =
        site.app().view_post(caller, id, Limit::new(PAGE)?, Limit::new(FANS)?).await?;
    let (threads, next) = thread(site, caller, &post, &comments).await?;
    let title = format!("{}: {}", isolate(&post.author.name), isolate(&beginning(&post.text, 60)));
    let mut frame = Frame::of(site, visit, title, format!("/posts/{}", id.0))
        .about("article", &post.text)
        .with_fact("article:published_time", post.created_at.to_string())
        .with_feed(atom::Link::comments(&post));
    if let Some(edited_at) = post.edited_at {
        frame = frame.with_fact("article:modified_time", edited_at.to_string());
    }
    let texts = std::iter::once(post.text.as_str()).chain(Thread::texts(&threads));
    let frame = frame.with_texts(site, texts).await?;
    let own = caller.user() == Some(post.author.id);
    let may = |own| thread::names(site.app().conversation_rights(caller, post.author.id, own));
    let template = PostPage {
        fans: likers.items.iter().map(Fan::of).collect(),
        blank_fan: blank_fan(),
        limit: FANS,
        comments: post.comments,
        comments_seq: post.comments_seq,
        threads,
        blank: Said::blank(&post),
        author_id: post.author.id.0,
        next,
        form: site.app().may_comment(caller).then_some(form),
        own,
        may_own: may(true),
        may_others: may(false),
        post: Card::of(site, visit, &post),
        frame,
    };
    Ok(page(status, &template))
}

/// The row that stands in a page's `<template>`, for likes that arrive live.
pub(super) fn blank_fan() -> Fan {
    let when =
        When { machine: String::new(), people: String::new(), day: String::new(), clock: String::new() };
    Fan { author: Author { name: String::new(), handle: Some(String::new()) }, when }
}

/// `POST /posts/{id}/like`
pub(super) async fn like(
    State(site): State<Site>,
    Reader(visit): Reader,
    PostPath(id): PostPath,
    form: Result<Form<LikeForm>>,
) -> Response {
    let Some(id) = id else { return error::page(&site, &visit, &Error::no_post()) };
    let done = async {
        let Form(form) = form?;
        let on = match form.on.as_str() {
            "1" => true,
            "0" => false,
            _ => return Err(Error::bad("on: 1 to like, 0 to take it back.")),
        };
        let (_, guest) = site.app().like(&visit.caller, id, on).await?;
        let to = format!("{}#post-{}", back_to(form.next.as_deref()), id.0);
        Ok(see_other(&to, guest.map(|(_, token)| visit.cookie.begin(&token))))
    };
    done.await.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

/// `POST /posts/{id}/delete`
pub(super) async fn remove(
    State(site): State<Site>,
    Reader(visit): Reader,
    PostPath(id): PostPath,
    form: Result<Form<RemoveForm>>,
) -> Response {
    let Some(id) = id else { return error::page(&site, &visit, &Error::no_post()) };
    let done = async {
        let Form(RemoveForm {}) = form?;
        site.app().remove_post(&visit.caller, id).await?;
        Ok(see_other("/", None))
    };
    done.await.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

/// A form's own address, opened as a page: the post itself.
pub(super) async fn back(PostPath(id): PostPath) -> Redirect {
    match id {
        Some(PostId(id)) => Redirect::to(&format!("/posts/{id}")),
        None => Redirect::to("/"),
    }
}
