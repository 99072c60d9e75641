//! The end of `feed:latest`: what a first visit shows and what a short absence missed. `live` reads it for snapshots.
//!
//! The changes are not a log of their own. A post's row knows the seq of its last change, so a post that was written
//! and removed within the tail is one entry, its removal; seqs may be skipped here, never in pushes.

use std::sync::Arc;

use rusqlite::{Connection, params};

use super::posts;
use super::rows::{self, post_columns};
use super::tx::Outcome;
use crate::domain::page::{TAIL_CHANGES, TAIL_ENTRIES};
use crate::domain::{FeedChange, FeedTail, ID_LIMIT};

/// Reads head, changes and page in one transaction, so that they fit each other.
pub(super) fn read_tail(db: &mut Connection) -> Outcome<FeedTail> {
    let db = db.transaction()?;
    let seq: u64 = db
        .prepare_cached("SELECT head FROM streams WHERE name = 'feed:latest'")?
        .query_row([], |row| row.get(0))?;

    let mut page = posts::newest(&db, None, ID_LIMIT, TAIL_ENTRIES + 1)?;
    let more = page.len() > TAIL_ENTRIES;
    page.truncate(TAIL_ENTRIES);
    page.reverse();

    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        post_columns!(),
        ", 0, p.changed_seq, p.removed_at IS NOT NULL FROM posts p CROSS JOIN users u ON u.id = p.author
         WHERE p.changed_seq <= ?1 ORDER BY p.changed_seq DESC LIMIT ?2"
    ))?;
    let mut changes = statement
        .query_map(params![seq, TAIL_CHANGES + 1], |row| {
            let seq = row.get(rows::POST_WIDTH)?;
            let post = rows::post(row)?;
            Ok(if row.get(rows::POST_WIDTH + 1)? {
                FeedChange::Removed { seq, id: post.id }
            } else if post.seq == seq {
                FeedChange::Added { seq, item: Arc::new(post) }
            } else {
                FeedChange::Edited { seq, item: Arc::new(post) }
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    // The first change that is left out says from where on nothing is.
    let since = changes.get(TAIL_CHANGES).map_or(0, FeedChange::seq);
    changes.truncate(TAIL_CHANGES);
    changes.reverse();

    Ok(FeedTail { seq, since, changes, page: page.into_iter().map(Arc::new).collect(), more })
}
