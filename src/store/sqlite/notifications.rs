//! A member's notifications as they are read: lists, the end of the stream, the position; and mutes. `notify` writes them.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::{self, user_columns};
use super::tx::{Outcome, Tx};
use super::unread::{self, Move};
use super::{SqliteStore, notify, people, posts, untold_likes};
use crate::domain::notification::{ACTORS, TEXT};
use crate::domain::page::{TAIL_CHANGES, TAIL_ENTRIES};
use crate::domain::{
    CommentId, Cursor, Error, Event, ID_LIMIT, Limit, Notification, NotificationId, NotificationKind,
    NotificationPage, NotificationTail, Page, PostId, Result, Timestamp, User, UserId,
};
use crate::store::{ConnectionRef, Done, Notifications};

#[async_trait]
impl Notifications for SqliteStore {
    async fn list_notifications(
        &self,
        user: UserId,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<NotificationPage> {
        self.read(move |db| list(&*db.transaction()?, user, after, limit)).await
    }

    async fn read_notification_tail(&self, user: UserId) -> Result<NotificationTail> {
        self.note_snapshot_read();
        self.read(move |db| read_tail(&*db.transaction()?, user)).await
    }

    async fn find_notifications_read(&self, user: UserId) -> Result<u64> {
        self.read(move |db| Ok(unread::find_notifications(db, user)?.read)).await
    }

    async fn read_notifications(&self, user: UserId, read: u64) -> Result<()> {
        self.write(move |tx| set_read(tx, user, read)).await
    }

    fn queue_notifications_read(&self, user: UserId, read: u64, waiter: ConnectionRef) -> Result<()> {
        self.writes.queue().tell(move |tx: &mut Tx<'_>| set_read(tx, user, read).map(|()| Done::Read), waiter)
    }

    async fn set_mute(&self, user: UserId, post: PostId, on: bool) -> Result<()> {
        self.write(move |tx| set_mute(tx, user, post, on)).await
    }

    async fn tell_likes(&self, now: Timestamp) -> Result<()> {
        untold_likes::tell_all(self, now).await
    }
}

/// The columns of [`notification`], from `notifications n`, with what it is about as far as that is there. Of comments on
/// a post the newest one that is there is shown.
macro_rules! select_notifications {
    ($conditions:literal) => {
        concat!(
            "SELECT n.id, n.kind, n.count, n.at, n.seq,
                n.post, CASE WHEN p.removed_at IS NULL THEN p.text END,
                c.id, CASE WHEN c.removed_at IS NULL AND s.removed_at IS NULL THEN c.text END,
                n.changed_seq, n.removed
             FROM notifications n LEFT JOIN posts p ON p.id = n.post
             LEFT JOIN comments c ON c.id = CASE n.kind WHEN 'comment' THEN
                (SELECT a.comment FROM notification_acts a CROSS JOIN comments b ON b.id = a.comment
                 WHERE a.notification = n.id AND b.removed_at IS NULL ORDER BY a.id DESC LIMIT 1)
                ELSE n.comment END
             LEFT JOIN posts s ON s.id = c.post
             WHERE ",
            $conditions
        )
    };
}

/// The notification of a row, without its actors.
fn notification(row: &Row<'_>) -> rusqlite::Result<Notification> {
    let kind = NotificationKind::parse(row.get_ref(1)?.as_str()?).unwrap_or(NotificationKind::Mention);
    let comment: Option<u64> = row.get(7)?;
    let removed = (kind == NotificationKind::Removal).then_some(comment.is_some());
    // What was removed is named without its text; every other subject that is gone is none.
    let subject = |id: Option<u64>, text: Option<String>, is_comment: bool| {
        let text = text.map(|text| text.chars().take(TEXT).collect());
        id.zip(text.or_else(|| (removed == Some(is_comment)).then(String::new)))
    };
    Ok(Notification {
        id: NotificationId(row.get(0)?),
        kind,
        count: row.get(2)?,
        at: Timestamp(row.get(3)?),
        seq: row.get(4)?,
        post: subject(row.get(5)?, row.get(6)?, false).map(|(id, text)| (PostId(id), text)),
        comment: subject(comment, row.get(8)?, true).map(|(id, text)| (CommentId(id), text)),
        actors: Vec::new(),
    })
}

/// So many of the latest acts are looked at for the people to name: one person may have done many of them.
const LATEST: usize = 100;

/// The same with the people to name.
fn with_actors(db: &Connection, mut notification: Notification) -> Outcome<Notification> {
    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        user_columns!(),
        " FROM notification_acts a CROSS JOIN users u ON u.id = a.actor
         WHERE a.notification = ?1 ORDER BY a.id DESC LIMIT ?2"
    ))?;
    let latest = statement.query_map(params![notification.id.0, LATEST], rows::user)?;
    for actor in latest.collect::<rusqlite::Result<Vec<User>>>()? {
        if !notification.actors.contains(&actor) && notification.actors.len() < ACTORS {
            notification.actors.push(actor);
        }
    }
    Ok(notification)
}

