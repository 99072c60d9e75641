//! Suspending a member and letting it in again. The writer drives it.
//!
//! A member that is let in stays suspended until all its likes are back; the last slice lets it in. So it never acts on
//! a post whose like is still withheld, and a like needs no look at two tables.

use rusqlite::{Row, params};

use super::tx::{Outcome, Tx};
use super::unfinished::{self, Slice, Unfinished};
use super::{likes, sessions};
use crate::domain::{EndReason, Error, PostId, Timestamp, UserId};
use crate::store::SetLike;

/// A like costs its two rows and the post's counts.
const ROWS: usize = 3;

/// Suspends a member, or lets it in again; what is left to do if it likes too much for one transaction.
pub(super) fn set(tx: &mut Tx<'_>, user: UserId, on: bool, at: Timestamp) -> Outcome<Option<Unfinished>> {
    let since: Option<i64> = tx
        .find("SELECT suspended_at FROM users WHERE id = ?1 AND kind = 'member'", [user.0], |row| row.get(0))?
        .ok_or(Error::no_user())?;
    if on {
        unfinished::forget(tx, Unfinished::Return(user))?;
        tx.execute(
            "UPDATE users SET suspended_at = coalesce(suspended_at, ?2) WHERE id = ?1",
            params![user.0, at.0],
        )?;
        sessions::end_all(tx, user, EndReason::Suspended)?;
        unfinished::begin(tx, Unfinished::Suspension(user))
    } else if since.is_some() {
        unfinished::forget(tx, Unfinished::Suspension(user))?;
        unfinished::begin(tx, Unfinished::Return(user))
    } else {
        Ok(None)
    }
}

/// The user's like in a row of post, time and place; and its place.
fn like_of(user: UserId) -> impl Fn(&Row<'_>) -> rusqlite::Result<(SetLike, u64)> {
    move |row| {
        let (post, at) = (PostId(row.get(0)?), Timestamp(row.get(1)?));
        Ok((SetLike { post, user, on: true, at }, row.get(2)?))
    }
}

/// Takes a suspended member's likes out of every count and list.
pub(super) fn withhold(tx: &mut Tx<'_>, user: UserId, slice: &mut Slice) -> Outcome<()> {
    let likes = tx.list(
        "SELECT post, at, place FROM likes WHERE user = ?1 LIMIT ?2",
        params![user.0, slice.room(ROWS)],
        like_of(user),
    )?;
    for (SetLike { post, at, .. }, place) in likes {
        slice.take(ROWS);
        likes::take_away(tx, post, user)?;
        tx.execute(
            "INSERT INTO withheld_likes (user, post, at, place) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            params![user.0, post.0, at.0, place],
        )?;
    }
    Ok(())
}

/// Puts them back where they were, and then lets the member in.
pub(super) fn give_back(tx: &mut Tx<'_>, user: UserId, slice: &mut Slice) -> Outcome<()> {
    let withheld = tx.list(
        "SELECT post, at, place FROM withheld_likes WHERE user = ?1 LIMIT ?2",
        params![user.0, slice.room(ROWS)],
        like_of(user),
    )?;
    for (like, place) in withheld {
        slice.take(ROWS);
        tx.execute("DELETE FROM withheld_likes WHERE user = ?1 AND post = ?2", [user.0, like.post.0])?;
        likes::put_back(tx, &like, place)?;
    }
    if !slice.is_used_up() {
        tx.execute("UPDATE users SET suspended_at = NULL WHERE id = ?1", [user.0])?;
    }
    Ok(())
}
