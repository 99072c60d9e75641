//! What one connection is owed while its socket is full. Exists only then; filled by whatever would
//! have been sent, emptied when epoll says writable. It is not one queue but an order of classes. The
//! frame that has begun is finished first, whatever it is; then replies, then resyncs, then states, of
//! which only the latest of each slot is kept, then streams.
//!
//! Everything in it is bounded: the pongs of one read, `max_reply_bytes` of replies, a resync for each
//! subscription, `max_queued` states, `max_queued` and `max_queued_bytes` of stream entries. The
//! bounds are the connection's, and the topic that takes most of what has run out makes room: a busy
//! topic costs its reader that topic and no other.

use std::collections::VecDeque;

use crate::gather::{Kind, Owed};
use crate::wheel::Time;
use crate::{Config, Frame, TopicKey};

#[derive(Default)]
pub(crate) struct Outbox {
    /// The frame that has begun to leave, how much of it has left, and whether it is a reply.
    unfinished: Option<(Frame, usize, bool)>,
    pong: Option<Frame>,
    replies: VecDeque<Frame>,
    reply_bytes: usize,
    resyncs: VecDeque<(TopicKey, Frame)>,
    states: VecDeque<Owed>,
    streams: VecDeque<Owed>,
    stream_bytes: usize,
    close: Option<Frame>,
    /// When the socket last took something.
    pub(crate) since: Time,
}

/// What became of a frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Put {
    Queued,
    Conflated,
    /// The bound of replies is reached: the connection is lost.
    TooMuch,
}

impl Outbox {
    pub(crate) fn new(since: Time) -> Self {
        Self { since, ..Self::default() }
    }

    /// The rest of a frame of which `sent` bytes have left.
    pub(crate) fn unfinished(&mut self, frame: Frame, sent: usize, kind: Kind) {
        self.unfinished = Some((frame, sent, kind == Kind::Reply));
    }

    pub(crate) fn put(&mut self, owed: Owed, config: &Config) -> Put {
        let topic = owed.topic;
        match owed.kind {
            Kind::Reply => {
                self.reply_bytes += owed.frame.len();
                self.replies.push_back(owed.frame);
                if self.reply_bytes > config.max_reply_bytes {
                    return Put::TooMuch;
                }
            }
            // Only the last ping needs an answer (RFC 6455 section 5.5.3).
            Kind::Pong => self.pong = Some(owed.frame),
            // What waits already says as much as a ping would.
            Kind::Ping => {}
            Kind::Close => self.close = Some(owed.frame),
            Kind::Resync => self.resyncs.push_back((topic, owed.frame)),
            Kind::State { .. } => return self.put_state(owed),
            Kind::Stream { .. } | Kind::Last => {
                self.stream_bytes += owed.frame.len();
                self.streams.push_back(owed);
            }
        }
        Put::Queued
    }

    fn put_state(&mut self, owed: Owed) -> Put {
        let Kind::State { slot, .. } = owed.kind else { return Put::Queued };
        let same = |held: &&mut Owed| {
            held.topic == owed.topic && matches!(held.kind, Kind::State { slot: s, .. } if s == slot)
        };
        if let Some(held) = self.states.iter_mut().find(same) {
            *held = owed;
            return Put::Conflated;
        }
        self.states.push_back(owed);
        Put::Queued
    }

    /// Where pushes are over a bound: drops all of the topic that takes most of what has run out, and
    /// names it, because it needs a resync. To be called after each put, until it names none.
    pub(crate) fn make_room(&mut self, config: &Config) -> Option<TopicKey> {
        let topic = if self.states.len() > config.max_queued {
            largest(&self.states, |_| 1)
        } else if self.streams.len() > config.max_queued {
            largest(&self.streams, |_| 1)
        } else if self.stream_bytes > config.max_queued_bytes {
            largest(&self.streams, |owed| owed.frame.len())
        } else {
            None
        }?;
        self.purge(topic);
        Some(topic)
    }

