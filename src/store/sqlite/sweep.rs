//! What time takes away: sessions that are over and guests who left nothing. `SqliteStore::sweep` drives it.
//!
//! Surprising: a reader looks for candidates and the writer asks again, one by one. Between the two a guest may have
//! come back or liked something, and then it stays.

use rusqlite::{Connection, Params, params};

use super::SqliteStore;
use super::sessions::{idle_since, note_ended};
use super::tx::{Outcome, Tx};
use super::unfinished::{self, SLICE};
use crate::domain::{Ending, Result, SessionId, Timestamp};

/// A guest is left alone for a day.
const GUEST_SECONDS: i64 = 24 * 3600;

/// What makes a session ended: ?1 is now, ?2 the visit it must be later than.
macro_rules! ended {
    () => {
        "(ends_at <= ?1 OR seen_at <= ?2)"
    };
}

/// Whether no row anywhere points to a user: then its own can go.
macro_rules! unheld {
    () => {
        "NOT EXISTS (SELECT 1 FROM likes WHERE likes.user = users.id)
         AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.user = users.id)
         AND NOT EXISTS (SELECT 1 FROM comments WHERE comments.author = users.id)
         AND NOT EXISTS (SELECT 1 FROM posts WHERE posts.author = users.id)
         AND NOT EXISTS (SELECT 1 FROM withheld_likes WHERE withheld_likes.user = users.id)
         AND NOT EXISTS (SELECT 1 FROM reports WHERE reports.reporter = users.id)"
    };
}

pub(super) use unheld;

/// What makes a guest nobody's loss: made before ?1, and nothing points to it.
macro_rules! idle {
    () => {
        concat!("kind = 'guest' AND created_at < ?1 AND ", unheld!())
    };
}

/// Finishes what was begun, and removes what has run out.
pub(super) async fn sweep(store: &SqliteStore, now: Timestamp) -> Result<()> {
    for work in store.read(|db| unfinished::list(db)).await? {
        unfinished::finish(store.writes.queue(), work).await;
    }
    // Candidates are looked for by a reader and checked again by the writer, a slice at a time: a sweep of a large site
    // holds up no like.
    for ended in slices(&store.read(move |db| ended_sessions(db, now)).await?) {
        store.write(move |tx| remove_sessions(tx, &ended, now)).await?;
    }
    for idle in slices(&store.read(move |db| idle_guests(db, now)).await?) {
        store.write(move |tx| remove_guests(tx, &idle, now)).await?;
    }
    Ok(())
}

/// Cuts candidates into what one intention takes.
fn slices(ids: &[u64]) -> Vec<Vec<u64>> {
    ids.chunks(SLICE).map(<[u64]>::to_vec).collect()
}

/// Sessions that are over at `now`.
fn ended_sessions(db: &Connection, now: Timestamp) -> Outcome<Vec<u64>> {
    ids(db, concat!("SELECT id FROM sessions WHERE ", ended!()), params![now.0, idle_since(now).0])
}

/// Guests whom nothing holds any more.
fn idle_guests(db: &Connection, now: Timestamp) -> Outcome<Vec<u64>> {
    ids(db, concat!("SELECT id FROM users WHERE ", idle!()), [now.plus_seconds(-GUEST_SECONDS).0])
}

fn ids(db: &Connection, sql: &str, params: impl Params) -> Outcome<Vec<u64>> {
    let mut statement = db.prepare_cached(sql)?;
    let ids = statement.query_map(params, |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

/// Removes those of these sessions that are over.
fn remove_sessions(tx: &mut Tx<'_>, ids: &[u64], now: Timestamp) -> Outcome<()> {
    let mut ended = Vec::new();
    for id in ids {
        let removed = tx.execute(
            concat!("DELETE FROM sessions WHERE id = ?3 AND ", ended!()),
            params![now.0, idle_since(now).0, id],
        )?;
        if removed == 1 {
            ended.push(SessionId(*id));
        }
    }
    note_ended(tx, ended, Ending::Ended);
    Ok(())
}

/// Removes those of these guests whom nothing holds.
fn remove_guests(tx: &Tx<'_>, ids: &[u64], now: Timestamp) -> Outcome<()> {
    let before = now.plus_seconds(-GUEST_SECONDS).0;
    for id in ids {
        tx.execute(concat!("DELETE FROM users WHERE id = ?2 AND ", idle!()), params![before, id])?;
    }
    Ok(())
}
