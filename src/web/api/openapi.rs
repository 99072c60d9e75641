//! The head of `openapi.json`, and how calls of a kind are refused; the calls add themselves.

use std::collections::btree_map::Entry;

use serde_json::json;
use utoipa::OpenApi as _;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, Schema};

use super::values::{self, keyword};
use crate::web::cookie::SESSION_COOKIE;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Plaudit",
        description = "Posts, comments and likes. Errors are application/problem+json with a `code`; ids are integers \
            below 2^53; times are RFC 3339 in UTC; unknown fields are refused. What is live comes over the \
            WebSocket at /live (docs/protocol.md)."
    ),
    servers((url = "/api")),
    components(schemas(crate::web::error::Problem, values::Cursor, values::Limit, values::Order, values::CaseOrder, values::Search, values::Prefix, values::Status, values::Days)),
    tags(
        (name = "posts", description = "Posts and who likes them"),
        (name = "comments", description = "Comments of posts"),
        (name = "people", description = "Users, sessions, settings"),
        (name = "conversations", description = "Messages between two members, or with an inbox"),
        (name = "inboxes", description = "A team's shared mailboxes, for those who answer"),
        (name = "notifications", description = "What others did that concerns me"),
        (name = "moderation", description = "Reports, and what moderators decide")
    )
)]
struct Head;

/// The document without its calls.
pub(super) fn document() -> OpenApi {
    let mut document = Head::openapi();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(SESSION_COOKIE)));
    components.add_security_scheme("cookie", cookie);
    document
}

/// Adds to every call how all calls of its kind can be refused: said in one place, so that none forgets it.
pub(super) fn complete(mut document: OpenApi) -> OpenApi {
    // A report is of one thing.
    if let Some(RefOr::T(Schema::Object(report))) =
        document.components.as_mut().and_then(|components| components.schemas.get_mut("NewReport"))
    {
        let one = json!([{"required": ["post"]}, {"required": ["comment"]}, {"required": ["message"]}]);
        report.extensions = Some(keyword("oneOf", one));
    }
    // Only a snoozed case has a time.
    if let Some(RefOr::T(Schema::Object(status))) =
        document.components.as_mut().and_then(|components| components.schemas.get_mut("NewStatus"))
    {
        let one = json!([
            {"properties": {"status": {"enum": ["snoozed"]}, "until": {"type": "string"}}, "required": ["until"]},
            {"properties": {"status": {"enum": ["open", "closed"]}, "until": {"type": "null"}}},
        ]);
        status.extensions = Some(keyword("oneOf", one));
    }
    for path in document.paths.paths.values_mut() {
        if let Some(call) = &mut path.get {
            // Reads have a rate for each address.
            add_refusal(call, "429", "rate_limited");
            add_refusals(call);
        }
        for call in [&mut path.put, &mut path.post, &mut path.delete, &mut path.patch].into_iter().flatten() {
            add_refusal(call, "403", "bad_origin");
            add_refusals(call);
        }
    }
    document
}

fn add_refusals(call: &mut Operation) {
    let has_body = call.request_body.is_some();
    // At least the header Plaudit-User can be malformed.
    add_refusal(call, "400", "bad_request");
    // A Bearer token that is not valid is refused by every call.
    add_refusal(call, "401", "no_session");
    // So is a page that says in Plaudit-User that it was made for somebody else.
    add_refusal(call, "409", "other_user");
    if has_body {
        add_refusal(call, "413", "too_large");
        add_refusal(call, "415", "media_type");
    }
    add_refusal(call, "500", "internal: a mistake of ours");
    add_refusal(call, "503", "overloaded, storage");
}

fn add_refusal(call: &mut Operation, status: &str, code: &str) {
    match call.responses.responses.entry(status.to_owned()) {
        Entry::Occupied(mut there) => {
            if let RefOr::T(response) = there.get_mut()
                && !response.description.contains(code)
            {
                response.description = format!("{}; {code}", response.description);
            }
        }
        Entry::Vacant(free) => {
            let mut response = Response::new(code);
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            response.content.insert("application/problem+json".to_owned(), RefOr::T(problem));
            free.insert(response.into());
        }
    }
}
