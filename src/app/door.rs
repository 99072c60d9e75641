//! The door: what the headers of a request or a socket upgrade say of who asks, from where and on whose page.
//! `web` and `socket` ask here, so that both have one answer.

use std::net::IpAddr;
use std::sync::Arc;

use cookie::Cookie;
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use http::{HeaderMap, HeaderName};

use super::connections::Connections;
use super::origins::{Claims, Origins};
use super::proxies::Proxies;
use super::{App, Caller};
use crate::domain::{Address, Error, Result};

/// The session's cookie; its value is the token.
pub const SESSION_COOKIE: &str = "plaudit_session";

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The socket's other end, as the accept loop sees it: a client or a proxy.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// See the module.
pub struct Door {
    /// The application behind it.
    pub app: Arc<App>,
    /// Which pages may act.
    pub origins: Origins,
    /// Who may speak for others.
    pub proxies: Proxies,
    /// How many are in.
    pub connections: Connections,
}

impl Door {
    /// The address that limits count by.
    pub fn address(&self, headers: &HeaderMap, peer: Peer) -> Address {
        let forwarded: Vec<&str> =
            headers.get_all(X_FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
        self.proxies.address(peer.0, forwarded.into_iter())
    }

    /// Who asks. A Bearer token that is not valid is `no_session`; a cookie that is not valid is as none.
    pub async fn caller(&self, headers: &HeaderMap, peer: Peer) -> Result<Caller> {
        let address = self.address(headers, peer);
        let session = match token(headers)? {
            Some(Claim::Bearer(token)) => Some(self.app.find_session(token).await?.ok_or(Error::NoSession)?),
            Some(Claim::Cookie(token)) => self.app.find_session(&token).await?,
            None => None,
        };
        Ok(Caller { session, address })
    }

    /// Whether a request may change something, as far as its page's origin goes.
    pub fn check_request(&self, headers: &HeaderMap) -> Result<()> {
        self.origins.check_request(claims(headers))
    }

    /// Whether a page may open a socket.
    pub fn check_upgrade(&self, headers: &HeaderMap) -> Result<()> {
        self.origins.check_upgrade(claims(headers), session_cookie(headers).is_some())
    }

    /// The site's own origin, as this request sees it.
    pub fn own_origin(&self, headers: &HeaderMap) -> String {
        self.origins.own(headers.get(HOST).and_then(|value| value.to_str().ok()))
    }
}

/// Where a token was found.
enum Claim<'a> {
    Bearer(&'a str),
    Cookie(String),
}

/// The token of a request: the `Authorization` header goes before the cookie, and one that is there must be right.
fn token(headers: &HeaderMap) -> Result<Option<Claim<'_>>> {
    let mut authorizations = headers.get_all(AUTHORIZATION).iter();
    if let Some(value) = authorizations.next() {
        let bearer = value.to_str().ok().and_then(|value| value.split_once(' '));
        let bearer = bearer
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer") && authorizations.next().is_none());
        return bearer.map(|(_, token)| Some(Claim::Bearer(token.trim()))).ok_or(Error::NoSession);
    }
    Ok(session_cookie(headers).map(Claim::Cookie))
}

fn session_cookie(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = lines.flat_map(Cookie::split_parse).flatten();
    cookies.find(|cookie| cookie.name() == SESSION_COOKIE).map(|cookie| cookie.value().to_owned())
}

fn claims(headers: &HeaderMap) -> Claims<'_> {
    // A second header of the kind, or one that is no text, must not pass for "not there".
    let text = |name: HeaderName| {
        let mut values = headers.get_all(name).iter();
        let first = values.next()?;
        Some(if values.next().is_some() { "" } else { first.to_str().unwrap_or_default() })
    };
    Claims { host: text(HOST), origin: text(ORIGIN), fetch_site: text(SEC_FETCH_SITE) }
}
