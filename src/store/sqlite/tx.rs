//! The transaction as an intention sees it: its statements, and a place to note what has happened. Every intention's
//! function takes a [`Tx`]; group commit makes one for each batch.

use std::cell::{RefCell, RefMut};

use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension, Params, Row, ffi, params};

use super::untold_likes::Untold;
use super::{likes, rows, untold_likes};
use crate::domain::{Counts, Event, Liked, Online, PostId, UserId};
use crate::store::SetLike;
pub(super) use crate::store::group_commit::Outcome;
use crate::store::group_commit::{Fault, Notes, Rule, Transaction};

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        match &error {
            rusqlite::Error::SqliteFailure(failure, _) if failure.code == ErrorCode::ConstraintViolation => {
                let rule = match failure.extended_code {
                    ffi::SQLITE_CONSTRAINT_UNIQUE => Rule::Unique,
                    ffi::SQLITE_CONSTRAINT_NOTNULL => Rule::NotNull,
                    _ => Rule::Other,
                };
                Self::Violation(rule, error.into())
            }
            rusqlite::Error::SqliteFailure(..) => Self::Database(error.into()),
            // A row that is not there, a number that does not fit: the statement's own mistake, nobody else's.
            _ => Self::Violation(Rule::Other, error.into()),
        }
    }
}

/// The running transaction of a batch.
pub(super) struct Tx<'a> {
    connection: &'a Connection,
    /// The statements of this batch. Taken from the connection's cache for each like, hashing their text would be a
    /// tenth of the writer's work.
    statements: RefCell<Vec<(&'static str, CachedStatement<'a>)>>,
    notes: Notes,
    untold: &'a RefCell<Untold>,
    online: &'a Online,
}

impl<'a> Tx<'a> {
    pub(super) fn new(connection: &'a Connection, untold: &'a RefCell<Untold>, online: &'a Online) -> Self {
        Self { connection, statements: RefCell::default(), notes: Notes::default(), untold, online }
    }

    /// What is known of likes that nobody was told of.
    pub(super) fn untold(&self) -> RefMut<'_, Untold> {
        self.untold.borrow_mut()
    }

    /// Whether a user has an open socket now.
    pub(super) fn is_online(&self, user: UserId) -> bool {
        self.online.has(user)
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
        self.notes.note(event);
    }

    /// What has happened, once this is committed.
    pub(super) fn into_events(self) -> Vec<Event> {
        self.notes.into_events()
    }
}

impl Transaction for Tx<'_> {
    fn notes(&mut self) -> &mut Notes {
        &mut self.notes
    }

    fn set_like(&mut self, like: &SetLike) -> Outcome<Liked> {
        likes::set(self, like)
    }

    fn read_counts(&mut self, post: PostId) -> Outcome<Option<Counts>> {
        self.find(
            "SELECT likes, comments, version FROM posts WHERE id = ?1 AND removed_at IS NULL",
            [post.0],
            rows::counts,
        )
    }

    fn write_counts(&mut self, post: PostId, counts: Counts, since: u64) -> Outcome<()> {
        self.execute(
            "UPDATE posts SET likes = ?2, version = ?3 WHERE id = ?1",
            params![post.0, counts.likes, counts.version],
        )?;
        untold_likes::note(self, post, since)
    }

    fn savepoint(&mut self) -> Outcome<()> {
        self.execute("SAVEPOINT intention", []).map(drop)
    }

    fn roll_back(&mut self) -> Outcome<()> {
        self.untold().forget();
        self.execute("ROLLBACK TO intention", []).map(drop)
    }

    fn release(&mut self) -> Outcome<()> {
        self.execute("RELEASE intention", []).map(drop)
    }
}
