//! The end of a stream in memory, while somebody watches it: enough to answer every subscriber without another read.
//! Built from one read of the store, then moved on by the same events that are pushed. A kind of topic says what it
//! is made of (`item.rs`).
//!
//! How much it holds: at most 250 items with at most 256 KiB of texts and names, some 400 bytes beside each, and two
//! encoded answers of at most 64 and 192 KiB; so 600 KiB at worst, and 50 KiB where fifty people have said a sentence.

mod answer;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

pub(in crate::live) use self::answer::Answer;
use super::item::{Change, Item};
use crate::domain::page::{TAIL_CHANGES as CHANGES, TAIL_ENTRIES as PAGE};
use crate::domain::{StreamTail, UserId};
use crate::live::value::Fix;

/// A resume has at most so many bytes: with them a reply stays below 256 KiB.
const CHANGES_BYTES: usize = 192 * 1024;
/// A fresh page has at most so many bytes.
const PAGE_BYTES: usize = 64 * 1024;
/// What an item takes beside its texts.
const BESIDE: usize = 400;

/// See the module.
#[derive(Debug)]
pub struct Tail<T> {
    seq: u64,
    /// Every change after this one is in `changed`.
    since: u64,
    /// Which items changed last, by the place of their last change, which comes first. Those that are not in `items`
    /// were removed.
    changed: VecDeque<(u64, u64)>,
    /// The newest items, oldest first.
    page: VecDeque<u64>,
    /// Whether the store has older ones.
    more: bool,
    /// Those that `changed` and `page` name and that are still there.
    items: HashMap<u64, Arc<T>>,
    /// How many of them each author wrote: most who change their name wrote none.
    authors: HashMap<UserId, u32>,
    bytes: usize,
    /// The fresh page, encoded once for all who come.
    fresh: Option<Answer>,
    /// What the last one got who resumed, and from where: a crowd comes back to the same place.
    resumed: Option<(u64, Answer)>,
}

impl<T: Item> Tail<T> {
    /// What one read of the store gave. `changed` is by place; a removed item is only its id. `page` is oldest first.
    pub(in crate::live) fn new(
        (since, seq): (u64, u64),
        changed: impl IntoIterator<Item = (u64, Result<Arc<T>, u64>)>,
        page: Vec<Arc<T>>,
        more: bool,
    ) -> Self {
        let mut tail = Self::empty(seq);
        (tail.since, tail.more) = (since, more);
        for (place, item) in changed {
            tail.changed.push_back((place, item.as_ref().map_or_else(|id| *id, |item| item.id())));
            if let Ok(item) = item {
                tail.put(item);
            }
        }
        for item in page {
            tail.page.push_back(item.id());
            tail.put(item);
        }
        tail.trim();
        tail
    }

    /// Of what a store has read.
    pub fn of<I>(tail: StreamTail<T, I>, number: impl Fn(I) -> u64) -> Self {
        let changed = tail.changed.into_iter().map(|(place, item)| (place, item.map_err(&number)));
        Self::new((tail.since, tail.seq), changed, tail.page, tail.more)
    }

    /// A stream in which nothing stands.
    pub(in crate::live) fn empty(seq: u64) -> Self {
        Self {
            seq,
            since: seq,
            changed: VecDeque::new(),
            page: VecDeque::new(),
            more: false,
            items: HashMap::new(),
            authors: HashMap::new(),
            bytes: 0,
            fresh: None,
            resumed: None,
        }
    }

