//! `/inboxes`: a team's shared mailboxes, and who answers for them.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::case_params::{CasesPaging, CasesQuery};
use super::params::{AgentPath, InboxPath, present};
use super::views::{BegunCase, Case, Inbox, InboxAnswer, List};
use super::{Answer, json, values};
use crate::domain::inbox::Role;
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Json;
use crate::web::error::Problem;

/// What changes of an inbox; what is not there stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedInbox {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, value_type = Option<values::Name>)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, value_type = Option<values::Greeting>)]
    greeting: Option<String>,
    /// Whether customers see which agent answers. It holds for what is written from now on.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    show_agents: Option<bool>,
}

/// What an agent may do.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AgentRole {
    #[schema(value_type = values::Role)]
    role: String,
}

/// List my inboxes
///
/// Those that I answer for.
#[utoipa::path(get, path = "/inboxes", tag = "inboxes", security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "All of them, by handle; `next` is null", body = List<Inbox>),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list(State(site): State<Site>, visit: Visit) -> Answer<Response> {
    let mut items = Vec::new();
    for inbox in site.app().list_inboxes(&visit.caller).await? {
        let agents = site.app().find_agents(&visit.caller, inbox.user.id).await?;
        items.push((inbox, agents));
    }
    Ok(json(StatusCode::OK, &List::<Inbox>::from(crate::domain::Page { items, next: None })))
}

/// Show an inbox
#[utoipa::path(get, path = "/inboxes/{handle}", tag = "inboxes", params(("handle" = values::Handle, Path)),
    security((), ("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "For its agents with `agents`, for everybody else without", body = InboxAnswer),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn show(
    State(site): State<Site>,
    visit: Visit,
    InboxPath(handle): InboxPath,
) -> Answer<Response> {
    let inbox = site.app().find_inbox(&handle).await?;
    let agents = site.app().find_agents(&visit.caller, inbox.user.id).await?;
    Ok(json(StatusCode::OK, &InboxAnswer::from((inbox, agents))))
}

/// Change an inbox
///
/// For its admins.
#[utoipa::path(patch, path = "/inboxes/{handle}", tag = "inboxes", params(("handle" = values::Handle, Path)),
    request_body = ChangedInbox, security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The inbox as it is now", body = InboxAnswer),
        (status = 403, description = "forbidden: not an admin; guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn update(
    State(site): State<Site>,
    visit: Visit,
    InboxPath(handle): InboxPath,
    Json(change): Json<ChangedInbox>,
) -> Answer<Response> {
    let ChangedInbox { name, greeting, show_agents } = change;
    let (name, greeting) = (name.as_deref(), greeting.as_deref());
    let inbox = site.app().update_inbox(&visit.caller, &handle, name, greeting, show_agents).await?;
    let agents = site.app().find_agents(&visit.caller, inbox.user.id).await?;
    Ok(json(StatusCode::OK, &InboxAnswer::from((inbox, agents))))
}

/// Make a member an agent
///
/// Or give an agent another role. For admins.
#[utoipa::path(put, path = "/inboxes/{handle}/agents/{agent}", tag = "inboxes",
    params(("handle" = values::Handle, Path), ("agent" = values::Handle, Path)),
    request_body = AgentRole, security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "It is one now"),
        (status = 403, description = "forbidden: not an admin, or it is the last admin; guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn set_agent(
    State(site): State<Site>,
    visit: Visit,
    AgentPath(inbox, agent): AgentPath,
    Json(AgentRole { role }): Json<AgentRole>,
) -> Answer<StatusCode> {
    site.app().set_agent(&visit.caller, &inbox, &agent, Role::parse(&role)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take an agent away
///
/// It loses the inbox's topics at once, and its cases have no assignee any more. For admins.
#[utoipa::path(delete, path = "/inboxes/{handle}/agents/{agent}", tag = "inboxes",
    params(("handle" = values::Handle, Path), ("agent" = values::Handle, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "It is none now"),
        (status = 403, description = "forbidden: not an admin, or it is the last admin; guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn remove_agent(
    State(site): State<Site>,
    visit: Visit,
    AgentPath(inbox, agent): AgentPath,
) -> Answer<StatusCode> {
    site.app().remove_agent(&visit.caller, &inbox, &agent).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A text to a number that the inbox writes to first.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstText {
    /// With its country's code, or as it is written in the inbox's country.
    #[schema(value_type = values::Phone)]
    phone: String,
    #[schema(value_type = values::SmsText)]
    text: String,
    /// The client's own key: sending the same text again with it adds nothing.
    #[schema(value_type = values::Key)]
    key: String,
}

/// Write first to a number
///
/// In the conversation with it, if there is one. For agents of an inbox that has a number.
#[utoipa::path(post, path = "/inboxes/{handle}/cases", tag = "inboxes",
    params(("handle" = values::Handle, Path)), request_body = FirstText, security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "The case and the new message, after the commit", body = BegunCase),
        (status = 200, description = "The key had made this message already", body = BegunCase),
        (status = 403, description = "forbidden: the inbox has no number, or this one wants no text messages; guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "key_reused", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "gone", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn write_first(
    State(site): State<Site>,
    visit: Visit,
    InboxPath(handle): InboxPath,
    Json(FirstText { phone, text, key }): Json<FirstText>,
) -> Answer<Response> {
    let (case, created) = site.app().write_first(&visit.caller, &handle, &phone, &text, key).await?;
    let status = if created.fresh { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &BegunCase::from((case, created.item))))
}

/// List an inbox's cases
///
/// Newest activity first, or who waits longest. For its agents; a case of one's own is not among them.
#[utoipa::path(get, path = "/inboxes/{handle}/cases", tag = "inboxes",
    params(("handle" = values::Handle, Path), CasesQuery), security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page of cases", body = List<Case>),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list_cases(
    State(site): State<Site>,
    visit: Visit,
    InboxPath(handle): InboxPath,
    CasesPaging { query, paging }: CasesPaging,
) -> Answer<Response> {
    let page = site.app().list_cases(&visit.caller, &handle, query, paging.after, paging.limit).await?;
    Ok(json(StatusCode::OK, &List::<Case>::from(page)))
}
