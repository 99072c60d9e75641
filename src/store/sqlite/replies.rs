//! Texts that an inbox's agents have ready, each under a shortcut. `inboxes` drives it.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::tx::{Outcome, Tx};
use crate::domain::inbox::{REPLIES, Reply, ReplyId};
use crate::domain::{Error, UserId};
use crate::store::group_commit::Fault;

fn reply(row: &Row<'_>) -> rusqlite::Result<Reply> {
    Ok(Reply {
        id: ReplyId(row.get(0)?),
        inbox: UserId(row.get(1)?),
        shortcut: row.get(2)?,
        text: row.get(3)?,
    })
}

/// All replies of an inbox, by shortcut.
pub(super) fn list(db: &Connection, inbox: UserId) -> Outcome<Vec<Reply>> {
    let mut statement = db
        .prepare_cached("SELECT id, inbox, shortcut, text FROM replies WHERE inbox = ?1 ORDER BY shortcut")?;
    let replies = statement.query_map([inbox.0], reply)?.collect::<rusqlite::Result<_>>()?;
    Ok(replies)
}

/// One of them.
pub(super) fn find(db: &Connection, id: ReplyId) -> Outcome<Option<Reply>> {
    let mut statement = db.prepare_cached("SELECT id, inbox, shortcut, text FROM replies WHERE id = ?1")?;
    Ok(statement.query_row([id.0], reply).optional()?)
}

/// Keeps a text under a shortcut that is free.
pub(super) fn create(tx: &Tx<'_>, inbox: UserId, shortcut: &str, text: &str) -> Outcome<Reply> {
    let many: usize = tx.get("SELECT count(*) FROM replies WHERE inbox = ?1", [inbox.0], |row| row.get(0))?;
    if many >= REPLIES {
        return Err(Error::Forbidden("An inbox has at most 500 replies: remove one first.").into());
    }
    tx.get(
        "INSERT INTO replies (inbox, shortcut, text) VALUES (?1, ?2, ?3) RETURNING id, inbox, shortcut, text",
        params![inbox.0, shortcut, text],
        reply,
    )
    .map_err(taken)
}

/// Gives a reply another shortcut, another text, or both.
pub(super) fn update(tx: &Tx<'_>, id: ReplyId, shortcut: Option<&str>, text: Option<&str>) -> Outcome<Reply> {
    let changed = tx.find(
        "UPDATE replies SET shortcut = coalesce(?2, shortcut), text = coalesce(?3, text) WHERE id = ?1
         RETURNING id, inbox, shortcut, text",
        params![id.0, shortcut, text],
        reply,
    );
    changed.map_err(taken)?.ok_or_else(|| Error::no_reply().into())
}

/// Removes a reply.
pub(super) fn delete(tx: &Tx<'_>, id: ReplyId) -> Outcome<()> {
    match tx.execute("DELETE FROM replies WHERE id = ?1", [id.0])? {
        0 => Err(Error::no_reply().into()),
        _ => Ok(()),
    }
}

fn taken(fault: Fault) -> Fault {
    if fault.is_duplicate() { Error::ShortcutTaken.into() } else { fault }
}
