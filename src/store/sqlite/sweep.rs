//! What time takes away: sessions that are over and guests who left nothing. `SqliteStore::sweep` drives it.
//!
//! No sweep looks at all guests. Whoever takes from a guest what held it notes the guest
//! ([`check_guest_later`]), and only those are looked at.

use std::time::Instant;

use rusqlite::{Connection, Params, params};

use super::sessions::{idle_since, note_ended};
use super::tx::{Outcome, Tx};
use super::unfinished::{self, Slice};
use super::{SqliteStore, handles, notify, retention, untold_likes};
use crate::domain::user::GUEST_SECONDS;
use crate::domain::{EndReason, Result, SessionId, Timestamp, UserId};

/// Whether no row anywhere points to a user: then its own can go.
macro_rules! unheld {
    () => {
        "NOT EXISTS (SELECT 1 FROM likes WHERE likes.user = users.id)
         AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.user = users.id)
         AND NOT EXISTS (SELECT 1 FROM comments WHERE comments.author = users.id)
         AND NOT EXISTS (SELECT 1 FROM posts WHERE posts.author = users.id)
         AND NOT EXISTS (SELECT 1 FROM withheld_likes WHERE withheld_likes.user = users.id)
         AND NOT EXISTS (SELECT 1 FROM reports WHERE reports.reporter = users.id)
         AND NOT EXISTS (SELECT 1 FROM conversations WHERE conversations.one = users.id)
         AND NOT EXISTS (SELECT 1 FROM conversations WHERE conversations.other = users.id)
         AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.agent = users.id)
         AND NOT EXISTS (SELECT 1 FROM notes WHERE notes.author = users.id)
         AND NOT EXISTS (SELECT 1 FROM inboxes WHERE inboxes.id = users.id)"
    };
}

pub(super) use unheld;

/// Carries out what was decided and left undone.
pub(super) async fn finish(store: &SqliteStore) -> Result<()> {
    for work in store.read_aside(|db| unfinished::list(db)).await? {
        unfinished::finish(store.writes.queue(), work).await;
    }
    Ok(())
}

/// How many candidates a reader looks for at once.
const LOOK: usize = 2000;
/// How many of them one write takes. Each may lie on pages of its own, which all go into the log.
const SLICE: usize = 50;

/// Removes what has run out. A reader looks for candidates and the writer asks again: between the two a session may
/// have been used. They are taken in the order of their ids, so that neighbours share pages, in slices that are writes
/// among those of everybody else. After each the sweep waits as long as it took: half of the time is others' alone.
pub(super) async fn sweep(store: &SqliteStore, now: Timestamp) -> Result<()> {
    loop {
        let mut over = store.read_aside(move |db| sessions_over(db, now)).await?;
        if over.is_empty() {
            break;
        }
        over.sort_unstable();
        in_slices(store, &over, move |tx, slice| remove_sessions(tx, slice, now)).await?;
    }
    while store.write(move |tx| handles::forget(tx, now)).await? > 0 {}
    while store.write(move |tx| untold_likes::forget(tx, now)).await? > 0 {}
    retention::sweep(store, now).await?;
    let mut after = 0;
    loop {
        let guests = store.read_aside(move |db| guests_to_check(db, after, now)).await?;
        let Some(last) = guests.last() else { break };
        after = *last;
        in_slices(store, &guests, check_guests).await?;
    }
    Ok(())
}

async fn in_slices<F>(store: &SqliteStore, ids: &[u64], remove: F) -> Result<()>
where
    F: Fn(&mut Tx<'_>, &[u64]) -> Outcome<()> + Copy + Send + 'static,
{
    for slice in ids.chunks(SLICE) {
        let (slice, start) = (slice.to_vec(), Instant::now());
        store.write(move |tx| remove(tx, &slice)).await?;
        tokio::time::sleep(start.elapsed()).await;
    }
    Ok(())
}

/// Notes that a user has lost what may have held it; the sweep looks at it if it is a guest.
pub(super) fn check_guest_later(tx: &Tx<'_>, user: UserId) -> Outcome<()> {
    tx.execute(
        "INSERT INTO guests_to_check (user)
         SELECT id FROM users WHERE id = ?1 AND kind = 'guest' AND erased_at IS NULL
         ON CONFLICT DO NOTHING",
        [user.0],
    )?;
    Ok(())
}

/// Some sessions that are over at `now`.
fn sessions_over(db: &Connection, now: Timestamp) -> Outcome<Vec<u64>> {
    // Two queries, since an OR of them would read all sessions where none is over.
    let over = ids(db, "SELECT id FROM sessions WHERE ends_at <= ?1 LIMIT ?2", params![now.0, LOOK])?;
    if !over.is_empty() {
        return Ok(over);
    }
    ids(db, "SELECT id FROM sessions WHERE seen_at <= ?1 LIMIT ?2", params![idle_since(now).0, LOOK])
}

/// Some guests that are to be checked, from the one after `after` on: those made more than a day before `now`.
fn guests_to_check(db: &Connection, after: u64, now: Timestamp) -> Outcome<Vec<u64>> {
    ids(
        db,
        "SELECT g.user FROM guests_to_check g
         WHERE g.user > ?1 AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = g.user AND u.created_at >= ?2)
         ORDER BY g.user LIMIT ?3",
        params![after, now.plus_seconds(-GUEST_SECONDS).0, LOOK],
    )
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
        let user = tx.find(
            "DELETE FROM sessions WHERE id = ?3 AND (ends_at <= ?1 OR seen_at <= ?2) RETURNING user",
            params![now.0, idle_since(now).0, id],
            |row| Ok(UserId(row.get(0)?)),
        )?;
        if let Some(user) = user {
            check_guest_later(tx, user)?;
            ended.push(SessionId(*id));
        }
    }
    note_ended(tx, ended, EndReason::Ended);
    Ok(())
}

/// So many rows of notifications one guest may leave behind at once.
const GUEST_ACTS: usize = 250;

/// Removes those of these guests whom nothing holds. Who is held is noted again when that goes.
fn check_guests(tx: &mut Tx<'_>, ids: &[u64]) -> Outcome<()> {
    for id in ids {
        tx.execute("DELETE FROM guests_to_check WHERE user = ?1", [id])?;
        let left = tx.find(
            concat!("SELECT 1 FROM users WHERE id = ?1 AND kind = 'guest' AND ", unheld!()),
            [id],
            |_| Ok(()),
        )?;
        if left.is_none() {
            continue;
        }
        let mut slice = Slice::new(GUEST_ACTS);
        notify::user_erased(tx, UserId(*id), &mut slice)?;
        if slice.is_used_up() {
            // The rest the next time.
            check_guest_later(tx, UserId(*id))?;
            continue;
        }
        tx.execute(concat!("DELETE FROM users WHERE id = ?1 AND kind = 'guest' AND ", unheld!()), [id])?;
    }
    Ok(())
}
