//! HTTP: the API, the pages, the assets, and the loop that accepts connections.

pub mod api;
pub mod assets;
pub mod auth;
pub mod body;
mod cors;
pub mod error;
mod failure;
mod guard;
mod headers;
pub mod pages;
pub mod router;
mod scripts;
pub mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::app::App;
use crate::door::Door;

/// What every handler can reach.
#[derive(Clone)]
pub struct Site(Arc<Inner>);

struct Inner {
    app: Arc<App>,
    door: Arc<Door>,
    draining: AtomicBool,
}

impl Site {
    /// A site behind its door.
    pub fn new(app: Arc<App>, door: Arc<Door>) -> Self {
        Self(Arc::new(Inner { app, door, draining: AtomicBool::new(false) }))
    }

    /// The use cases.
    pub fn app(&self) -> &App {
        &self.0.app
    }

    /// Origins, proxies and connections.
    pub fn door(&self) -> &Door {
        &self.0.door
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
