//! Building a hub and running its shards. Driven by `boot()`, in two steps, because the service that
//! the shards run is built from parts that hold the handle. A hub that is dropped unrun, and a shard
//! that ends, close their inbox, so that nobody waits for room in a queue that nobody reads.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::handle::{Seat, Shared};
use crate::inbox::{Inbox, WAKE};
use crate::shard::Shard;
use crate::stats::ShardStats;
use crate::table::Table;
use crate::{Config, Handle, Service};

/// A hub that does not run yet; what is handed in already waits.
pub struct Hub {
    config: Config,
    shared: Arc<Shared>,
    polls: Vec<(mio::Poll, mio::Registry)>,
}

/// The threads of a hub.
pub struct Running {
    threads: Vec<JoinHandle<()>>,
}

impl Hub {
    /// A hub of `shards` threads (1 to 256), with an epoll instance and a waker each.
    pub fn new(config: Config, shards: usize) -> io::Result<Self> {
        let mut polls = Vec::new();
        let mut seats = Vec::new();
        for _ in 0..shards.clamp(1, 256) {
            let poll = mio::Poll::new()?;
            let waker = mio::Waker::new(poll.registry(), WAKE)?;
            seats.push(Seat {
                inbox: Inbox::new(waker, config.inbox),
                stats: Arc::new(ShardStats::default()),
            });
            let registry = poll.registry().try_clone()?;
            polls.push((poll, registry));
        }
        Ok(Self { config, shared: Arc::new(Shared::new(seats)), polls })
    }

    /// A handle, also before it runs.
    pub fn handle(&self) -> Handle {
        Handle::new(Arc::clone(&self.shared))
    }

    /// Starts the threads, `hub-0` and so on; `service` builds the service of each shard. Panics where
    /// the system has no thread left, as `std::thread::spawn` does.
    pub fn run<S: Service>(mut self, mut service: impl FnMut(usize) -> S) -> Running {
        let mut threads = Vec::new();
        for (index, (poll, registry)) in std::mem::take(&mut self.polls).into_iter().enumerate() {
            let seat = EndOnDrop(Arc::clone(&self.shared), index);
            let table = Table::new(self.config.clone(), index, registry, &self.shared);
            let shard = Shard::new(table, index, poll, Arc::clone(&self.shared), service(index));
            let thread = std::thread::Builder::new().name(format!("hub-{index}")).spawn(move || {
                let _seat = seat; // dropped behind the shard, also when it panics
                shard.run();
            });
            threads.push(thread.expect("a thread for the shard"));
        }
        Running { threads }
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // After `run` there are no polls left here, and each thread closes its own.
        if !self.polls.is_empty() {
            self.shared.shards.iter().for_each(|seat| seat.inbox.end());
        }
    }
}

/// Closes a shard's inbox when its thread ends, however it does.
struct EndOnDrop(Arc<Shared>, usize);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.shards[self.1].inbox.end();
    }
}

impl Running {
    /// Waits for the end of all shards, which follows a [`Handle::shutdown`] when all connections
    /// have gone or its deadline (the spread, the drain and two seconds) has passed.
    pub fn join(self) {
        for thread in self.threads {
            // A shard that panicked has nothing more to say: the panic hook has.
            let _ = thread.join();
        }
    }
}
