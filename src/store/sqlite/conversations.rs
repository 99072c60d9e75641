//! Conversations: one for each pair; reading, accepting, hiding; lists. `messages` has what is said in them, `sides` what
//! each of the two sees.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};

use super::entering::{PAIR, pair};
use super::sides::{self, Whom, conversation_columns, of_sides};
use super::tx::{Outcome, Tx};
use super::{SqliteStore, cases, messages, rows, unread};
use crate::domain::conversation::Receipts;
use crate::domain::page::{TAIL_CHANGES, TAIL_ENTRIES};
use crate::domain::{
    Base, Conversation, ConversationId, ConversationTail, Cursor, Error, Event, Limit, Message, MessageId,
    MessageTail, Order, Page, Result, Session, Timestamp, UserId,
};
use crate::store::{ConnectionRef, Conversations, Created, Done, NewMessage, NewSession};

#[async_trait]
impl Conversations for SqliteStore {
    async fn write_message(&self, message: NewMessage) -> Result<Created<Message>> {
        self.write(move |tx| messages::write(tx, &message)).await
    }

    async fn write_as_new_guest(
        &self,
        to: UserId,
        text: String,
        key: String,
        session: NewSession,
    ) -> Result<(Session, Message)> {
        self.write(move |tx| messages::write_as_new_guest(tx, to, (text, key), &session)).await
    }

    fn queue_message(&self, message: NewMessage, waiter: ConnectionRef) -> Result<()> {
        let act = move |tx: &mut Tx<'_>| Ok(Done::Messaged(Box::new(messages::write(tx, &message)?.item)));
        self.writes.queue().tell(act, waiter)
    }

    async fn edit_message(
        &self,
        message: MessageId,
        text: String,
        at: Timestamp,
        base: Option<Base>,
    ) -> Result<Message> {
        self.write(move |tx| messages::edit(tx, message, &text, at, base)).await
    }

    async fn remove_message(&self, message: MessageId, at: Timestamp) -> Result<()> {
        self.write(move |tx| messages::remove(tx, message, at)).await
    }

    async fn read_conversation(&self, conversation: ConversationId, user: UserId, read: u64) -> Result<()> {
        self.write(move |tx| set_read(tx, conversation, user, read)).await
    }

    fn queue_read(
        &self,
        conversation: ConversationId,
        user: UserId,
        read: u64,
        waiter: ConnectionRef,
    ) -> Result<()> {
        let act = move |tx: &mut Tx<'_>| set_read(tx, conversation, user, read).map(|()| Done::Read);
        self.writes.queue().tell(act, waiter)
    }

    async fn accept_conversation(&self, conversation: ConversationId, user: UserId) -> Result<()> {
        self.write(move |tx| accept(tx, conversation, user)).await
    }

    async fn hide_conversation(&self, conversation: ConversationId, user: UserId) -> Result<()> {
        self.write(move |tx| hide(tx, conversation, user)).await
    }

