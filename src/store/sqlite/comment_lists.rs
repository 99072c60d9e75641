//! The comments of a post, read: page by page, and the end of their stream, which `live` reads for snapshots.
//!
//! The changes are not a log of their own. A comment's row knows the seq of its last change, so one that was written,
//! edited and removed within the tail is one entry, its removal; seqs may be skipped here, never in pushes.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Params, params};

use super::rows::{self, comment_columns};
use super::tx::Outcome;
use crate::domain::page::{TAIL_CHANGES, TAIL_ENTRIES};
use crate::domain::{Comment, CommentId, CommentTail, Cursor, Error, ID_LIMIT, Limit, Order, Page, PostId};

/// The comments of the post in ?1 that are there, from the place in ?2 on, at most ?3.
macro_rules! select_comments {
    ($order:literal) => {
        concat!(
            "SELECT ",
            comment_columns!(),
            " FROM comments c CROSS JOIN users u ON u.id = c.author
             WHERE c.post = ?1 AND c.removed_at IS NULL AND c.seq ",
            $order,
            " LIMIT ?3"
        )
    };
}

/// The comments of a post, in one transaction with the question whether the post is there.
pub(super) fn list(
    db: &mut Connection,
    post: PostId,
    order: Order,
    after: Option<Cursor>,
    limit: Limit,
) -> Outcome<Page<Comment>> {
    let db = db.transaction()?;
    find_head(&db, post)?.ok_or(Error::no_post())?;
    page(&db, post, order, after, limit)
}

/// The same of a post that is there, inside of the caller's transaction.
pub(super) fn page(
    db: &Connection,
    post: PostId,
    order: Order,
    after: Option<Cursor>,
    limit: Limit,
) -> Outcome<Page<Comment>> {
    let count = limit.get() + 1;
    let comments = match order {
        Order::Oldest => {
            let after = after.map_or(0, |Cursor(place)| place);
            all(db, select_comments!("> ?2 ORDER BY c.seq"), params![post.0, after, count])?
        }
        Order::Newest => newest(db, post, rows::before(after), count)?,
    };
    Ok(Page::cut(comments, limit, |comment| comment.seq))
}

fn newest(db: &Connection, post: PostId, before: u64, count: usize) -> Outcome<Vec<Comment>> {
    all(db, select_comments!("< ?2 ORDER BY c.seq DESC"), params![post.0, before, count])
}

fn all(db: &Connection, sql: &str, params: impl Params) -> Outcome<Vec<Comment>> {
    let mut statement = db.prepare_cached(sql)?;
    let comments = statement.query_map(params, rows::comment)?.collect::<rusqlite::Result<_>>()?;
    Ok(comments)
}

/// The last seq of a post's comments, if the post is there.
fn find_head(db: &Connection, post: PostId) -> Outcome<Option<u64>> {
    let mut statement =
        db.prepare_cached("SELECT comments_seq FROM posts WHERE id = ?1 AND removed_at IS NULL")?;
    Ok(statement.query_row([post.0], |row| row.get(0)).optional()?)
}

/// Reads head, changes and page in one transaction, so that they fit each other.
pub(super) fn read_tail(db: &mut Connection, post: PostId) -> Outcome<Option<CommentTail>> {
    let db = db.transaction()?;
    let Some(seq) = find_head(&db, post)? else { return Ok(None) };

    let mut page = newest(&db, post, ID_LIMIT, TAIL_ENTRIES + 1)?;
    let more = page.len() > TAIL_ENTRIES;
    page.truncate(TAIL_ENTRIES);
    page.reverse();

    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        comment_columns!(),
        ", c.changed_seq, c.removed_at IS NOT NULL FROM comments c CROSS JOIN users u ON u.id = c.author
         WHERE c.post = ?1 ORDER BY c.changed_seq DESC LIMIT ?2"
    ))?;
    let mut changed = statement
        .query_map(params![post.0, TAIL_CHANGES + 1], |row| {
            let seq: u64 = row.get(rows::COMMENT_WIDTH)?;
            Ok(if row.get(rows::COMMENT_WIDTH + 1)? {
                (seq, Err(CommentId(row.get(rows::USER_WIDTH)?)))
            } else {
                (seq, Ok(Arc::new(rows::comment(row)?)))
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    // The first change that is left out says from where on nothing is.
    let since = changed.get(TAIL_CHANGES).map_or(0, |(seq, _)| *seq);
    changed.truncate(TAIL_CHANGES);
    changed.reverse();

    Ok(Some(CommentTail { seq, since, changed, page: page.into_iter().map(Arc::new).collect(), more }))
}
