//! What pages of the configured origins may do beyond what every page may: ask the API from a script and read its
//! answers. Never with cookies: such a page acts with a Bearer or as nobody.

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, SET_COOKIE,
    VARY,
};
use http::{HeaderValue, Method, StatusCode};

use super::Site;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const HEADERS: HeaderValue = HeaderValue::from_static("authorization, content-type, plaudit-user");
const EXPOSED: HeaderValue =
    HeaderValue::from_static("plaudit-user, retry-after, www-authenticate, x-request-id");
/// Seconds that a browser may remember the answer to a preflight.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// The origin of a configured page that asks the API; none for all other requests.
pub(super) fn allowed_origin(site: &Site, request: &Request) -> Option<HeaderValue> {
    let asks_api = request.uri().path().starts_with("/api/") && site.is_foreign(request.headers());
    asks_api.then(|| request.headers().get(ORIGIN).cloned()).flatten()
}

/// The answer to a preflight of a configured page; none if the request is something else.
pub(super) fn preflight(request: &Request) -> Option<Response> {
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    is_preflight.then(|| {
        let mut response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        response
    })
}

/// Lets the page read the answer. The answer sets no cookie: that would replace the visitor's own cookie of this site.
pub(super) fn allow(response: &mut Response, origin: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.append(VARY, HeaderValue::from_static("Origin"));
    headers.remove(SET_COOKIE);
}
