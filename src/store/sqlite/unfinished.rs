//! What is decided in one small transaction and carried out in many: removals, erasures, suspensions. The intentions
//! begin it, `SqliteStore` and its sweep drive it to the end.
//!
//! Mostly there is nothing to note. The first slice runs in the transaction of the decision itself, and only what does
//! not fit into it leaves a row, from which the next slice, or the sweep after a crash, goes on.

use rusqlite::{Connection, params};

use super::database::Sqlite;
use super::tx::{Outcome, Tx};
use super::{erasure, removal, suspension, takeover};
use crate::domain::{PostId, UserId};
use crate::store::group_commit::Queue;

/// How many rows one intention touches: about a millisecond of the writer.
pub(super) const SLICE: usize = 250;

/// Something that was decided and is not carried out yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfinished {
    /// A removed post still has likes, comments or reports.
    Removal(PostId),
    /// An erased account still has something that it did.
    Erasure(UserId),
    /// A suspended member's likes still count.
    Suspension(UserId),
    /// A member that is let in again has not got back all its likes.
    Return(UserId),
    /// A guest still has something that becomes the member's who logged in.
    Takeover {
        /// Who goes.
        guest: UserId,
        /// Who logged in.
        member: UserId,
    },
}

impl Unfinished {
    const fn key(self) -> (&'static str, u64) {
        match self {
            Self::Removal(PostId(id)) => ("removal", id),
            Self::Erasure(UserId(id)) => ("erasure", id),
            Self::Suspension(UserId(id)) => ("suspension", id),
            Self::Return(UserId(id)) => ("return", id),
            Self::Takeover { guest: UserId(id), .. } => ("takeover", id),
        }
    }

    const fn target(self) -> Option<u64> {
        match self {
            Self::Takeover { member: UserId(id), .. } => Some(id),
            Self::Removal(_) | Self::Erasure(_) | Self::Suspension(_) | Self::Return(_) => None,
        }
    }

    fn from_row(what: &str, id: u64, target: Option<u64>) -> Self {
        match (what, target) {
            ("takeover", Some(member)) => Self::Takeover { guest: UserId(id), member: UserId(member) },
            ("removal", _) => Self::Removal(PostId(id)),
            ("erasure", _) => Self::Erasure(UserId(id)),
            ("suspension", _) => Self::Suspension(UserId(id)),
            _ => Self::Return(UserId(id)),
        }
    }
}

/// How many rows the running intention may still touch.
pub(super) struct Slice(usize);

impl Slice {
    /// One of so many rows.
    pub(super) const fn new(rows: usize) -> Self {
        Self(rows)
    }

    /// How many things fit that touch `rows` rows each: none only where the slice is used up.
    pub(super) const fn room(&self, rows: usize) -> usize {
        self.0.div_ceil(rows)
    }

    /// Notes that so many rows were touched.
    pub(super) const fn take(&mut self, rows: usize) {
        self.0 = self.0.saturating_sub(rows);
    }

    /// Whether nothing fits any more: then there may be more to do, else all is done.
    pub(super) const fn is_used_up(&self) -> bool {
        self.0 == 0
    }
}

/// Does the first slice of what has just been decided; what is left if that was not all.
pub(super) fn begin(tx: &mut Tx<'_>, work: Unfinished) -> Outcome<Option<Unfinished>> {
    let mut slice = Slice(SLICE);
    match work {
        Unfinished::Removal(post) => removal::clear(tx, post, &mut slice)?,
        Unfinished::Erasure(user) => erasure::erase_more(tx, user, &mut slice)?,
        Unfinished::Suspension(user) => suspension::withhold(tx, user, &mut slice)?,
        Unfinished::Return(user) => suspension::give_back(tx, user, &mut slice)?,
        Unfinished::Takeover { guest, member } => takeover::take_more(tx, guest, member, &mut slice)?,
    }
    if slice.is_used_up() {
        note(tx, work)?;
        Ok(Some(work))
    } else {
        forget(tx, work)?;
        Ok(None)
    }
}

/// Does the next slice of what is still decided: meanwhile it may have been finished, or decided otherwise.
fn go_on(tx: &mut Tx<'_>, work: Unfinished) -> Outcome<Option<Unfinished>> {
    if is_noted(tx, work)? { begin(tx, work) } else { Ok(None) }
}

/// Notes what is left, once.
pub(super) fn note(tx: &Tx<'_>, work: Unfinished) -> Outcome<()> {
    let (what, id) = work.key();
    tx.execute(
        "INSERT INTO unfinished (what, id, target) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![what, id, work.target()],
    )?;
    Ok(())
}

/// Notes that nothing is left, or that it was decided otherwise.
pub(super) fn forget(tx: &Tx<'_>, work: Unfinished) -> Outcome<()> {
    let (what, id) = work.key();
    tx.execute("DELETE FROM unfinished WHERE what = ?1 AND id = ?2", params![what, id])?;
    Ok(())
}

/// Whether something is left.
pub(super) fn is_noted(tx: &Tx<'_>, work: Unfinished) -> Outcome<bool> {
    let (what, id) = work.key();
    let noted =
        tx.find("SELECT 1 FROM unfinished WHERE what = ?1 AND id = ?2", params![what, id], |_| Ok(()))?;
    Ok(noted.is_some())
}

/// Everything that is left.
pub(super) fn list(db: &Connection) -> Outcome<Vec<Unfinished>> {
    let mut statement = db.prepare_cached("SELECT what, id, target FROM unfinished")?;
    let works = statement
        .query_map([], |row| Ok(Unfinished::from_row(row.get_ref(0)?.as_str()?, row.get(1)?, row.get(2)?)))?;
    Ok(works.collect::<rusqlite::Result<_>>()?)
}

/// Carries it out, slice by slice, between the writes of everybody else. A write that fails leaves the rest to the next
/// sweep: what was decided holds.
pub(super) async fn finish(queue: &Queue<Sqlite>, work: Unfinished) {
    let mut left = Some(work);
    while let Some(work) = left {
        left = match queue.write(move |tx| go_on(tx, work)).await {
            Ok(left) => left,
            Err(error) => {
                tracing::warn!(?work, %error, "left to the next sweep");
                None
            }
        }
    }
}
