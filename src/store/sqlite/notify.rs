//! Notifications as they are written: who is told of a post, a comment or a removal, and what leaves a group again.
//! `posts`, `comments`, `removal`, `erasure` and `untold_likes` drive it, each in its own transaction.

use std::sync::Arc;

use rusqlite::params;

use super::notifications;
use super::tx::{Outcome, Tx};
use super::unfinished::Slice;
use super::unread::{self, Move};
use crate::domain::notification::{MENTIONS, OPEN_SECONDS};
use crate::domain::{
    Comment, CommentId, Event, NotificationChange, NotificationId, NotificationKind, Notify, Post, PostId,
    Timestamp, UserId, rich,
};

/// What is told, and to which group it belongs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) user: UserId,
    pub(super) kind: NotificationKind,
    pub(super) post: PostId,
    /// Of an answer and of a mention in a comment: which.
    pub(super) comment: Option<CommentId>,
    pub(super) at: Timestamp,
}

/// A post was written: whoever it mentions is told.
pub(super) fn posted(tx: &mut Tx<'_>, post: &Post) -> Outcome<()> {
    for user in mentioned(tx, &post.text)? {
        let wants = wants(tx, user, post.author.id, post.id)?;
        if wants.is_some_and(|wants| wants.mention) {
            let kind = NotificationKind::Mention;
            let told = Told { user, kind, post: post.id, comment: None, at: post.created_at };
            add(tx, told, post.author.id, None)?;
        }
    }
    Ok(())
}

/// A comment was written: each is told of it once, of the first of the kinds that fit and that it wants to hear of.
pub(super) fn commented(tx: &mut Tx<'_>, comment: &Comment) -> Outcome<()> {
    use NotificationKind::{Answer, Comment as Commented, Mention};
    let mut fitting: Vec<(UserId, NotificationKind, Option<CommentId>)> = Vec::new();
    if let Some(parent) = comment.parent {
        let answered = tx.get("SELECT author FROM comments WHERE id = ?1", [parent.0], |row| row.get(0))?;
        fitting.push((UserId(answered), Answer, Some(parent)));
    }
    let author = tx.get("SELECT author FROM posts WHERE id = ?1", [comment.post.0], |row| row.get(0))?;
    fitting.push((UserId(author), Commented, None));
    let mentioned = mentioned(tx, &comment.text)?;
    fitting.extend(mentioned.into_iter().map(|user| (user, Mention, Some(comment.id))));

    let mut done: Vec<UserId> = Vec::new();
    for (user, kind, subject) in fitting {
        let Some(wants) = wants(tx, user, comment.author.id, comment.post)? else { continue };
        let wanted = match kind {
            Answer => wants.answer,
            Commented => wants.comment,
            _ => wants.mention,
        };
        if wanted && !done.contains(&user) {
            done.push(user);
            let told = Told { user, kind, post: comment.post, comment: subject, at: comment.created_at };
            add(tx, told, comment.author.id, Some(comment.id))?;
        }
    }
    Ok(())
}

/// The members whom a text mentions, at most [`MENTIONS`].
fn mentioned(tx: &Tx<'_>, text: &str) -> Outcome<Vec<UserId>> {
    let mut users = Vec::new();
    for handle in rich::mentions(text).into_iter().take(MENTIONS) {
        let found = tx.find(
            "SELECT id FROM users WHERE handle = ?1 AND kind = 'member'",
            [handle.to_ascii_lowercase()],
            |row| Ok(UserId(row.get(0)?)),
        )?;
        users.extend(found.filter(|user| !users.contains(user)));
    }
    Ok(users)
}

/// What a user wants to hear of this actor on this post. None: nothing at all.
pub(super) fn wants(tx: &Tx<'_>, user: UserId, actor: UserId, post: PostId) -> Outcome<Option<Notify>> {
    if user == actor {
        return Ok(None);
    }
    tx.find(
        "SELECT notify_like, notify_comment, notify_answer, notify_mention FROM users
         WHERE id = ?1 AND kind = 'member'
            AND NOT EXISTS (SELECT 1 FROM blocks WHERE user = ?1 AND blocked = ?2)
            AND NOT EXISTS (SELECT 1 FROM mutes WHERE user = ?1 AND post = ?3)",
        [user.0, actor.0, post.0],
        |row| {
            Ok(Notify { like: row.get(0)?, comment: row.get(1)?, answer: row.get(2)?, mention: row.get(3)? })
        },
    )
}