    /// Takes a change. False: one is missing before it, or too few items are left, so the store must be read again.
    pub(super) fn apply(&mut self, change: &Change<T>) -> bool {
        let seq = change.seq();
        if seq <= self.seq {
            return true;
        }
        if seq != self.seq + 1 {
            return false;
        }
        self.seq = seq;
        self.forget_answers();
        let id = match change {
            Change::Set { item, .. } => item.id(),
            Change::Removed { id, .. } => *id,
        };
        // Only the last change of an item counts, and what was removed is never shown again.
        self.changed.retain(|(_, changed)| *changed != id);
        self.changed.push_back((seq, id));
        match change {
            Change::Set { item, .. } => {
                if item.seq() == seq {
                    self.list(item);
                }
                self.put(item.clone());
            }
            Change::Removed { .. } => {
                self.page.retain(|listed| *listed != id);
                self.take(id);
            }
        }
        let page_bytes = self.trim();
        // A page that removals have thinned out would hide the older items that could stand in it.
        !(self.more && self.page.len() < PAGE / 2 && page_bytes < PAGE_BYTES / 2)
    }

    /// Gives an item its place in the page, by its cursor. A conversation comes anew with each change: it may stand there
    /// already, and it may be older than the others.
    fn list(&mut self, item: &Arc<T>) {
        self.page.retain(|listed| *listed != item.id());
        let is_older = |id: &u64| self.items.get(id).is_some_and(|other| other.cursor() < item.cursor());
        let at = self.page.iter().rposition(is_older).map_or(0, |at| at + 1);
        // Older than the whole page: the store may have others between.
        if at > 0 || !self.more {
            self.page.insert(at, item.id());
        }
    }

    /// Keeps true what an item says beside its own text. True if that was news.
    pub(super) fn mend(&mut self, fix: &Fix) -> bool {
        let mut mended = false;
        if let Fix::Author(user) = fix {
            if !self.authors.contains_key(&user.id) {
                return false;
            }
            for item in self.items.values_mut().filter(|item| item.authors().any(|author| author == user.id))
            {
                self.bytes -= item.bytes();
                mended |= T::mend(item, fix);
                self.bytes += item.bytes();
            }
        } else if let Some(item) = self.items.get_mut(&fix.item()) {
            mended = T::mend(item, fix);
        }
        if mended {
            self.forget_answers();
        }
        mended
    }

    /// About how much memory its items take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes + self.items.len() * BESIDE
    }

    /// Drops what no answer needs. An item's texts are at least as long encoded, so what is dropped here for its size
    /// would not have fitted into an answer. Gives the size of the page.
    fn trim(&mut self) -> usize {
        let bytes_of = |items: &HashMap<u64, Arc<T>>, id: u64| items.get(&id).map_or(0, |item| item.bytes());
        let mut bytes: usize = self.changed.iter().map(|(_, id)| bytes_of(&self.items, *id)).sum();
        while self.changed.len() > CHANGES || bytes > CHANGES_BYTES {
            let Some((place, id)) = self.changed.pop_front() else { break };
            self.since = place;
            bytes -= bytes_of(&self.items, id);
            self.forget(id);
        }
        let mut bytes: usize = self.page.iter().map(|id| bytes_of(&self.items, *id)).sum();
        while self.page.len() > PAGE || bytes > PAGE_BYTES {
            let Some(id) = self.page.pop_front() else { break };
            self.more = true;
            bytes -= bytes_of(&self.items, id);
            self.forget(id);
        }
        bytes
    }

    fn forget(&mut self, id: u64) {
        if !self.page.contains(&id) && !self.changed.iter().any(|(_, changed)| *changed == id) {
            self.take(id);
        }
    }

    fn put(&mut self, item: Arc<T>) {
        self.take(item.id());
        self.bytes += item.bytes();
        for author in item.authors() {
            *self.authors.entry(author).or_default() += 1;
        }
        self.items.insert(item.id(), item);
    }

    fn take(&mut self, id: u64) {
        let Some(item) = self.items.remove(&id) else { return };
        self.bytes -= item.bytes();
        for author in item.authors() {
            if let Some(count) = self.authors.get_mut(&author) {
                *count -= 1;
                if *count == 0 {
                    self.authors.remove(&author);
                }
            }
        }
    }

    fn forget_answers(&mut self) {
        (self.fresh, self.resumed) = (None, None);
    }
}
