//! What every request passes first: a whole and single Host, an origin that may act, and the headers that every
//! answer carries.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};

use super::Site;
use super::error::problem;
use super::pages::page_user;
use crate::domain::Error;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'";

/// See the module.
pub(super) async fn guard(State(site): State<Site>, request: Request, next: Next) -> Response {
    // RFC 9112: with both lengths the chunks win, and the connection closes so that nothing smuggled behind is read.
    // hyper keeps only the one that wins, so every chunked request pays with its connection.
    let close = request.headers().contains_key(header::TRANSFER_ENCODING);
    let mut response = match check(&site, &request) {
        Ok(()) => match page_user::admit(&site, request).await {
            Ok(request) => next.run(request).await,
            Err(refusal) => refusal,
        },
        Err(refusal) => *refusal,
    };
    let unauthorized = response.status() == StatusCode::UNAUTHORIZED;
    let headers = response.headers_mut();
    if close {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    if unauthorized {
        // RFC 9110, 15.5.2: a 401 says how to do better.
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    // What depends on who asks is kept by nobody; assets say otherwise by themselves.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if site.door().origins.secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

fn check(site: &Site, request: &Request) -> Result<(), Box<Response>> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let one =
        hosts.next().is_some_and(|host| !host.is_empty() && host.to_str().is_ok()) && hosts.next().is_none();
    if !one {
        let detail = "Send exactly one Host header.".to_owned();
        let mut response = problem(StatusCode::BAD_REQUEST, "bad_request", detail, None);
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        return Err(Box::new(response));
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && site.check_request(request.headers()).is_err() {
        return Err(Box::new(Error::BadOrigin.into_response()));
    }
    Ok(())
}
