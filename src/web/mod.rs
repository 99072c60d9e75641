//! HTTP: the API, the pages, the assets, and the loop that accepts connections.

pub mod api;
pub mod assets;
pub mod auth;
pub mod body;
pub mod cookie;
mod cors;
pub mod error;
pub mod exchange;
mod failure;
mod guard;
mod headers;
mod hooks;
pub mod metrics;
pub mod pages;
mod patience;
mod refusal;
pub mod router;
mod scripts;
pub mod server;
pub mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::app::App;
use crate::door::Door;
use crate::live::Relay;
use crate::web::cookie::SessionCookie;
use crate::web::metrics::Metrics;

/// What every handler can reach.
#[derive(Clone)]
pub struct Site(Arc<Inner>);

struct Inner {
    app: Arc<App>,
    door: Arc<Door>,
    cookie: SessionCookie,
    relay: Arc<Relay>,
    metrics: Arc<Metrics>,
    draining: AtomicBool,
}

impl Site {
    /// A site behind its door.
    pub fn new(app: Arc<App>, door: Arc<Door>, cookie: SessionCookie, relay: Arc<Relay>) -> Self {
        let (metrics, draining) = (Arc::default(), AtomicBool::new(false));
        Self(Arc::new(Inner { app, door, cookie, relay, metrics, draining }))
    }

    /// The use cases.
    pub fn app(&self) -> &Arc<App> {
        &self.0.app
    }

    /// Origins, proxies and connections.
    pub fn door(&self) -> &Door {
        &self.0.door
    }

    /// What is counted of clients.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.0.metrics
    }

    /// The session cookie.
    pub fn cookie(&self) -> &SessionCookie {
        &self.0.cookie
    }

    /// Whether what is live still is: the threads that send to open pages.
    pub fn is_live(&self) -> bool {
        self.0.relay.is_alive()
    }

    /// From now on the site is not ready: a proxy should send nobody here.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the site is about to stop.
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed)
    }
}
