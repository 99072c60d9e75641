//! The removal of a post: a tombstone at once, then what hung on it, slice by slice. The writer drives it.
//!
//! Nobody waits for the slices. Every query asks whether the post is there, so its likes and comments are gone with the
//! first transaction, however many there are.

use rusqlite::params;

use super::sweep::check_guest_later;
use super::tx::{Outcome, Tx};
use super::unfinished::{self, Slice, Unfinished};
use super::{notify, posts};
use crate::domain::{Error, Event, FeedChange, PostId, Timestamp, UserId};

/// Removes a post; what is left to clear away if it was too much for one transaction.
pub(super) fn remove(tx: &mut Tx<'_>, id: PostId, at: Timestamp) -> Outcome<Option<Unfinished>> {
    let there = tx.find("SELECT 1 FROM posts WHERE id = ?1 AND removed_at IS NULL", [id.0], |_| Ok(()))?;
    there.ok_or(Error::no_post())?;
    bury(tx, id, at)?;
    unfinished::begin(tx, Unfinished::Removal(id))
}

/// Makes a tombstone of a post that is there: no text, no counts, and a place of its own in the feed.
pub(super) fn bury(tx: &mut Tx<'_>, id: PostId, at: Timestamp) -> Outcome<()> {
    let seq = posts::next_seq(tx)?;
    tx.execute(
        "UPDATE posts SET text = '', first_hash = NULL, likes = 0, comments = 0, version = version + 1, removed_at = ?2,
            changed_seq = ?3
         WHERE id = ?1",
        params![id.0, at.0, seq],
    )?;
    tx.note(Event::FeedChanged(FeedChange::Removed { seq, id }));
    Ok(())
}

/// Clears away what hung on a removed post. Its comments become tombstones without a place of their own: the stream
/// that they were in has ended. Their keys stay, so that a retry still hears that its comment is gone.
pub(super) fn clear(tx: &mut Tx<'_>, post: PostId, slice: &mut Slice) -> Outcome<()> {
    clear_likes(tx, post, slice)?;
    notify::post_removed(tx, post, slice)?;
    for (statement, rows) in [
        (
            "DELETE FROM withheld_likes WHERE post = ?1
             AND user IN (SELECT user FROM withheld_likes WHERE post = ?1 LIMIT ?2)",
            1,
        ),
        ("DELETE FROM reports WHERE id IN (SELECT id FROM reports WHERE post = ?1 LIMIT ?2)", 1),
        // A comment costs its row and two indexes.
        (
            "UPDATE comments SET text = '', first_hash = NULL,
                removed_at = (SELECT removed_at FROM posts WHERE id = ?1)
             WHERE id IN (SELECT id FROM comments WHERE post = ?1 AND removed_at IS NULL LIMIT ?2)",
            3,
        ),
    ] {
        let cleared = tx.execute(statement, params![post.0, slice.room(rows)])?;
        slice.take(cleared * rows);
    }
    Ok(())
}

/// Takes away the likes of a removed post. A guest who has gone may have been held by nothing else.
fn clear_likes(tx: &Tx<'_>, post: PostId, slice: &mut Slice) -> Outcome<()> {
    let likers = tx.list(
        "SELECT user, EXISTS (SELECT 1 FROM sessions s WHERE s.user = likes.user) FROM likes
         WHERE post = ?1 LIMIT ?2",
        params![post.0, slice.room(1)],
        |row| Ok((UserId(row.get(0)?), row.get::<_, bool>(1)?)),
    )?;
    slice.take(likers.len());
    for (user, has_session) in likers {
        tx.execute("DELETE FROM likes WHERE user = ?1 AND post = ?2", [user.0, post.0])?;
        if !has_session {
            check_guest_later(tx, user)?;
        }
    }
    Ok(())
}
