//! One post: its page, and the forms to like and to remove it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use serde::Deserialize;

use super::local::{PostPath, Reader, back_to};
use super::view::{Card, Fan, beginning};
use super::{Frame, error, page, see_other};
use crate::domain::{Error, Limit, PostId, Result};
use crate::web::Site;
use crate::web::auth::{Visit, session_cookie};
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

#[derive(Template)]
#[template(path = "pages/post.html")]
struct PostPage {
    frame: Frame,
    post: Card,
    fans: Vec<Fan>,
}

/// `GET /posts/{id}`
pub(super) async fn show(
    State(site): State<Site>,
    Reader(visit): Reader,
    PostPath(id): PostPath,
) -> Response {
    let shown = match id {
        Some(id) => render(&site, &visit, id).await,
        None => Err(Error::no_post()),
    };
    shown.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

async fn render(site: &Site, visit: &Visit, id: PostId) -> Result<Response> {
    let post = site.app().get_post(&visit.caller, id).await?;
    let fans = site.app().list_likers(id, None, Limit::new(6)?).await?;
    let title = format!("{}: {}", post.author.name, beginning(&post.text, 60));
    let frame = Frame::of(site, visit, title, format!("/posts/{}", id.0)).about("article", &post.text);
    let post = Card::of(&post, visit);
    let fans = fans.items.iter().map(Fan::of).collect();
    Ok(page(StatusCode::OK, &PostPage { frame, post, fans }))
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
        let (_, token) = site.app().like(&visit.caller, id, on).await?;
        let to = format!("{}#post-{}", back_to(form.next.as_deref()), id.0);
        Ok(see_other(&to, token.map(|token| session_cookie(&token, visit.secure))))
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
