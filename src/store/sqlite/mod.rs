//! The store on `SQLite`: one file, one writer thread, a few readers. `boot()` opens it, `app` and `live` drive it
//! through [`Store`](super::Store), whose intentions `intentions.rs` takes to the writer or to a reader.
//!
//! Surprising: no write runs where it was asked for. It is a closure in the writer's queue, and what it answers leaves
//! only through the sink, after the COMMIT of the batch it fell into.

mod comment_lists;
mod comments;
mod erasure;
mod feed;
mod intentions;
mod likes;
mod open;
mod posts;
mod queue;
mod readers;
mod removal;
mod reports;
mod rows;
mod sessions;
mod suspension;
mod sweep;
mod tally;
mod tx;
mod unfinished;
mod users;
mod writer;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rusqlite::Connection;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

pub use open::{OpenError, SqliteOptions};

use self::queue::Queue;
use self::readers::Readers;
use self::tx::{Outcome, Tx};
use self::unfinished::Unfinished;
use super::Sink;
use crate::domain::{Error, Result};

/// The store on one `SQLite` file.
pub struct SqliteStore {
    epoch: String,
    queue: Arc<Queue>,
    readers: Readers,
    commits: Arc<AtomicU64>,
    snapshot_reads: AtomicU64,
    writer: Mutex<Option<thread::JoinHandle<()>>>,
    closed: OnceCell<()>,
}

impl SqliteStore {
    /// Opens the file, creating, migrating and seeding it where needed, and starts the writer, which hands every
    /// batch to `sink`.
    pub fn open(options: &SqliteOptions, sink: Box<dyn Sink>) -> std::result::Result<Arc<Self>, OpenError> {
        open::create_file(&options.path)?;
        let mut connection = open::writer_connection(options)?;
        open::migrate(&mut connection)?;
        let epoch = open::seed(&mut connection, options)?;
        let readers = Readers::open(options)?;
        let commits = Arc::new(AtomicU64::new(0));
        let (queue, jobs) = Queue::new(options.queue_bound);
        let writer = writer::Writer::new(connection, options.clone(), sink, Arc::clone(&commits));
        let thread =
            thread::Builder::new().name("store-writer".to_owned()).spawn(move || writer.run(&jobs))?;
        Ok(Arc::new(Self {
            epoch,
            queue: Arc::new(queue),
            readers,
            commits,
            snapshot_reads: AtomicU64::new(0),
            writer: Mutex::new(Some(thread)),
            closed: OnceCell::new(),
        }))
    }

    /// How many batches were committed since the start; below the number of writes where they gather.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Queues an act and waits for its answer; see [`Queue::write`].
    async fn write<T, F>(&self, act: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        self.queue.write(act).await
    }

    /// Queues what may be too much for one transaction, and carries out the rest in a task of its own: who asked may
    /// go, and it is done all the same.
    async fn decide<F>(&self, act: F) -> Result<JoinHandle<()>>
    where
        F: FnOnce(&mut Tx<'_>) -> Outcome<Option<Unfinished>> + Send + 'static,
    {
        let (queue, decided) = (Arc::clone(&self.queue), self.queue.ask(act)?);
        let task = tokio::spawn(async move {
            let left = decided.await.unwrap_or(Err(Error::Storage))?;
            Ok(tokio::spawn(async move {
                if let Some(work) = left {
                    unfinished::finish(&queue, work).await;
                }
            }))
        });
        task.await.unwrap_or(Err(Error::Storage))
    }

    async fn read<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Outcome<T> + Send + 'static,
    {
        self.readers.run(query).await
    }

    fn note_snapshot_read(&self) {
        self.snapshot_reads.fetch_add(1, Ordering::Relaxed);
    }

    /// Empties the queue and lets the writer end.
    async fn end(&self) {
        // A cell and not a flag: a second caller waits for the first one's closing too.
        let closing = async {
            self.queue.close();
            let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(writer) = writer
                && !matches!(tokio::task::spawn_blocking(move || writer.join()).await, Ok(Ok(())))
            {
                tracing::error!("the store's writer ended by a panic");
            }
        };
        self.closed.get_or_init(|| closing).await;
    }
}
