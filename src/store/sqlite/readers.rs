//! The readers: a few read-only connections, each used by one task at a time. `SqliteStore` drives them.
//!
//! A query runs right where it is asked for, on the runtime's own thread. It reads one page of a list, the end of a
//! stream (some 250 rows) or single rows: that takes some ten to some hundred microseconds, about as long as handing it
//! to another thread and back. What may take longer (the sweep) runs aside, on a thread for blocking work.

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
    places: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

/// A connection on loan. Its field order matters: the connection goes back before the place is free.
struct Loan {
    connection: Option<Connection>,
    idle: Arc<Mutex<Vec<Connection>>>,
    _place: OwnedSemaphorePermit,
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

impl Readers {
    /// Opens them all, so that a start that succeeds has every file handle it needs.
    pub(super) fn open(options: &SqliteOptions) -> std::result::Result<Self, OpenError> {
        let count = options.readers.max(1);
        let idle = (0..count)
            .map(|_| open::reader_connection(options))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        Ok(Self { places: Arc::new(Semaphore::new(count)), idle: Arc::new(Mutex::new(idle)) })
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
        let mut loan = self.lend().await?;
        tokio::task::spawn_blocking(move || loan.run(query)).await.map_err(|_| Error::Storage)?
    }

    async fn lend(&self) -> Result<Loan> {
        let place = if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            place
        } else {
            let waiting = Arc::clone(&self.places).acquire_owned();
            let waited = tokio::time::timeout(PATIENCE, waiting).await;
            waited.ok().and_then(std::result::Result::ok).ok_or(Error::Overloaded)?
        };
        let connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Loan { connection, idle: Arc::clone(&self.idle), _place: place })
    }
}

impl Loan {
    fn run<T>(&mut self, query: impl FnOnce(&mut Connection) -> Outcome<T>) -> Result<T> {
        let connection = self.connection.as_mut().ok_or(Error::Storage)?;
        if let Ok(answer) = catch_unwind(AssertUnwindSafe(|| query(connection))) {
            answer.map_err(Fault::into_error)
        } else {
            tracing::error!("a read panicked");
            Err(Error::Storage)
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
}
