//! The HTTP API: JSON in, JSON out. `openapi.json` is made from these handlers, so it cannot lie about them.

mod blocks;
mod case_params;
mod cases;
mod comments;
mod conversations;
mod inboxes;
mod likes;
mod me;
mod messages;
mod moderation;
mod notifications;
mod openapi;
mod params;
mod posts;
mod replies;
mod sessions;
mod users;
mod values;
mod views;

use std::sync::LazyLock;

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{StatusCode, header};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Site;
use super::error::problem;
use crate::domain::Error;

/// The result of every handler.
type Answer<T> = std::result::Result<T, Error>;

static DOCUMENT: LazyLock<String> =
    LazyLock::new(|| openapi::complete(described().1).to_json().unwrap_or_default());

/// The description of the API, as `openapi.json` and `/docs` show it.
pub(super) fn document() -> &'static str {
    &DOCUMENT
}

/// Every call with its description.
fn described() -> (Router<Site>, OpenApi) {
    let calls = OpenApiRouter::with_openapi(openapi::document());
    [people, posts, conversations_and_notifications, inboxes, moderation]
        .into_iter()
        .fold(calls, |calls, more| more(calls))
        .split_for_parts()
}

type Calls = OpenApiRouter<Site>;

fn people(calls: Calls) -> Calls {
    calls
        .routes(routes!(users::sign_up, users::find))
        .routes(routes!(users::show))
        .routes(routes!(users::list_posts))
        .routes(routes!(users::list_likes))
        .routes(routes!(sessions::log_in, sessions::log_out))
        .routes(routes!(sessions::log_out_everywhere))
        .routes(routes!(me::show, me::update, me::delete))
        .routes(routes!(me::change_password))
        .routes(routes!(me::show_settings, me::update_settings))
        .routes(routes!(blocks::block, blocks::unblock))
        .routes(routes!(blocks::list))
}

fn posts(calls: Calls) -> Calls {
    calls
        .routes(routes!(posts::write, posts::list))
        .routes(routes!(posts::show, posts::edit, posts::remove))
        .routes(routes!(likes::like, likes::unlike))
        .routes(routes!(likes::list))
        .routes(routes!(comments::write, comments::list))
        .routes(routes!(comments::edit, comments::remove))
}

fn conversations_and_notifications(calls: Calls) -> Calls {
    calls
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::read))
        .routes(routes!(notifications::mute, notifications::unmute))
        .routes(routes!(conversations::begin, conversations::list))
        .routes(routes!(conversations::show, conversations::hide))
        .routes(routes!(conversations::read))
        .routes(routes!(conversations::accept))
        .routes(routes!(messages::write, messages::list))
        .routes(routes!(messages::edit, messages::remove))
}

fn inboxes(calls: Calls) -> Calls {
    calls
        .routes(routes!(inboxes::list))
        .routes(routes!(inboxes::show, inboxes::update))
        .routes(routes!(inboxes::set_agent, inboxes::remove_agent))
        .routes(routes!(inboxes::list_cases, inboxes::write_first))
        .routes(routes!(cases::name_customer))
        .routes(routes!(messages::send_again))
        .routes(routes!(cases::show))
        .routes(routes!(cases::assign))
        .routes(routes!(cases::set_status))
        .routes(routes!(cases::write_note, cases::list_notes))
        .routes(routes!(replies::list, replies::create))
        .routes(routes!(replies::update, replies::delete))
        .routes(routes!(replies::stats))
}

fn moderation(calls: Calls) -> Calls {
    calls
        .routes(routes!(moderation::report, moderation::list))
        .routes(routes!(moderation::keep_post))
        .routes(routes!(moderation::keep_comment))
        .routes(routes!(moderation::keep_message))
        .routes(routes!(moderation::suspend, moderation::lift))
}

/// Every route of the API, below `/api`.
pub fn routes() -> Router<Site> {
    let router = described().0;
    router
        .route("/openapi.json", get(show_document))
        .route("/docs", get(|| async { Redirect::permanent("/docs") }))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
}

/// `GET /openapi.json`, below `/api` and at the root.
pub async fn show_document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document()).into_response()
}

/// The answer to a path that is no call.
pub(super) async fn not_found() -> Error {
    Error::NotFound("There is no such call: GET /api/openapi.json lists them all.")
}

async fn method_not_allowed() -> Response {
    let detail = "This call has another method: see the Allow header.".to_owned();
    problem(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail, None)
}

/// JSON with a status.
fn json<T: serde::Serialize>(status: StatusCode, body: &T) -> Response {
    // Views are plain data with string keys: there is nothing that could fail.
    let body = serde_json::to_string(body).expect("plain data is JSON");
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
