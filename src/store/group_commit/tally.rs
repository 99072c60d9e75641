//! The counts of the posts that the running batch likes: read once, moved in memory, written once. The writer clears it
//! before anything else may look at a post's row, and before the COMMIT.
//!
//! Inside a batch of likes the rows of `posts` are behind. A thousand likes of one post change its row once.

use std::collections::HashMap;

use super::transaction::{Outcome, Transaction};
use crate::domain::{Counts, Error, Event, PostId};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: HashMap<PostId, Counted>,
    /// How many changes there were: they are told in the order of each post's last.
    changes: usize,
}

#[derive(Debug, Clone, Copy)]
struct Counted {
    counts: Counts,
    /// The number of the last change; none where nothing was moved.
    changed: Option<usize>,
    /// The version in the post's row.
    since: u64,
}

impl Tally {
    /// Forgets all counts: what was moved is undone, the rows count.
    pub(super) fn forget(&mut self) {
        self.counts.clear();
    }
}

/// The counts of a post that is there, as they are with all likes of the batch until now.
pub(in crate::store) fn counts(tx: &mut impl Transaction, post: PostId) -> Outcome<Counts> {
    if let Some(counted) = tx.notes().tally.counts.get(&post) {
        return Ok(counted.counts);
    }
    let counts = tx.read_counts(post)?.ok_or(Error::no_post())?;
    tx.notes().tally.counts.insert(post, Counted { counts, changed: None, since: counts.version });
    Ok(counts)
}

/// Moves the counts of a post to these.
pub(in crate::store) fn put(tx: &mut impl Transaction, post: PostId, counts: Counts) {
    let tally = &mut tx.notes().tally;
    tally.changes += 1;
    let since = tally.counts.get(&post).map_or(counts.version, |counted| counted.since);
    tally.counts.insert(post, Counted { counts, changed: Some(tally.changes), since });
}

/// Writes what was moved, and notes it, once for each post.
pub(super) fn write(tx: &mut impl Transaction) -> Outcome<()> {
    if tx.notes().tally.counts.is_empty() {
        return Ok(());
    }
    let counts = tx.notes().tally.counts.drain();
    let moved =
        counts.filter_map(|(post, Counted { counts, changed, since })| Some((changed?, post, counts, since)));
    let mut moved: Vec<_> = moved.collect();
    moved.sort_unstable_by_key(|(changed, ..)| *changed);
    for (_, post, counts, since) in moved {
        tx.write_counts(post, counts, since)?;
        tx.notes().note(Event::CountsChanged { post, counts });
    }
    Ok(())
}
