//! Who likes a post: a list in pages, newest first.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::local::{PostPath, Reader};
use super::post::blank_fan;
use super::view::{Card, Fan};
use super::words::isolate;
use super::{Frame, error, page};
use crate::domain::{Cursor, Error, Limit, PostId, Result};
use crate::web::Site;
use crate::web::auth::Visit;

/// How many likes a page shows.
const PAGE: u64 = 50;

#[derive(Deserialize)]
pub(super) struct Paging {
    /// Likes older than this.
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/likers.html")]
struct LikersPage {
    frame: Frame,
    post: Card,
    fans: Vec<Fan>,
    blank_fan: Fan,
    limit: u64,
    first: bool,
    next: Option<u64>,
}

/// `GET /posts/{id}/likes`
pub(super) async fn show(
    State(site): State<Site>,
    Reader(visit): Reader,
    PostPath(id): PostPath,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Response {
    let shown = match (id, paging) {
        (Some(id), Ok(Query(Paging { after }))) => render(&site, &visit, id, after).await,
        (Some(_), Err(_)) => Err(Error::bad("The address of this page is damaged: begin at the post.")),
        (None, _) => Err(Error::no_post()),
    };
    shown.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

async fn render(site: &Site, visit: &Visit, id: PostId, after: Option<String>) -> Result<Response> {
    let after = after.as_deref().map(Cursor::parse).transpose()?;
    let post = site.app().get_post(&visit.caller, id).await?;
    let fans = site.app().list_likers(id, after, Limit::new(PAGE)?).await?;
    let here = format!("/posts/{}/likes", id.0);
    let title = format!("Who likes {}’s post", isolate(&post.author.name));
    let template = LikersPage {
        frame: Frame::of(site, visit, title, here),
        post: Card::of(site, visit, &post),
        fans: fans.items.iter().map(Fan::of).collect(),
        blank_fan: blank_fan(),
        limit: PAGE,
        first: after.is_none(),
        next: fans.next.map(|cursor| cursor.0),
    };
    Ok(page(StatusCode::OK, &template))
}
