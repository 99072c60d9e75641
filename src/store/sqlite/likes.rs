//! Likes: set, never toggled; a guest's first; and who likes what. The writer and the readers drive it.
//!
//! A like is one statement. Whether anything changed is what the INSERT or DELETE of its own row says, and the count
//! moves only by that, in the batch's tally: the row is the truth, the counter is the sum of its changes.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};

use super::rows::{self, user_columns};
use super::tx::{Outcome, Tx};
use super::{SqliteStore, people, sessions, untold_likes};
use crate::domain::{
    Counts, Cursor, Error, Event, Liked, Liker, Limit, Page, PostId, Result, Session, Settings, Timestamp,
    UserId,
};
use crate::store::group_commit::tally;
use crate::store::{Likes, NewSession, SetLike, Waiter};

#[async_trait]
impl Likes for SqliteStore {
    fn set_like(&self, like: SetLike, waiter: Waiter) -> Result<()> {
        self.writes.queue().set_like(like, waiter)
    }

    async fn like_as_new_guest(&self, post: PostId, session: NewSession) -> Result<(Session, Liked)> {
        self.write(move |tx| like_as_new_guest(tx, post, &session)).await
    }

    async fn list_likers(&self, post: PostId, after: Option<Cursor>, limit: Limit) -> Result<Page<Liker>> {
        self.read(move |db| list_likers(db, post, after, limit)).await
    }

    async fn find_seen(&self, posts: &[PostId], user: UserId) -> Result<Vec<Option<(Counts, bool)>>> {
        let posts = posts.to_vec();
        self.read(move |db| find_seen(db, &posts, user)).await
    }
}

/// Likes or unlikes.
pub(super) fn set(tx: &mut Tx<'_>, like: &SetLike) -> Outcome<Liked> {
    let SetLike { post, user, on, .. } = *like;
    let Counts { likes, comments, version } = tally::counts(tx, post)?;
    let changed = if on { add(tx, like, version + 1)? } else { remove(tx, like)? };
    if !changed {
        people::check_active(tx, user)?;
        return Ok(Liked { post, user, liked: on, changed: false, likes, version });
    }
    let likes = if on { likes + 1 } else { likes.saturating_sub(1) };
    let version = version + 1;
    tally::put(tx, post, Counts { likes, comments, version });
    tx.note(Event::LikeSet { user, post, liked: on, version });
    Ok(Liked { post, user, liked: on, changed: true, likes, version })
}

/// Puts the like of a user who may act, if it is not there. Sessions end with the right to act, but the like may have been
/// queued before.
fn add(tx: &Tx<'_>, like: &SetLike, place: u64) -> Outcome<bool> {
    // A row of values and not of a SELECT: for that, SQLite would open a journal of the statement's own each time.
    let rows = tx.execute(
        "INSERT INTO likes (user, post, at, place) VALUES
            ((SELECT id FROM users WHERE id = ?1 AND suspended_at IS NULL AND erased_at IS NULL), ?2, ?3, ?4)
         ON CONFLICT (user, post) DO NOTHING",
        params![like.user.0, like.post.0, like.at.0, place],
    );
    let added = match rows {
        Err(fault) if fault.is_null() => 0,
        rows => rows?,
    };
    if added == 1 {
        tx.untold().like(like.post, like.user);
    }
    Ok(added == 1)
}

/// Takes away the like of a user who may act, if it is there.
fn remove(tx: &Tx<'_>, like: &SetLike) -> Outcome<bool> {
    let (post, user) = (like.post, like.user);
    let is_untold = tx.untold().unlike(post, user);
    if is_untold {
        let removed = tx.execute(
            "DELETE FROM likes WHERE user = ?1 AND post = ?2
             AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND suspended_at IS NULL AND erased_at IS NULL)",
            [user.0, post.0],
        )?;
        return Ok(removed == 1);
    }
    let was = tx.find(
        "DELETE FROM likes WHERE user = ?1 AND post = ?2
         AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND suspended_at IS NULL AND erased_at IS NULL)
         RETURNING place, at",
        [user.0, post.0],
        |row| Ok((row.get(0)?, Timestamp(row.get(1)?))),
    )?;
    was.map_or(Ok(false), |(place, at)| untold_likes::taken_back(tx, post, user, place, at).map(|()| true))
}

