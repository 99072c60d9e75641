//! The row of each user that says how much is unread and where the user's streams stand. The acts that change it drive
//! it, each in its own transaction.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::SqliteStore;
use super::tx::{Outcome, Tx};
use crate::domain::{Event, Result, Unread, UserId};
use crate::store::Unreads;

#[async_trait]
impl Unreads for SqliteStore {
    async fn find_unread(&self, users: &[UserId]) -> Result<Vec<Unread>> {
        self.note_snapshot_read();
        let users = users.to_vec();
        self.read(move |db| users.iter().map(|user| find(db, *user)).collect()).await
    }

    async fn get_unread(&self, user: UserId) -> Result<Unread> {
        self.read(move |db| find(db, user)).await
    }
}

/// How much a user's numbers move.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) conversations: i64,
    pub(super) requests: i64,
    pub(super) notifications: i64,
}

impl std::ops::Sub for Move {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            conversations: self.conversations - other.conversations,
            requests: self.requests - other.requests,
            notifications: self.notifications - other.notifications,
        }
    }
}

/// Moves a user's numbers, and notes how they stand; a move by nothing does neither.
pub(super) fn add(tx: &mut Tx<'_>, user: UserId, by: Move) -> Outcome<()> {
    if by == Move::default() {
        return Ok(());
    }
    begin(tx, user)?;
    let unread = tx.get(
        "UPDATE unread SET version = version + 1, conversations = conversations + ?2, requests = requests + ?3,
            notifications = notifications + ?4
         WHERE user = ?1 RETURNING version, conversations, requests, notifications",
        params![user.0, by.conversations, by.requests, by.notifications],
        numbers,
    )?;
    tx.note(Event::UnreadChanged { user, unread });
    Ok(())
}

/// The next place in a user's stream `conversations`.
pub(super) fn next_conversations_seq(tx: &Tx<'_>, user: UserId) -> Outcome<u64> {
    begin(tx, user)?;
    tx.get(
        "UPDATE unread SET conversations_seq = conversations_seq + 1 WHERE user = ?1 RETURNING conversations_seq",
        [user.0],
        |row| row.get(0),
    )
}

/// The last place in a user's stream `conversations`.
pub(super) fn find_conversations_seq(db: &Connection, user: UserId) -> Outcome<u64> {
    let mut statement = db.prepare_cached("SELECT conversations_seq FROM unread WHERE user = ?1")?;
    Ok(statement.query_row([user.0], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Where a user's notifications stand.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Notifications {
    /// The last place in the stream.
    pub(super) seq: u64,
    /// How far the user has read.
    pub(super) read: u64,
}

/// Where a user's notifications stand.
pub(super) fn find_notifications(db: &Connection, user: UserId) -> Outcome<Notifications> {
    let mut statement =
        db.prepare_cached("SELECT notifications_seq, notifications_read FROM unread WHERE user = ?1")?;
    let found =
        statement.query_row([user.0], |row| Ok(Notifications { seq: row.get(0)?, read: row.get(1)? }));
    Ok(found.optional()?.unwrap_or_default())
}

/// The next place in a user's stream `notifications`.
pub(super) fn next_notifications_seq(tx: &Tx<'_>, user: UserId) -> Outcome<u64> {
    begin(tx, user)?;
    tx.get(
        "UPDATE unread SET notifications_seq = notifications_seq + 1 WHERE user = ?1 RETURNING notifications_seq",
        [user.0],
        |row| row.get(0),
    )
}

/// The user's row is there from now on.
fn begin(tx: &Tx<'_>, user: UserId) -> Outcome<()> {
    tx.execute("INSERT INTO unread (user) VALUES (?1) ON CONFLICT DO NOTHING", [user.0]).map(drop)
}

fn find(db: &Connection, user: UserId) -> Outcome<Unread> {
    let mut statement = db.prepare_cached(
        "SELECT version, conversations, requests, notifications FROM unread WHERE user = ?1",
    )?;
    Ok(statement.query_row([user.0], numbers).optional()?.unwrap_or_default())
}

fn numbers(row: &Row<'_>) -> rusqlite::Result<Unread> {
    Ok(Unread {
        version: row.get(0)?,
        conversations: row.get(1)?,
        requests: row.get(2)?,
        notifications: row.get(3)?,
    })
}
