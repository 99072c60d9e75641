//! Messages: written once per key, edited, removed into a tombstone, read page by page. The writer and the readers drive
//! it through `conversations`.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Params, params};

use super::cases::{self, Writer};
use super::comments::hash;
use super::entering::{self, Desk, Entered};
use super::reports::Place;
use super::rows::{self, message_columns};
use super::sides::{self, Whom};
use super::tx::{Outcome, Tx};
use super::{people, reports, search, sessions, sms_erasure, sms_queue};
use crate::domain::page::{TAIL_CHANGES, TAIL_ENTRIES};
use crate::domain::{
    Base, ConversationId, Cursor, Error, Event, ID_LIMIT, Limit, Message, MessageChange, MessageId,
    MessageTail, Order, Page, Session, Settings, Timestamp, UserId,
};
use crate::store::{Created, NewMessage, NewSession, To};

/// Writes a message, or finds the one that the same key has made.
pub(super) fn write(tx: &mut Tx<'_>, new: &NewMessage) -> Outcome<Created<Message>> {
    people::check_active(tx, new.author)?;
    if let Some(item) = find_by_key(tx, new)? {
        return Ok(Created { item, fresh: false });
    }
    let entered = entering::enter(tx, new)?;
    let item = sides::changing(tx, entered.id, Whom::Both, |tx| add(tx, entered, new))?;
    Ok(Created { item, fresh: true })
}

/// Makes a guest with its session and its first message.
pub(super) fn write_as_new_guest(
    tx: &mut Tx<'_>,
    to: UserId,
    (text, key): (String, String),
    session: &NewSession,
) -> Outcome<(Session, Message)> {
    let user = people::create_guest(tx, session.at)?;
    let (author, at) = (user.id, session.at);
    let session = sessions::create(tx, (user, Settings::default()), session)?;
    let new = NewMessage { to: To::User(to), author, text, key, seen: None, at };
    Ok((session, write(tx, &new)?.item))
}

/// The message stands, and both sides know: its author has read all and answered, the other has one more to read.
fn add(tx: &mut Tx<'_>, Entered { id, desk }: Entered, new: &NewMessage) -> Outcome<Message> {
    let agent = desk.map(|_| new.author);
    let author = desk.filter(|desk| !desk.shows_agents).map_or(new.author, |desk| desk.inbox);
    let activity: u64 = tx.get(
        "UPDATE streams SET head = head + 1 WHERE name = 'conversations' RETURNING head",
        [],
        |row| row.get(0),
    )?;
    let seq: u64 = tx.get(
        "UPDATE conversations SET head = head + 1, updated_at = ?2 WHERE id = ?1 RETURNING head",
        params![id.0, new.at.0],
        |row| row.get(0),
    )?;
    let message = tx.get(
        "INSERT INTO messages (conversation, author, agent, text, key, created_at, seq, changed_seq)
         VALUES (?1, ?2, ?7, ?3, ?4, ?5, ?6, ?6) RETURNING id",
        params![id.0, author.0, new.text, new.key, new.at.0, seq, agent.map(|agent| agent.0)],
        |row| Ok(MessageId(row.get(0)?)),
    )?;
    tx.execute(
        "UPDATE sides SET read = ?3, unread = 0, request = 0, hidden = 0, activity = ?4
         WHERE conversation = ?1 AND user = ?2",
        params![id.0, new.author.0, seq, activity],
    )?;
    tx.execute(
        "UPDATE sides SET unread = unread + 1, hidden = 0, activity = ?3 WHERE conversation = ?1 AND user <> ?2",
        params![id.0, new.author.0, activity],
    )?;
    let writer = match agent {
        Some(agent) => Writer::Agent { agent, unseen: (author != new.author).then_some(message), seq },
        None => Writer::Customer,
    };
    if let Some(Desk { inbox, customer, has_phone: true, .. }) = desk {
        sms_queue::add(tx, message, inbox, customer, new.at)?;
    }
    let is_case = cases::said(tx, id, writer, activity, new.at)?;
    let message = get(tx, message)?;
    if is_case {
        search::add_message(tx, &message)?;
    }
    let change = MessageChange::Added { seq, item: Arc::new(message.clone()) };
    tx.note(Event::MessagesChanged { conversation: id, change });
    Ok(message)
}

