//! The store on `SQLite`: one file, one writer thread, a few readers. `boot()` opens it, `app` and `live` drive it
//! through [`Store`](super::Store). Each noun's file says how its intentions go to the writer or to a reader, and what
//! they do there.
//!
//! No write runs where it was asked for. It is a closure in the writer's queue, and what it answers leaves only through
//! the sink, after the COMMIT of the batch it fell into.

mod backup;
mod blocks;
mod case_lists;
mod cases;
mod check;
mod checkpoints;
mod comment_lists;
mod comments;
mod conversation_takeover;
mod conversations;
mod database;
mod entering;
mod erasure;
mod feed;
mod figures;
mod handles;
mod inboxes;
mod likes;
mod maintenance;
mod messages;
mod moderation;
mod notes;
mod notifications;
mod notify;
mod open;
mod open_files;
mod people;
#[cfg(test)]
mod plans;
mod posts;
mod readers;
mod removal;
mod replies;
mod reports;
mod retention;
mod room;
mod rows;
mod search;
mod sessions;
mod sides;
mod sms;
mod sms_erasure;
mod sms_queue;
mod suspension;
mod sweep;
mod takeover;
pub mod trouble;
mod tx;
mod unfinished;
mod unread;
mod untold_likes;
mod wal;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;
use tokio::task::JoinHandle;

pub use backup::{Copied, back_up, restore};
pub use check::{Findings, check, repair};
pub use open::{OpenError, SqliteOptions};
pub use wal::check as check_pair;

use self::checkpoints::Checkpoints;
use self::database::Sqlite;
use self::open_files::OpenFiles;
use self::readers::Readers;
use self::room::Room;
use self::tx::Tx;
use self::unfinished::Unfinished;
use super::Sink;
use super::group_commit::{GroupCommit, Outcome};
use crate::domain::{Error, Result};

/// The store on one `SQLite` file.
pub struct SqliteStore {
    epoch: String,
    writes: GroupCommit<Sqlite>,
    readers: Readers,
    files: OpenFiles,
    room: Room,
    snapshot_reads: AtomicU64,
}

impl SqliteStore {
    /// Opens the file, creating, migrating and seeding it where needed, and starts the writer, which hands every
    /// batch to `sink`.
    pub fn open(options: &SqliteOptions, sink: Box<dyn Sink>) -> std::result::Result<Arc<Self>, OpenError> {
        Self::open_file(options, sink).map_err(|error| error.at(&options.path))
    }

    fn open_file(options: &SqliteOptions, sink: Box<dyn Sink>) -> std::result::Result<Arc<Self>, OpenError> {
        wal::check(&options.path)?;
        open::create_file(&options.path)?;
        let mut checkpoints = Checkpoints::new(&options.path);
        // Opening may write into the database, for one what a log holds.
        checkpoints.begin();
        let mut connection = open::writer_connection(options)?;
        open::try_write(&connection)?;
        open::migrate(&mut connection)?;
        let epoch = open::seed(&mut connection, options)?;
        let readers = Readers::open(options)?;
        let (files, room) = (OpenFiles::of(&options.path)?, Room::beside(&options.path));
        room.check()?;
        checkpoints.now(&connection);
        checkpoints.start_thread(open::checkpoint_connection(options)?)?;
        let database = Sqlite::new(connection, options.clone(), files.clone(), checkpoints);
        let writes = GroupCommit::start(database, sink, options.queue_bound, options.batch_max)?;
        Ok(Arc::new(Self { epoch, writes, readers, files, room, snapshot_reads: AtomicU64::new(0) }))
    }

    /// How many batches were committed since the start; below the number of writes where they gather.
    pub fn commits(&self) -> u64 {
        self.writes.commits()
    }

    /// Queues an act and waits for its answer; see [`Queue::write`](super::group_commit::Queue::write).
    async fn write<T, F>(&self, act: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        self.writes.queue().write(act).await
    }

    /// Queues what may be too much for one transaction, and carries out the rest in a task of its own: who asked may
    /// go, and it is done all the same.
    async fn decide<T, F>(&self, act: F) -> Result<(T, JoinHandle<()>)>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Outcome<(T, Option<Unfinished>)> + Send + 'static,
    {
        let queue = Arc::clone(self.writes.queue());
        let decided = queue.ask(act)?;
        let task = tokio::spawn(async move {
            let (answer, left) = decided.await.unwrap_or(Err(Error::UnknownOutcome))?;
            let rest = tokio::spawn(async move {
                if let Some(work) = left {
                    unfinished::finish(&queue, work).await;
                }
            });
            Ok((answer, rest))
        });
        task.await.unwrap_or(Err(Error::UnknownOutcome))
    }

    async fn read<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Outcome<T> + Send + 'static,
    {
        self.readers.run(query).await
    }

    /// The same, on a thread where nothing waits for it: for what may take longer than a page.
    async fn read_aside<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Outcome<T> + Send + 'static,
    {
        self.readers.run_aside(query).await
    }

    fn note_snapshot_read(&self) {
        self.snapshot_reads.fetch_add(1, Ordering::Relaxed);
    }
}
