//! The readers: a few read-only connections, each used by one task at a time. `SqliteStore` drives them.
//!
//! A query runs right where it is asked for, on the runtime's own thread. It reads one page of a list, the end of a
//! stream (some 250 rows) or single rows: that takes some ten to some hundred microseconds, about as long as handing it
//! to another thread and back. What may take longer (the sweep) runs aside, on a thread for blocking work.
//!
//! Who comes last goes first: a quiet site uses one reader, and the others give back what they kept of the file.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::open::{self, OpenError, SqliteOptions};
use super::tx::Outcome;
use crate::domain::{Error, Result};
use crate::store::group_commit::Fault;

/// Who has not got a reader after this long is told that the server is busy: a page that takes longer is of no use.
const PATIENCE: Duration = Duration::from_secs(5);

/// The pool.
pub(super) struct Readers {
    count: usize,
    places: Arc<Semaphore>,
    /// What runs aside may take long: it leaves half of the readers to everybody else.
    aside: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Reader>>>,
}

/// One of them.
struct Reader {
    connection: Connection,
    /// Calls of [`Readers::give_back`] since it was used.
    rested: u8,
}

/// A reader on loan. Its field order matters: the reader goes back before the place is free.
struct Loan {
    reader: Option<Reader>,
    idle: Arc<Mutex<Vec<Reader>>>,
    _place: OwnedSemaphorePermit,
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.take() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        }
    }
}

impl Readers {
    /// Opens them all, so that a start that succeeds has every file handle it needs.
    pub(super) fn open(options: &SqliteOptions) -> std::result::Result<Self, OpenError> {
        let count = options.readers.max(1);
        let idle = (0..count)
            .map(|_| Ok(Reader { connection: open::reader_connection(options)?, rested: 0 }))
            .collect::<std::result::Result<Vec<_>, OpenError>>()?;
        let (places, aside) = (Arc::new(Semaphore::new(count)), Arc::new(Semaphore::new(count.div_ceil(2))));
        Ok(Self { count, places, aside, idle: Arc::new(Mutex::new(idle)) })
    }

    /// Runs a query on an idle reader, on the thread that asks.
    pub(super) async fn run<T>(&self, query: impl FnOnce(&mut Connection) -> Outcome<T>) -> Result<T> {
        self.lend().await?.run(query)
    }

    /// Runs a query on an idle reader, on a thread for blocking work.
    pub(super) async fn run_aside<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Outcome<T> + Send + 'static,
    {
        let place = enter(&self.aside).await?;
        let mut loan = self.lend().await?;
        let run = move || {
            let _place = place;
            loan.run(query)
        };
        tokio::task::spawn_blocking(run).await.map_err(|_| Error::Storage)?
    }

    async fn lend(&self) -> Result<Loan> {
        let place = enter(&self.places).await?;
        let reader = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Loan { reader, idle: Arc::clone(&self.idle), _place: place })
    }

    /// Who was not used between the last two calls forgets what it read: up to 16 MiB each, which are soon read again
    /// when they are wanted.
    pub(super) fn give_back(&self) {
        for _ in 0..self.count {
            let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { return };
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let oldest = (!idle.is_empty()).then(|| idle.remove(0));
            drop(idle);
            // It goes back behind the others, so that each has its turn and their order stays.
            let mut loan = Loan { reader: oldest, idle: Arc::clone(&self.idle), _place: place };
            loan.rest();
        }
    }
}

/// A place, now or as soon as one is free.
async fn enter(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
    if let Ok(place) = Arc::clone(places).try_acquire_owned() {
        return Ok(place);
    }
    let waiting = Arc::clone(places).acquire_owned();
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    waited.ok().and_then(std::result::Result::ok).ok_or(Error::Overloaded)
}

impl Loan {
    fn run<T>(&mut self, query: impl FnOnce(&mut Connection) -> Outcome<T>) -> Result<T> {
        let reader = self.reader.as_mut().ok_or(Error::Storage)?;
        reader.rested = 0;
        if let Ok(answer) = catch_unwind(AssertUnwindSafe(|| query(&mut reader.connection))) {
            answer.map_err(Fault::into_error)
        } else {
            tracing::error!("a read panicked");
            Err(Error::Storage)
        }
    }

    fn rest(&mut self) {
        let Some(reader) = &mut self.reader else { return };
        reader.rested = reader.rested.saturating_add(1);
        if reader.rested == 2
            && let Err(error) = reader.connection.execute_batch("PRAGMA shrink_memory")
        {
            tracing::warn!(%error, "a reader kept its memory");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    #[tokio::test]
    async fn a_reader_comes_back_from_a_query_that_panics_and_never_writes() {
        let folder = tempfile::tempdir().unwrap();
        let mut options = SqliteOptions::new(folder.path().join("plaudit.db"), "epoch", Timestamp(1));
        options.readers = 1;
        open::create_file(&options.path).unwrap();
        let mut writer = open::writer_connection(&options).unwrap();
        open::migrate(&mut writer).unwrap();
        let readers = Readers::open(&options).unwrap();

        let panicked: Result<()> = readers.run(|_| panic!("a planted mistake")).await;
        assert_eq!(panicked, Err(Error::Storage));
        let written = readers.run(|db| Ok(db.execute("UPDATE streams SET head = 7", [])?)).await;
        assert_eq!(written, Err(Error::Storage));
        let head =
            readers.run(|db| Ok(db.query_row("SELECT head FROM streams", [], |row| row.get(0))?)).await;
        assert_eq!(head, Ok(0_u64));
    }

    /// How much this thread has read from files.
    #[cfg(target_os = "linux")]
    fn bytes_read() -> u64 {
        let io = std::fs::read_to_string("/proc/thread-self/io").unwrap();
        io.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap()
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn who_is_not_used_forgets_what_it_read_and_reads_it_again() {
        const SIZE: u64 = 1 << 20;
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions::new(folder.path().join("plaudit.db"), "epoch", Timestamp(1));
        open::create_file(&options.path).unwrap();
        let writer = open::writer_connection(&options).unwrap();
        writer
            .execute_batch("CREATE TABLE large (row); INSERT INTO large VALUES (zeroblob(1 << 20))")
            .unwrap();
        let readers = Readers::open(&options).unwrap();
        let read = async || {
            let before = bytes_read();
            let length = readers.run(|db| {
                Ok(db.query_row("SELECT row FROM large", [], |row| Ok(row.get_ref(0)?.as_blob()?.len()))?)
            });
            assert_eq!(length.await.unwrap() as u64, SIZE);
            bytes_read() - before
        };

        assert!(read().await >= SIZE);
        readers.give_back();
        assert!(read().await < SIZE / 2, "it still has what was read a moment ago");
        readers.give_back();
        assert!(read().await < SIZE / 2, "it was used in between");
        readers.give_back();
        readers.give_back();
        assert!(read().await >= SIZE);
    }
}
