//! The erasure of an account: nameless at once, then all that it did, slice by slice. The writer drives it.
//!
//! The row itself may stay. A tombstone must say that something was removed to those who missed it, and it points to
//! its author; so whoever wrote leaves a row with nothing in it, and nobody can tell whose it was.

use std::sync::Arc;

use rusqlite::params;

use super::sweep::unheld;
use super::tx::{Outcome, Tx};
use super::unfinished::{self, Slice, Unfinished};
use super::{
    comments, handles, inboxes, messages, notes, notify, removal, search, sessions, sms_erasure, untold_likes,
};
use crate::domain::{
    CommentId, EndReason, Event, MessageId, PostId, Settings, Timestamp, User, UserId, UserKind,
    user::GUEST_NAME,
};

/// A post costs its row, its key, its author's index, the feed's head and its place there.
const POST_ROWS: usize = 5;
/// A comment costs its row, three indexes and the post's counts.
const COMMENT_ROWS: usize = 5;
/// A message costs its row, four indexes, and what the two sides see.
const MESSAGE_ROWS: usize = 10;
/// A note costs its row, and its words in the index.
const NOTE_ROWS: usize = 5;
/// A like costs its row, two indexes and the post's counts.
const LIKE_ROWS: usize = 4;

/// Takes away the account: name, handle, password, sessions. What is left to erase if it did too much for one
/// transaction; also if that was begun before.
pub(super) fn erase(tx: &mut Tx<'_>, id: UserId, at: Timestamp) -> Outcome<Option<Unfinished>> {
    let work = Unfinished::Erasure(id);
    let handle: Option<Option<String>> =
        tx.find("SELECT handle FROM users WHERE id = ?1", [id.0], |row| row.get(0))?;
    if let Some(handle) = handle.flatten() {
        handles::keep(tx, &handle, at)?;
    }
    let erased = tx.execute(
        "UPDATE users SET kind = 'guest', handle = NULL, name = ?2, bio = '', password_hash = NULL,
            created_at = ?3, shows_viewing = 0, moderator = 0, suspended_at = NULL, erased_at = ?3
         WHERE id = ?1 AND erased_at IS NULL",
        params![id.0, GUEST_NAME, at.0],
    )?;
    if erased == 0 {
        return Ok(unfinished::is_noted(tx, work)?.then_some(work));
    }
    sessions::end_all(tx, id, EndReason::Ended)?;
    inboxes::user_erased(tx, id, at)?;
    search::rename(tx, id)?;
    // Whoever shows its face stops doing so.
    let (name, bio) = (GUEST_NAME.to_owned(), String::new());
    let user = Arc::new(User { id, handle: None, name, bio, kind: UserKind::Guest, moderator: false });
    tx.note(Event::UserChanged { user, settings: Settings { shows_viewing: false, ..Settings::DEFAULT } });
    for decided in [Unfinished::Suspension(id), Unfinished::Return(id)] {
        unfinished::forget(tx, decided)?;
    }
    unfinished::begin(tx, work)
}

/// Erases what the account did, and in the end the row if nothing points to it.
pub(super) fn erase_more(tx: &mut Tx<'_>, id: UserId, slice: &mut Slice) -> Outcome<()> {
    let erased_at = tx.find("SELECT erased_at FROM users WHERE id = ?1", [id.0], |row| row.get(0))?;
    let Some(at) = erased_at.map(Timestamp) else { return Ok(()) };
    clear_removed_posts(tx, id, slice)?;
    remove_posts(tx, id, at, slice)?;
    remove_comments(tx, id, at, slice)?;
    take_likes(tx, id, slice)?;
    sms_erasure::clear(tx, id, at, slice)?;
    remove_messages(tx, id, at, slice)?;
    let erased = notes::erase(tx, id, slice.room(NOTE_ROWS))?;
    slice.take(erased * NOTE_ROWS);
    notify::user_erased(tx, id, slice)?;
    for statement in [
        "DELETE FROM withheld_likes WHERE user = ?1
         AND post IN (SELECT post FROM withheld_likes WHERE user = ?1 LIMIT ?2)",
        "DELETE FROM reports WHERE id IN (SELECT id FROM reports WHERE reporter = ?1 LIMIT ?2)",
        "DELETE FROM sides WHERE user = ?1
         AND conversation IN (SELECT conversation FROM sides WHERE user = ?1 LIMIT ?2)",
        "DELETE FROM case_reads WHERE agent = ?1
         AND conversation IN (SELECT conversation FROM case_reads WHERE agent = ?1 LIMIT ?2)",
        "DELETE FROM mutes WHERE user = ?1 AND post IN (SELECT post FROM mutes WHERE user = ?1 LIMIT ?2)",
        "DELETE FROM blocks WHERE id IN (SELECT id FROM blocks WHERE user = ?1 LIMIT ?2)",
        "DELETE FROM blocks WHERE id IN (SELECT id FROM blocks WHERE blocked = ?1 LIMIT ?2)",
    ] {
        let erased = tx.execute(statement, params![id.0, slice.room(1)])?;
        slice.take(erased);
    }
    if !slice.is_used_up() {
        tx.execute("DELETE FROM unread WHERE user = ?1", [id.0])?;
        tx.execute(concat!("DELETE FROM users WHERE id = ?1 AND ", unheld!()), [id.0])?;
    }
    Ok(())
}

