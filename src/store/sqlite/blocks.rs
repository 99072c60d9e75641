//! Blocks: set, never toggled. The writer and the readers drive it.

use async_trait::async_trait;
use rusqlite::{Connection, params};

use super::rows::{self, user_columns};
use super::tx::{Outcome, Tx};
use super::{SqliteStore, people};
use crate::domain::{Cursor, Error, Event, Limit, Page, Result, User, UserId};
use crate::store::Blocks;

#[async_trait]
impl Blocks for SqliteStore {
    async fn set_block(&self, user: UserId, blocked: UserId, on: bool) -> Result<()> {
        self.write(move |tx| set(tx, user, blocked, on)).await
    }

    async fn find_block(&self, user: UserId, blocked: UserId) -> Result<bool> {
        self.read(move |db| find(db, user, blocked)).await
    }

    async fn list_blocks(&self, user: UserId, after: Option<Cursor>, limit: Limit) -> Result<Page<User>> {
        self.read(move |db| list(db, user, after, limit)).await
    }
}

fn set(tx: &mut Tx<'_>, user: UserId, blocked: UserId, on: bool) -> Outcome<()> {
    people::check_active(tx, user)?;
    let changed = if on {
        people::find_member(tx, blocked)?.ok_or(Error::no_user())?;
        tx.execute(
            "INSERT INTO blocks (user, blocked) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            [user.0, blocked.0],
        )?
    } else {
        tx.execute("DELETE FROM blocks WHERE user = ?1 AND blocked = ?2", [user.0, blocked.0])?
    };
    if changed > 0 {
        tx.note(Event::BlockSet { user, blocked });
    }
    Ok(())
}

/// Whether a user blocks another.
pub(super) fn find(db: &Connection, user: UserId, blocked: UserId) -> Outcome<bool> {
    let mut statement = db.prepare_cached("SELECT 1 FROM blocks WHERE user = ?1 AND blocked = ?2")?;
    Ok(statement.exists([user.0, blocked.0])?)
}

fn list(db: &Connection, user: UserId, after: Option<Cursor>, limit: Limit) -> Outcome<Page<User>> {
    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        user_columns!(),
        ", b.id FROM blocks b CROSS JOIN users u ON u.id = b.blocked
         WHERE b.user = ?1 AND b.id < ?2 ORDER BY b.id DESC LIMIT ?3"
    ))?;
    let found = statement
        .query_map(params![user.0, rows::before(after), limit.get() + 1], |row| {
            Ok((rows::user(row)?, row.get(rows::USER_WIDTH)?))
        })?
        .collect::<rusqlite::Result<Vec<(User, u64)>>>()?;
    let Page { items, next } = Page::cut(found, limit, |(_, id)| *id);
    Ok(Page { items: items.into_iter().map(|(user, _)| user).collect(), next })
}
