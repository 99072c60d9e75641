//! What the headers of a request say: its token, its addresses, its page. It reads and decides nothing; `door` decides.
//! Requests and socket upgrades are read here alike.

use http::header::{AUTHORIZATION, FORWARDED, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::cookie::SessionCookie;
use crate::app::page_user::PageUser;
use crate::domain::Result;
use crate::door::origins::Claims;
use crate::door::proxies::Forwarded;

/// Whose page sends a request, and whose session an answer begins.
pub(super) const PLAUDIT_USER: HeaderName = HeaderName::from_static("plaudit-user");

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The tokens of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tokens {
    /// `Authorization: Bearer`: it must be right. One that cannot be a token is here too.
    Bearer(String),
    /// The values of all cookies with the session's name, in their order. Any that is right counts.
    Cookies(Vec<String>),
}

/// All tokens of a request as one text, valid or not: the same for the same client.
pub(super) fn all_tokens(headers: &HeaderMap, cookie: &SessionCookie) -> String {
    match tokens(headers, cookie) {
        Tokens::Bearer(token) => token,
        Tokens::Cookies(tokens) => tokens.join(" "),
    }
}

/// The tokens of a request. A Bearer goes before cookies. An `Authorization` with another scheme is ignored: it may be
/// for a proxy in front.
pub(super) fn tokens(headers: &HeaderMap, cookie: &SessionCookie) -> Tokens {
    let mut bearers = headers.get_all(AUTHORIZATION).iter().filter_map(bearer);
    match (bearers.next(), bearers.next()) {
        (None, _) => Tokens::Cookies(cookie.values(headers)),
        (Some(token), None) => Tokens::Bearer(token),
        // Two of them would be two answers.
        (Some(_), Some(_)) => Tokens::Bearer(String::new()),
    }
}

fn bearer(value: &HeaderValue) -> Option<String> {
    let text = String::from_utf8_lossy(value.as_bytes());
    let (scheme, token) = text.split_once(' ').unwrap_or((&text, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// The user that the page which sent the request was made for, if the request says so.
pub(super) fn page_user(headers: &HeaderMap) -> Result<Option<PageUser>> {
    let mut values = headers.get_all(PLAUDIT_USER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    // Two of them would be two answers.
    let text = if values.next().is_none() { value.to_str().unwrap_or_default() } else { "" };
    PageUser::parse(text).map(Some)
}

/// What proxies say of where a request comes from, line by line. Bytes that are no UTF-8 become U+FFFD, which stands in no
/// address.
pub(super) fn forwarded(headers: &HeaderMap) -> Forwarded<'_> {
    let lines =
        |name| headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    Forwarded { x_forwarded_for: lines(X_FORWARDED_FOR), forwarded: lines(FORWARDED) }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(HeaderName, &[u8])]) -> HeaderMap {
        let lines = lines.iter().map(|(name, value)| (name.clone(), HeaderValue::from_bytes(value).unwrap()));
        lines.collect()
    }

    fn found(values: &[&str]) -> Tokens {
        Tokens::Cookies(values.iter().map(|value| (*value).to_owned()).collect())
    }

    #[test]
    fn only_a_bearer_goes_before_the_cookie() {
        let asked = |values: &[&[u8]]| {
            let mut all = headers(&values.iter().map(|value| (AUTHORIZATION, *value)).collect::<Vec<_>>());
            all.insert(http::header::COOKIE, HeaderValue::from_static("plaudit_session=a"));
            tokens(&all, &SessionCookie::new("plaudit_session", false))
        };
        for other in [&b"Basic YW5hOmFuYQ=="[..], b"Basic", b"", b"Negotiate x", b"Bearerx y", b"\xff\xfe x"]
        {
            assert_eq!(asked(&[other]), found(&["a"]), "{}", String::from_utf8_lossy(other));
        }
        assert_eq!(asked(&[b"Bearer b"]), Tokens::Bearer("b".to_owned()));
        assert_eq!(asked(&[b"Basic x", b"bearer  b "]), Tokens::Bearer("b".to_owned()));
        // What is meant as a Bearer and is none is bad, and not ignored.
        for bad in [&b"Bearer"[..], b"Bearer ", b"Bearer \xff"] {
            assert!(matches!(asked(&[bad]), Tokens::Bearer(_)));
        }
        assert_eq!(asked(&[b"Bearer b", b"Bearer c"]), Tokens::Bearer(String::new()));
    }
}
