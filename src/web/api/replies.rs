//! `/inboxes/{handle}/replies`, `/replies/{id}` and `/inboxes/{handle}/stats`: what agents have ready, and how they do.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::params::{Days, InboxPath, ReplyPath, StatsQuery, present};
use super::views::{List, Reply, ReplyAnswer, StatsAnswer};
use super::{Answer, json, values};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Json;
use crate::web::error::Problem;

/// A text that the agents have ready.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewReply {
    /// What an agent types behind a `/`.
    #[schema(value_type = values::Shortcut)]
    shortcut: String,
    #[schema(value_type = values::MessageText)]
    text: String,
}

/// What changes of it; what is not there stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedReply {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, value_type = Option<values::Shortcut>)]
    shortcut: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, value_type = Option<values::MessageText>)]
    text: Option<String>,
}

/// List the replies that agents have ready
///
/// By shortcut, at most 500. For agents.
#[utoipa::path(get, path = "/inboxes/{handle}/replies", tag = "inboxes", params(("handle" = values::Handle, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "All of them; `next` is null", body = List<Reply>),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list(
    State(site): State<Site>,
    visit: Visit,
    InboxPath(inbox): InboxPath,
) -> Answer<Response> {
    let items = site.app().list_replies(&visit.caller, &inbox).await?;
    Ok(json(StatusCode::OK, &List::<Reply>::from(crate::domain::Page { items, next: None })))
}

/// Keep a reply ready
#[utoipa::path(post, path = "/inboxes/{handle}/replies", tag = "inboxes", params(("handle" = values::Handle, Path)),
    request_body = NewReply, security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "The reply", body = ReplyAnswer),
        (status = 403, description = "forbidden: there are 500; guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "taken: the inbox has a reply with this shortcut", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn create(
    State(site): State<Site>,
    visit: Visit,
    InboxPath(inbox): InboxPath,
    Json(NewReply { shortcut, text }): Json<NewReply>,
) -> Answer<Response> {
    let reply = site.app().create_reply(&visit.caller, &inbox, shortcut, &text).await?;
    Ok(json(StatusCode::CREATED, &ReplyAnswer::from(reply)))
}

/// Change a reply
#[utoipa::path(patch, path = "/replies/{id}", tag = "inboxes", params(("id" = values::Id, Path)),
    request_body = ChangedReply, security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The reply as it is now", body = ReplyAnswer),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "taken: the inbox has a reply with this shortcut", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn update(
    State(site): State<Site>,
    visit: Visit,
    ReplyPath(id): ReplyPath,
    Json(ChangedReply { shortcut, text }): Json<ChangedReply>,
) -> Answer<Response> {
    let reply = site.app().update_reply(&visit.caller, id, shortcut, text.as_deref()).await?;
    Ok(json(StatusCode::OK, &ReplyAnswer::from(reply)))
}

/// Remove a reply
#[utoipa::path(delete, path = "/replies/{id}", tag = "inboxes", params(("id" = values::Id, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "Removed"),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn delete(
    State(site): State<Site>,
    visit: Visit,
    ReplyPath(id): ReplyPath,
) -> Answer<StatusCode> {
    site.app().delete_reply(&visit.caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say how an inbox does
///
/// How many wait, and what was written day by day. For agents.
#[utoipa::path(get, path = "/inboxes/{handle}/stats", tag = "inboxes",
    params(("handle" = values::Handle, Path), StatsQuery), security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The figures of these days, the oldest first", body = StatsAnswer),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn stats(
    State(site): State<Site>,
    visit: Visit,
    InboxPath(inbox): InboxPath,
    Days(days): Days,
) -> Answer<Response> {
    let figures = site.app().find_figures(&visit.caller, &inbox, days).await?;
    Ok(json(StatusCode::OK, &StatsAnswer::from(figures)))
}
