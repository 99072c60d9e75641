//! The handles of deleted accounts, kept back for a while. `erasure` keeps them, `people` asks, the sweep forgets.
//!
//! A handle is kept as its hash. The account is gone, and its name must not be found in the file.

use ring::digest;
use rusqlite::{Connection, params};

use super::tx::{Outcome, Tx};
use super::unfinished::SLICE;
use crate::domain::Timestamp;
use crate::domain::user::HANDLE_KEPT_SECONDS;

/// Keeps the handle of an account that is deleted at `at`.
pub(super) fn keep(tx: &Tx<'_>, handle: &str, at: Timestamp) -> Outcome<()> {
    tx.execute(
        "INSERT INTO kept_handles (hash, until) VALUES (?1, ?2)
         ON CONFLICT (hash) DO UPDATE SET until = excluded.until",
        params![hash(handle).as_ref(), at.plus_seconds(HANDLE_KEPT_SECONDS).0],
    )?;
    Ok(())
}

/// Whether a handle is kept back at `now`.
pub(super) fn is_kept(db: &Connection, handle: &str, now: Timestamp) -> Outcome<bool> {
    let mut statement = db.prepare_cached("SELECT 1 FROM kept_handles WHERE hash = ?1 AND until > ?2")?;
    Ok(statement.exists(params![hash(handle).as_ref(), now.0])?)
}

/// Forgets some that are free at `now`; how many.
pub(super) fn forget(tx: &Tx<'_>, now: Timestamp) -> Outcome<usize> {
    tx.execute(
        "DELETE FROM kept_handles WHERE hash IN (SELECT hash FROM kept_handles WHERE until <= ?1 LIMIT ?2)",
        params![now.0, SLICE],
    )
}

fn hash(handle: &str) -> digest::Digest {
    digest::digest(&digest::SHA256, handle.as_bytes())
}
