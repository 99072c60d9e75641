//! Logging in takes over what the guest of that browser did: its likes, comments and conversations become the member's,
//! none of them twice, and the guest is gone. `sessions` drives it.
//!
//! Every post and comment that is touched gets a new version or seq, although its counts may stay: open pages show who
//! likes and who wrote, and that has changed.

use std::sync::Arc;

use rusqlite::params;

use super::sweep::unheld;
use super::tx::{Outcome, Tx};
use super::unfinished::{self, Slice, Unfinished};
use super::{comments, conversation_takeover, erasure, likes, notify, sessions, untold_likes};
use crate::domain::{CommentChange, CommentId, EndReason, Event, PostId, SessionId, UserId};

/// A like costs its row, its place's index and the post's counts, each twice where it moves.
const LIKE_ROWS: usize = 4;
/// A comment costs its row, three indexes and the post's head of comments.
const COMMENT_ROWS: usize = 5;

/// The guest whose session this is, if it is a guest's.
pub(super) fn find_guest(tx: &Tx<'_>, session: SessionId) -> Outcome<Option<UserId>> {
    tx.find(
        "SELECT u.id FROM sessions s CROSS JOIN users u ON u.id = s.user
         WHERE s.id = ?1 AND u.kind = 'guest' AND u.erased_at IS NULL",
        [session.0],
        |row| Ok(UserId(row.get(0)?)),
    )
}

/// Takes over a guest; what is left to do if it did too much for one transaction.
pub(super) fn take_over(tx: &mut Tx<'_>, guest: UserId, member: UserId) -> Outcome<Option<Unfinished>> {
    sessions::end_all(tx, guest, EndReason::Ended)?;
    unfinished::begin(tx, Unfinished::Takeover { guest, member })
}

/// Takes over more of what the guest did, and in the end removes the guest.
pub(super) fn take_more(tx: &mut Tx<'_>, guest: UserId, member: UserId, slice: &mut Slice) -> Outcome<()> {
    let suspended = tx.find(
        "SELECT suspended_at IS NOT NULL FROM users WHERE id = ?1 AND erased_at IS NULL",
        [member.0],
        |row| row.get::<_, bool>(0),
    )?;
    let Some(suspended) = suspended else {
        // The member has deleted its account meanwhile: what it had not taken over yet goes with it.
        tx.execute("UPDATE users SET erased_at = coalesce(erased_at, created_at) WHERE id = ?1", [guest.0])?;
        return erasure::erase_more(tx, guest, slice);
    };
    take_likes(tx, guest, member, slice)?;
    take_comments(tx, guest, member, slice)?;
    conversation_takeover::take(tx, guest, member, slice)?;
    notify::taken_over(tx, guest, member, slice)?;
    if suspended {
        // What has come to a suspended member must not count; its suspension goes on.
        unfinished::note(tx, Unfinished::Suspension(member))?;
    }
    if !slice.is_used_up() {
        tx.execute("DELETE FROM guests_to_check WHERE user = ?1", [guest.0])?;
        tx.execute(concat!("DELETE FROM users WHERE id = ?1 AND ", unheld!()), [guest.0])?;
    }
    Ok(())
}

fn take_likes(tx: &mut Tx<'_>, guest: UserId, member: UserId, slice: &mut Slice) -> Outcome<()> {
    let liked = tx.list(
        "SELECT post, EXISTS (SELECT 1 FROM likes m WHERE m.user = ?2 AND m.post = likes.post),
            EXISTS (SELECT 1 FROM posts WHERE id = likes.post AND author = ?2), place FROM likes
         WHERE user = ?1 LIMIT ?3",
        params![guest.0, member.0, slice.room(LIKE_ROWS)],
        |row| {
            Ok((PostId(row.get(0)?), row.get::<_, bool>(1)?, row.get::<_, bool>(2)?, row.get::<_, u64>(3)?))
        },
    )?;
    for (post, twice, is_own, place) in liked {
        slice.take(LIKE_ROWS);
        if twice {
            untold_likes::take_away(tx, post, guest)?;
            continue;
        }
        if is_own {
            // Nobody is told of likes of one's own.
            untold_likes::gone(tx, post, guest, place)?;
        }
        tx.execute("UPDATE likes SET user = ?3 WHERE user = ?1 AND post = ?2", [guest.0, post.0, member.0])?;
        if let Some(counts) = likes::count(tx, post, 0)? {
            tx.note(Event::LikeSet { user: member, post, liked: true, version: counts.version });
            tx.note(Event::CountsChanged { post, counts });
        }
    }
    Ok(())
}

/// Comments that were removed, or whose post was, are nobody's to see: they only change hands.
fn take_comments(tx: &mut Tx<'_>, guest: UserId, member: UserId, slice: &mut Slice) -> Outcome<()> {
    let written = tx.list(
        "SELECT id FROM comments WHERE author = ?1 LIMIT ?2",
        params![guest.0, slice.room(COMMENT_ROWS)],
        |row| Ok(CommentId(row.get(0)?)),
    )?;
    for id in written {
        slice.take(COMMENT_ROWS);
        // Of two with the same key the member's own keeps it.
        tx.execute(
            "UPDATE comments SET author = ?2, first_hash = NULL, key = NULL
             WHERE id = ?1 AND EXISTS (SELECT 1 FROM comments m WHERE m.author = ?2 AND m.key = comments.key)",
            [id.0, member.0],
        )?;
        tx.execute("UPDATE comments SET author = ?2 WHERE id = ?1", [id.0, member.0])?;
        if let Some(comment) = comments::find(tx.connection(), id)? {
            let post = comment.post;
            let seq = comments::move_on(tx, post, id)?;
            let change = CommentChange::Edited { seq, item: Arc::new(comment) };
            tx.note(Event::CommentsChanged { post, change });
        }
    }
    Ok(())
}
