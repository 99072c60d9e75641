//! `/posts`: write, list, show, edit, remove.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::params::{ListQuery, Paging, PostPath, base, present};
use super::views::{List, Post, PostAnswer};
use super::{Answer, json, values};
use crate::domain::Base;
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Json;
use crate::web::error::Problem;

/// A new post.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPost {
    #[schema(value_type = values::PostText)]
    text: String,
    /// The client's own key: sending the same post again with it adds nothing.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, value_type = Option<values::Key>)]
    key: Option<String>,
}

/// Another text for a post.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EditedPost {
    #[schema(value_type = values::PostText)]
    text: String,
    /// `edited_at` of the text that the edit began from, null where that was never edited: where it has another text by
    /// now the edit is refused. Left out, nothing is compared.
    #[serde(default, deserialize_with = "base")]
    #[schema(value_type = Option<values::Time>)]
    edited_at: Option<Base>,
}

/// Write a post
#[utoipa::path(post, path = "/posts", tag = "posts", request_body = NewPost,
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "The new post", body = PostAnswer),
        (status = 200, description = "The key had made this post already", body = PostAnswer),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "key_reused", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "gone", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn write(
    State(site): State<Site>,
    visit: Visit,
    Json(new): Json<NewPost>,
) -> Answer<Response> {
    let created = site.app().write_post(&visit.caller, &new.text, new.key.as_deref()).await?;
    let status = if created.fresh { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &PostAnswer::from(created)))
}

/// List posts, newest first
#[utoipa::path(get, path = "/posts", tag = "posts", params(ListQuery),
    security((), ("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page of posts", body = List<Post>),
    ))]
pub(super) async fn list(State(site): State<Site>, visit: Visit, paging: Paging) -> Answer<Response> {
    let page = site.app().list_posts(&visit.caller, paging.after, paging.limit).await?;
    Ok(json(StatusCode::OK, &List::<Post>::from(page)))
}

/// Show a post
#[utoipa::path(get, path = "/posts/{id}", tag = "posts", params(("id" = values::Id, Path)),
    security((), ("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The post", body = PostAnswer),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn show(State(site): State<Site>, visit: Visit, PostPath(id): PostPath) -> Answer<Response> {
    let post = site.app().get_post(&visit.caller, id).await?;
    Ok(json(StatusCode::OK, &PostAnswer::from(post)))
}

/// Edit a post of one's own
///
/// Within 15 minutes. The same text again changes nothing.
#[utoipa::path(patch, path = "/posts/{id}", tag = "posts", params(("id" = values::Id, Path)),
    request_body = EditedPost, security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The post as it is now", body = PostAnswer),
        (status = 403, description = "forbidden: another's, or too old; guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "superseded: edited in another place since", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn edit(
    State(site): State<Site>,
    visit: Visit,
    PostPath(id): PostPath,
    Json(edited): Json<EditedPost>,
) -> Answer<Response> {
    let post = site.app().edit_post(&visit.caller, id, &edited.text, edited.edited_at).await?;
    Ok(json(StatusCode::OK, &PostAnswer::from(post)))
}

/// Remove a post
///
/// Its author and moderators may.
#[utoipa::path(delete, path = "/posts/{id}", tag = "posts", params(("id" = values::Id, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "Removed"),
        (status = 403, description = "forbidden", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn remove(
    State(site): State<Site>,
    visit: Visit,
    PostPath(id): PostPath,
) -> Answer<Response> {
    site.app().remove_post(&visit.caller, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