/// Its posts that are removed already and that others' likes and comments still hang on.
fn clear_removed_posts(tx: &mut Tx<'_>, author: UserId, slice: &mut Slice) -> Outcome<()> {
    let removed = tx.list(
        "SELECT n.id FROM unfinished n CROSS JOIN posts p ON p.id = n.id
         WHERE n.what = 'removal' AND p.author = ?1 LIMIT ?2",
        params![author.0, slice.room(1)],
        |row| Ok(PostId(row.get(0)?)),
    )?;
    for post in removed {
        if slice.is_used_up() {
            break;
        }
        clear(tx, post, slice)?;
    }
    Ok(())
}

fn remove_posts(tx: &mut Tx<'_>, author: UserId, at: Timestamp, slice: &mut Slice) -> Outcome<()> {
    let posts = tx.list(
        "SELECT id FROM posts WHERE author = ?1 AND removed_at IS NULL LIMIT ?2",
        params![author.0, slice.room(POST_ROWS)],
        |row| Ok(PostId(row.get(0)?)),
    )?;
    for post in posts {
        if slice.is_used_up() {
            break;
        }
        slice.take(POST_ROWS);
        removal::bury(tx, post, at)?;
        clear(tx, post, slice)?;
    }
    Ok(())
}

/// Clears away what hung on a removed post, as far as there is room.
fn clear(tx: &mut Tx<'_>, post: PostId, slice: &mut Slice) -> Outcome<()> {
    removal::clear(tx, post, slice)?;
    let work = Unfinished::Removal(post);
    if slice.is_used_up() { unfinished::note(tx, work) } else { unfinished::forget(tx, work) }
}

fn remove_comments(tx: &mut Tx<'_>, author: UserId, at: Timestamp, slice: &mut Slice) -> Outcome<()> {
    let comments = tx.list(
        "SELECT id FROM comments WHERE author = ?1 AND removed_at IS NULL LIMIT ?2",
        params![author.0, slice.room(COMMENT_ROWS)],
        |row| Ok(CommentId(row.get(0)?)),
    )?;
    for comment in comments {
        slice.take(COMMENT_ROWS);
        comments::bury(tx, comment, at)?;
    }
    Ok(())
}

/// Its messages, on both sides. What the other side wrote stays, and so does the conversation.
fn remove_messages(tx: &mut Tx<'_>, author: UserId, at: Timestamp, slice: &mut Slice) -> Outcome<()> {
    let written = tx.list(
        "SELECT id FROM messages WHERE author = ?1 AND removed_at IS NULL LIMIT ?2",
        params![author.0, slice.room(MESSAGE_ROWS)],
        |row| Ok(MessageId(row.get(0)?)),
    )?;
    for message in written {
        slice.take(MESSAGE_ROWS);
        messages::remove(tx, message, at)?;
    }
    Ok(())
}

fn take_likes(tx: &mut Tx<'_>, user: UserId, slice: &mut Slice) -> Outcome<()> {
    let liked = tx.list(
        "SELECT post FROM likes WHERE user = ?1 LIMIT ?2",
        params![user.0, slice.room(LIKE_ROWS)],
        |row| Ok(PostId(row.get(0)?)),
    )?;
    for post in liked {
        slice.take(LIKE_ROWS);
        untold_likes::take_away(tx, post, user)?;
    }
    Ok(())
}
