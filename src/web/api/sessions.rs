//! `/session`, `/sessions`: log in, log out.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Deserialize;
use utoipa::ToSchema;

use super::params::present;
use super::views::SessionAnswer;
use super::{Answer, json, values};
use crate::web::Site;
use crate::web::auth::{Callers, Visit, begin_session};
use crate::web::body::Json;
use crate::web::error::Problem;

/// A login.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LogIn {
    #[schema(value_type = values::Handle)]
    handle: String,
    #[schema(value_type = values::Password)]
    password: String,
    /// The client's own key: sent again with it within ten minutes, the same log-in answers the same session.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, value_type = Option<values::Key>)]
    key: Option<String>,
}

/// Log in
#[utoipa::path(post, path = "/session", tag = "people", request_body = LogIn,
    security((), ("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The member and the new session", body = SessionAnswer),
        (status = 401, description = "bad_credentials", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "forbidden: suspended", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn log_in(
    State(site): State<Site>,
    visit: Visit,
    Json(form): Json<LogIn>,
) -> Answer<Response> {
    let (user, token) =
        site.app().log_in(&visit.caller, &form.handle, form.password, form.key.as_deref()).await?;
    let (id, begun) = (user.id, token.clone());
    let mut response = json(StatusCode::OK, &SessionAnswer::from((user, token)));
    begin_session(&mut response, id, &begun, &visit.cookie);
    Ok(response)
}

/// Log out
#[utoipa::path(delete, path = "/session", tag = "people", security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "The session has ended and its sockets close"),
    ))]
pub(super) async fn log_out(
    State(site): State<Site>,
    visit: Visit,
    Callers(callers): Callers,
) -> Answer<Response> {
    visit.caller.session()?;
    for caller in &callers {
        site.app().log_out(caller).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, visit.cookie.end())]).into_response())
}

/// Log out everywhere
#[utoipa::path(delete, path = "/sessions", tag = "people", security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "Every session of mine has ended"),
    ))]
pub(super) async fn log_out_everywhere(
    State(site): State<Site>,
    visit: Visit,
    Callers(callers): Callers,
) -> Answer<Response> {
    visit.caller.session()?;
    for caller in &callers {
        site.app().log_out_everywhere(caller).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, visit.cookie.end())]).into_response())
}
