//! `/users/{handle}/block` and `/me/blocks`: whom I want to hear nothing of.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::params::{HandlePath, ListQuery, Paging};
use super::views::{List, User};
use super::{Answer, json, values};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::error::Problem;

/// Block a member
///
/// Neither of us can write in our conversation, and typing and receipts stop in it. What was said stays. Repeating changes
/// nothing.
#[utoipa::path(put, path = "/users/{handle}/block", tag = "people", params(("handle" = values::Handle, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "The member is blocked"),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn block(
    State(site): State<Site>,
    visit: Visit,
    HandlePath(handle): HandlePath,
) -> Answer<StatusCode> {
    site.app().set_block(&visit.caller, &handle, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Block a member no longer
#[utoipa::path(delete, path = "/users/{handle}/block", tag = "people", params(("handle" = values::Handle, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "The member is not blocked"),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn unblock(
    State(site): State<Site>,
    visit: Visit,
    HandlePath(handle): HandlePath,
) -> Answer<StatusCode> {
    site.app().set_block(&visit.caller, &handle, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List whom I block
#[utoipa::path(get, path = "/me/blocks", tag = "people", params(ListQuery),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Members, the latest blocked first", body = List<User>),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list(State(site): State<Site>, visit: Visit, paging: Paging) -> Answer<Response> {
    let page = site.app().list_blocks(&visit.caller, paging.after, paging.limit).await?;
    Ok(json(StatusCode::OK, &List::<User>::from(page)))
}