/// Moves a post's count and its version. None if the post is not there.
pub(super) fn count(tx: &Tx<'_>, post: PostId, difference: i64) -> Outcome<Option<Counts>> {
    tx.find(
        "UPDATE posts SET likes = likes + ?2, version = version + 1 WHERE id = ?1 AND removed_at IS NULL
         RETURNING likes, comments, version",
        params![post.0, difference],
        rows::counts,
    )
}

/// Takes away a like that is there, of a user who has no session and so no tab to be told. A post that is gone counts
/// nothing any more.
pub(super) fn take_away(tx: &mut Tx<'_>, post: PostId, user: UserId) -> Outcome<()> {
    tx.execute("DELETE FROM likes WHERE user = ?1 AND post = ?2", [user.0, post.0])?;
    if let Some(counts) = count(tx, post, -1)? {
        tx.note(Event::CountsChanged { post, counts });
    }
    Ok(())
}

/// Puts a like back where it was, unless its post is gone.
pub(super) fn put_back(tx: &mut Tx<'_>, like: &SetLike, place: u64) -> Outcome<()> {
    let SetLike { post, user, at, .. } = *like;
    let put = tx.execute(
        "INSERT INTO likes (user, post, at, place)
         SELECT ?1, id, ?3, ?4 FROM posts WHERE id = ?2 AND removed_at IS NULL
         ON CONFLICT (user, post) DO NOTHING",
        params![user.0, post.0, at.0, place],
    )?;
    if put == 1
        && let Some(counts) = count(tx, post, 1)?
    {
        tx.note(Event::CountsChanged { post, counts });
    }
    Ok(())
}

/// Makes a guest with its session and its like.
pub(super) fn like_as_new_guest(
    tx: &mut Tx<'_>,
    post: PostId,
    session: &NewSession,
) -> Outcome<(Session, Liked)> {
    let user = people::create_guest(tx, session.at)?;
    let id = user.id;
    let session = sessions::create(tx, (user, Settings::default()), session)?;
    let liked = set(tx, &SetLike { post, user: id, on: true, at: session.seen_at })?;
    Ok((session, liked))
}

/// Who likes a post, newest first, in one transaction with the question whether the post is there.
pub(super) fn list_likers(
    db: &mut Connection,
    post: PostId,
    after: Option<Cursor>,
    limit: Limit,
) -> Outcome<Page<Liker>> {
    let db = db.transaction()?;
    let there =
        db.prepare_cached("SELECT 1 FROM posts WHERE id = ?1 AND removed_at IS NULL")?.exists([post.0])?;
    if !there {
        return Err(Error::no_post().into());
    }
    page(&db, post, after, limit)
}

/// The same of a post that is there, inside of the caller's transaction.
pub(super) fn page(
    db: &Connection,
    post: PostId,
    after: Option<Cursor>,
    limit: Limit,
) -> Outcome<Page<Liker>> {
    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        user_columns!(),
        ", l.at, l.place FROM likes l CROSS JOIN users u ON u.id = l.user
         WHERE l.post = ?1 AND l.place < ?2 ORDER BY l.place DESC LIMIT ?3"
    ))?;
    let likers = statement
        .query_map(params![post.0, rows::before(after), limit.get() + 1], |row| {
            let at = Timestamp(row.get(rows::USER_WIDTH)?);
            Ok((Liker { user: rows::user(row)?, at }, row.get(rows::USER_WIDTH + 1)?))
        })?
        .collect::<rusqlite::Result<Vec<(Liker, u64)>>>()?;
    let page = Page::cut(likers, limit, |(_, place)| *place);
    Ok(Page { items: page.items.into_iter().map(|(liker, _)| liker).collect(), next: page.next })
}

/// The counts of these posts, and which of them the user likes.
pub(super) fn find_seen(
    db: &mut Connection,
    posts: &[PostId],
    user: UserId,
) -> Outcome<Vec<Option<(Counts, bool)>>> {
    let db = db.transaction()?;
    let mut statement = db.prepare_cached(
        "SELECT likes, comments, version, EXISTS (SELECT 1 FROM likes WHERE post = ?1 AND user = ?2)
         FROM posts WHERE id = ?1 AND removed_at IS NULL",
    )?;
    let mut seen = |post: &PostId| {
        let row = statement.query_row([post.0, user.0], |row| Ok((rows::counts(row)?, row.get(3)?)));
        row.optional()
    };
    Ok(posts.iter().map(&mut seen).collect::<rusqlite::Result<_>>()?)
}