/// A moderator has removed what somebody wrote: its author is told, in a notification of its own.
pub(super) fn removed(tx: &mut Tx<'_>, told: Told) -> Outcome<()> {
    open(tx, told, 0).map(drop)
}

/// Somebody did something: the group that is open takes it, or another opens.
fn add(tx: &mut Tx<'_>, told: Told, actor: UserId, said: Option<CommentId>) -> Outcome<()> {
    let id = match find_open(tx, told)? {
        Some(id) => {
            let more = u64::from(!is_in(tx, id, actor)?);
            grow(tx, id, told, more)?;
            id
        }
        None => open(tx, told, 1)?,
    };
    tx.execute(
        "INSERT INTO notification_acts (notification, actor, comment) VALUES (?1, ?2, ?3)",
        params![id.0, actor.0, said.map(|said| said.0)],
    )?;
    tell(tx, told.user, id)
}

/// The group that still collects: not read, and no day old.
pub(super) fn find_open(tx: &Tx<'_>, told: Told) -> Outcome<Option<NotificationId>> {
    tx.find(
        "SELECT id FROM notifications INDEXED BY notifications_by_post
         WHERE post = ?1 AND kind = ?2 AND user = ?3 AND comment IS ?4 AND removed = 0
            AND opened_at > ?5 AND seq > (SELECT notifications_read FROM unread WHERE unread.user = ?3)
         ORDER BY likes_upto DESC, id DESC LIMIT 1",
        params![
            told.post.0,
            told.kind.as_str(),
            told.user.0,
            told.comment.map(|comment| comment.0),
            told.at.plus_seconds(-OPEN_SECONDS).0
        ],
        |row| Ok(NotificationId(row.get(0)?)),
    )
}

/// Opens a group. Nobody is told of it yet.
pub(super) fn open(tx: &mut Tx<'_>, told: Told, count: u64) -> Outcome<NotificationId> {
    let seq = unread::next_notifications_seq(tx, told.user)?;
    let id = tx.get(
        "INSERT INTO notifications (user, kind, post, comment, count, opened_at, at, seq, changed_seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?7) RETURNING id",
        params![
            told.user.0,
            told.kind.as_str(),
            told.post.0,
            told.comment.map(|comment| comment.0),
            count,
            told.at.0,
            seq
        ],
        |row| Ok(NotificationId(row.get(0)?)),
    )?;
    unread::add(tx, told.user, Move { notifications: 1, ..Move::default() })?;
    if told.kind == NotificationKind::Removal {
        tell(tx, told.user, id)?;
    }
    Ok(id)
}

/// A group has a new act by so many more people. Nobody is told of it yet.
pub(super) fn grow(tx: &mut Tx<'_>, id: NotificationId, told: Told, more: u64) -> Outcome<()> {
    let seq = unread::next_notifications_seq(tx, told.user)?;
    tx.execute(
        "UPDATE notifications SET count = count + ?2, at = ?3, seq = ?4, changed_seq = ?4 WHERE id = ?1",
        params![id.0, more, told.at.0, seq],
    )?;
    Ok(())
}

/// Tells a member a group of its own as it stands.
pub(super) fn tell(tx: &mut Tx<'_>, user: UserId, id: NotificationId) -> Outcome<()> {
    let seq = tx.get("SELECT changed_seq FROM notifications WHERE id = ?1", [id.0], |row| row.get(0))?;
    if let Some(notification) = notifications::find(tx.connection(), id)? {
        let change = NotificationChange::Edited { seq, item: Arc::new(notification) };
        tx.note(Event::NotificationChanged { user, change });
    }
    Ok(())
}

/// The same for what changed without a new act: only the change gets a place.
pub(super) fn touch(tx: &mut Tx<'_>, user: UserId, id: NotificationId) -> Outcome<()> {
    let seq = unread::next_notifications_seq(tx, user)?;
    tx.execute("UPDATE notifications SET changed_seq = ?2 WHERE id = ?1", params![id.0, seq])?;
    tell(tx, user, id)
}