    async fn find_conversation(
        &self,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<Option<Conversation>> {
        self.read(move |db| sides::find(&*db.transaction()?, conversation, user)).await
    }

    async fn may_read(&self, conversation: ConversationId, user: UserId) -> Result<bool> {
        self.read(move |db| {
            let db = db.transaction()?;
            let is_side = db
                .prepare_cached("SELECT 1 FROM sides WHERE conversation = ?1 AND user = ?2")?
                .exists([conversation.0, user.0])?;
            Ok(is_side || cases::is_agent(&db, conversation, user)?)
        })
        .await
    }

    async fn find_conversation_with(&self, user: UserId, other: UserId) -> Result<Option<Conversation>> {
        self.read(move |db| {
            let db = db.transaction()?;
            let mut statement = db.prepare_cached(PAIR)?;
            let found = statement.query_row(pair(user, other), |row| Ok(ConversationId(row.get(0)?)));
            found.optional()?.map_or(Ok(None), |id| sides::find(&db, id, user))
        })
        .await
    }

    async fn list_conversations(
        &self,
        user: UserId,
        requests: bool,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Conversation>> {
        self.read(move |db| list(&*db.transaction()?, user, requests, after, limit)).await
    }

    async fn find_message(&self, message: MessageId) -> Result<Option<Message>> {
        self.read(move |db| messages::find(db, message)).await
    }

    async fn list_messages(
        &self,
        conversation: ConversationId,
        order: Order,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Message>> {
        self.read(move |db| messages::list(db, conversation, order, after, limit)).await
    }

    async fn read_message_tail(&self, conversation: ConversationId) -> Result<Option<MessageTail>> {
        self.note_snapshot_read();
        self.read(move |db| messages::read_tail(db, conversation)).await
    }

    async fn read_conversation_tail(&self, user: UserId) -> Result<ConversationTail> {
        self.note_snapshot_read();
        self.read(move |db| read_tail(db, user)).await
    }

    async fn find_receipts(&self, conversation: ConversationId) -> Result<Option<Receipts>> {
        self.read(move |db| find_receipts(&*db.transaction()?, conversation)).await
    }
}

/// Reads up to here; never back.
fn set_read(tx: &mut Tx<'_>, id: ConversationId, user: UserId, read: u64) -> Outcome<()> {
    let Some(before) = sides::find(tx.connection(), id, user)? else {
        if !cases::is_agent(tx.connection(), id, user)? {
            return Err(Error::no_conversation().into());
        }
        cases::set_read(tx, id, user, read)?;
        tx.note(Event::CaseRead { conversation: id });
        return Ok(());
    };
    let read = read.min(before.seq);
    if read <= before.read {
        return Ok(());
    }
    sides::changing(tx, id, Whom::One(user), |tx| {
        tx.execute(
            "UPDATE sides SET read = ?3, unread = (SELECT count(*) FROM messages
                 WHERE conversation = ?1 AND removed_at IS NULL AND seq > ?3 AND author <> ?2)
             WHERE conversation = ?1 AND user = ?2",
            params![id.0, user.0, read],
        )
        .map(drop)
    })
}

fn accept(tx: &mut Tx<'_>, id: ConversationId, user: UserId) -> Outcome<()> {
    let before = sides::find(tx.connection(), id, user)?.ok_or(Error::no_conversation())?;
    if !before.request {
        return Ok(());
    }
    sides::changing(tx, id, Whom::One(user), |tx| {
        tx.execute("UPDATE sides SET request = 0 WHERE conversation = ?1 AND user = ?2", [id.0, user.0])
            .map(drop)
    })
}

fn hide(tx: &mut Tx<'_>, id: ConversationId, user: UserId) -> Outcome<()> {
    let hidden =
        tx.find("SELECT hidden FROM sides WHERE conversation = ?1 AND user = ?2", [id.0, user.0], |row| {
            row.get(0)
        })?;
    if hidden.ok_or(Error::no_conversation())? {
        return Ok(());
    }
    sides::changing(tx, id, Whom::One(user), |tx| {
        tx.execute(
            "UPDATE sides SET hidden = 1, unread = 0, read = (SELECT head FROM conversations WHERE id = ?1)
             WHERE conversation = ?1 AND user = ?2",
            [id.0, user.0],
        )
        .map(drop)
    })
}

fn list(
    db: &Connection,
    user: UserId,
    requests: bool,
    after: Option<Cursor>,
    limit: Limit,
) -> Outcome<Page<Conversation>> {
    let found = newest(db, user, requests, rows::before(after), limit.get() + 1)?;
    Ok(Page::cut(found, limit, |conversation| conversation.activity))
}

fn newest(
    db: &Connection,
    user: UserId,
    requests: bool,
    before: u64,
    count: usize,
) -> Outcome<Vec<Conversation>> {
    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        conversation_columns!(),
        of_sides!(),
        "AND s.hidden = 0 AND s.request = ?2 AND s.activity < ?3 ORDER BY s.activity DESC LIMIT ?4"
    ))?;
    let found = statement
        .query_map(params![user.0, requests, before, count], sides::conversation)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    found.into_iter().map(|conversation| sides::with_last(db, conversation)).collect()
}

