//! The counts of the posts that the running batch likes: read once, moved in memory, written once. The writer clears it
//! before anything else may look at a post's row, and before the COMMIT.
//!
//! Surprising: inside a batch of likes the rows of `posts` are behind. A thousand likes of one post change its row once.

use std::collections::HashMap;

use rusqlite::params;

use super::rows;
use super::tx::{Outcome, Tx};
use crate::domain::{Counts, Error, Event, PostId};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Tally(HashMap<PostId, Counted>);

#[derive(Debug, Clone, Copy)]
struct Counted {
    counts: Counts,
    moved: bool,
}

impl Tally {
    /// What was moved may not have been: the rows count.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

/// The counts of a post that is there, as they are with all likes of the batch until now.
pub(super) fn counts(tx: &mut Tx<'_>, post: PostId) -> Outcome<Counts> {
    if let Some(counted) = tx.tally().0.get(&post) {
        return Ok(counted.counts);
    }
    let counts = tx
        .find(
            "SELECT likes, comments, version FROM posts WHERE id = ?1 AND removed_at IS NULL",
            [post.0],
            rows::counts,
        )?
        .ok_or(Error::no_post())?;
    tx.tally().0.insert(post, Counted { counts, moved: false });
    Ok(counts)
}

/// Moves the counts of a post to these.
pub(super) fn put(tx: &mut Tx<'_>, post: PostId, counts: Counts) {
    tx.tally().0.insert(post, Counted { counts, moved: true });
}

/// Writes what was moved, and notes it, once for each post.
pub(super) fn write(tx: &mut Tx<'_>) -> Outcome<()> {
    for (post, Counted { counts, moved }) in std::mem::take(&mut tx.tally().0) {
        if moved {
            tx.execute(
                "UPDATE posts SET likes = ?2, version = ?3 WHERE id = ?1",
                params![post.0, counts.likes, counts.version],
            )?;
            tx.note(Event::CountsChanged { post, counts });
        }
    }
    Ok(())
}