/// The message that this author's key has made. A removed one has no text left to compare, so it is gone for any text.
fn find_by_key(tx: &Tx<'_>, new: &NewMessage) -> Outcome<Option<Message>> {
    struct Made {
        id: MessageId,
        removed: bool,
        to: [To; 2],
        same_text: bool,
        first_hash: Option<[u8; 32]>,
    }
    let made = tx.find(
        "SELECT m.id, m.removed_at IS NOT NULL, m.conversation, CASE c.one WHEN m.author THEN c.other ELSE c.one END,
            m.text = ?3, m.first_hash
         FROM messages m CROSS JOIN conversations c ON c.id = m.conversation
         WHERE coalesce(m.agent, m.author) = ?1 AND m.key = ?2",
        params![new.author.0, new.key, new.text],
        |row| {
            Ok(Made {
                id: MessageId(row.get(0)?),
                removed: row.get(1)?,
                to: [To::Conversation(ConversationId(row.get(2)?)), To::User(UserId(row.get(3)?))],
                same_text: row.get(4)?,
                first_hash: row.get(5)?,
            })
        },
    )?;
    let Some(made) = made else { return Ok(None) };
    if made.removed {
        return Err(Error::Gone.into());
    }
    // What the key was first sent with counts: whoever retries does not know of edits made meanwhile.
    let same_text = made.first_hash.map_or(made.same_text, |first| first == hash(&new.text));
    if !(made.to.contains(&new.to) && same_text) {
        return Err(Error::KeyReused.into());
    }
    get(tx, made.id).map(Some)
}

/// Gives a message another text.
pub(super) fn edit(
    tx: &mut Tx<'_>,
    id: MessageId,
    text: &str,
    at: Timestamp,
    base: Option<Base>,
) -> Outcome<Message> {
    let before = find(tx.connection(), id)?.ok_or(Error::no_message())?;
    people::check_active(tx, before.writer)?;
    if before.text == text {
        return Ok(before);
    }
    base.map_or(Ok(()), |base| base.check(before.edited_at))?;
    sides::changing(tx, before.conversation, Whom::Both, |tx| {
        let seq = next_seq(tx, before.conversation)?;
        search::edit_message(tx, &before, text)?;
        tx.execute(
            "UPDATE messages SET text = ?2, edited_at = ?3, first_hash = coalesce(first_hash, ?4), changed_seq = ?5
             WHERE id = ?1",
            params![id.0, text, at.0, hash(&before.text), seq],
        )?;
        let message = get(tx, id)?;
        let change = MessageChange::Edited { seq, item: Arc::new(message.clone()) };
        tx.note(Event::MessagesChanged { conversation: before.conversation, change });
        Ok(message)
    })
}

/// Removes a message.
pub(super) fn remove(tx: &mut Tx<'_>, id: MessageId, at: Timestamp) -> Outcome<()> {
    let message = find(tx.connection(), id)?.ok_or(Error::no_message())?;
    bury(tx, &message, at)
}

/// Makes a tombstone of a message that is there. Who had not read it has one less to read.
pub(super) fn bury(tx: &mut Tx<'_>, message: &Message, at: Timestamp) -> Outcome<()> {
    let conversation = message.conversation;
    reports::close_all(tx, Place { post: 0, comment: 0, message: message.id.0 })?;
    sms_erasure::buried(tx, message.id)?;
    sides::changing(tx, conversation, Whom::Both, |tx| {
        let seq = next_seq(tx, conversation)?;
        search::forget_message(tx, message)?;
        tx.execute(
            "UPDATE messages SET text = '', first_hash = NULL, removed_at = ?2, changed_seq = ?3 WHERE id = ?1",
            params![message.id.0, at.0, seq],
        )?;
        tx.execute(
            "UPDATE sides SET unread = unread - 1 WHERE conversation = ?1 AND user <> ?2 AND read < ?3",
            params![conversation.0, message.author.id.0, message.seq],
        )?;
        cases::wait(tx, conversation)?;
        let change = MessageChange::Removed { seq, id: message.id };
        tx.note(Event::MessagesChanged { conversation, change });
        Ok(())
    })
}