/// Whether somebody is in a group.
fn is_in(tx: &Tx<'_>, id: NotificationId, actor: UserId) -> Outcome<bool> {
    let found = tx.find(
        "SELECT 1 FROM notification_acts WHERE notification = ?1 AND actor = ?2 LIMIT 1",
        [id.0, actor.0],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// So many of those in a group have left it.
pub(super) fn leave(tx: &mut Tx<'_>, user: UserId, id: NotificationId, many: u64) -> Outcome<()> {
    lessen(tx, id, many)?;
    settle(tx, user, id)
}

/// The same. Nobody is told of it yet.
pub(super) fn lessen(tx: &Tx<'_>, id: NotificationId, many: u64) -> Outcome<()> {
    tx.execute("UPDATE notifications SET count = max(count - ?2, 0) WHERE id = ?1", [id.0, many]).map(drop)
}

/// Tells a member a group that somebody has left. A group of nobody is gone.
pub(super) fn settle(tx: &mut Tx<'_>, user: UserId, id: NotificationId) -> Outcome<()> {
    let left: u64 = tx.get("SELECT count FROM notifications WHERE id = ?1", [id.0], |row| row.get(0))?;
    if left == 0 { remove(tx, user, id) } else { touch(tx, user, id) }
}

/// A group is gone: a tombstone stays, for those who missed that.
pub(super) fn remove(tx: &mut Tx<'_>, user: UserId, id: NotificationId) -> Outcome<()> {
    let seq = unread::next_notifications_seq(tx, user)?;
    let place: u64 = tx.get(
        "UPDATE notifications SET removed = 1, post = NULL, comment = NULL, count = 0, changed_seq = ?2 WHERE id = ?1
         RETURNING seq",
        params![id.0, seq],
        |row| row.get(0),
    )?;
    tx.execute("DELETE FROM notification_acts WHERE notification = ?1", [id.0])?;
    tx.note(Event::NotificationChanged { user, change: NotificationChange::Removed { seq, id } });
    if place > unread::find_notifications(tx.connection(), user)?.read {
        unread::add(tx, user, Move { notifications: -1, ..Move::default() })?;
    }
    Ok(())
}

/// A comment is gone. Who said it leaves the groups that nobody has read; what it was the subject of shows it no more.
pub(super) fn comment_removed(tx: &mut Tx<'_>, comment: CommentId) -> Outcome<()> {
    let acts = tx.list(
        "SELECT a.id, a.actor, n.id, n.user,
            n.seq > coalesce((SELECT notifications_read FROM unread u WHERE u.user = n.user), 0)
         FROM notification_acts a CROSS JOIN notifications n ON n.id = a.notification
         WHERE a.comment = ?1 AND n.removed = 0",
        [comment.0],
        |row| {
            let group = (NotificationId(row.get(2)?), UserId(row.get(3)?));
            Ok((row.get::<_, u64>(0)?, UserId(row.get(1)?), group, row.get::<_, bool>(4)?))
        },
    )?;
    for (row, actor, (id, user), is_unread) in acts {
        if !is_unread {
            touch(tx, user, id)?;
            continue;
        }
        take_act(tx, Act { row, id, user }, actor)?;
    }
    let about = tx.list(
        "SELECT id, user FROM notifications WHERE comment = ?1 AND removed = 0 AND kind <> 'removal'",
        [comment.0],
        |row| Ok((NotificationId(row.get(0)?), UserId(row.get(1)?))),
    )?;
    about.into_iter().try_for_each(|(id, user)| touch(tx, user, id))
}

/// A notification costs its row, four indexes and its user's numbers.
const ROWS: usize = 6;

/// A post is gone: of what it was the subject of, what nobody has read is gone too, and the rest names it no more.
pub(super) fn post_removed(tx: &mut Tx<'_>, post: PostId, slice: &mut Slice) -> Outcome<()> {
    let groups = tx.list(
        "SELECT id, user, kind <> 'removal'
            AND seq > coalesce((SELECT notifications_read FROM unread u WHERE u.user = n.user), 0)
         FROM notifications n WHERE post = ?1 AND removed = 0 AND (kind <> 'removal' OR comment IS NOT NULL) LIMIT ?2",
        params![post.0, slice.room(ROWS)],
        |row| Ok((NotificationId(row.get(0)?), UserId(row.get(1)?), row.get::<_, bool>(2)?)),
    )?;
    for (id, user, goes) in groups {
        slice.take(ROWS);
        if goes {
            remove(tx, user, id)?;
        } else {
            tx.execute(
                "UPDATE notifications SET post = NULL, comment = CASE kind WHEN 'removal' THEN comment END WHERE id = ?1",
                [id.0],
            )?;
            touch(tx, user, id)?;
        }
    }
    for statement in [
        "DELETE FROM mutes WHERE post = ?1 AND user IN (SELECT user FROM mutes WHERE post = ?1 LIMIT ?2)",
        "DELETE FROM quiet_likes WHERE post = ?1 AND user IN (SELECT user FROM quiet_likes WHERE post = ?1 LIMIT ?2)",
        "DELETE FROM left_likes WHERE post = ?1 AND user IN (SELECT user FROM left_likes WHERE post = ?1 LIMIT ?2)",
        "DELETE FROM told_likes WHERE post = ?1 AND user IN (SELECT user FROM told_likes WHERE post = ?1 LIMIT ?2)",
    ] {
        let cleared = tx.execute(statement, params![post.0, slice.room(1)])?;
        slice.take(cleared);
    }
    Ok(())
}

/// An account is gone: its own notifications, and its place in those of others, read or not.
pub(super) fn user_erased(tx: &mut Tx<'_>, user: UserId, slice: &mut Slice) -> Outcome<()> {
    let own = tx.execute(
        "DELETE FROM notifications WHERE id IN (SELECT id FROM notifications WHERE user = ?1 LIMIT ?2)",
        params![user.0, slice.room(ROWS)],
    )?;
    slice.take(own * ROWS);
    for act in acts_of(tx, user, slice)? {
        slice.take(ROWS);
        take_act(tx, act, user)?;
    }
    Ok(())
}

/// What a guest did is the member's from now on. Nobody is told of own acts, nor counted twice.
pub(super) fn taken_over(tx: &mut Tx<'_>, guest: UserId, member: UserId, slice: &mut Slice) -> Outcome<()> {
    for act in acts_of(tx, guest, slice)? {
        slice.take(ROWS);
        if act.user == member || is_in(tx, act.id, member)? {
            take_act(tx, act, guest)?;
            continue;
        }
        tx.execute("UPDATE notification_acts SET actor = ?2 WHERE id = ?1", params![act.row, member.0])?;
        touch(tx, act.user, act.id)?;
    }
    Ok(())
}

/// One act in a group: its row, the group, and whose that is.
#[derive(Debug, Clone, Copy)]
struct Act {
    row: u64,
    id: NotificationId,
    user: UserId,
}

/// Acts of one actor, as many as there is room for.
fn acts_of(tx: &Tx<'_>, actor: UserId, slice: &Slice) -> Outcome<Vec<Act>> {
    tx.list(
        "SELECT a.id, n.id, n.user FROM notification_acts a CROSS JOIN notifications n ON n.id = a.notification
         WHERE a.actor = ?1 LIMIT ?2",
        params![actor.0, slice.room(ROWS)],
        |row| Ok(Act { row: row.get(0)?, id: NotificationId(row.get(1)?), user: UserId(row.get(2)?) }),
    )
}

/// Takes an act out of its group. The actor leaves with the last one.
fn take_act(tx: &mut Tx<'_>, Act { row, id, user }: Act, actor: UserId) -> Outcome<()> {
    tx.execute("DELETE FROM notification_acts WHERE id = ?1", [row])?;
    if is_in(tx, id, actor)? { touch(tx, user, id) } else { leave(tx, user, id, 1) }
}

pub(super) fn set_mute(tx: &Tx<'_>, user: UserId, post: PostId, on: bool) -> Outcome<()> {
    let statement = if on {
        "INSERT INTO mutes (user, post) VALUES (?1, ?2) ON CONFLICT DO NOTHING"
    } else {
        "DELETE FROM mutes WHERE user = ?1 AND post = ?2"
    };
    tx.execute(statement, [user.0, post.0]).map(drop)
}
