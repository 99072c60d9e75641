//! Erasing a customer who has only a number, here and at the provider. `erasure`, `messages` and `retention` drive it.
//!
//! What is removed here is to be erased there too: a row says so until the provider has done it. Of the number nothing is
//! kept but, where its owner wanted no more texts, a keyed hash of it.

use ring::hmac;
use rusqlite::{Connection, params};

use super::tx::{Outcome, Tx};
use super::unfinished::{Slice, Unfinished};
use super::{cases, erasure, messages, notes};
use crate::domain::{ConversationId, MessageId, Timestamp, UserId};
use crate::store::Redaction;

/// A message costs its row, four indexes, what the sides and the agents see, and what the provider is to erase.
const MESSAGE_ROWS: usize = 12;
/// A note costs its row and its place among what is searched.
const NOTE_ROWS: usize = 3;

/// Erases the customer of an inbox who has this number; whether there is one, and what is left to do.
pub(super) fn erase(
    tx: &mut Tx<'_>,
    inbox: UserId,
    number: &str,
    at: Timestamp,
) -> Outcome<(bool, Option<Unfinished>)> {
    let found = tx.find(
        "SELECT user FROM phones WHERE inbox = ?1 AND number = ?2",
        params![inbox.0, number],
        |row| Ok(UserId(row.get(0)?)),
    )?;
    match found {
        Some(user) => Ok((true, erase_user(tx, user, at)?)),
        None => Ok((false, None)),
    }
}

/// The same of a customer whose number is not asked for.
pub(super) fn erase_user(tx: &mut Tx<'_>, user: UserId, at: Timestamp) -> Outcome<Option<Unfinished>> {
    let opted_out = tx.find(
        "SELECT inbox, number FROM phones WHERE user = ?1 AND opted_out = 1 AND number IS NOT NULL",
        [user.0],
        |row| Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?)),
    )?;
    if let Some((inbox, number)) = opted_out {
        tx.execute(
            "INSERT INTO sms_opt_outs (inbox, hash) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![inbox, hash(tx, &number)?],
        )?;
    }
    // The row says until the end that all of the conversation goes, and not only what this user wrote.
    tx.execute("UPDATE phones SET number = NULL, opted_out = 0 WHERE user = ?1", [user.0])?;
    let left = erasure::erase(tx, user, at)?;
    for conversation in conversations(tx, user)? {
        // The agents see somebody without a name and a number.
        cases::changing(tx, conversation, |_| Ok(()))?;
    }
    Ok(left)
}

fn conversations(tx: &Tx<'_>, user: UserId) -> Outcome<Vec<ConversationId>> {
    tx.list("SELECT conversation FROM cases WHERE customer = ?1", [user.0], |row| {
        Ok(ConversationId(row.get(0)?))
    })
}

/// What stood in the conversation of such a customer, whoever wrote it.
pub(super) fn clear(tx: &mut Tx<'_>, user: UserId, at: Timestamp, slice: &mut Slice) -> Outcome<()> {
    let is_customer = tx.find("SELECT 1 FROM phones WHERE user = ?1", [user.0], |_| Ok(()))?;
    if is_customer.is_none() {
        return Ok(());
    }
    let said = tx.list(
        "SELECT m.id FROM cases k CROSS JOIN messages m ON m.conversation = k.conversation
         WHERE k.customer = ?1 AND m.removed_at IS NULL LIMIT ?2",
        params![user.0, slice.room(MESSAGE_ROWS)],
        |row| Ok(MessageId(row.get(0)?)),
    )?;
    for message in said {
        slice.take(MESSAGE_ROWS);
        messages::remove(tx, message, at)?;
    }
    let notes = notes::erase_of_customer(tx, user, slice.room(NOTE_ROWS))? * NOTE_ROWS;
    slice.take(notes);
    if !slice.is_used_up() {
        tx.execute("DELETE FROM phones WHERE user = ?1", [user.0])?;
    }
    Ok(())
}

/// A message is removed: it is not sent any more, and what the provider has of it is to go too.
pub(super) fn buried(tx: &Tx<'_>, message: MessageId) -> Outcome<()> {
    tx.execute("DELETE FROM sms_queue WHERE message = ?1", [message.0])?;
    tx.execute(
        "INSERT INTO sms_redactions (provider, remote, inbox, try_at)
         SELECT s.provider, s.remote, k.inbox, 0 FROM sms s CROSS JOIN messages m ON m.id = s.message
            CROSS JOIN cases k ON k.conversation = m.conversation
         WHERE s.message = ?1 AND s.remote IS NOT NULL ON CONFLICT DO NOTHING",
        [message.0],
    )
    .map(drop)
}

/// Whether the owner of a number that was erased wanted no more texts of this inbox.
pub(super) fn has_opted_out(tx: &Tx<'_>, inbox: UserId, number: &str) -> Outcome<bool> {
    let found = tx.find(
        "SELECT 1 FROM sms_opt_outs WHERE inbox = ?1 AND hash = ?2",
        params![inbox.0, hash(tx, number)?],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// The owner of a number wants texts again.
pub(super) fn forget_opt_out(tx: &Tx<'_>, customer: UserId) -> Outcome<()> {
    let number = tx.find(
        "SELECT inbox, number FROM phones WHERE user = ?1 AND number IS NOT NULL",
        [customer.0],
        |row| Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?)),
    )?;
    let Some((inbox, number)) = number else { return Ok(()) };
    tx.execute("DELETE FROM sms_opt_outs WHERE inbox = ?1 AND hash = ?2", params![inbox, hash(tx, &number)?])
        .map(drop)
}

fn hash(tx: &Tx<'_>, number: &str) -> Outcome<Vec<u8>> {
    let key: Vec<u8> = tx.get("SELECT key FROM sms_key WHERE id = 1", [], |row| row.get(0))?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    Ok(hmac::sign(&key, number.as_bytes()).as_ref().to_vec())
}

/// What a provider is to erase by now.
pub(super) fn list_redactions(db: &Connection, now: Timestamp, limit: usize) -> Outcome<Vec<Redaction>> {
    let mut statement = db.prepare_cached(
        "SELECT provider, remote, inbox FROM sms_redactions WHERE try_at <= ?1 ORDER BY try_at LIMIT ?2",
    )?;
    let found = statement.query_map(params![now.0, limit], |row| {
        Ok(Redaction { provider: row.get(0)?, remote: row.get(1)?, inbox: UserId(row.get(2)?) })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// It is erased there; or it is asked again then.
pub(super) fn settle_redaction(tx: &Tx<'_>, done: &Redaction, again: Option<Timestamp>) -> Outcome<()> {
    let Redaction { provider, remote, .. } = done;
    match again {
        Some(at) => tx.execute(
            "UPDATE sms_redactions SET try_at = ?3 WHERE provider = ?1 AND remote = ?2",
            params![provider, remote, at.0],
        )?,
        None => tx.execute(
            "DELETE FROM sms_redactions WHERE provider = ?1 AND remote = ?2",
            params![provider, remote],
        )?,
    };
    Ok(())
}
