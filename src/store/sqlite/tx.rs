//! The transaction as an intention sees it: its statements, and a place to note what has happened. Every intention's
//! function takes a [`Tx`]; the writer makes one for each batch.
//!
//! Surprising: a refusal and a failure are different things. A refused intention is undone alone; a failure of the
//! database undoes the whole batch.

use std::cell::RefCell;

use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension, Params, Row, ffi};

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
        self.is(ffi::SQLITE_CONSTRAINT_UNIQUE)
    }

    /// Whether a value that must be there is not.
    pub(super) fn is_null(&self) -> bool {
        self.is(ffi::SQLITE_CONSTRAINT_NOTNULL)
    }

    fn is(&self, code: std::ffi::c_int) -> bool {
        matches!(self, Self::Database(rusqlite::Error::SqliteFailure(error, _)) if error.extended_code == code)
    }
}

/// The running transaction of a batch.
pub(super) struct Tx<'a> {
    connection: &'a Connection,
    /// The statements of this batch. Taken from the connection's cache for each like, hashing their text would be a
    /// tenth of the writer's work.
    statements: RefCell<Vec<(&'static str, CachedStatement<'a>)>>,
    events: Vec<Event>,
    tally: Tally,
}

impl<'a> Tx<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection, statements: RefCell::default(), events: Vec::new(), tally: Tally::default() }
    }

    /// The counts that are moved but not written.
    pub(super) fn tally(&mut self) -> &mut Tally {
        &mut self.tally
    }

    /// For the reads that queries share with intentions.
    pub(super) fn connection(&self) -> &'a Connection {
        self.connection
    }

    /// Runs a statement; how many rows it changed.
    pub(super) fn execute(&self, sql: &'static str, params: impl Params) -> Outcome<usize> {
        self.with(sql, |statement| statement.execute(params))
    }

    /// The only row that a statement gives.
    pub(super) fn get<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Outcome<T> {
        self.with(sql, |statement| statement.query_row(params, map))
    }

    /// The row that a statement gives, if it gives one.
    pub(super) fn find<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Outcome<Option<T>> {
        self.with(sql, |statement| statement.query_row(params, map).optional())
    }

    /// All rows that a statement gives.
    pub(super) fn list<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Outcome<Vec<T>> {
        self.with(sql, |statement| statement.query_map(params, map)?.collect())
    }

    /// Texts are told apart by their address: of two that are the same, one would be planned anew in each batch.
    fn with<T>(
        &self,
        sql: &'static str,
        run: impl FnOnce(&mut CachedStatement<'a>) -> rusqlite::Result<T>,
    ) -> Outcome<T> {
        let mut statements = self.statements.borrow_mut();
        let known = statements.iter().position(|(text, _)| std::ptr::eq(*text, sql));
        let at = if let Some(at) = known {
            at
        } else {
            statements.push((sql, self.connection.prepare_cached(sql)?));
            statements.len() - 1
        };
        Ok(run(&mut statements[at].1)?)
    }

    /// Notes what will have happened if this commits.
    pub(super) fn note(&mut self, event: Event) {
        self.events.push(event);
    }

    /// How much is noted.
    pub(super) fn noted(&self) -> usize {
        self.events.len()
    }

    /// Forgets what was noted and moved since then: the statements are undone by who calls this.
    pub(super) fn go_back(&mut self, noted: usize) {
        self.events.truncate(noted);
        self.tally.forget();
    }

    /// What has happened, once this is committed.
    pub(super) fn into_events(self) -> Vec<Event> {
        self.events
    }
}
