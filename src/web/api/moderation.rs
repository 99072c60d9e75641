//! `/reports` and `/users/{handle}/suspension`: members report, moderators decide.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::params::{CommentPath, HandlePath, ListQuery, MessagePath, Paging, PostPath, id};
use super::views::{Comment, List, Message, Post, User};
use super::{Answer, json, values};
use crate::domain::{self, CommentId, Error, MessageId, PostId, Reported, Subject};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Json;
use crate::web::error::Problem;

/// A report: of a post, a comment or a message.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewReport {
    /// The post's id.
    #[serde(default, deserialize_with = "id")]
    #[schema(nullable = false, value_type = Option<values::Id>)]
    post: Option<u64>,
    /// The comment's id.
    #[serde(default, deserialize_with = "id")]
    #[schema(nullable = false, value_type = Option<values::Id>)]
    comment: Option<u64>,
    /// The message's id, of a conversation of mine.
    #[serde(default, deserialize_with = "id")]
    #[schema(nullable = false, value_type = Option<values::Id>)]
    message: Option<u64>,
    #[serde(default)]
    #[schema(value_type = values::Reason, default = "")]
    reason: String,
}

impl NewReport {
    fn subject(&self) -> Answer<Subject> {
        match (self.post, self.comment, self.message) {
            (Some(post), None, None) => PostId::new(post).map(Subject::Post),
            (None, Some(comment), None) => CommentId::new(comment).map(Subject::Comment),
            (None, None, Some(message)) => Ok(Subject::Message(MessageId(message))),
            _ => Err(Error::bad("Report one thing: `post`, `comment` or `message`, with its id.")),
        }
    }
}

/// A report was taken.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReportAnswer {}

/// What is reported and not decided yet: a post, a comment or a message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Complaint {
    #[serde(skip_serializing_if = "Option::is_none")]
    post: Option<Post>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<Comment>,
    /// That message, and nothing of what stands around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
    /// How many reported it.
    reports: u64,
    latest: Report,
    /// Those before it, newest first, 20 at most.
    #[schema(max_items = 20)]
    earlier: Vec<Report>,
    /// Whether its author is suspended.
    suspended: bool,
}

/// What somebody said of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Report {
    user: User,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    at: String,
    /// May be empty.
    reason: String,
}

impl From<domain::Complaint> for Complaint {
    fn from(case: domain::Complaint) -> Self {
        let domain::Complaint { reported, reports, latest, earlier, suspended, place: _ } = case;
        let (mut post, mut comment, mut message) = (None, None, None);
        match reported {
            Reported::Post(reported) => post = Some(reported.into()),
            Reported::Comment(reported) => comment = Some(reported.into()),
            Reported::Message(reported) => message = Some(reported.into()),
        }
        let earlier = earlier.into_iter().map(Report::from).collect();
        Self { post, comment, message, reports, latest: latest.into(), earlier, suspended }
    }
}

impl From<domain::report::Report> for Report {
    fn from((user, at, reason): domain::report::Report) -> Self {
        Self { user: user.into(), at: at.to_string(), reason }
    }
}

/// Report a post, a comment or a message
///
/// One open report of each member; another one replaces its reason.
#[utoipa::path(post, path = "/reports", tag = "moderation", request_body = NewReport,
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "The moderators will see it", body = ReportAnswer),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn report(
    State(site): State<Site>,
    visit: Visit,
    Json(report): Json<NewReport>,
) -> Answer<Response> {
    site.app().report(&visit.caller, report.subject()?, &report.reason).await?;
    Ok(json(StatusCode::CREATED, &ReportAnswer {}))
}

/// List what is reported, the latest first
///
/// For moderators.
#[utoipa::path(get, path = "/reports", tag = "moderation", params(ListQuery),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page of what is not decided yet", body = List<Complaint>),
        (status = 403, description = "forbidden", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list(State(site): State<Site>, visit: Visit, paging: Paging) -> Answer<Response> {
    let page = site.app().list_complaints(&visit.caller, paging.after, paging.limit).await?;
    Ok(json(StatusCode::OK, &List::<Complaint>::from(page)))
}

/// Let a reported post stay
///
/// For moderators. Its open reports are closed.
#[utoipa::path(delete, path = "/posts/{id}/reports", tag = "moderation", params(("id" = values::Id, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "Decided"),
        (status = 403, description = "forbidden", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn keep_post(
    State(site): State<Site>,
    visit: Visit,
    PostPath(id): PostPath,
) -> Answer<Response> {
    site.app().close_reports(&visit.caller, Subject::Post(id)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Let a reported comment stay
///
/// For moderators. Its open reports are closed.
#[utoipa::path(delete, path = "/comments/{id}/reports", tag = "moderation", params(("id" = values::Id, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "Decided"),
        (status = 403, description = "forbidden", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn keep_comment(
    State(site): State<Site>,
    visit: Visit,
    CommentPath(id): CommentPath,
) -> Answer<Response> {
    site.app().close_reports(&visit.caller, Subject::Comment(id)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Let a reported message stay
///
/// For moderators. Its open reports are closed.
#[utoipa::path(delete, path = "/messages/{id}/reports", tag = "moderation", params(("id" = values::Id, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "Decided"),
        (status = 403, description = "forbidden", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn keep_message(
    State(site): State<Site>,
    visit: Visit,
    MessagePath(id): MessagePath,
) -> Answer<Response> {
    site.app().close_reports(&visit.caller, Subject::Message(id)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Suspend a member
///
/// For moderators; not of moderators. Its sessions end, it cannot log in, its likes leave every count.
#[utoipa::path(put, path = "/users/{handle}/suspension", tag = "moderation", params(("handle" = values::Handle, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "Suspended, perhaps since before"),
        (status = 403, description = "forbidden", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn suspend(
    State(site): State<Site>,
    visit: Visit,
    HandlePath(handle): HandlePath,
) -> Answer<Response> {
    site.app().set_suspended(&visit.caller, &handle, true).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Let a suspended member in again
///
/// For moderators. Its likes come back.
#[utoipa::path(delete, path = "/users/{handle}/suspension", tag = "moderation",
    params(("handle" = values::Handle, Path)), security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "Not suspended, perhaps never was"),
        (status = 403, description = "forbidden", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn lift(
    State(site): State<Site>,
    visit: Visit,
    HandlePath(handle): HandlePath,
) -> Answer<Response> {
    site.app().set_suspended(&visit.caller, &handle, false).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
