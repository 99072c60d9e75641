//! The head of `openapi.json`; the calls add themselves.

use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};

use crate::app::door::SESSION_COOKIE;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Plaudit",
        description = "Posts, comments and likes. Errors are application/problem+json with a `code`; ids are integers \
            below 2^53; times are RFC 3339 in UTC; unknown fields are refused. What is live comes over the \
            WebSocket at /live (docs/protocol.md)."
    ),
    servers((url = "/api")),
    components(schemas(crate::web::error::Problem)),
    tags(
        (name = "posts", description = "Posts and who likes them"),
        (name = "comments", description = "Comments of posts"),
        (name = "people", description = "Users, sessions, settings"),
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
