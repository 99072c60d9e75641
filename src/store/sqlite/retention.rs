//! How long an inbox keeps what was said: older messages and notes go, here and at the provider, and so does a customer
//! with a number of whom nothing is left. `SqliteStore::sweep` drives it.
//!
//! Ids grow as messages come in, so each inbox remembers up to which all is done: nothing is looked at twice.

use rusqlite::{Connection, params};

use super::tx::{Outcome, Tx};
use super::{SqliteStore, messages, notes, sms_erasure};
use crate::domain::{MessageId, Result, Timestamp, UserId};

/// So many are looked at in one read.
const LOOK: usize = 500;
/// So many go in one transaction.
const SLICE: usize = 20;

/// What an inbox keeps, and up to which message and note all that is older is gone.
#[derive(Debug, Clone, Copy)]
struct Kept {
    inbox: UserId,
    days: u32,
    messages: u64,
    notes: u64,
}

/// Takes what is too old from every inbox that says so.
pub(super) async fn sweep(store: &SqliteStore, now: Timestamp) -> Result<()> {
    for mut kept in store.read_aside(|db| list(db)).await? {
        let before = now.plus_seconds(-i64::from(kept.days) * 24 * 3600);
        loop {
            let found = store.read_aside(move |db| old_messages(db, kept, before)).await?;
            let Some((last, _)) = found.last().copied() else { break };
            kept.messages = last;
            let here: Vec<MessageId> =
                found.into_iter().filter(|(_, is_here)| *is_here).map(|(id, _)| MessageId(id)).collect();
            for slice in here.chunks(SLICE) {
                let slice = slice.to_vec();
                store.write(move |tx| remove(tx, &slice, now)).await?;
            }
            store.write(move |tx| note(tx, kept)).await?;
        }
        loop {
            let last = store.read_aside(move |db| last_old_note(db, kept, before)).await?;
            let Some(last) = last else { break };
            let from = kept.notes;
            kept.notes = last;
            store.write(move |tx| blank_notes(tx, kept, from)).await?;
        }
    }
    Ok(())
}

fn list(db: &Connection) -> Outcome<Vec<Kept>> {
    let mut statement = db.prepare_cached(
        "SELECT id, retention_days, kept_messages, kept_notes FROM inboxes i WHERE retention_days IS NOT NULL",
    )?;
    let found = statement.query_map([], |row| {
        Ok(Kept { inbox: UserId(row.get(0)?), days: row.get(1)?, messages: row.get(2)?, notes: row.get(3)? })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The next messages of the site that are too old, and whether each stands in this inbox.
fn old_messages(db: &Connection, kept: Kept, before: Timestamp) -> Outcome<Vec<(u64, bool)>> {
    let mut statement = db.prepare_cached(
        "SELECT m.id, m.created_at < ?3, m.removed_at IS NULL AND EXISTS (SELECT 1 FROM cases k
            WHERE k.conversation = m.conversation AND k.inbox = ?1)
         FROM messages m WHERE m.id > ?2 ORDER BY m.id LIMIT ?4",
    )?;
    let found = statement.query_map(params![kept.inbox.0, kept.messages, before.0, LOOK], |row| {
        Ok((row.get::<_, u64>(0)?, row.get::<_, bool>(1)?, row.get::<_, bool>(2)?))
    })?;
    let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(found.into_iter().take_while(|(_, is_old, _)| *is_old).map(|(id, _, here)| (id, here)).collect())
}

/// The last of the next notes of the site that are too old.
fn last_old_note(db: &Connection, kept: Kept, before: Timestamp) -> Outcome<Option<u64>> {
    let mut statement =
        db.prepare_cached("SELECT n.id, n.at < ?2 FROM notes n WHERE n.id > ?1 ORDER BY n.id LIMIT ?3")?;
    let found = statement.query_map(params![kept.notes, before.0, LOOK], |row| {
        Ok((row.get::<_, u64>(0)?, row.get::<_, bool>(1)?))
    })?;
    let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(found.into_iter().take_while(|(_, is_old)| *is_old).map(|(id, _)| id).last())
}

fn remove(tx: &mut Tx<'_>, old: &[MessageId], now: Timestamp) -> Outcome<()> {
    for id in old {
        let Some(message) = messages::find(tx.connection(), *id)? else { continue };
        messages::bury(tx, &message, now)?;
        if messages::find_last(tx.connection(), message.conversation)?.is_some() {
            continue;
        }
        let customer = tx.find(
            "SELECT p.user FROM cases k CROSS JOIN phones p ON p.user = k.customer WHERE k.conversation = ?1",
            [message.conversation.0],
            |row| Ok(UserId(row.get(0)?)),
        )?;
        if let Some(customer) = customer {
            // What is left is noted, and goes with the next sweep.
            sms_erasure::erase_user(tx, customer, now)?;
        }
    }
    Ok(())
}

fn note(tx: &Tx<'_>, kept: Kept) -> Outcome<()> {
    tx.execute("UPDATE inboxes SET kept_messages = ?2 WHERE id = ?1", params![kept.inbox.0, kept.messages])
        .map(drop)
}

fn blank_notes(tx: &Tx<'_>, kept: Kept, from: u64) -> Outcome<()> {
    notes::erase_between(tx, kept.inbox, from, kept.notes)?;
    tx.execute("UPDATE inboxes SET kept_notes = ?2 WHERE id = ?1", params![kept.inbox.0, kept.notes])
        .map(drop)
}
