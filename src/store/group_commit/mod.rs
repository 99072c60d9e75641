//! Group commit: what every kind of store shares on the way of a write. All writes wait in one [`Queue`]. The writer's
//! thread takes what waits into one transaction, commits it and hands the batch to the sink.
//!
//! A kind of store gives a [`Database`], which opens transactions, and a [`Transaction`], which carries out intentions.
//! What one batch did is in its [`Notes`]: the events, and the counts that its likes have moved ([`tally`]).
//!
//! Nothing here assumes that this process is the only one that writes: whatever another writer could change meanwhile
//! is read and written inside of the transaction.

mod merge;
mod queue;
pub(super) mod tally;
mod transaction;
mod writer;

use std::future::pending;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::{OnceCell, watch};

pub(super) use self::queue::Queue;
pub(super) use self::transaction::{Database, Fault, Notes, Outcome, Rule, Transaction};
use self::writer::Writer;
use super::Sink;

/// The queue, and the thread that empties it.
pub(super) struct GroupCommit<D: Database> {
    queue: Arc<Queue<D>>,
    commits: Arc<AtomicU64>,
    failed: watch::Receiver<bool>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
    closed: OnceCell<()>,
}

/// Says so if its thread ends by a panic.
struct Alarm(watch::Sender<bool>);

impl Drop for Alarm {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.send_replace(true);
        }
    }
}

impl<D: Database> GroupCommit<D> {
    /// Starts the writer's thread on `database`: at most `queue_bound` writes wait, a commit takes at most `batch_max`,
    /// every batch goes to `sink`.
    pub(super) fn start(
        database: D,
        sink: Box<dyn Sink>,
        queue_bound: usize,
        batch_max: usize,
    ) -> io::Result<Self> {
        let (queue, jobs) = Queue::new(queue_bound);
        let commits = Arc::new(AtomicU64::new(0));
        let writer = Writer { queue: jobs, database, sink, batch_max, commits: Arc::clone(&commits) };
        let (alarm, failed) = watch::channel(false);
        let run = move || {
            // The writer, and its end of the queue, are gone before the alarm: who hears it finds the queue closed.
            let _alarm = Alarm(alarm);
            writer.run();
        };
        let thread = thread::Builder::new().name("store-writer".to_owned()).spawn(run)?;
        let (thread, closed) = (Mutex::new(Some(thread)), OnceCell::new());
        Ok(Self { queue: Arc::new(queue), commits, failed, thread, closed })
    }

    /// The way into the queue.
    pub(super) const fn queue(&self) -> &Arc<Queue<D>> {
        &self.queue
    }

    /// How many batches were committed since the start; below the number of writes where they gather.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Resolves when the thread has ended by a panic, and never otherwise.
    pub(super) async fn failed(&self) {
        let mut failed = self.failed.clone();
        if failed.wait_for(|failed| *failed).await.is_err() {
            pending::<()>().await;
        }
    }

    /// Lets nothing in any more, settles what waits, and waits for the thread's end.
    pub(super) async fn close(&self) {
        // A cell and not a flag: a second caller waits for the first one's closing too.
        let closing = async {
            self.queue.close();
            let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(thread) = thread
                && !matches!(tokio::task::spawn_blocking(move || thread.join()).await, Ok(Ok(())))
            {
                tracing::error!("the store's writer ended by a panic");
            }
        };
        self.closed.get_or_init(|| closing).await;
    }
}
