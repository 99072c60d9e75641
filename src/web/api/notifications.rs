//! `/notifications` and `/posts/{id}/mute`: list, read, mute.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::conversations::ReadPosition;
use super::params::{ListQuery, Paging, PostPath};
use super::views::NotificationList;
use super::{Answer, json, values};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Json;
use crate::web::error::Problem;

/// List my notifications, newest first
///
/// Beside the page: the head of the stream and how far I have read.
#[utoipa::path(get, path = "/notifications", tag = "notifications", params(ListQuery),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page of notifications", body = NotificationList),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list(State(site): State<Site>, visit: Visit, paging: Paging) -> Answer<Response> {
    let page = site.app().list_notifications(&visit.caller, paging.after, paging.limit).await?;
    Ok(json(StatusCode::OK, &NotificationList::from(page)))
}

/// Say how far I have read my notifications
#[utoipa::path(put, path = "/notifications/read", tag = "notifications", request_body = ReadPosition,
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "Read up to there"),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn read(
    State(site): State<Site>,
    visit: Visit,
    Json(position): Json<ReadPosition>,
) -> Answer<StatusCode> {
    site.app().read_notifications(&visit.caller, position.read).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mute a post
///
/// No more notifications of it for me. Repeating changes nothing.
#[utoipa::path(put, path = "/posts/{id}/mute", tag = "notifications", params(("id" = values::Id, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "Muted"),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn mute(
    State(site): State<Site>,
    visit: Visit,
    PostPath(id): PostPath,
) -> Answer<StatusCode> {
    site.app().set_mute(&visit.caller, id, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mute a post no longer
#[utoipa::path(delete, path = "/posts/{id}/mute", tag = "notifications", params(("id" = values::Id, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "Not muted"),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn unmute(
    State(site): State<Site>,
    visit: Visit,
    PostPath(id): PostPath,
) -> Answer<StatusCode> {
    site.app().set_mute(&visit.caller, id, false).await?;
    Ok(StatusCode::NO_CONTENT)
}