/// A notification as it stands.
pub(super) fn find(db: &Connection, id: NotificationId) -> Outcome<Option<Notification>> {
    let mut statement = db.prepare_cached(select_notifications!("n.id = ?1 AND n.removed = 0"))?;
    let found = statement.query_row([id.0], notification).optional()?;
    found.map(|found| with_actors(db, found)).transpose()
}

fn list(db: &Connection, user: UserId, after: Option<Cursor>, limit: Limit) -> Outcome<NotificationPage> {
    let found = newest(db, user, rows::before(after), limit.get() + 1)?;
    let unread::Notifications { seq, read } = unread::find_notifications(db, user)?;
    Ok(NotificationPage { page: Page::cut(found, limit, |notification| notification.seq), seq, read })
}

fn newest(db: &Connection, user: UserId, before: u64, count: usize) -> Outcome<Vec<Notification>> {
    let mut statement = db.prepare_cached(select_notifications!(
        "n.user = ?1 AND n.removed = 0 AND n.seq < ?2 ORDER BY n.seq DESC LIMIT ?3"
    ))?;
    let found = statement
        .query_map(params![user.0, before, count], notification)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    found.into_iter().map(|found| with_actors(db, found)).collect()
}

fn read_tail(db: &Connection, user: UserId) -> Outcome<NotificationTail> {
    let seq = unread::find_notifications(db, user)?.seq;
    let mut page = newest(db, user, ID_LIMIT, TAIL_ENTRIES + 1)?;
    let more = page.len() > TAIL_ENTRIES;
    page.truncate(TAIL_ENTRIES);
    page.reverse();

    let mut statement =
        db.prepare_cached(select_notifications!("n.user = ?1 ORDER BY n.changed_seq DESC LIMIT ?2"))?;
    let found = statement
        .query_map(params![user.0, TAIL_CHANGES + 1], |row| {
            Ok((row.get(9)?, row.get(10)?, notification(row)?))
        })?
        .collect::<rusqlite::Result<Vec<(u64, bool, Notification)>>>()?;
    // The first change that is left out says from where on nothing is.
    let since = found.get(TAIL_CHANGES).map_or(0, |(seq, ..)| *seq);
    let mut changed = Vec::new();
    for (seq, removed, notification) in found.into_iter().take(TAIL_CHANGES).rev() {
        let id = notification.id;
        let item = if removed { Err(id) } else { Ok(Arc::new(with_actors(db, notification)?)) };
        changed.push((seq, item));
    }
    Ok(NotificationTail { seq, since, changed, page: page.into_iter().map(Arc::new).collect(), more })
}

/// Reads up to here; never back. What was read grows no more.
fn set_read(tx: &mut Tx<'_>, user: UserId, read: u64) -> Outcome<()> {
    let before = unread::find_notifications(tx.connection(), user)?;
    let read = read.min(before.seq);
    if read <= before.read {
        return Ok(());
    }
    let passed: i64 = tx.get(
        "SELECT count(*) FROM notifications WHERE user = ?1 AND removed = 0 AND seq > ?2 AND seq <= ?3",
        params![user.0, before.read, read],
        |row| row.get(0),
    )?;
    tx.execute("UPDATE unread SET notifications_read = ?2 WHERE user = ?1", params![user.0, read])?;
    tx.note(Event::NotificationsRead { user, read });
    unread::add(tx, user, Move { notifications: -passed, ..Move::default() })
}

fn set_mute(tx: &mut Tx<'_>, user: UserId, post: PostId, on: bool) -> Outcome<()> {
    people::check_active(tx, user)?;
    posts::find(tx.connection(), post, None)?.ok_or(Error::no_post())?;
    notify::set_mute(tx, user, post, on)
}
