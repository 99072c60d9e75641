//! Comments: written once per key, edited, removed into a tombstone. The writer drives it; `comment_lists` reads them.
//!
//! The post's row is changed first and the questions are asked afterwards. Its counters and the head of its comments
//! move in one statement that also says whether it is there, and a refusal undoes it all.

use std::sync::Arc;

use async_trait::async_trait;
use ring::digest;
use rusqlite::{Connection, OptionalExtension, params};

use super::reports::Place;
use super::rows::{self, comment_columns};
use super::tx::{Outcome, Tx};
use super::{SqliteStore, comment_lists, notify, people, reports};
use crate::domain::{
    Base, Comment, CommentChange, CommentId, CommentTail, Counts, Cursor, Error, Event, Limit, Order, Page,
    PostId, Result, Timestamp,
};
use crate::store::{Comments, ConnectionRef, Created, Done, NewComment};

#[async_trait]
impl Comments for SqliteStore {
    async fn create_comment(&self, comment: NewComment) -> Result<Created<Comment>> {
        self.write(move |tx| create(tx, &comment)).await
    }

    fn queue_comment(&self, comment: NewComment, waiter: ConnectionRef) -> Result<()> {
        let act = move |tx: &mut Tx<'_>| Ok(Done::Commented(Box::new(create(tx, &comment)?.item)));
        self.writes.queue().tell(act, waiter)
    }

    async fn edit_comment(
        &self,
        comment: CommentId,
        text: String,
        at: Timestamp,
        base: Option<Base>,
    ) -> Result<Comment> {
        self.write(move |tx| edit(tx, comment, &text, at, base)).await
    }

    async fn remove_comment(&self, comment: CommentId, at: Timestamp) -> Result<()> {
        self.write(move |tx| remove(tx, comment, at)).await
    }

    async fn find_comment(&self, comment: CommentId) -> Result<Option<Comment>> {
        self.read(move |db| find(db, comment)).await
    }

    async fn find_comments(&self, comments: &[CommentId]) -> Result<Vec<Comment>> {
        let comments = comments.to_vec();
        self.read(move |db| comments.iter().filter_map(|comment| find(db, *comment).transpose()).collect())
            .await
    }

