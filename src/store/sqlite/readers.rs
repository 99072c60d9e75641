//! The readers: a few read-only connections, each used by one blocking task at a time. `SqliteStore` drives them.
//!
//! Surprising: a reader is not tied to a thread. Whoever gets a place takes any idle connection with it, and brings it
//! back even if its query panics or nobody waits for the answer any more.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::open::{self, OpenError, SqliteOptions};
use super::tx::Outcome;
use crate::domain::{Error, Result};

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

    /// Runs a query on an idle reader, away from the async runtime's own threads.
    pub(super) async fn run<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Outcome<T> + Send + 'static,
    {
        let waiting = Arc::clone(&self.places).acquire_owned();
        let Ok(Ok(place)) = tokio::time::timeout(PATIENCE, waiting).await else {
            return Err(Error::Overloaded);
        };
        let connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut loan = Loan { connection, idle: Arc::clone(&self.idle), _place: place };
        let task = tokio::task::spawn_blocking(move || {
            let connection = loan.connection.as_mut().ok_or(Error::Storage)?;
            query(connection).map_err(super::tx::Fault::into_error)
        });
        match task.await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::error!(%error, "a read came to no end");
                Err(Error::Storage)
            }
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
