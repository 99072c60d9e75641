//! `/hooks/sms/{inbox}`: providers of text messages call here. What they send is believed because it is signed, and
//! answered after the commit; neither the site's rates nor its rules for browsers hold for them.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::{StatusCode, header};
use url::form_urlencoded;

use super::Site;
use super::body::read_body;
use super::error::problem;
use crate::app::sms::Number;
use crate::domain::Error;
use crate::sms::{Answer, Hook};

/// Where all of them begin.
pub(super) const HOOKS: &str = "/hooks/";

/// The routes.
pub(super) fn routes() -> Router<Site> {
    Router::new().route("/hooks/sms/{inbox}", post(hear)).route("/hooks/sms/{inbox}/status", post(hear))
}

/// A text that has come, or how far one of ours has: the body says which it is.
async fn hear(State(site): State<Site>, Path(inbox): Path<String>, request: Request) -> Response {
    heard(&site, &inbox, request).await.unwrap_or_else(|refusal| refusal)
}

async fn heard(site: &Site, inbox: &str, request: Request) -> Result<Response, Response> {
    let app = site.app();
    let number = app.sms_number(inbox).map_err(Error::into_response)?;
    let (parts, body) = request.into_parts();
    let body = read_body(body).await.map_err(Error::into_response)?;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let url = format!("{}{path}", number.origin);
    let hook = Hook { url: &url, headers: &parts.headers, body: &body, now: app.now() };
    number.provider.verify(&hook).map_err(|forged| refuse_forged(number, forged.0))?;
    let heard = number.provider.parse(&hook).map_err(|unreadable| {
        tracing::warn!(inbox = number.inbox, why = unreadable.0, "a signed call can't be read");
        problem(StatusCode::BAD_REQUEST, "bad_request", unreadable.0.to_owned(), None)
    })?;
    app.hear(number, heard, attempt(parts.uri.query())).await.map_err(|error| {
        tracing::error!(inbox = number.inbox, %error, "what a provider said could not be kept");
        error.into_response()
    })?;
    let Answer { status, content_type, body } = number.provider.answer();
    Ok((status, [(header::CONTENT_TYPE, content_type)], Body::from(body)).into_response())
}

fn refuse_forged(number: &Number, why: &'static str) -> Response {
    tracing::warn!(inbox = number.inbox, why, "a call to the inbox's hook is not signed as it must be");
    let detail = "This call is not signed with the secret of this inbox's number.".to_owned();
    problem(StatusCode::FORBIDDEN, "forbidden", detail, None)
}

/// To which attempt of sending a report belongs: the first one's address does not say.
fn attempt(query: Option<&str>) -> u32 {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.find(|(name, _)| name == "n").and_then(|(_, value)| value.parse().ok()).unwrap_or(1)
}
