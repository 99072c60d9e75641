//! What a guest wrote to inboxes becomes the member's who logged in. `takeover` drives it.
//!
//! A conversation changes hands where the member has none with that inbox: it stays the same for the agents, with another
//! customer. Else what was said is put behind what the member has said, in its order, and the guest's conversation stays
//! behind closed, since the agents' notes stand there: a pair has one conversation, for ever.

use std::sync::Arc;

use rusqlite::params;

use super::entering::{PAIR, pair};
use super::notes::{self, Entry};
use super::sides::{self, Whom};
use super::tx::{Outcome, Tx};
use super::unfinished::Slice;
use super::{cases, messages, search};
use crate::domain::{ConversationId, Event, MessageChange, MessageId, Timestamp, UserId};

/// A message costs its row, four indexes, and what the two sides see; one that moves costs that twice.
const MESSAGE_ROWS: usize = 10;

/// Takes over as much as there is room for.
pub(super) fn take(tx: &mut Tx<'_>, guest: UserId, member: UserId, slice: &mut Slice) -> Outcome<()> {
    let conversations = tx.list(
        "SELECT s.conversation, k.inbox FROM sides s CROSS JOIN cases k ON k.conversation = s.conversation
         WHERE s.user = ?1",
        [guest.0],
        |row| Ok((ConversationId(row.get(0)?), UserId(row.get(1)?))),
    )?;
    for (id, inbox) in conversations {
        if slice.is_used_up() {
            return Ok(());
        }
        let own = tx.find(PAIR, pair(member, inbox), |row| Ok(ConversationId(row.get(0)?)))?;
        match own {
            None => hand_over(tx, id, inbox, member, slice)?,
            Some(own) => merge(tx, (id, guest), (own, member), slice)?,
        }
    }
    take_authorship(tx, guest, member, slice)
}

/// The same conversation with another customer.
fn hand_over(
    tx: &mut Tx<'_>,
    id: ConversationId,
    inbox: UserId,
    member: UserId,
    slice: &mut Slice,
) -> Outcome<()> {
    slice.take(MESSAGE_ROWS);
    let [one, other] = pair(member, inbox);
    sides::changing(tx, id, Whom::Both, |tx| {
        tx.execute("UPDATE conversations SET one = ?2, other = ?3 WHERE id = ?1", params![id.0, one, other])?;
        tx.execute("UPDATE cases SET customer = ?2 WHERE conversation = ?1", [id.0, member.0])?;
        // Its place in the member's stream is put right by what follows.
        tx.execute("UPDATE sides SET user = ?2, place = -?1 WHERE conversation = ?1", [id.0, member.0])?;
        search::rename(tx, member)
    })
}

/// A message that moves.
struct Moving {
    id: MessageId,
    agent: Option<UserId>,
    is_from_inbox: bool,
    at: Timestamp,
}

/// Puts what was said in the guest's conversation behind what was said in the member's.
fn merge(
    tx: &mut Tx<'_>,
    (from, guest): (ConversationId, UserId),
    (into, member): (ConversationId, UserId),
    slice: &mut Slice,
) -> Outcome<()> {
    let moving = tx.list(
        "SELECT m.id, m.agent, m.agent IS NOT NULL AND m.agent <> m.author, m.created_at
         FROM messages m WHERE m.conversation = ?1 AND m.removed_at IS NULL ORDER BY m.seq LIMIT ?2",
        params![from.0, slice.room(2 * MESSAGE_ROWS)],
        |row| {
            Ok(Moving {
                id: MessageId(row.get(0)?),
                agent: row.get::<_, Option<u64>>(1)?.map(UserId),
                is_from_inbox: row.get(2)?,
                at: Timestamp(row.get(3)?),
            })
        },
    )?;
    for message in moving {
        slice.take(2 * MESSAGE_ROWS);
        move_one(tx, message, (from, guest), (into, member))?;
    }
    if !slice.is_used_up() {
        leave(tx, (from, guest), into)?;
    }
    Ok(())
}

