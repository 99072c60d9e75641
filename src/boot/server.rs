//! A running site: where it is, whether all of it lives, and how it stops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use plaudit_hub::{Handle, Running};
use plaudit_protocol::close;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::folder::Lock;
use crate::live::relay::{Relay, Teller};
use crate::store::Store;
use crate::web::Site;

/// Sockets are closed over this time, so that their clients do not all come back at once.
const CLOSE_SPREAD: Duration = Duration::from_secs(2);

/// A running site.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// What the hub counts.
    pub hub: Handle,
    /// The store, for what a test wants to know of it.
    pub store: Arc<dyn Store>,
    /// The relay, likewise.
    pub relay: Arc<Relay>,
    pub(super) site: Site,
    pub(super) stop: watch::Sender<bool>,
    pub(super) ended: watch::Receiver<Option<String>>,
    pub(super) serving: JoinHandle<()>,
    pub(super) shards: Running,
    pub(super) teller: Teller,
    pub(super) chores: [JoinHandle<()>; 2],
    pub(super) control: Option<JoinHandle<()>>,
    pub(super) _lock: Lock,
}

impl Server {
    /// Resolves when a part has ended without which the site cannot go on, with its name: a mistake of ours. What is
    /// left can still be stopped in order.
    pub async fn ended(&self) -> String {
        let mut ended = self.ended.clone();
        tokio::select! {
            () = self.store.failed() => "the store's writer".to_owned(),
            part = ended.wait_for(Option::is_some) => match part {
                Ok(part) => part.clone().unwrap_or_default(),
                // Nobody holds a part any more.
                Err(_) => "every part".to_owned(),
            },
        }
    }

    /// Stops in order: not ready, no new connections, running requests finish, the writer empties its queue, every
    /// socket gets what it is owed and a close frame, the log goes into the database file.
    pub async fn stop(self) {
        self.site.drain();
        self.chores.iter().for_each(JoinHandle::abort);
        let _ = self.stop.send(true);
        let _ = self.serving.await;
        if let Some(control) = self.control {
            let _ = control.await;
        }
        self.store.close().await;
        self.hub.shutdown(close::RESTARTING, "restarting", CLOSE_SPREAD);
        let (shards, teller) = (self.shards, self.teller);
        let threads = move || {
            shards.join();
            teller.stop();
        };
        let _ = tokio::task::spawn_blocking(threads).await;
    }
}
