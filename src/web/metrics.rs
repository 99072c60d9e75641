//! What the server counts of its clients, for a monitoring system: `GET /metrics` in the `OpenMetrics` format, for whoever
//! asks from the server itself.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::{Site, headers};
use crate::door::Peer;

const FORBIDDEN: &str = "Figures are for whoever asks on the server itself, at 127.0.0.1 or localhost.\n";

/// The counters. Each is shared with the registry.
pub struct Metrics {
    /// Connections that were ended because the client did not read.
    pub stalled_writes: Counter,
    /// Connections that were ended because a head was begun and not completed.
    pub slow_heads: Counter,
    /// Requests that were refused before they were read.
    pub refused_heads: Counter,
    /// Reads that were refused because their address reads too much.
    pub refused_reads: Counter,
    /// Connections that were refused because there are too many.
    pub refused_connections: Counter,
    connections: Gauge,
    registry: Registry,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("plaudit");
        let mut counter = |name: &str, help: &str| {
            let counter = Counter::default();
            registry.register(name, help, counter.clone());
            counter
        };
        let stalled_writes = counter("stalled_writes", "Connections ended because the client did not read");
        let slow_heads =
            counter("slow_heads", "Connections ended because a request was begun and not completed");
        let refused_heads = counter("refused_heads", "Requests refused before they were read: 400, 414, 431");
        let refused_reads = counter("refused_reads", "Reads refused because an address reads too much");
        let refused_connections =
            counter("refused_connections", "Connections refused because there are too many");
        let connections = Gauge::default();
        registry.register(
            "connections",
            "Connections at this moment, WebSockets included",
            connections.clone(),
        );
        Self {
            stalled_writes,
            slow_heads,
            refused_heads,
            refused_reads,
            refused_connections,
            connections,
            registry,
        }
    }
}

/// Figures say how much goes on, so they are not for everybody.
pub(super) async fn show(State(site): State<Site>, request: Request) -> Response {
    if !is_for(&site, &request) {
        return (StatusCode::FORBIDDEN, FORBIDDEN).into_response();
    }
    let metrics = site.metrics();
    metrics.connections.set(i64::try_from(site.door().connections.count()).unwrap_or(i64::MAX));
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = encode(&mut text, &metrics.registry);
    ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
}

/// Whether it is the machine itself that asks. A proxy on it that sends no `X-Forwarded-For` sends the site's name.
fn is_for(site: &Site, request: &Request) -> bool {
    let Some(peer) = request.extensions().get::<Peer>() else { return false };
    let host = headers::host(request.headers()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_matches(['[', ']']);
    let is_local = name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    peer.0.is_loopback() && is_local && site.is_at_the_server(request.headers(), *peer)
}
