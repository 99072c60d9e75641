//! `/posts/{id}/comments` and `/comments`: write, list, edit, remove.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::params::{CommentPath, CommentsPaging, CommentsQuery, PostPath, base, id_or_null, present};
use super::views::{Comment, CommentAnswer, List};
use super::{Answer, json, values};
use crate::app::comments::Draft;
use crate::domain::{Base, CommentId};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Json;
use crate::web::error::Problem;

/// A new comment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewComment {
    #[schema(value_type = values::CommentText)]
    text: String,
    /// The client's own key: sending the same comment again with it adds nothing.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, value_type = Option<values::Key>)]
    key: Option<String>,
    /// The comment that it answers, which is no answer itself. Null says, as in a comment, that it answers none.
    #[serde(default, deserialize_with = "id_or_null")]
    #[schema(value_type = Option<values::Id>)]
    parent: Option<u64>,
}

/// Another text for a comment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EditedComment {
    #[schema(value_type = values::CommentText)]
    text: String,
    /// `edited_at` of the text that the edit began from, null where that was never edited: where it has another text by
    /// now the edit is refused. Left out, nothing is compared.
    #[serde(default, deserialize_with = "base")]
    #[schema(value_type = Option<values::Time>)]
    edited_at: Option<Base>,
}

/// Write a comment
#[utoipa::path(post, path = "/posts/{id}/comments", tag = "comments", params(("id" = values::Id, Path)),
    request_body = NewComment, security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "The new comment, after the commit", body = CommentAnswer),
        (status = 200, description = "The key had made this comment already", body = CommentAnswer),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found: the post, or the comment that it answers", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "key_reused", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "gone", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn write(
    State(site): State<Site>,
    visit: Visit,
    PostPath(post): PostPath,
    Json(new): Json<NewComment>,
) -> Answer<Response> {
    let NewComment { text, key, parent } = new;
    let parent = parent.map(CommentId::new).transpose()?;
    let created = site.app().write_comment(&visit.caller, Draft { post, parent, text, key }).await?;
    let status = if created.fresh { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &CommentAnswer::from(created.item)))
}

/// List a post's comments
///
/// As one list, oldest first unless asked: an answer names its `parent`.
#[utoipa::path(get, path = "/posts/{id}/comments", tag = "comments", params(("id" = values::Id, Path), CommentsQuery),
    security((), ("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page of comments", body = List<Comment>),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list(
    State(site): State<Site>,
    _: Visit,
    PostPath(post): PostPath,
    CommentsPaging { order, paging }: CommentsPaging,
) -> Answer<Response> {
    let page = site.app().list_comments(post, order, paging.after, paging.limit).await?;
    Ok(json(StatusCode::OK, &List::<Comment>::from(page)))
}

/// Edit a comment of one's own
///
/// Within 15 minutes. The same text again changes nothing.
#[utoipa::path(patch, path = "/comments/{id}", tag = "comments", params(("id" = values::Id, Path)),
    request_body = EditedComment, security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The comment as it is now", body = CommentAnswer),
        (status = 403, description = "forbidden: another's, or too old; guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "superseded: edited in another place since", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn edit(
    State(site): State<Site>,
    visit: Visit,
    CommentPath(id): CommentPath,
    Json(edited): Json<EditedComment>,
) -> Answer<Response> {
    let comment = site.app().edit_comment(&visit.caller, id, &edited.text, edited.edited_at).await?;
    Ok(json(StatusCode::OK, &CommentAnswer::from(comment)))
}

/// Remove a comment
///
/// Its author, the post's author and moderators may. Its answers stay.
#[utoipa::path(delete, path = "/comments/{id}", tag = "comments", params(("id" = values::Id, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "Removed"),
        (status = 403, description = "forbidden", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn remove(
    State(site): State<Site>,
    visit: Visit,
    CommentPath(id): CommentPath,
) -> Answer<Response> {
    site.app().remove_comment(&visit.caller, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
