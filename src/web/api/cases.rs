//! `/conversations/{id}/case` and its neighbours: an inbox's conversation as its agents see it.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::params::{CommentsPaging, CommentsQuery, ConversationPath, time_or_null};
use super::views::{CaseAnswer, CustomerAnswer, List, Note, NoteAnswer};
use super::{Answer, json, values};
use crate::domain::Timestamp;
use crate::domain::inbox::Status;
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Json;
use crate::web::error::Problem;

/// Who has a case from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAssignee {
    /// An agent's handle; null: nobody.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true, value_type = Option<values::Handle>)]
    agent: Option<String>,
    /// Whose it is as far as I know; null: nobody's.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true, value_type = Option<values::Handle>)]
    expect: Option<String>,
}

/// Whether a case is worked on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewStatus {
    #[schema(value_type = values::Status)]
    status: String,
    /// Of a snoozed case, and of no other: when it opens by itself.
    #[serde(default, deserialize_with = "time_or_null")]
    #[schema(value_type = Option<values::Time>)]
    until: Option<Timestamp>,
}

/// Something for the other agents.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewNote {
    #[schema(value_type = values::MessageText)]
    text: String,
    /// The client's own key: sending the same note again with it adds nothing.
    #[schema(value_type = values::Key)]
    key: String,
}

/// What the agents call a customer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomersName {
    #[schema(value_type = values::Name)]
    name: String,
}

/// Name a customer
///
/// One who has only a number; whoever writes on the site has a name.
#[utoipa::path(patch, path = "/conversations/{id}/customer", tag = "inboxes", params(("id" = values::Id, Path)),
    request_body = CustomersName, security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The customer as it is now", body = CustomerAnswer),
        (status = 403, description = "forbidden: it has a name of its own; guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn name_customer(
    State(site): State<Site>,
    visit: Visit,
    ConversationPath(id): ConversationPath,
    Json(CustomersName { name }): Json<CustomersName>,
) -> Answer<Response> {
    let case = site.app().name_customer(&visit.caller, id, &name).await?;
    Ok(json(StatusCode::OK, &CustomerAnswer::from(case)))
}

/// Show a case
#[utoipa::path(get, path = "/conversations/{id}/case", tag = "inboxes", params(("id" = values::Id, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The case", body = CaseAnswer),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn show(
    State(site): State<Site>,
    visit: Visit,
    ConversationPath(id): ConversationPath,
) -> Answer<Response> {
    Ok(json(StatusCode::OK, &CaseAnswer::from(site.app().get_case(&visit.caller, id).await?)))
}

/// Give a case to an agent
///
/// Or to nobody, if it is still whose I think it is. Repeating changes nothing.
#[utoipa::path(put, path = "/conversations/{id}/assignee", tag = "inboxes", params(("id" = values::Id, Path)),
    request_body = NewAssignee, security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The case as it is now", body = CaseAnswer),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found: no such case, or no such agent", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "taken: `detail` is the handle of who has it", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn assign(
    State(site): State<Site>,
    visit: Visit,
    ConversationPath(id): ConversationPath,
    Json(NewAssignee { agent, expect }): Json<NewAssignee>,
) -> Answer<Response> {
    let case = site.app().assign_case(&visit.caller, id, agent.as_deref(), expect.as_deref()).await?;
    Ok(json(StatusCode::OK, &CaseAnswer::from(case)))
}

/// Open, snooze or close a case
///
/// What its customer writes opens it again.
#[utoipa::path(put, path = "/conversations/{id}/status", tag = "inboxes", params(("id" = values::Id, Path)),
    request_body = NewStatus, security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The case as it is now", body = CaseAnswer),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn set_status(
    State(site): State<Site>,
    visit: Visit,
    ConversationPath(id): ConversationPath,
    Json(NewStatus { status, until }): Json<NewStatus>,
) -> Answer<Response> {
    let case = site.app().set_case_status(&visit.caller, id, Status::parse(&status)?, until).await?;
    Ok(json(StatusCode::OK, &CaseAnswer::from(case)))
}

/// Write a note
///
/// No customer ever learns of it.
#[utoipa::path(post, path = "/conversations/{id}/notes", tag = "inboxes", params(("id" = values::Id, Path)),
    request_body = NewNote, security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "The new note, after the commit", body = NoteAnswer),
        (status = 200, description = "The key had made this note already", body = NoteAnswer),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "key_reused", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn write_note(
    State(site): State<Site>,
    visit: Visit,
    ConversationPath(id): ConversationPath,
    Json(NewNote { text, key }): Json<NewNote>,
) -> Answer<Response> {
    let created = site.app().write_note(&visit.caller, id, &text, key).await?;
    let status = if created.fresh { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &NoteAnswer::from(created.item)))
}

/// List a case's notes
///
/// Oldest first, unless asked otherwise; who had the case and what became of it stands among them.
#[utoipa::path(get, path = "/conversations/{id}/notes", tag = "inboxes",
    params(("id" = values::Id, Path), CommentsQuery), security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page of notes", body = List<Note>),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list_notes(
    State(site): State<Site>,
    visit: Visit,
    ConversationPath(id): ConversationPath,
    CommentsPaging { order, paging }: CommentsPaging,
) -> Answer<Response> {
    let page = site.app().list_notes(&visit.caller, id, order, paging.after, paging.limit).await?;
    Ok(json(StatusCode::OK, &List::<Note>::from(page)))
}
