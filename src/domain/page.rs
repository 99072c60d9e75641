//! Lists in pages: a limit, a cursor that only the server understands.

use super::{Error, Result};

/// Who missed at most so many changes of a stream resumes it; who missed more starts anew.
pub const TAIL_CHANGES: usize = 200;
/// A first visit gets at most so many of a stream's newest entries.
pub const TAIL_ENTRIES: usize = 50;

/// A page has at most so many items.
pub const PAGE_LIMIT: u32 = 100;
/// And so many unless asked.
pub const PAGE_DEFAULT: u32 = 20;

/// How many items a page may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u32);

impl Limit {
    /// Checks what was asked for.
    pub fn new(limit: u64) -> Result<Self> {
        match u32::try_from(limit) {
            Ok(limit @ 1..=PAGE_LIMIT) => Ok(Self(limit)),
            _ => Err(Error::bad("limit: 1 to 100.")),
        }
    }

    /// What the site itself asks for: this, or the most that a page may have.
    pub const fn at_most(limit: u32) -> Self {
        Self(if limit > PAGE_LIMIT { PAGE_LIMIT } else { limit })
    }

    /// As a number.
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(PAGE_DEFAULT)
    }
}

/// Where the last page ended: the position of its last item. On the wire it is opaque.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub u64);

impl Cursor {
    /// Reads a cursor that a list gave out.
    pub fn parse(text: &str) -> Result<Self> {
        super::parse_id(text)
            .map(Self)
            .ok_or_else(|| Error::bad("cursor: take it from `next` of the last page, unchanged."))
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page of `limit` items from a read of one more: the extra item says that there is a next page.
    pub fn cut(mut items: Vec<T>, limit: Limit, position: impl Fn(&T) -> u64) -> Self {
        let more = items.len() > limit.get();
        items.truncate(limit.get());
        let next = if more { items.last().map(|item| Cursor(position(item))) } else { None };
        Self { items, next }
    }
}
