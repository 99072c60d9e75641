//! `/posts/{id}/like` and `/posts/{id}/likes`.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::params::{ListQuery, Paging, PostPath};
use super::views::{LikeAnswer, Liker, List};
use super::{Answer, json, values};
use crate::web::Site;
use crate::web::auth::{Visit, begin_session};
use crate::web::error::Problem;

/// Like a post
///
/// Sets, never toggles: repeating is harmless. Without a session it makes a guest and sets the session's cookie.
#[utoipa::path(put, path = "/posts/{id}/like", tag = "posts", params(("id" = values::Id, Path)),
    security((), ("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "After the commit: how it stands", body = LikeAnswer),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn like(State(site): State<Site>, visit: Visit, post: PostPath) -> Answer<Response> {
    set(&site, &visit, post, true).await
}

/// Take a like back
#[utoipa::path(delete, path = "/posts/{id}/like", tag = "posts", params(("id" = values::Id, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "After the commit: how it stands", body = LikeAnswer),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn unlike(State(site): State<Site>, visit: Visit, post: PostPath) -> Answer<Response> {
    set(&site, &visit, post, false).await
}

async fn set(site: &Site, visit: &Visit, PostPath(post): PostPath, on: bool) -> Answer<Response> {
    if visit.foreign {
        // A new guest is known by its cookie, and an answer to such a page sets none. Each like would make another guest.
        visit.caller.session()?;
    }
    let (liked, guest) = site.app().like(&visit.caller, post, on).await?;
    let mut response = json(StatusCode::OK, &LikeAnswer::from(liked));
    if let Some((guest, token)) = guest {
        begin_session(&mut response, guest, &token, &visit.cookie);
    }
    Ok(response)
}

/// Who likes a post, newest first
#[utoipa::path(get, path = "/posts/{id}/likes", tag = "posts", params(("id" = values::Id, Path), ListQuery),
    security((), ("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page of people", body = List<Liker>),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list(
    State(site): State<Site>,
    _: Visit,
    PostPath(post): PostPath,
    paging: Paging,
) -> Answer<Response> {
    let page = site.app().list_likers(post, paging.after, paging.limit).await?;
    Ok(json(StatusCode::OK, &List::<Liker>::from(page)))
}
