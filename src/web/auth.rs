//! Who makes a request, as an extractor, and the session's cookie.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use http::HeaderValue;
use http::request::Parts;

use super::Site;
use crate::app::Caller;
use crate::app::door::{Peer, SESSION_COOKIE};
use crate::domain::session::LIFE_SECONDS;
use crate::domain::{Error, Token};

/// A request's caller and what answers to it need to know.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Who asks.
    pub caller: Caller,
    /// Whether cookies are `Secure`.
    pub secure: bool,
    /// The site's origin, like `https://example.org`.
    pub origin: String,
}

impl Visit {
    async fn read(parts: &Parts, site: &Site) -> Result<Self, Error> {
        let peer = parts.extensions.get::<Peer>().copied().ok_or(Error::Overloaded)?;
        let door = site.door();
        let caller = door.caller(&parts.headers, peer).await?;
        Ok(Self { caller, secure: door.origins.secure(), origin: door.own_origin(&parts.headers) })
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

/// `Set-Cookie` for a new session.
pub fn session_cookie(token: &Token, secure: bool) -> HeaderValue {
    cookie(token.as_str(), LIFE_SECONDS, secure)
}

/// `Set-Cookie` that takes the session away.
pub fn ended_cookie(secure: bool) -> HeaderValue {
    cookie("", 0, secure)
}

fn cookie(value: &str, max_age: i64, secure: bool) -> HeaderValue {
    let cookie = Cookie::build((SESSION_COOKIE, value))
        .path("/")
        .max_age(Duration::seconds(max_age))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure);
    // A token is base64url: there is nothing that a header could not hold.
    HeaderValue::from_str(&cookie.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
}