/// Reads head, changes and page in one transaction, so that they fit each other.
fn read_tail(db: &mut Connection, user: UserId) -> Outcome<ConversationTail> {
    let db = db.transaction()?;
    let seq = unread::find_conversations_seq(&db, user)?;
    let mut page = Vec::new();
    for requests in [false, true] {
        page.extend(newest(&db, user, requests, crate::domain::ID_LIMIT, TAIL_ENTRIES + 1)?);
    }
    page.sort_unstable_by_key(|conversation| conversation.activity);
    let more = page.len() > TAIL_ENTRIES;
    page.drain(..page.len().saturating_sub(TAIL_ENTRIES));

    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        conversation_columns!(),
        ", s.hidden",
        of_sides!(),
        "ORDER BY s.place DESC LIMIT ?2"
    ))?;
    let changed = statement
        .query_map(params![user.0, TAIL_CHANGES + 1], |row| {
            Ok((sides::conversation(row)?, row.get::<_, bool>(sides::WIDTH)?))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    // The first change that is left out says from where on nothing is.
    let since = changed.get(TAIL_CHANGES).map_or(0, |(conversation, _)| conversation.place);
    let changed = changed.into_iter().take(TAIL_CHANGES).rev().map(|(conversation, hidden)| {
        let place = conversation.place;
        let item =
            if hidden { Err(conversation.id) } else { Ok(Arc::new(sides::with_last(&db, conversation)?)) };
        Ok((place, item))
    });
    let changed = changed.collect::<Outcome<_>>()?;
    Ok(ConversationTail { seq, since, changed, page: page.into_iter().map(Arc::new).collect(), more })
}

fn find_receipts(db: &Connection, id: ConversationId) -> Outcome<Option<Receipts>> {
    let mut statement = db.prepare_cached(
        "SELECT s.user, s.read, s.request, u.receipts,
            EXISTS (SELECT 1 FROM blocks b WHERE b.user = s.user
                AND b.blocked = CASE c.one WHEN s.user THEN c.other ELSE c.one END)
         FROM sides s CROSS JOIN conversations c ON c.id = s.conversation CROSS JOIN users u ON u.id = s.user
         WHERE s.conversation = ?1",
    )?;
    let mut sides = statement
        .query_map([id.0], |row| {
            let is_open: bool = !row.get::<_, bool>(2)? && !row.get::<_, bool>(4)?;
            Ok(((UserId(row.get(0)?), row.get(1)?), is_open, row.get::<_, bool>(3)?))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    if sides.is_empty() {
        return Ok(None);
    }
    let desk = find_desk_receipt(db, id)?;
    if let Some(receipt) = desk {
        sides.push((receipt, true, true));
    }
    let is_open = sides.len() == 2 && sides.iter().all(|(_, is_open, _)| *is_open);
    let has_receipts = is_open && sides.iter().all(|(_, _, receipts)| *receipts);
    Ok(Some(Receipts { is_open, has_receipts, read: sides.into_iter().map(|(read, _, _)| read).collect() }))
}

/// How far the furthest of an inbox's agents has read, as the inbox; none: it is no inbox's conversation, or it is gone.
fn find_desk_receipt(db: &Connection, id: ConversationId) -> Outcome<Option<(UserId, u64)>> {
    let mut statement = db.prepare_cached(
        "SELECT k.inbox, coalesce((SELECT max(read) FROM case_reads r WHERE r.conversation = ?1), 0)
         FROM cases k CROSS JOIN users u ON u.id = k.inbox WHERE k.conversation = ?1 AND u.kind = 'inbox'",
    )?;
    Ok(statement.query_row([id.0], |row| Ok((UserId(row.get(0)?), row.get(1)?))).optional()?)
}
