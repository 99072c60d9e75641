//! The accept loop: limits before the first byte, hyper per connection, an orderly end.
//!
//! `axum::serve` is not used because it has no time limits.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use super::Site;
use super::exchange::{Exchange, Times};
use super::metrics::Metrics;
use super::wire::Wire;
use crate::door::Peer;
use crate::door::connections::Held;
use crate::web::router::Http;

/// The request line and all headers together: 32 KiB of headers, for browsers send the cookies of a host's other
/// applications along, and 8 KiB of address.
pub(super) const HEADER_BYTES: usize = 40 * 1024;
/// How many headers.
pub(super) const HEADER_COUNT: usize = 100;
/// Running requests may finish within this time when the site stops.
const FINISH_PATIENCE: Duration = Duration::from_secs(3);
/// So many refused connections are answered at once; beyond that they are only closed.
const REFUSALS: usize = 64;

/// Serves until `stop` says so, then lets running requests finish. Returns when all connections are done; those that
/// were upgraded are the hub's.
pub async fn serve(
    listener: TcpListener,
    http: Http,
    site: Site,
    times: Times,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    let refusals = Arc::new(Semaphore::new(REFUSALS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
            // Reaps those that ended; without it their results would pile up.
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, peer)) => {
                let client = Client { stream, peer: Peer(peer.ip().to_canonical()), times };
                accept(&mut connections, &refusals, client, &http, &site, &stop);
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Out of descriptors, most likely: the next try is as vain until something closes.
                tracing::error!(%error, "accepting failed");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    let finish = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(FINISH_PATIENCE, finish).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

/// Who has just connected.
struct Client {
    stream: TcpStream,
    peer: Peer,
    times: Times,
}

fn accept(
    connections: &mut JoinSet<()>,
    refusals: &Arc<Semaphore>,
    client: Client,
    http: &Http,
    site: &Site,
    stop: &watch::Receiver<bool>,
) {
    let (door, peer) = (site.door(), client.peer);
    let address = (!door.proxies.trusts(peer.0)).then(|| crate::domain::Address::of(peer.0));
    match door.connections.take(address) {
        Ok(place) => {
            let place = Held(Arc::new(place));
            let metrics = site.metrics().clone();
            connections.spawn(connection(client, place, http.clone(), metrics, stop.clone()));
        }
        Err(full) => {
            tracing::debug!(?full, "a connection was refused");
            site.metrics().refused_connections.inc();
            if let Ok(permit) = refusals.clone().try_acquire_owned() {
                connections.spawn(async move {
                    refuse(client.stream).await;
                    drop(permit);
                });
            }
        }
    }
}

async fn connection(
    client: Client,
    place: Held,
    http: Http,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) {
    let Client { stream, peer, times } = client;
    // Answers are small: waiting to fill a segment would only delay them.
    let _ = stream.set_nodelay(true);
    let exchange = Exchange::new();
    let wire = Wire::new(stream, peer, exchange.clone(), times, metrics);
    let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        exchange.asked(!request.body().is_end_stream());
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(place.clone());
        let (answer, exchange) = (http.clone().oneshot(request), exchange.clone());
        async move {
            let answer = answer.await;
            exchange.answered();
            answer
        }
    });
    let connection = http1::Builder::new()
        // The socket has its own limits of time, see `wire.rs`.
        .header_read_timeout(None)
        .max_buf_size(HEADER_BYTES)
        .max_header_size(HEADER_BYTES)
        .max_headers(HEADER_COUNT)
        // Whoever has said all it wants to say may close its side, and is still answered.
        .half_close(true)
        .serve_connection(TokioIo::new(wire), service)
        .with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error says that nobody is left who could say stop: that is the end, too.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// 503 with `Retry-After`, without reading a request.
async fn refuse(mut stream: TcpStream) {
    const ANSWER: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\
        Content-Type: text/plain; charset=utf-8\r\nContent-Length: 53\r\n\r\n\
        Too many connections: close some, or come back later.";
    let answered = async {
        stream.write_all(ANSWER).await?;
        stream.shutdown().await?;
        // What the client has sent is read and dropped: closing with unread bytes would reset the answer away.
        let mut rest = [0_u8; 1024];
        while stream.read(&mut rest).await? > 0 {}
        std::io::Result::Ok(())
    };
    let _ = tokio::time::timeout(Duration::from_secs(1), answered).await;
}

/// Errors that say something of the one connection that was accepted, and nothing of the listener.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
