//! `GET /live`: from a request to a connection of the hub. Origin, session and limits are checked before the 101; the
//! session once more after the connection is registered, because it may have ended in between.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use hyper::upgrade::{OnUpgrade, Parts, Upgraded};
use hyper_util::rt::TokioIo;
use plaudit_hub::Handle;
use plaudit_protocol::{SUBPROTOCOL, close};
use url::form_urlencoded;

use super::Connection;
use crate::app::page_user::PageUser;
use crate::app::{Actor, Caller};
use crate::domain::{Error, Session};
use crate::door::Peer;
use crate::door::connections::{Held, Place};
use crate::door::limits::command_quota;
use crate::live::{Relay, topics};
use crate::web::Site;
use crate::web::wire::Wire;

/// What the route needs.
#[derive(Clone)]
pub struct Gate {
    /// Who asks, from where, on whose page.
    pub site: Site,
    /// Where connections go.
    pub hub: Handle,
    /// Where a session that ended meanwhile is told.
    pub relay: Arc<Relay>,
}

/// The route.
pub fn routes(gate: Gate) -> Router {
    Router::new().route("/live", get(upgrade).with_state(gate))
}

async fn upgrade(State(gate): State<Gate>, mut request: Request) -> Response {
    let handshake = match check_handshake(&request) {
        Ok(handshake) => handshake,
        Err(answer) => return *answer,
    };
    let peer = request.extensions().get::<Peer>().copied();
    let on_upgrade = request.extensions_mut().remove::<OnUpgrade>();
    let (Some(peer), Some(on_upgrade)) = (peer, on_upgrade) else {
        return Error::Overloaded.into_response();
    };
    if let Err(error) = gate.site.check_upgrade(request.headers()) {
        return error.into_response();
    }
    if let Err(error) = gate.site.app().rates().upgrade() {
        return error.into_response();
    }
    let caller = match gate.site.caller(request.headers(), peer).await {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    if let Err(error) = check_page(request.uri().query().unwrap_or_default(), &caller) {
        return error.into_response();
    }
    // A client behind a proxy has no place of its own yet: the proxy's socket counts in all only.
    let behind_proxy = gate.site.door().proxies.trusts(peer.0);
    let place = behind_proxy.then(|| gate.site.door().connections.take_behind_proxy(caller.address));
    let place = match place.transpose() {
        Ok(place) => place.map(Arc::new),
        Err(_full) => return Error::Overloaded.into_response(),
    };
    let places = [request.extensions().get::<Held>().map(|held| held.0.clone()), place];
    let headers = request.headers().clone();
    tokio::spawn(async move {
        match on_upgrade.await {
            Ok(upgraded) => hand_over(&gate, upgraded, caller, places, &headers, peer).await,
            Err(error) => tracing::debug!(%error, "an upgrade was not finished"),
        }
    });
    handshake
}

/// Whether the page that opens the socket, which says in `?user=ID` whom it was made for, may act as the caller.
fn check_page(query: &str, caller: &Caller) -> Result<(), Error> {
    let mut users = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "user");
    let Some((_, user)) = users.next() else { return Ok(()) };
    // Two of them would be two answers.
    let user = if users.next().is_none() { user } else { "".into() };
    caller.check_page(PageUser::parse(&user)?)
}

/// The connection becomes the hub's.
async fn hand_over(
    gate: &Gate,
    upgraded: Upgraded,
    caller: Caller,
    places: [Option<Arc<Place>>; 2],
    headers: &HeaderMap,
    peer: Peer,
) {
    let Ok(Parts { io, read_buf, .. }) = upgraded.downcast::<TokioIo<Wire>>() else {
        tracing::error!("an upgraded connection is not the socket that was accepted");
        return;
    };
    let stream = match io.into_inner().into_inner().into_std() {
        Ok(stream) => stream,
        Err(error) => {
            tracing::warn!(%error, "a socket could not be handed over");
            return;
        }
    };
    let session = caller.session;
    let actor = session.as_ref().map(|session| Actor { user: session.user.id, kind: session.user.kind });
    let hidden = session.iter().map(|session| topics::session::topic(session.id).key()).collect();
    let limits = gate.site.app().limits();
    let quota = limits.on.then(|| command_quota(limits.commands_per_second));
    let connection = Connection::new(actor, caller.address, quota, places);
    gate.hub.accept(stream, read_buf, connection, hidden);
    if let Some(session) = session {
        look_again(gate, &session, headers, peer).await;
    }
}

/// Whoever ended the session before the connection was registered could not tell it: closes it as that would have.
async fn look_again(gate: &Gate, session: &Session, headers: &HeaderMap, peer: Peer) {
    let ended = match gate.site.caller(headers, peer).await {
        Ok(now) if now.session.as_ref().is_some_and(|now| now.id == session.id) => return,
        Ok(_) | Err(Error::NoSession) => gate.site.app().find_ending(&session.user).await,
        Err(error) => Err(error),
    };
    match ended {
        Ok(why) => gate.relay.end_session(session.id, why),
        // The store does not answer: whether the session still holds is not known, so its clients ask again later.
        Err(_) => gate.relay.close_session(session.id, close::OVERLOADED, "overloaded"),
    }
}

/// RFC 6455, 4.2: either a 101 to be sent, or what is wrong.
fn check_handshake(request: &Request) -> Result<Response, Box<Response>> {
    let headers = request.headers();
    let problem = |status: StatusCode, detail: &'static str| Box::new((status, detail).into_response());
    if !has_token(headers, &UPGRADE, "websocket") || !has_token(headers, &CONNECTION, "upgrade") {
        let mut answer =
            problem(StatusCode::UPGRADE_REQUIRED, "This is a WebSocket: connect with Upgrade: websocket.");
        answer.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
        return Err(answer);
    }
    if request.method() != Method::GET {
        return Err(problem(StatusCode::METHOD_NOT_ALLOWED, "A WebSocket begins with GET."));
    }
    if request.version() != Version::HTTP_11 {
        return Err(problem(StatusCode::BAD_REQUEST, "A WebSocket begins with HTTP/1.1."));
    }
    if one(headers, &SEC_WEBSOCKET_VERSION) != Some(b"13") {
        let mut answer = problem(StatusCode::UPGRADE_REQUIRED, "Sec-WebSocket-Version is 13.");
        answer.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return Err(answer);
    }
    let key = one(headers, &SEC_WEBSOCKET_KEY)
        .filter(|key| BASE64_STANDARD.decode(key).is_ok_and(|nonce| nonce.len() == 16))
        .ok_or_else(|| problem(StatusCode::BAD_REQUEST, "Sec-WebSocket-Key is 16 bytes in base64, once."))?;
    let mut answer = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let reply = answer.headers_mut();
    reply.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    reply.insert(UPGRADE, HeaderValue::from_static("websocket"));
    reply.insert(SEC_WEBSOCKET_ACCEPT, accept_key(key));
    if has_token(headers, &SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        reply.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    }
    Ok(answer)
}

/// RFC 6455, 4.2.2: SHA-1 of the key and a fixed text. A check of the protocol, not of a secret.
fn accept_key(key: &[u8]) -> HeaderValue {
    let mut digest = ring::digest::Context::new(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY);
    digest.update(key);
    digest.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let accept = BASE64_STANDARD.encode(digest.finish());
    // base64 is always a header's text.
    HeaderValue::from_str(&accept).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.next().is_none().then_some(first.as_bytes())
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|given| given.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::accept_key;

    #[test]
    fn the_accept_key_is_that_of_the_rfc() {
        assert_eq!(accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
