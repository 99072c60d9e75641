//! The session's cookie: found among those of other applications, begun and ended.

use std::sync::Arc;

use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::domain::Token;
use crate::domain::session::LIFE_SECONDS;

/// The cookie's name unless it is configured.
pub const SESSION_COOKIE: &str = "plaudit_session";

/// A site's session cookie; its value is the token. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SessionCookie {
    name: Arc<str>,
    secure: bool,
}

impl SessionCookie {
    /// A cookie of this name, which browsers send by https only if it is `secure`.
    pub fn new(name: &str, secure: bool) -> Self {
        Self { name: name.into(), secure }
    }

    /// The different values of all cookies of the name, in their order. Other applications of the host write cookies as
    /// they like, bytes beyond ASCII included: theirs never hide ours.
    pub(super) fn values(&self, headers: &HeaderMap) -> Vec<String> {
        let mut values: Vec<String> = Vec::new();
        for line in headers.get_all(COOKIE) {
            let line = String::from_utf8_lossy(line.as_bytes());
            for cookie in Cookie::split_parse(line.as_ref()).flatten() {
                let value = cookie.value_trimmed();
                if cookie.name() == &*self.name && !values.iter().any(|known| known == value) {
                    values.push(value.to_owned());
                }
            }
        }
        values
    }

    /// `Set-Cookie` for a new session.
    pub fn begin(&self, token: &Token) -> HeaderValue {
        self.set(token.as_str(), LIFE_SECONDS)
    }

    /// `Set-Cookie` that takes the session away.
    pub fn end(&self) -> HeaderValue {
        self.set("", 0)
    }

    fn set(&self, value: &str, max_age: i64) -> HeaderValue {
        let cookie = Cookie::build((&*self.name, value))
            .path("/")
            .max_age(Duration::seconds(max_age))
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure);
        // A token is base64url, and a configured name is checked: there is nothing that a header could not hold.
        HeaderValue::from_str(&cookie.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(lines: &[&[u8]]) -> Vec<String> {
        let line = |line: &&[u8]| (COOKIE, HeaderValue::from_bytes(line).unwrap());
        SessionCookie::new(SESSION_COOKIE, false).values(&lines.iter().map(line).collect())
    }

    #[test]
    fn other_applications_cookies_never_hide_the_session() {
        for line in [
            &b"plaudit_session=a"[..],
            "stadt=K\u{f6}ln; plaudit_session=a".as_bytes(),
            b"stadt=K\xf6ln; plaudit_session=a",
            b"plaudit_session=a; \xff=\xfe",
            b"; ;=; =x;nothing; plaudit_session=a;",
            b"a=\"b; plaudit_session=a",
            b"plaudit_session=\"a\"",
            b"xplaudit_session=b;plaudit_session=a;plaudit_sessionx=c; PLAUDIT_SESSION=d",
        ] {
            assert_eq!(values(&[line]), ["a"], "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn every_cookie_of_the_name_is_found_once() {
        let lines = [&b"plaudit_session=; plaudit_session=a"[..], b"plaudit_session=b; plaudit_session=a"];
        assert_eq!(values(&lines), ["", "a", "b"]);
        assert_eq!(values(&[]), [""; 0]);
    }
}