/// The next place in a conversation.
pub(super) fn next_seq(tx: &Tx<'_>, conversation: ConversationId) -> Outcome<u64> {
    tx.get("UPDATE conversations SET head = head + 1 WHERE id = ?1 RETURNING head", [conversation.0], |row| {
        row.get(0)
    })
}

/// A message that is there.
pub(super) fn get(tx: &Tx<'_>, id: MessageId) -> Outcome<Message> {
    find(tx.connection(), id)?.ok_or(rusqlite::Error::QueryReturnedNoRows.into())
}

/// A message, if it is there.
pub(super) fn find(db: &Connection, id: MessageId) -> Outcome<Option<Message>> {
    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages m CROSS JOIN users u ON u.id = m.author WHERE m.id = ?1 AND m.removed_at IS NULL"
    ))?;
    Ok(statement.query_row([id.0], rows::message).optional()?)
}

/// The newest message of a conversation.
pub(super) fn find_last(db: &Connection, conversation: ConversationId) -> Outcome<Option<Message>> {
    Ok(newest(db, conversation, ID_LIMIT, 1)?.pop())
}

/// The messages of the conversation in ?1 that are there, from the place in ?2 on, at most ?3.
macro_rules! select_messages {
    ($order:literal) => {
        concat!(
            "SELECT ",
            message_columns!(),
            " FROM messages m CROSS JOIN users u ON u.id = m.author
             WHERE m.conversation = ?1 AND m.removed_at IS NULL AND m.seq ",
            $order,
            " LIMIT ?3"
        )
    };
}

/// The messages of a conversation.
pub(super) fn list(
    db: &Connection,
    conversation: ConversationId,
    order: Order,
    after: Option<Cursor>,
    limit: Limit,
) -> Outcome<Page<Message>> {
    let count = limit.get() + 1;
    let messages = match order {
        Order::Oldest => {
            let after = after.map_or(0, |Cursor(place)| place);
            all(db, select_messages!("> ?2 ORDER BY m.seq"), params![conversation.0, after, count])?
        }
        Order::Newest => newest(db, conversation, rows::before(after), count)?,
    };
    Ok(Page::cut(messages, limit, |message| message.seq))
}

fn newest(db: &Connection, conversation: ConversationId, before: u64, count: usize) -> Outcome<Vec<Message>> {
    all(db, select_messages!("< ?2 ORDER BY m.seq DESC"), params![conversation.0, before, count])
}

fn all(db: &Connection, sql: &str, params: impl Params) -> Outcome<Vec<Message>> {
    let mut statement = db.prepare_cached(sql)?;
    let messages = statement.query_map(params, rows::message)?.collect::<rusqlite::Result<_>>()?;
    Ok(messages)
}

/// Reads head, changes and page in one transaction, so that they fit each other.
pub(super) fn read_tail(db: &mut Connection, id: ConversationId) -> Outcome<Option<MessageTail>> {
    let db = db.transaction()?;
    let head = db
        .prepare_cached("SELECT head FROM conversations WHERE id = ?1")?
        .query_row([id.0], |row| row.get(0))
        .optional()?;
    let Some(seq) = head else { return Ok(None) };

    let mut page = newest(&db, id, ID_LIMIT, TAIL_ENTRIES + 1)?;
    let more = page.len() > TAIL_ENTRIES;
    page.truncate(TAIL_ENTRIES);
    page.reverse();

    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        message_columns!(),
        ", m.changed_seq, m.removed_at IS NOT NULL FROM messages m CROSS JOIN users u ON u.id = m.author
         WHERE m.conversation = ?1 ORDER BY m.changed_seq DESC LIMIT ?2"
    ))?;
    let mut changed = statement
        .query_map(params![id.0, TAIL_CHANGES + 1], |row| {
            let message = rows::message(row)?;
            let removed: bool = row.get(rows::MESSAGE_WIDTH + 1)?;
            let item = if removed { Err(message.id) } else { Ok(Arc::new(message)) };
            Ok((row.get(rows::MESSAGE_WIDTH)?, item))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    // The first change that is left out says from where on nothing is.
    let since = changed.get(TAIL_CHANGES).map_or(0, |(seq, _)| *seq);
    changed.truncate(TAIL_CHANGES);
    changed.reverse();
    Ok(Some(MessageTail { seq, since, changed, page: page.into_iter().map(Arc::new).collect(), more }))
}
