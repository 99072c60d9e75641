//! What every request passes first: a whole and single Host, the site's own name, an origin that may act, a form of the
//! user's own page; and the headers that every answer carries.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method, StatusCode, Version, header};

use super::Site;
use super::error::problem;
use super::hooks::HOOKS;
use super::pages::error::bare;
use super::pages::page_user;
use super::pages::wrong_address::{self, Addresses};
use super::{cors, headers};
use crate::domain::Error;
use crate::door::Peer;
use crate::door::seldom::Seldom;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'";

/// Where OPTIONS is answered with 204: load balancers ask so whether a server lives. Elsewhere it is 405 with `Allow`.
const HEALTH_CHECKS: [&str; 3] = ["/", "/healthz", "/readyz"];
/// What is not made for people, and what costs nothing to read.
pub(super) const NO_PAGES: [&str; 8] =
    ["/api/", "/assets/", "/avatars/", "/healthz", "/readyz", "/live", "/metrics", HOOKS];

/// When an address that reads too much was logged.
static COMPLAINT: Seldom = Seldom::every(Duration::from_mins(1));

/// See the module.
pub(super) async fn guard(State(site): State<Site>, request: Request, next: Next) -> Response {
    // RFC 9112: if a request has chunks and a Content-Length, the chunks count, and the connection must close, so that
    // nothing behind is read as a request. hyper hides the Content-Length, so the connection of every chunked request closes.
    let close = request.headers().contains_key(header::TRANSFER_ENCODING);
    let origin = cors::allowed_origin(&site, &request);
    let is_health_check = *request.method() == Method::OPTIONS
        && HEALTH_CHECKS.contains(&request.uri().path())
        && request.uri().query().is_none();
    let preflight = origin.as_ref().and_then(|_| cors::preflight(&request));
    let mut response = match check(&site, &request) {
        Ok(()) => match preflight {
            Some(answer) => answer,
            None => answer(&site, request, next).await,
        },
        Err(refusal) => *refusal,
    };
    if is_health_check && let Some(allow) = response.headers_mut().remove(header::ALLOW) {
        // The router has no route for OPTIONS, but knows the methods of the path.
        response = (StatusCode::NO_CONTENT, [(header::ALLOW, allow)]).into_response();
    }
    if let Some(origin) = origin {
        cors::allow(&mut response, origin);
    }
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
    // No cache keeps an answer that depends on who asks. Assets set this header themselves.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if site.door().origins.secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

async fn answer(site: &Site, request: Request, next: Next) -> Response {
    // The body of a hook is signed: it is read as it came.
    if request.uri().path().starts_with(HOOKS) {
        return next.run(request).await;
    }
    match page_user::admit(site, request).await {
        Ok(request) => next.run(request).await,
        Err(refusal) => refusal,
    }
}

fn check(site: &Site, request: &Request) -> Result<(), Box<Response>> {
    let (headers, path) = (request.headers(), request.uri().path());
    let host = check_host(request)?;
    let is_page = !NO_PAGES.iter().any(|other| path.starts_with(other));
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let moved = host.filter(|_| is_page).and_then(|host| site.door().origins.moved_from(host));
        if let Some(origin) = moved {
            return Err(Box::new(redirect_to(origin, request)));
        }
        let reads = is_page || path.starts_with("/api/");
        return if reads { check_rate(site, request, is_page) } else { Ok(()) };
    }
    // What calls there is no browser: its signature says who it is, whatever else it sends.
    if path.starts_with(HOOKS) {
        return Ok(());
    }
    // A page of a configured origin may use the API. Forms act with cookies, and its cookies do not count.
    let is_foreign_form = is_page && site.is_foreign(headers);
    let may_act =
        *request.method() == Method::OPTIONS || site.check_request(headers).is_ok() && !is_foreign_form;
    if may_act { Ok(()) } else { Err(Box::new(refuse_origin(site, request, is_page))) }
}

/// The one Host of a request. HTTP/1.0 knows requests without.
fn check_host(request: &Request) -> Result<Option<&str>, Box<Response>> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if request.version() <= Version::HTTP_10 => return Ok(None),
        (Some(host), None) => {
            if let Some(host) = host.to_str().ok().filter(|host| !host.is_empty()) {
                return Ok(Some(host));
            }
        }
        _ => {}
    }
    let detail = "Send exactly one Host header.".to_owned();
    let mut response = problem(StatusCode::BAD_REQUEST, "bad_request", detail, None);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    Err(Box::new(response))
}

/// Whether the address of a request may read at this moment. Assets and avatars cost nothing, and sockets have rates of
/// their own.
fn check_rate(site: &Site, request: &Request, is_page: bool) -> Result<(), Box<Response>> {
    let Some(peer) = request.extensions().get::<Peer>() else { return Ok(()) };
    let address = site.address(request.headers(), *peer);
    site.app().rates().read(address).map_err(|refused| {
        site.metrics().refused_reads.inc();
        if COMPLAINT.is_due() {
            tracing::warn!(%address, "an address reads more than reads-per-second allows; this is said once a minute at most");
        }
        Box::new(if is_page { bare(&refused) } else { refused.into_response() })
    })
}

/// The same page under the site's own name. The redirect is temporary: the operator may choose another name.
fn redirect_to(origin: &str, request: &Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    Redirect::temporary(&format!("{origin}{path}")).into_response()
}

fn refuse_origin(site: &Site, request: &Request, is_page: bool) -> Response {
    let headers = request.headers();
    let expected = site.door().origins.own(headers::host(headers));
    if !is_page {
        let detail = format!("{} The site's own address is {expected}.", Error::BadOrigin);
        return problem(StatusCode::FORBIDDEN, Error::BadOrigin.code(), detail, None);
    }
    let sent_from = headers::claims(headers).origin.filter(|origin| !matches!(*origin, "null" | ""));
    let peer = request.extensions().get::<Peer>();
    wrong_address::page(Addresses {
        expected,
        sent_from: sent_from.map(ToOwned::to_owned),
        at_the_server: peer.is_some_and(|peer| site.is_at_the_server(headers, *peer)),
    })
}
