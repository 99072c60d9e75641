//! What connections are owed in one go: shared frames, and per connection a linked list of ranges of
//! them, all in three vectors that are reused. The pass fills it from topics, the inbox from replies;
//! sending empties it. No vector per connection, so that owing a frame to 5,000 connections is 5,000
//! writes of twelve bytes and no allocation.

use crate::{Frame, TopicKey};

/// What a frame is to the one who waits for it: this decides its way through an outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Reply,
    State { slot: u64, version: u64 },
    Stream { seq: u64 },
    Last,
    Resync,
    Ping,
    Pong,
    Close,
}

/// One frame and whose it is. The topic of a reply means nothing.
#[derive(Debug, Clone)]
pub(crate) struct Owed {
    pub(crate) topic: TopicKey,
    pub(crate) kind: Kind,
    pub(crate) frame: Frame,
}

const NONE: u32 = u32::MAX;

/// `count` frames from `first` on, all of one topic.
struct Node {
    first: u32,
    count: u32,
    next: u32,
}

#[derive(Clone, Copy)]
struct List {
    head: u32,
    tail: u32,
}

const EMPTY: List = List { head: NONE, tail: NONE };

#[derive(Default)]
pub(crate) struct Gather {
    frames: Vec<Owed>,
    nodes: Vec<Node>,
    /// By the connection's slot.
    lists: Vec<List>,
    /// The slots in the order in which they came to be owed something; one may stand here twice.
    order: Vec<u32>,
    /// How many of them are done.
    done: usize,
}

impl Gather {
    /// Adds a frame that nobody is owed yet.
    pub(crate) fn frame(&mut self, owed: Owed) -> u32 {
        self.frames.push(owed);
        index(self.frames.len() - 1)
    }

    pub(crate) fn get(&self, frame: u32) -> &Owed {
        &self.frames[frame as usize]
    }

    /// Owes frames `first..first + count` (of one topic) to a connection, behind what it is owed.
    pub(crate) fn owe(&mut self, slot: u32, first: u32, count: u32) {
        let at = slot as usize;
        if self.lists.len() <= at {
            self.lists.resize(at + 1, EMPTY);
        }
        let node = index(self.nodes.len());
        self.nodes.push(Node { first, count, next: NONE });
        let list = &mut self.lists[at];
        if list.head == NONE {
            list.head = node;
            self.order.push(slot);
        } else {
            self.nodes[list.tail as usize].next = node;
        }
        list.tail = node;
    }

    /// The next connection that is owed something; `None` empties everything for reuse.
    pub(crate) fn next(&mut self) -> Option<u32> {
        while let Some(&slot) = self.order.get(self.done) {
            self.done += 1;
            if self.lists[slot as usize].head != NONE {
                return Some(slot);
            }
        }
        self.frames.clear();
        self.nodes.clear();
        self.order.clear();
        self.done = 0;
        None
    }

    /// Moves what a connection is owed, as frame indices, to the end of `batch`.
    pub(crate) fn take(&mut self, slot: u32, batch: &mut Vec<u32>) {
        let Some(list) = self.lists.get_mut(slot as usize) else { return };
        let mut at = std::mem::replace(list, EMPTY).head;
        while at != NONE {
            let node = &self.nodes[at as usize];
            batch.extend(node.first..node.first + node.count);
            at = node.next;
        }
    }

    /// Drops what a connection is owed of one topic; replies stay.
    pub(crate) fn purge(&mut self, slot: u32, topic: TopicKey) {
        let Some(list) = self.lists.get_mut(slot as usize) else { return };
        let mut at = std::mem::replace(list, EMPTY).head;
        while at != NONE {
            let next = std::mem::replace(&mut self.nodes[at as usize].next, NONE);
            let owed = &self.frames[self.nodes[at as usize].first as usize];
            if owed.topic != topic || owed.kind == Kind::Reply {
                // The rest is linked anew; the slot keeps its place in the order.
                if list.head == NONE {
                    list.head = at;
                } else {
                    self.nodes[list.tail as usize].next = at;
                }
                list.tail = at;
            }
            at = next;
        }
    }

    /// Drops all that a connection is owed: its slot may be reused.
    pub(crate) fn forget(&mut self, slot: u32) {
        if let Some(list) = self.lists.get_mut(slot as usize) {
            *list = EMPTY;
        }
    }

    /// Whether nobody is owed anything, and nothing is kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

/// Four billion frames or connections do not fit the memory that holds them.
pub(crate) fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(NONE - 1)
}
