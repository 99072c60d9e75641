//! What tests stand on: a real server on a port of its own, actors who use it, and waiting on conditions.

pub mod actor;
pub mod database;
pub mod process;
pub mod raw;
pub mod sms;
pub mod socket;
#[cfg(target_os = "linux")]
pub mod trace;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use plaudit::app::passwords::Cost;
use plaudit::boot::Parts;
use plaudit::config::{Config, Options};
use plaudit::domain::{Clock, Timestamp};
use plaudit::store::NewInbox;
use plaudit::{Server, boot};
use tempfile::TempDir;
use tokio::net::TcpListener;

pub use actor::Actor;
pub use socket::Socket;

/// Nothing that works takes this long, even on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A clock that tests move.
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

/// A running site with a data folder of its own.
pub struct TestApp {
    pub address: SocketAddr,
    pub clock: Arc<TestClock>,
    server: Option<Server>,
    options: Options,
    parts: Parts,
    data: TempDir,
}

impl TestApp {
    /// A site with the usual options, and without rates: many tests do more than one person may.
    pub async fn start() -> Self {
        let limits = Some(plaudit::config::Switch::Off);
        Self::with(Options { limits, ..Options::default() }, |_| {}).await
    }

    /// A site with these options, rates on unless they say otherwise; `change` may change what only tests choose.
    pub async fn with(options: Options, change: impl FnOnce(&mut Parts)) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(1_790_000_000_000)));
        let mut parts = Parts { clock: clock.clone(), password_cost: Cost::Tiny, ..Parts::default() };
        change(&mut parts);
        let data = tempfile::tempdir().unwrap();
        let server = serve(&options, &parts, &data, SocketAddr::from(([127, 0, 0, 1], 0))).await;
        Self { address: server.address, clock, server: Some(server), options, parts, data }
    }

    /// The running server.
    pub fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// Stops in order and starts again on the same port and data.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.server = Some(serve(&self.options, &self.parts, &self.data, self.address).await);
    }

    /// Stops in order.
    pub async fn stop(&mut self) {
        self.server.take().unwrap().stop().await;
    }

    /// `http://127.0.0.1:PORT` and a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All that people did here, as text: equal before and after what must change nothing.
    pub fn dump(&self) -> String {
        database::dump(self.data.path())
    }

    /// Somebody without a session.
    pub fn visitor(&self) -> Actor {
        Actor::new(format!("http://{}", self.address))
    }

    /// Somebody who has signed up.
    pub async fn member(&self, handle: &str) -> Actor {
        let mut actor = self.visitor();
        actor.sign_up(handle).await;
        actor
    }

    /// Makes a member a moderator, as the operator does.
    pub async fn promote(&self, handle: &str) {
        let store = &self.server().store;
        let user = store.find_user(handle).await.unwrap().unwrap();
        store.set_moderator(user.id, true).await.unwrap();
    }

    /// Makes an inbox whose only agent is this member, as the operator does; its id.
    pub async fn inbox(&self, handle: &str, agent: &str) -> u64 {
        let store = &self.server().store;
        let agent = store.find_user(agent).await.unwrap().unwrap().id;
        let (name, at) = (handle.to_owned(), self.clock.now());
        let new = NewInbox { handle: handle.to_owned(), name, agent, at };
        store.create_inbox(new).await.unwrap().user.id.0
    }

    /// A guest, who likes the welcome post.
    pub async fn guest(&self) -> Actor {
        let mut actor = self.visitor();
        actor.become_guest().await;
        actor
    }
}

async fn serve(options: &Options, parts: &Parts, data: &TempDir, address: SocketAddr) -> Server {
    let options = Options { data: Some(data.path().to_owned()), ..options.clone() };
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    let listener: TcpListener = socket.listen(1024).unwrap();
    boot(Config::try_from(options).unwrap(), listener, parts.clone()).await.unwrap()
}

/// Waits until a condition holds.
pub async fn eventually<F: AsyncFnMut() -> bool>(what: &str, mut condition: F) {
    let waiting = Waiting::until(what);
    while !condition().await {
        waiting.a_moment().await;
    }
}

/// Waiting for a condition; the only place where a test lets time pass.
pub struct Waiting<'a> {
    what: &'a str,
    start: Instant,
}

impl<'a> Waiting<'a> {
    pub fn until(what: &'a str) -> Self {
        Self { what, start: Instant::now() }
    }

    /// A moment before the next look; not for ever.
    pub async fn a_moment(&self) {
        assert!(self.start.elapsed() < PATIENCE, "this did not come true in time: {}", self.what);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
