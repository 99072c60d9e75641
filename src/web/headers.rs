//! What the headers of a request say: its token, its addresses, its page. It reads and decides nothing; `door` decides.
//! Requests and socket upgrades are read here alike.

use cookie::Cookie;
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use http::{HeaderMap, HeaderName};

use crate::app::page_user::PageUser;
use crate::domain::{Error, Result};
use crate::door::origins::Claims;

/// The session's cookie; its value is the token.
pub(super) const SESSION_COOKIE: &str = "plaudit_session";

/// Whose page sends a request, and whose session an answer begins.
pub(super) const PLAUDIT_USER: HeaderName = HeaderName::from_static("plaudit-user");

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Where a token was found.
pub(super) enum Claim<'a> {
    Bearer(&'a str),
    Cookie(String),
}

/// The token of a request: the `Authorization` header goes before the cookie, and one that is there must be right.
pub(super) fn token(headers: &HeaderMap) -> Result<Option<Claim<'_>>> {
    let mut authorizations = headers.get_all(AUTHORIZATION).iter();
    if let Some(value) = authorizations.next() {
        let bearer = value.to_str().ok().and_then(|value| value.split_once(' '));
        let bearer = bearer
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer") && authorizations.next().is_none());
        return bearer.map(|(_, token)| Some(Claim::Bearer(token.trim()))).ok_or(Error::NoSession);
    }
    Ok(session_cookie(headers).map(Claim::Cookie))
}

/// The session's cookie.
pub(super) fn session_cookie(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = lines.flat_map(Cookie::split_parse).flatten();
    cookies.find(|cookie| cookie.name() == SESSION_COOKIE).map(|cookie| cookie.value().to_owned())
}

/// The user that the page which sent the request was made for, if the request says so.
pub(super) fn page_user(headers: &HeaderMap) -> Result<Option<PageUser>> {
    let mut values = headers.get_all(PLAUDIT_USER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    // Two of them would be two answers.
    let text = if values.next().is_none() { value.to_str().unwrap_or_default() } else { "" };
    PageUser::parse(text).map(Some)
}

/// What proxies say of where a request comes from, line by line.
pub(super) fn forwarded(headers: &HeaderMap) -> Vec<&str> {
    headers.get_all(X_FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect()
}

/// The `Host` that a request was sent to.
pub(super) fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(HOST).and_then(|value| value.to_str().ok())
}

/// What a request says of the page that sent it.
pub(super) fn claims(headers: &HeaderMap) -> Claims<'_> {
    // A second header of the kind, or one that is no text, must not pass for "not there".
    let text = |name: HeaderName| {
        let mut values = headers.get_all(name).iter();
        let first = values.next()?;
        Some(if values.next().is_some() { "" } else { first.to_str().unwrap_or_default() })
    };
    Claims { host: text(HOST), origin: text(ORIGIN), fetch_site: text(SEC_FETCH_SITE) }
}
