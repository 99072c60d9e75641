//! What each side sees of a conversation, and how it is told. `conversations` and `messages` drive it.
//!
//! Whatever changes a conversation runs inside of [`changing`]: what each side's numbers were before and are afterwards
//! says by how much they move, so that no act can forget one.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::cases;
use super::messages;
use super::rows;
use super::tx::{Outcome, Tx};
use super::unread::{self, Move};
use crate::domain::conversation::ConversationKind;
use crate::domain::{Conversation, ConversationChange, ConversationId, Error, Event, Timestamp, UserId};

/// The columns of a conversation as a side sees it, from `sides s`, `conversations c` and the other user, `users u`.
macro_rules! conversation_columns {
    () => {
        "u.id, u.handle, u.name, u.bio, u.kind, u.moderator, \
         c.id, c.head, s.read, s.unread, s.request, c.updated_at, s.place, s.activity, c.kind"
    };
}

/// Where they come from, with the side's user in ?1.
macro_rules! of_sides {
    () => {
        " FROM sides s CROSS JOIN conversations c ON c.id = s.conversation
          CROSS JOIN users u ON u.id = CASE c.one WHEN s.user THEN c.other ELSE c.one END WHERE s.user = ?1 "
    };
}

pub(super) use {conversation_columns, of_sides};

/// How many columns a conversation has.
pub(super) const WIDTH: usize = rows::USER_WIDTH + 9;

/// The conversation of a row, without its newest message.
pub(super) fn conversation(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    Ok(Conversation {
        with: rows::user(row)?,
        id: ConversationId(row.get(rows::USER_WIDTH)?),
        seq: row.get(rows::USER_WIDTH + 1)?,
        read: row.get(rows::USER_WIDTH + 2)?,
        unread: row.get(rows::USER_WIDTH + 3)?,
        request: row.get(rows::USER_WIDTH + 4)?,
        updated_at: Timestamp(row.get(rows::USER_WIDTH + 5)?),
        place: row.get(rows::USER_WIDTH + 6)?,
        activity: row.get(rows::USER_WIDTH + 7)?,
        kind: match row.get_ref(rows::USER_WIDTH + 8)?.as_str()? {
            "inbox" => ConversationKind::Inbox,
            _ => ConversationKind::Direct,
        },
        last: None,
    })
}

/// The same with its newest message.
pub(super) fn with_last(db: &Connection, mut conversation: Conversation) -> Outcome<Conversation> {
    conversation.last = messages::find_last(db, conversation.id)?;
    Ok(conversation)
}

/// A conversation as this user sees it, hidden or not; none if it is not the user's.
pub(super) fn find(db: &Connection, id: ConversationId, user: UserId) -> Outcome<Option<Conversation>> {
    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        conversation_columns!(),
        of_sides!(),
        "AND s.conversation = ?2"
    ))?;
    let found = statement.query_row([user.0, id.0], conversation).optional()?;
    found.map(|found| with_last(db, found)).transpose()
}

/// The other user of a conversation; none if it is not this user's.
pub(super) fn find_other(tx: &Tx<'_>, id: ConversationId, user: UserId) -> Outcome<Option<UserId>> {
    tx.find(
        "SELECT CASE one WHEN ?2 THEN other ELSE one END FROM conversations WHERE id = ?1 AND ?2 IN (one, other)",
        [id.0, user.0],
        |row| Ok(UserId(row.get(0)?)),
    )
}

/// Whom a change is told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    /// Both sides.
    Both,
    /// This one: nothing changes for the other.
    One(UserId),
}

/// Does something that changes what sides see: moves their numbers, and tells them; and the agents, where one side is an
/// inbox.
pub(super) fn changing<T>(
    tx: &mut Tx<'_>,
    id: ConversationId,
    whom: Whom,
    act: impl FnOnce(&mut Tx<'_>) -> Outcome<T>,
) -> Outcome<T> {
    match whom {
        Whom::Both => cases::changing(tx, id, |tx| changing_sides(tx, id, whom, act)),
        Whom::One(_) => changing_sides(tx, id, whom, act),
    }
}

fn changing_sides<T>(
    tx: &mut Tx<'_>,
    id: ConversationId,
    whom: Whom,
    act: impl FnOnce(&mut Tx<'_>) -> Outcome<T>,
) -> Outcome<T> {
    let before = list_counted(tx, id)?;
    let value = act(tx)?;
    for Counted { user, is_hidden, counts } in list_counted(tx, id)? {
        if whom != Whom::Both && whom != Whom::One(user) {
            continue;
        }
        let was = before.iter().find(|side| side.user == user).map_or(Move::default(), |side| side.counts);
        unread::add(tx, user, counts - was)?;
        tell(tx, id, user, is_hidden)?;
    }
    Ok(value)
}

/// A side, and what it adds to its user's numbers.
struct Counted {
    user: UserId,
    is_hidden: bool,
    counts: Move,
}

fn list_counted(tx: &Tx<'_>, id: ConversationId) -> Outcome<Vec<Counted>> {
    tx.list(
        "SELECT user, hidden, request, unread > 0,
            EXISTS (SELECT 1 FROM messages m WHERE m.conversation = ?1 AND m.removed_at IS NULL)
         FROM sides WHERE conversation = ?1",
        [id.0],
        |row| {
            let (is_hidden, is_request): (bool, bool) = (row.get(1)?, row.get(2)?);
            let (has_unread, has_messages): (bool, bool) = (row.get(3)?, row.get(4)?);
            let counts = Move {
                conversations: i64::from(!is_hidden && !is_request && has_unread),
                requests: i64::from(!is_hidden && is_request && has_messages),
                notifications: 0,
            };
            Ok(Counted { user: UserId(row.get(0)?), is_hidden, counts })
        },
    )
}

/// Gives a side's change the next place in its user's stream.
fn tell(tx: &mut Tx<'_>, id: ConversationId, user: UserId, is_hidden: bool) -> Outcome<()> {
    let seq = unread::next_conversations_seq(tx, user)?;
    tx.execute(
        "UPDATE sides SET place = ?3 WHERE conversation = ?1 AND user = ?2",
        params![id.0, user.0, seq],
    )?;
    let change = if is_hidden {
        ConversationChange::Removed { seq, id }
    } else {
        let conversation = find(tx.connection(), id, user)?.ok_or(Error::no_conversation())?;
        ConversationChange::Edited { seq, item: Arc::new(conversation) }
    };
    tx.note(Event::ConversationChanged { user, change });
    Ok(())
}
