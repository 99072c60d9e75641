//! A running site: where it is, whether all of it lives, and how it stops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use plaudit_hub::{Handle, Running};
use plaudit_protocol::close;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::folder::Lock;
use crate::live::relay::{Relay, Teller};
use crate::store::Store;
use crate::web::Site;

/// All of stopping takes this long at most: systemd, and whoever watches, is promised ten seconds.
const PATIENCE: Duration = Duration::from_secs(9);
/// Of it, running requests and what the command line has asked for may take this,
const REQUESTS: Duration = Duration::from_millis(2_500);
/// and writes that wait this, before sockets are closed. The hub needs five seconds and a half at most for those.
const WRITES: Duration = Duration::from_secs(1);
/// Sockets are closed over this time, so that their clients do not all come back at once.
const CLOSE_SPREAD: Duration = Duration::from_millis(1_500);

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
    pub(super) chores: [JoinHandle<()>; 6],
    pub(super) sending: JoinHandle<()>,
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
    ///
    /// Each step has its time, and all of them together [`PATIENCE`]: what has not ended by then is left as it is. What
    /// was acknowledged is on disk before it is acknowledged, so that loses nothing.
    pub async fn stop(self) {
        let end = Instant::now() + PATIENCE;
        self.site.drain();
        self.chores.iter().for_each(JoinHandle::abort);
        let _ = self.stop.send(true);
        let accepted = [Some(self.serving), self.control, Some(self.sending)].into_iter().flatten();
        let requests = Instant::now() + REQUESTS;
        for mut task in accepted {
            if timeout_at(requests, &mut task).await.is_err() {
                task.abort();
            }
        }
        // The queue is empty long before the log is in the database file: sockets need not wait for that.
        let store = self.store;
        let mut closing = tokio::spawn(async move { store.close().await });
        let _ = timeout_at((Instant::now() + WRITES).min(end), &mut closing).await;
        self.hub.shutdown(close::RESTARTING, "restarting", CLOSE_SPREAD);
        let (shards, teller) = (self.shards, self.teller);
        let threads = tokio::task::spawn_blocking(move || {
            shards.join();
            teller.stop();
        });
        let rest = async {
            let _ = threads.await;
            if !closing.is_finished() {
                let _ = closing.await;
            }
        };
        if timeout_at(end, rest).await.is_err() {
            tracing::warn!(
                "not everything has ended in time; what is left in the log is taken in by the next start"
            );
        }
    }
}