fn move_one(
    tx: &mut Tx<'_>,
    Moving { id, agent, is_from_inbox, at }: Moving,
    (from, guest): (ConversationId, UserId),
    (into, member): (ConversationId, UserId),
) -> Outcome<()> {
    let was_read = tx
        .find(
            "SELECT 1 FROM sides s CROSS JOIN messages m ON m.id = ?3
             WHERE s.conversation = ?1 AND s.user = ?2 AND s.read >= m.seq",
            params![from.0, guest.0, id.0],
            |_| Ok(()),
        )?
        .is_some();
    let moved = sides::changing(tx, into, Whom::Both, |tx| {
        let seq = messages::next_seq(tx, into)?;
        let moved = tx.get(
            "INSERT INTO messages (conversation, author, agent, text, key, first_hash, created_at, edited_at, seq, changed_seq)
             SELECT ?2, CASE agent IS NULL WHEN 1 THEN ?3 ELSE author END, agent, text, '+' || id, first_hash, created_at,
                edited_at, ?4, ?4 FROM messages WHERE id = ?1 RETURNING id",
            params![id.0, into.0, member.0, seq],
            |row| Ok(MessageId(row.get(0)?)),
        )?;
        // What the guest had read stays read, if the member has read all before it.
        let is_unread = agent.is_some() && !was_read;
        tx.execute(
            "UPDATE sides SET hidden = 0, unread = unread + ?3, read = CASE WHEN unread + ?3 = 0 THEN ?4 ELSE read END
             WHERE conversation = ?1 AND user = ?2",
            params![into.0, member.0, is_unread, seq],
        )?;
        if let (Some(agent), true) = (agent, is_from_inbox) {
            notes::add(tx, Entry::sent(into, agent, moved, at))?;
        }
        cases::wait(tx, into)?;
        let item = Arc::new(messages::get(tx, moved)?);
        search::add_message(tx, &item)?;
        tx.note(Event::MessagesChanged { conversation: into, change: MessageChange::Added { seq, item } });
        Ok(moved)
    })?;
    let message = messages::get(tx, id)?;
    messages::bury(tx, &message, at)?;
    // The key goes along: a retry finds what it has made. No client can write the other one.
    let key: String = tx.get("SELECT key FROM messages WHERE id = ?1", [id.0], |row| row.get(0))?;
    tx.execute("UPDATE messages SET key = '-' || id WHERE id = ?1", [id.0])?;
    tx.execute(
        "UPDATE messages SET key = ?2 WHERE id = ?1 AND NOT EXISTS
            (SELECT 1 FROM messages m WHERE coalesce(m.agent, m.author) = coalesce(messages.agent, messages.author) AND m.key = ?2)",
        params![moved.0, key],
    )
    .map(drop)
}

/// Nothing is left of what was said: the guest's conversation is nobody's any more, and closed. The member's is open if one
/// of the two was.
fn leave(tx: &mut Tx<'_>, (from, guest): (ConversationId, UserId), into: ConversationId) -> Outcome<()> {
    let at =
        tx.get("SELECT max(updated_at) FROM conversations WHERE id IN (?1, ?2)", [from.0, into.0], |row| {
            Ok(Timestamp(row.get(0)?))
        })?;
    cases::close_into(tx, from, into, at)?;
    tx.execute("DELETE FROM sides WHERE conversation = ?1 AND user = ?2", [from.0, guest.0])?;
    tx.execute("UPDATE users SET erased_at = coalesce(erased_at, created_at) WHERE id = ?1", [guest.0])?;
    search::rename(tx, guest)
}

/// What the guest wrote is the member's. Messages that were removed only change hands.
fn take_authorship(tx: &mut Tx<'_>, guest: UserId, member: UserId, slice: &mut Slice) -> Outcome<()> {
    let written = tx.list(
        "SELECT id, removed_at IS NOT NULL FROM messages WHERE author = ?1 LIMIT ?2",
        params![guest.0, slice.room(MESSAGE_ROWS)],
        |row| Ok((MessageId(row.get(0)?), row.get::<_, bool>(1)?)),
    )?;
    for (id, removed) in written {
        slice.take(MESSAGE_ROWS);
        // Of two with the same key the member's own keeps it.
        tx.execute(
            "UPDATE messages SET first_hash = NULL, key = '+' || id WHERE id = ?1 AND EXISTS
                (SELECT 1 FROM messages m WHERE coalesce(m.agent, m.author) = ?2 AND m.key = messages.key)",
            [id.0, member.0],
        )?;
        tx.execute("UPDATE messages SET author = ?2 WHERE id = ?1", [id.0, member.0])?;
        if removed {
            continue;
        }
        let conversation = messages::get(tx, id)?.conversation;
        sides::changing(tx, conversation, Whom::Both, |tx| {
            let seq = messages::next_seq(tx, conversation)?;
            tx.execute("UPDATE messages SET changed_seq = ?2 WHERE id = ?1", [id.0, seq])?;
            let item = Arc::new(messages::get(tx, id)?);
            tx.note(Event::MessagesChanged { conversation, change: MessageChange::Edited { seq, item } });
            Ok(())
        })?;
    }
    Ok(())
}
