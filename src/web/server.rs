//! The accept loop: limits before the first byte, hyper per connection, an orderly end.
//!
//! `axum::serve` is not used because it has no time limit for headers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::door::connections::Held;
use crate::door::{Door, Peer};
use crate::web::router::Http;

/// Headers are there within this time: before the first byte, between requests, and while they arrive.
const HEADER_PATIENCE: Duration = Duration::from_secs(10);
/// The request line and all headers together.
const HEADER_BYTES: usize = 16 * 1024;
/// How many headers.
const HEADER_COUNT: usize = 64;
/// Running requests may finish within this time when the site stops.
const FINISH_PATIENCE: Duration = Duration::from_secs(3);
/// So many refused connections are answered at once; beyond that they are only closed.
const REFUSALS: usize = 64;

/// Serves until `stop` says so, then lets running requests finish. Returns when all connections are done; those that
/// were upgraded are the hub's.
pub async fn serve(listener: TcpListener, http: Http, door: Arc<Door>, mut stop: watch::Receiver<bool>) {
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
            Ok((stream, peer)) => accept(&mut connections, &refusals, stream, peer, &http, &door, &stop),
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

fn accept(
    connections: &mut JoinSet<()>,
    refusals: &Arc<Semaphore>,
    stream: TcpStream,
    peer: SocketAddr,
    http: &Http,
    door: &Arc<Door>,
    stop: &watch::Receiver<bool>,
) {
    let peer = Peer(peer.ip().to_canonical());
    let address = (!door.proxies.trusts(peer.0)).then(|| crate::domain::Address::of(peer.0));
    match door.connections.take(address) {
        Ok(place) => {
            connections.spawn(connection(stream, peer, Held(Arc::new(place)), http.clone(), stop.clone()));
        }
        Err(full) => {
            tracing::debug!(?full, "a connection was refused");
            if let Ok(permit) = refusals.clone().try_acquire_owned() {
                connections.spawn(async move {
                    refuse(stream).await;
                    drop(permit);
                });
            }
        }
    }
}

async fn connection(stream: TcpStream, peer: Peer, place: Held, http: Http, mut stop: watch::Receiver<bool>) {
    // Answers are small: waiting to fill a segment would only delay them.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(place.clone());
        http.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_PATIENCE)
        .max_buf_size(HEADER_BYTES)
        .max_headers(HEADER_COUNT)
        // Whoever has said all it wants to say may close its side, and is still answered.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service)
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
