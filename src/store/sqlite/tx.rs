//! The transaction as an intention sees it: statements from the cache, and a place to note what has happened.
//! Every intention's function takes a [`Tx`]; only the writer makes one.
//!
//! Surprising: a refusal and a failure are different things. A refused intention is undone alone; a failure of the
//! database undoes the whole batch.

use rusqlite::{Connection, ErrorCode, OptionalExtension, Params, Row, ffi};

use super::tally::Tally;
use crate::domain::{Error, Event};

/// Why an intention or a read came to nothing.
#[derive(Debug)]
pub(super) enum Fault {
    /// It may not be: its own answer, nobody else's affair.
    Refused(Error),
    /// The database could not.
    Database(rusqlite::Error),
}

pub(super) type Outcome<T> = Result<T, Fault>;

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl Fault {
    /// What is answered; the log gets what the answer must not tell.
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Refused(error) => error,
            Self::Database(error) => {
                tracing::error!(%error, "the database failed");
                Error::Storage
            }
        }
    }

    /// Whether the others of the batch must fail with it. A violated constraint or a number that does not fit is the
    /// statement's own mistake, and `SQLite` has undone just that statement.
    pub(super) fn spoils_batch(&self) -> bool {
        match self {
            Self::Database(rusqlite::Error::SqliteFailure(error, _)) => {
                error.code != ErrorCode::ConstraintViolation
            }
            Self::Refused(_) | Self::Database(_) => false,
        }
    }

    /// Whether a row with the same unique value is already there.
    pub(super) fn is_duplicate(&self) -> bool {
        matches!(self, Self::Database(rusqlite::Error::SqliteFailure(error, _))
            if error.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE)
    }
}

/// The running transaction of a batch.
pub(super) struct Tx<'a> {
    connection: &'a Connection,
    events: &'a mut Vec<Event>,
    tally: &'a mut Tally,
}

impl<'a> Tx<'a> {
    pub(super) fn new(connection: &'a Connection, events: &'a mut Vec<Event>, tally: &'a mut Tally) -> Self {
        Self { connection, events, tally }
    }

    /// The counts that are moved but not written.
    pub(super) fn tally(&mut self) -> &mut Tally {
        self.tally
    }

    /// For the reads that queries share with intentions.
    pub(super) fn connection(&self) -> &'a Connection {
        self.connection
    }

    /// Runs a statement; how many rows it changed.
    pub(super) fn execute(&self, sql: &str, params: impl Params) -> Outcome<usize> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }

    /// The only row that a statement gives.
    pub(super) fn get<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Outcome<T> {
        Ok(self.connection.prepare_cached(sql)?.query_row(params, map)?)
    }

    /// The row that a statement gives, if it gives one.
    pub(super) fn find<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Outcome<Option<T>> {
        Ok(self.connection.prepare_cached(sql)?.query_row(params, map).optional()?)
    }

    /// All rows that a statement gives.
    pub(super) fn list<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Outcome<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params, map)?.collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    /// Notes what will have happened if this commits.
    pub(super) fn note(&mut self, event: Event) {
        self.events.push(event);
    }
}
