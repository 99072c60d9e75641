//! The one way into a shard: a queue under a mutex, and a waker. Filled by [`Handle`](crate::Handle)s
//! on any thread, emptied by the shard. Everything goes through the same queue, because its
//! order is a promise: the `ok` of a connection that acts leaves before the push that contains the act.
//!
//! Bounds: pushes and closes wait for room; replies are bounded by the commands in flight; accepts by
//! the process's file descriptors.

use std::any::Any;
use std::collections::VecDeque;
use std::net::TcpStream;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::handle::Counted;
use crate::{ConnectionId, Push, Reply, TopicKey};

/// The waker's token; connections use their slot and generation.
pub(crate) const WAKE: mio::Token = mio::Token(usize::MAX);

/// A socket that has become a WebSocket.
pub(crate) struct Accept {
    pub(crate) counted: Counted,
    pub(crate) stream: TcpStream,
    pub(crate) early: Bytes,
    pub(crate) peer: Box<dyn Any + Send>,
    pub(crate) hidden: Vec<TopicKey>,
}

pub(crate) enum Entry {
    Accept(Box<Accept>),
    Push(Push),
    Reply(Reply),
    Close(ConnectionId, u16, &'static str),
    Shutdown(u16, &'static str, Duration),
}

pub(crate) struct Inbox {
    state: Mutex<State>,
    room: Condvar,
    waker: mio::Waker,
    bound: usize,
}

struct State {
    queue: VecDeque<Entry>,
    /// How many of them are pushes or closes.
    bounded: usize,
    /// The shard sleeps in epoll, or is about to: the next entry must wake it.
    asleep: bool,
    /// The shard has ended: entries are dropped.
    ended: bool,
    /// When it was asked for a sign of life; none since it has come by.
    asked: Option<Instant>,
}

impl Inbox {
    pub(crate) fn new(waker: mio::Waker, bound: usize) -> Self {
        let state = State { queue: VecDeque::new(), bounded: 0, asleep: false, ended: false, asked: None };
        Self { state: Mutex::new(state), room: Condvar::new(), waker, bound: bound.max(1) }
    }

    /// Adds entries that are bounded elsewhere; never waits.
    pub(crate) fn put(&self, entries: impl Iterator<Item = Entry>) {
        let mut state = self.lock();
        if state.ended {
            drop(state); // outside of the lock: a peer's drop may do anything
            return;
        }
        state.queue.extend(entries);
        self.wake(state);
    }

    /// Adds entries in order, waiting for room while there is none.
    pub(crate) fn put_bounded(&self, entries: impl Iterator<Item = Entry>) {
        let mut state = self.lock();
        for entry in entries {
            while state.bounded >= self.bound && !state.ended {
                // What is in must be taken out before there is room.
                self.wake(state);
                state = self.lock();
                if state.bounded >= self.bound && !state.ended {
                    state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
            if state.ended {
                return;
            }
            state.bounded += 1;
            state.queue.push_back(entry);
        }
        self.wake(state);
    }

    /// Swaps the queue with the empty `taken`; the shard is awake from now on.
    pub(crate) fn take(&self, taken: &mut VecDeque<Entry>) {
        debug_assert!(taken.is_empty());
        let mut state = self.lock();
        state.asleep = false;
        state.asked = None;
        std::mem::swap(&mut state.queue, taken);
        state.bounded = 0;
        drop(state);
        if !taken.is_empty() {
            self.room.notify_all();
        }
    }

    /// Whether the shard may sleep: nothing waits, and whatever comes next will wake it.
    pub(crate) fn may_sleep(&self) -> bool {
        let mut state = self.lock();
        state.asleep = state.queue.is_empty();
        state.asleep
    }

    /// Whether the shard comes by here: within `patience` of the call that asked last. A call after it has come asks anew.
    pub(crate) fn is_visited(&self, patience: Duration) -> bool {
        let mut state = self.lock();
        let visited = !state.ended && state.asked.is_none_or(|at| at.elapsed() < patience);
        if state.asked.is_none() {
            state.asked = Some(Instant::now());
            state.asleep = false;
            drop(state);
            let _ = self.waker.wake();
        }
        visited
    }

    /// No shard reads any more: drops what waits, and lets go of those who wait for room.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        let left = std::mem::take(&mut state.queue);
        drop(state);
        self.room.notify_all();
        drop(left); // outside of the lock, as above
    }

    fn wake(&self, mut state: MutexGuard<'_, State>) {
        // Who adds nothing must leave it asleep: the next entry would wake nobody.
        let wake = state.asleep && !state.queue.is_empty();
        state.asleep &= !wake;
        drop(state);
        if wake {
            // The only failure is a full eventfd counter, and then the shard wakes anyway.
            let _ = self.waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
