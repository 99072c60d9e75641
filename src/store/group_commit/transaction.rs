//! What group commit needs of a database: a transaction that can carry out intentions, and a place to note what they
//! did. Each kind of store implements the two traits, the writer drives them.
//!
//! A refusal and a failure are different things. A refused intention is undone alone; a failure of the database undoes
//! the whole batch.

use super::tally::Tally;
use crate::domain::{Counts, Error, Event, Liked, PostId};
use crate::store::SetLike;

/// The connection of one kind of database that writes. The writer's thread owns it.
pub(in crate::store) trait Database: Send + 'static {
    /// Its running transaction.
    type Tx<'a>: Transaction;

    /// Does `work` in one transaction and commits it; what happened. Where this fails or panics, `undo` comes next.
    fn commit(&mut self, work: impl FnOnce(&mut Self::Tx<'_>) -> Outcome<()>) -> Outcome<Vec<Event>>;

    /// Ends what a failed or panicked `commit` left behind: no transaction is open afterwards.
    fn undo(&mut self);

    /// The answers of a batch have left: the time for what takes long and what nobody should wait for.
    fn after_batch(&mut self);

    /// Everything is written: what is left to do before the process ends.
    fn close(self);
}

/// The running transaction of a batch. What it reads and then writes by it (counts, heads of streams) stays as it is
/// until the COMMIT, whoever else writes to the same database.
pub(in crate::store) trait Transaction {
    /// What the batch has done so far.
    fn notes(&mut self) -> &mut Notes;

    /// Likes or unlikes. The counts move in the tally and not in the post's row. A refusal leaves nothing behind, so it
    /// needs no savepoint.
    fn set_like(&mut self, like: &SetLike) -> Outcome<Liked>;

    /// The counts in a post's row; none if it is not there.
    fn read_counts(&mut self, post: PostId) -> Outcome<Option<Counts>>;

    /// Writes likes and version into a post's row. The likes behind the version `since` are told to its author later.
    fn write_counts(&mut self, post: PostId, counts: Counts, since: u64) -> Outcome<()>;

    /// Begins what can be undone alone.
    fn savepoint(&mut self) -> Outcome<()>;

    /// Undoes what was written since the savepoint, which stays.
    fn roll_back(&mut self) -> Outcome<()>;

    /// Ends the savepoint; what was written since stays.
    fn release(&mut self) -> Outcome<()>;
}

/// What a batch did and has not told yet.
#[derive(Debug, Default)]
pub(in crate::store) struct Notes {
    events: Vec<Event>,
    pub(super) tally: Tally,
}

impl Notes {
    /// Notes what will have happened if this commits.
    pub(in crate::store) fn note(&mut self, event: Event) {
        self.events.push(event);
    }

    /// How many events are noted.
    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// Forgets the events after the first `len` and the counts that were moved: whoever calls this undoes the
    /// statements too.
    pub(super) fn go_back(&mut self, len: usize) {
        self.events.truncate(len);
        self.tally.forget();
    }

    /// What has happened, once this is committed.
    pub(in crate::store) fn into_events(self) -> Vec<Event> {
        self.events
    }
}

/// Why an intention or a read came to nothing.
#[derive(Debug)]
pub(in crate::store) enum Fault {
    /// It may not be: its own answer, nobody else's affair.
    Refused(Error),
    /// A rule of the schema was broken. The database has undone that statement and nothing else.
    Violation(Rule, Cause),
    /// The database could not.
    Database(Cause),
    /// The COMMIT failed in such a way that it may have been done, or be done by the next start's recovery.
    UnknownOutcome(Cause),
}

/// A rule of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Rule {
    /// Two rows may not have the same value.
    Unique,
    /// A value must be there.
    NotNull,
    /// Any other.
    Other,
}

/// What the database said.
pub(in crate::store) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The result of an intention or a read.
pub(in crate::store) type Outcome<T> = Result<T, Fault>;

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl Fault {
    /// What is answered; the log gets what the answer must not tell.
    pub(in crate::store) fn into_error(self) -> Error {
        match self {
            Self::Refused(error) => error,
            Self::Violation(_, error) | Self::Database(error) => {
                tracing::error!(%error, "the database failed");
                Error::Storage
            }
            Self::UnknownOutcome(error) => {
                tracing::error!(%error, "the database failed while it committed");
                Error::UnknownOutcome
            }
        }
    }

    /// Whether the others of the batch fail with it.
    pub(super) const fn spoils_batch(&self) -> bool {
        matches!(self, Self::Database(_) | Self::UnknownOutcome(_))
    }

    /// Whether a row with the same unique value is already there.
    pub(in crate::store) const fn is_duplicate(&self) -> bool {
        matches!(self, Self::Violation(Rule::Unique, _))
    }

    /// Whether a value that must be there is not.
    pub(in crate::store) const fn is_null(&self) -> bool {
        matches!(self, Self::Violation(Rule::NotNull, _))
    }
}