    async fn list_comments(
        &self,
        post: PostId,
        order: Order,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Comment>> {
        self.read(move |db| comment_lists::list(db, post, order, after, limit)).await
    }

    async fn read_comment_tail(&self, post: PostId) -> Result<Option<CommentTail>> {
        self.note_snapshot_read();
        self.read(move |db| comment_lists::read_tail(db, post)).await
    }
}

/// Writes a comment, or finds the one that the same key has made.
pub(super) fn create(tx: &mut Tx<'_>, new: &NewComment) -> Outcome<Created<Comment>> {
    people::check_active(tx, new.author)?;
    if let Some(key) = &new.key
        && let Some(item) = find_by_key(tx, new, key)?
    {
        return Ok(Created { item, fresh: false });
    }
    let (counts, seq) = count(tx, new.post, 1)?.ok_or(Error::no_post())?;
    if let Some(parent) = new.parent {
        check_parent(tx, new.post, parent)?;
    }
    let id = tx.get(
        "INSERT INTO comments (post, parent, author, text, key, created_at, seq, changed_seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) RETURNING id",
        params![new.post.0, new.parent.map(|id| id.0), new.author.0, new.text, new.key, new.at.0, seq],
        |row| Ok(CommentId(row.get(0)?)),
    )?;
    let item = get(tx, id)?;
    let comment = Arc::new(item.clone());
    tx.note(Event::CommentsChanged { post: new.post, change: CommentChange::Added { seq, item: comment } });
    tx.note(Event::CountsChanged { post: new.post, counts });
    notify::commented(tx, &item)?;
    Ok(Created { item, fresh: true })
}

/// The comment that this author's key has made. A removed one has no text left to compare, so it is gone for any text;
/// and a comment is removed from the moment on in which its post is.
fn find_by_key(tx: &Tx<'_>, new: &NewComment, key: &str) -> Outcome<Option<Comment>> {
    struct Made {
        id: CommentId,
        removed: bool,
        same_place: bool,
        same_text: bool,
        first_hash: Option<[u8; 32]>,
    }
    let made = tx.find(
        "SELECT c.id, c.removed_at IS NOT NULL OR p.removed_at IS NOT NULL, c.post = ?3 AND c.parent IS ?4,
            c.text = ?5, c.first_hash
         FROM comments c CROSS JOIN posts p ON p.id = c.post WHERE c.author = ?1 AND c.key = ?2",
        params![new.author.0, key, new.post.0, new.parent.map(|id| id.0), new.text],
        |row| {
            Ok(Made {
                id: CommentId(row.get(0)?),
                removed: row.get(1)?,
                same_place: row.get(2)?,
                same_text: row.get(3)?,
                first_hash: row.get(4)?,
            })
        },
    )?;
    let Some(made) = made else { return Ok(None) };
    if made.removed {
        return Err(Error::Gone.into());
    }
    // What the key was first sent with counts: whoever retries does not know of edits made meanwhile.
    let same_text = made.first_hash.map_or(made.same_text, |first| first == hash(&new.text));
    if !(made.same_place && same_text) {
        return Err(Error::KeyReused.into());
    }
    get(tx, made.id).map(Some)
}

pub(super) fn hash(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    hash
}

/// One level: who answers an answer answers the comment above it.
fn check_parent(tx: &Tx<'_>, post: PostId, parent: CommentId) -> Outcome<()> {
    let is_answer = tx
        .find(
            "SELECT parent IS NOT NULL FROM comments WHERE id = ?1 AND post = ?2 AND removed_at IS NULL",
            params![parent.0, post.0],
            |row| row.get(0),
        )?
        .ok_or(Error::no_comment())?;
    if is_answer {
        return Err(
            Error::bad("parent: answer the comment that this one answers; there is one level.").into()
        );
    }
    Ok(())
}

/// Counts a comment in or out: the post's counts with it, and the next place in its comments. None if the post is not
/// there.
fn count(tx: &Tx<'_>, post: PostId, difference: i64) -> Outcome<Option<(Counts, u64)>> {
    tx.find(
        "UPDATE posts SET comments = comments + ?2, version = version + 1, comments_seq = comments_seq + 1
         WHERE id = ?1 AND removed_at IS NULL RETURNING likes, comments, version, comments_seq",
        params![post.0, difference],
        |row| Ok((rows::counts(row)?, row.get(3)?)),
    )
}

/// Gives a comment another text.
pub(super) fn edit(
    tx: &mut Tx<'_>,
    id: CommentId,
    text: &str,
    at: Timestamp,
    base: Option<Base>,
) -> Outcome<Comment> {
    let before = find(tx.connection(), id)?.ok_or(Error::no_comment())?;
    people::check_active(tx, before.author.id)?;
    if before.text == text {
        return Ok(before);
    }
    base.map_or(Ok(()), |base| base.check(before.edited_at))?;
    let seq = move_on(tx, before.post, id)?;
    tx.execute(
        "UPDATE comments SET text = ?2, edited_at = ?3,
            first_hash = CASE WHEN key IS NOT NULL THEN coalesce(first_hash, ?4) END
         WHERE id = ?1",
        params![id.0, text, at.0, hash(&before.text)],
    )?;
    let comment = get(tx, id)?;
    let change = CommentChange::Edited { seq, item: Arc::new(comment.clone()) };
    tx.note(Event::CommentsChanged { post: before.post, change });
    Ok(comment)
}

/// Gives a change of a comment the next place in its post's comments.
pub(super) fn move_on(tx: &Tx<'_>, post: PostId, id: CommentId) -> Outcome<u64> {
    let seq: u64 = tx.get(
        "UPDATE posts SET comments_seq = comments_seq + 1 WHERE id = ?1 RETURNING comments_seq",
        [post.0],
        |row| row.get(0),
    )?;
    tx.execute("UPDATE comments SET changed_seq = ?2 WHERE id = ?1", params![id.0, seq])?;
    Ok(seq)
}

/// Removes a comment.
pub(super) fn remove(tx: &mut Tx<'_>, id: CommentId, at: Timestamp) -> Outcome<()> {
    find(tx.connection(), id)?.ok_or(Error::no_comment())?;
    bury(tx, id, at)
}

/// Makes a tombstone of a comment that is there, with a place of its own in the post's comments. Where the post is gone
/// nobody is to be told.
pub(super) fn bury(tx: &mut Tx<'_>, id: CommentId, at: Timestamp) -> Outcome<()> {
    let post = tx.get("SELECT post FROM comments WHERE id = ?1", [id.0], |row| Ok(PostId(row.get(0)?)))?;
    let counted = count(tx, post, -1)?;
    tx.execute(
        "UPDATE comments SET text = '', first_hash = NULL, removed_at = ?2,
            changed_seq = coalesce(?3, changed_seq)
         WHERE id = ?1",
        params![id.0, at.0, counted.map(|(_, seq)| seq)],
    )?;
    reports::close_all(tx, Place { post: post.0, comment: id.0, message: 0 })?;
    notify::comment_removed(tx, id)?;
    if let Some((counts, seq)) = counted {
        tx.note(Event::CommentsChanged { post, change: CommentChange::Removed { seq, id } });
        tx.note(Event::CountsChanged { post, counts });
    }
    Ok(())
}

fn get(tx: &Tx<'_>, id: CommentId) -> Outcome<Comment> {
    find(tx.connection(), id)?.ok_or(rusqlite::Error::QueryReturnedNoRows.into())
}

/// A comment, if it and its post are there.
pub(super) fn find(db: &Connection, id: CommentId) -> Outcome<Option<Comment>> {
    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        comment_columns!(),
        " FROM comments c CROSS JOIN posts p ON p.id = c.post CROSS JOIN users u ON u.id = c.author
         WHERE c.id = ?1 AND c.removed_at IS NULL AND p.removed_at IS NULL"
    ))?;
    Ok(statement.query_row([id.0], rows::comment).optional()?)
}
