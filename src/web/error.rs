//! The one table of code and status, and errors as RFC 9457 `application/problem+json`.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::domain::Error;

/// The status of each refusal.
pub fn status(error: &Error) -> StatusCode {
    match error {
        Error::BadRequest(_) => StatusCode::BAD_REQUEST,
        Error::NoSession | Error::BadCredentials => StatusCode::UNAUTHORIZED,
        Error::Forbidden(_) | Error::BadOrigin | Error::GuestsOff => StatusCode::FORBIDDEN,
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::HandleTaken
        | Error::KeyReused
        | Error::OtherUser
        | Error::Superseded
        | Error::Answered
        | Error::Taken(_)
        | Error::ShortcutTaken => StatusCode::CONFLICT,
        Error::Gone => StatusCode::GONE,
        Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Error::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Error::Overloaded | Error::Storage | Error::UnknownOutcome => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// A problem as the API answers it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// Always `about:blank`: `code` says which problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// For programs.
    #[schema(example = "not_found")]
    code: &'static str,
    /// For people: what was wrong and what is allowed.
    detail: String,
    /// When it is worth another try, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl Problem {
    /// The body of an answer.
    pub(super) fn text(
        status: StatusCode,
        code: &'static str,
        detail: String,
        retry_after_ms: Option<u64>,
    ) -> String {
        let title = status.canonical_reason().unwrap_or("Error");
        let problem =
            Self { kind: "about:blank", title, status: status.as_u16(), code, detail, retry_after_ms };
        serde_json::to_string(&problem).unwrap_or_default()
    }
}

/// A problem with a status and code of its own, for what no use case refuses.
pub fn problem(
    status: StatusCode,
    code: &'static str,
    detail: String,
    retry_after_ms: Option<u64>,
) -> Response {
    let body = Problem::text(status, code, detail, retry_after_ms);
    let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
    set_retry_after(&mut response, retry_after_ms);
    response
}

/// `Retry-After` in whole seconds, rounded up.
pub fn set_retry_after(response: &mut Response, retry_after_ms: Option<u64>) {
    if let Some(ms) = retry_after_ms {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1000)));
    }
}

/// An error as the API answers it; a page makes a page of it first.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        problem(status(&self), self.code(), self.to_string(), self.retry_after_ms())
    }
}