    /// Drops all of a topic that has not begun to leave.
    pub(crate) fn purge(&mut self, topic: TopicKey) {
        self.states.retain(|owed| owed.topic != topic);
        self.streams.retain(|owed| owed.topic != topic);
        self.stream_bytes = self.streams.iter().map(|owed| owed.frame.len()).sum();
        self.resyncs.retain(|(of, _)| *of != topic);
    }

    /// Drops all pushes that have not begun to leave: the connection closes.
    pub(crate) fn purge_pushes(&mut self) {
        self.states.clear();
        self.streams.clear();
        self.stream_bytes = 0;
        self.resyncs.clear();
    }

    /// Whether a reply waits, begun or not.
    pub(crate) fn reply_waits(&self) -> bool {
        !self.replies.is_empty() || self.unfinished.as_ref().is_some_and(|(_, _, reply)| *reply)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.parts().next().is_none()
    }

    /// All bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.parts().map(<[u8]>::len).sum()
    }

    /// What waits, in the order of leaving.
    fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let unfinished = self.unfinished.iter().map(|(frame, sent, _)| &frame.as_bytes()[*sent..]);
        let frames = self.pong.iter().chain(&self.replies);
        let frames = frames.chain(self.resyncs.iter().map(|(_, frame)| frame));
        let frames = frames.chain(self.states.iter().chain(&self.streams).map(|owed| &owed.frame));
        unfinished.chain(frames.chain(&self.close).map(Frame::as_bytes))
    }

    /// Copies what leaves next to `scratch`: whole frames up to `limit` bytes, at least one.
    pub(crate) fn fill(&self, scratch: &mut Vec<u8>, limit: usize) {
        for part in self.parts() {
            if !scratch.is_empty() && scratch.len() + part.len() > limit {
                break;
            }
            scratch.extend_from_slice(part);
        }
    }

    /// `sent` bytes of what [`fill`](Self::fill) gave have left. Says how many frames that ended.
    pub(crate) fn advance(&mut self, mut sent: usize) -> usize {
        let mut ended = 0;
        while sent > 0 {
            let Some((frame, from, reply)) = self.pop() else { break };
            let left = frame.len() - from;
            if sent < left {
                self.unfinished = Some((frame, from + sent, reply));
                break;
            }
            sent -= left;
            ended += 1;
        }
        ended
    }

    /// The next part of [`parts`](Self::parts), out of its queue.
    fn pop(&mut self) -> Option<(Frame, usize, bool)> {
        if let Some(unfinished) = self.unfinished.take() {
            return Some(unfinished);
        }
        if let Some(frame) = self.pong.take() {
            return Some((frame, 0, false));
        }
        if let Some(frame) = self.replies.pop_front() {
            self.reply_bytes -= frame.len();
            return Some((frame, 0, true));
        }
        if let Some((_, frame)) = self.resyncs.pop_front() {
            return Some((frame, 0, false));
        }
        if let Some(owed) = self.states.pop_front() {
            return Some((owed.frame, 0, false));
        }
        if let Some(owed) = self.streams.pop_front() {
            self.stream_bytes -= owed.frame.len();
            return Some((owed.frame, 0, false));
        }
        Some((self.close.take()?, 0, false))
    }
}

/// The topic with the most of this. Of two it is the one that came first: the result must not hang on a hash.
fn largest(queue: &VecDeque<Owed>, size: impl Fn(&Owed) -> usize) -> Option<TopicKey> {
    let mut sizes: Vec<(TopicKey, usize)> = Vec::new();
    for owed in queue {
        match sizes.iter_mut().find(|(topic, _)| *topic == owed.topic) {
            Some((_, sum)) => *sum += size(owed),
            None => sizes.push((owed.topic, size(owed))),
        }
    }
    sizes.into_iter().rev().max_by_key(|(_, sum)| *sum).map(|(topic, _)| topic)
}
