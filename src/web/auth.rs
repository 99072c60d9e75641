//! Who makes a request: its caller, as an extractor and for socket upgrades, and the session's cookie.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};

use super::Site;
use super::cookie::SessionCookie;
use super::headers::{self, Tokens};
use crate::app::Caller;
use crate::domain::{Address, Error, Token, Unread, UserId};
use crate::door::Peer;
use crate::door::origins::Origins;

impl Site {
    /// Who asks. A Bearer token that is not valid is `no_session`; a cookie that is not valid is as none.
    pub async fn caller(&self, headers: &HeaderMap, peer: Peer) -> Result<Caller, Error> {
        let mut callers = self.callers(headers, peer, 1).await?;
        let nobody = || Caller { session: None, address: self.address(headers, peer) };
        Ok(callers.pop().unwrap_or_else(nobody))
    }

    /// Who asks, once for each valid session that the request brings, `limit` at most. There is more than one where a
    /// browser holds several cookies of the name.
    async fn callers(&self, headers: &HeaderMap, peer: Peer, limit: usize) -> Result<Vec<Caller>, Error> {
        let address = self.address(headers, peer);
        let tokens = match headers::tokens(headers, self.cookie()) {
            Tokens::Bearer(token) => {
                let session = self.app().find_session(&token).await?.ok_or(Error::NoSession)?;
                return Ok(vec![Caller { session: Some(session), address }]);
            }
            // A page of another origin acts with a Bearer, or as nobody.
            Tokens::Cookies(_) if self.is_foreign(headers) => Vec::new(),
            Tokens::Cookies(tokens) => tokens,
        };
        let mut callers = Vec::new();
        for token in tokens {
            if callers.len() == limit {
                break;
            }
            if let Some(session) = self.app().find_session(&token).await? {
                callers.push(Caller { session: Some(session), address });
            }
        }
        Ok(callers)
    }

    /// What limits by address count a request by.
    pub fn address(&self, headers: &HeaderMap, peer: Peer) -> Address {
        self.door().proxies.address(peer.0, &headers::forwarded(headers))
    }

    /// Whether who asks sits at the server itself: no proxy stands between, and the address is the machine's own.
    pub fn is_at_the_server(&self, headers: &HeaderMap, peer: Peer) -> bool {
        let forwarded = headers::forwarded(headers);
        let is_direct = forwarded.x_forwarded_for.is_empty() && forwarded.forwarded.is_empty();
        let host = headers::host(headers).unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_matches(['[', ']']);
        is_direct && (peer.0.is_loopback() || name.parse() == Ok(peer.0))
    }

    /// Whether a request may change something, as far as its page's origin goes.
    pub fn check_request(&self, headers: &HeaderMap) -> Result<(), Error> {
        self.logged(headers, |origins| origins.check_request(headers::claims(headers)))
    }

    /// Whether a page may open a socket.
    pub fn check_upgrade(&self, headers: &HeaderMap) -> Result<(), Error> {
        let has_cookie = !self.cookie().values(headers).is_empty();
        self.logged(headers, |origins| origins.check_upgrade(headers::claims(headers), has_cookie))
    }

    /// Whether a request comes from a page of a configured origin that is not the site's own.
    pub fn is_foreign(&self, headers: &HeaderMap) -> bool {
        self.door().origins.is_foreign(headers::claims(headers))
    }

    fn logged(
        &self,
        headers: &HeaderMap,
        check: impl FnOnce(&Origins) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let origins = &self.door().origins;
        check(origins).inspect_err(|_| origins.complain(headers::claims(headers)))
    }
}

/// A request's caller and what answers to it need to know.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Who asks.
    pub caller: Caller,
    /// The site's session cookie.
    pub cookie: SessionCookie,
    /// The site's origin, like `https://example.org`.
    pub origin: String,
    /// Whether the request comes from a page of another, configured origin: its answers set no cookies.
    pub foreign: bool,
    /// How much is unread, where a page's header shows it; else nothing.
    pub unread: Unread,
    /// Whether there are conversations to follow; likewise.
    pub has_messages: bool,
}

impl Visit {
    async fn read(parts: &Parts, site: &Site) -> Result<Self, Error> {
        let peer = parts.extensions.get::<Peer>().copied().ok_or(Error::Overloaded)?;
        let caller = site.caller(&parts.headers, peer).await?;
        if let Some(page) = headers::page_user(&parts.headers)? {
            caller.check_page(page)?;
        }
        let origins = &site.door().origins;
        let origin = origins.own(headers::host(&parts.headers));
        let (cookie, foreign) = (site.cookie().clone(), site.is_foreign(&parts.headers));
        Ok(Self { caller, cookie, origin, foreign, unread: Unread::default(), has_messages: false })
    }
}

impl FromRequestParts<Site> for Visit {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Error> {
        Self::read(parts, site).await
    }
}

/// For pages that must render even when nobody can be looked up: an error page, say.
impl OptionalFromRequestParts<Site> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Option<Self>, Self::Rejection> {
        Ok(Self::read(parts, site).await.ok())
    }
}

/// Begins a session in an answer of the API: its cookie, and whose it is, so that the page goes on as that user.
pub fn begin_session(response: &mut Response, user: UserId, token: &Token, cookie: &SessionCookie) {
    let headers = response.headers_mut();
    headers.insert(header::SET_COOKIE, cookie.begin(token));
    headers.insert(headers::PLAUDIT_USER, HeaderValue::from(user.0));
}

/// Every caller that a request stands for, one for each valid session that it brings: logging out ends them all.
pub struct Callers(pub Vec<Caller>);

impl FromRequestParts<Site> for Callers {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Error> {
        let peer = parts.extensions.get::<Peer>().copied().ok_or(Error::Overloaded)?;
        site.callers(&parts.headers, peer, usize::MAX).await.map(Self)
    }
}
