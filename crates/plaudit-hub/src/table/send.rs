//! Sending: what a connection is owed leaves in one `send`, straight to the socket; what does not fit
//! goes to its outbox. Driven by passes, replies and epoll's "writable". One owed frame is sent from
//! its shared bytes, several are copied into one scratch buffer first, since `writev` costs more than
//! the copy at these sizes.

use std::io::{ErrorKind, Write};
use std::net::Shutdown;

use mio::net::TcpStream;

use super::Table;
use crate::gather::{Gather, Kind, Owed};
use crate::outbox::{Outbox, Put};
use crate::{Config, ConnectionId, Frame, TopicKey};

/// The most bytes that are copied for one send: about what a socket's buffer takes.
const GATHERED: usize = 64 * 1024;

/// Which of the table's two gathers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    Pass,
    Turn,
}

/// How far a batch got.
enum Wrote {
    All,
    /// The socket is full: frames from this place of the batch on have not begun; before them there
    /// may be one that has.
    Full(usize, Option<(u32, usize)>),
    Dead,
}

impl Table {
    /// Sends what one connection is owed.
    pub(crate) fn deliver(&mut self, slot: u32, from: From) {
        let mut batch = std::mem::take(&mut self.batch);
        let gather = if from == From::Pass { &mut self.pass } else { &mut self.owed };
        gather.take(slot, &mut batch);
        if let Some(connection) = self.connections.get_mut(slot as usize)
            && connection.closing.is_none()
            && !batch.is_empty()
        {
            let wrote = if connection.outbox.is_some() {
                Wrote::Full(0, None)
            } else {
                send_batch(&connection.stream, gather, &batch, &mut self.scratch, &self.stats)
            };
            match wrote {
                Wrote::All => {}
                Wrote::Dead => self.remove(slot),
                Wrote::Full(rest, begun) => self.queue_rest(slot, from, &batch[rest..], begun),
            }
        }
        batch.clear();
        self.batch = batch;
    }

    /// Sends all of this turn's replies. False: there were none.
    pub(crate) fn deliver_owed(&mut self) -> bool {
        let any = !self.owed.is_empty();
        while let Some(slot) = self.owed.next() {
            self.deliver(slot, From::Turn);
        }
        any
    }

    fn queue_rest(&mut self, slot: u32, from: From, batch: &[u32], begun: Option<(u32, usize)>) {
        let mut failed: Vec<TopicKey> = Vec::new();
        let mut too_much = false;
        let gather = std::mem::take(if from == From::Pass { &mut self.pass } else { &mut self.owed });
        let stats = std::sync::Arc::clone(&self.stats);
        self.change_outbox(slot, |outbox, config| {
            if let Some((frame, sent)) = begun {
                let owed = gather.get(frame);
                outbox.unfinished(owed.frame.clone(), sent, owed.kind);
            }
            for &frame in batch {
                let owed = gather.get(frame);
                if failed.contains(&owed.topic) && owed.kind != Kind::Reply {
                    continue;
                }
                match outbox.put(owed.clone(), config) {
                    Put::Queued => {}
                    Put::Conflated => stats.conflated(),
                    Put::TooMuch => too_much = true,
                }
                while let Some(topic) = outbox.make_room(config) {
                    failed.push(topic);
                }
            }
        });
        *(if from == From::Pass { &mut self.pass } else { &mut self.owed }) = gather;
        let Some(id) = self.id_of(slot) else { return };
        if too_much {
            return self.close(id, Some(4102), "too slow");
        }
        for topic in failed {
            // What is on its way of it besides would come behind the resync.
            self.purge(id, topic);
            match self.place_of(slot, topic) {
                // Its `Last` was among what was dropped: the reader has to find out by asking.
                None => self.errands.push_back(super::Errand::Resync(id, topic)),
                Some(place) => self.end_with_resync(id, place, topic),
            }
        }
    }

    /// Sends one frame now, or queues it. Behind a close only the close frame itself leaves.
    pub(crate) fn send_one(&mut self, id: ConnectionId, kind: Kind, frame: Frame) {
        let Some(connection) = self.get_mut(id) else { return };
        if connection.closing.is_some() && kind != Kind::Close {
            return;
        }
        let blocked = connection.outbox.is_some();
        let sent = if blocked { Some(0) } else { write(&connection.stream, frame.as_bytes()) };
        let Some(sent) = sent else { return self.remove(id.slot) };
        if sent > 0 {
            self.stats.sent(usize::from(sent == frame.len()));
        }
        if sent == frame.len() {
            return;
        }
        let mut too_much = false;
        self.change_outbox(id.slot, |outbox, config| {
            if sent > 0 {
                outbox.unfinished(frame, sent, kind);
            } else {
                let owed = Owed { topic: TopicKey(0), kind, frame };
                too_much = outbox.put(owed, config) == Put::TooMuch;
            }
        });
        if too_much {
            self.close(id, Some(4102), "too slow");
        }
    }

    /// The socket may have room again.
    pub(crate) fn writable(&mut self, id: ConnectionId) {
        let Some(connection) = self.get_mut(id) else { return };
        if connection.outbox.is_none() {
            return;
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        let stats = std::sync::Arc::clone(&self.stats);
        let now = self.wheel.now();
        let connection = &mut self.connections[id.slot as usize];
        let mut dead = false;
        let before = connection.outbox.as_ref().map(|outbox| outbox.bytes());
        while let Some(outbox) = &mut connection.outbox {
            scratch.clear();
            outbox.fill(&mut scratch, GATHERED);
            let Some(sent) = write(&connection.stream, &scratch) else {
                dead = true;
                break;
            };
            if sent > 0 {
                stats.sent(outbox.advance(sent));
                outbox.since = now;
            }
            if outbox.is_empty() {
                connection.outbox = None;
            } else if sent < scratch.len() {
                break;
            }
        }
        self.stats.outbox(before, connection.outbox.as_ref().map(|outbox| outbox.bytes()));
        let (drained, closing) = (connection.outbox.is_none(), connection.closing.is_some());
        let resumes = connection.has_input();
        scratch.clear();
        self.scratch = scratch;
        if dead {
            self.remove(id.slot);
        } else if drained && closing {
            self.hang_up(id.slot);
        } else if resumes {
            self.read_later(id);
        }
    }

    /// Changes a connection's outbox, made where there is none and freed when it is empty, and keeps
    /// count of it.
    pub(crate) fn change_outbox(&mut self, slot: u32, change: impl FnOnce(&mut Outbox, &Config)) {
        let Some(connection) = self.connections.get_mut(slot as usize) else { return };
        let before = connection.outbox.as_ref().map(|outbox| outbox.bytes());
        let mut outbox = connection.outbox.take().unwrap_or_else(|| Box::new(Outbox::new(self.wheel.now())));
        change(&mut outbox, &self.config);
        let after = (!outbox.is_empty()).then(|| outbox.bytes());
        connection.outbox = after.map(|_| outbox);
        self.stats.outbox(before, after);
        if before.is_none() && after.is_some() {
            let deadline = self.wheel.now() + self.wheel.grains(self.config.blocked_for);
            self.check_by(slot, deadline);
        }
    }

    /// Ends our side of a connection whose close frame has left.
    pub(crate) fn hang_up(&mut self, slot: u32) {
        if let Some(connection) = self.connections.get_mut(slot as usize)
            && connection.stream.shutdown(Shutdown::Write).is_err()
        {
            self.remove(slot);
        }
    }
}

/// Sends a batch in as few sends as possible, normally one.
fn send_batch(
    stream: &TcpStream,
    gather: &Gather,
    batch: &[u32],
    scratch: &mut Vec<u8>,
    stats: &crate::stats::ShardStats,
) -> Wrote {
    let len = |at: usize| gather.get(batch[at]).frame.len();
    let mut from = 0;
    while from < batch.len() {
        let mut to = from + 1;
        let mut bytes = len(from);
        while to < batch.len() && bytes + len(to) <= GATHERED {
            bytes += len(to);
            to += 1;
        }
        let sent = if to == from + 1 {
            write(stream, gather.get(batch[from]).frame.as_bytes())
        } else {
            scratch.clear();
            for &frame in &batch[from..to] {
                scratch.extend_from_slice(gather.get(frame).frame.as_bytes());
            }
            write(stream, scratch)
        };
        let Some(mut sent) = sent else { return Wrote::Dead };
        let (any, begun) = (sent > 0, from);
        while from < to && sent >= len(from) {
            sent -= len(from);
            from += 1;
        }
        if any {
            stats.sent(from - begun);
        }
        if from < to {
            return match sent {
                0 => Wrote::Full(from, None),
                part => Wrote::Full(from + 1, Some((batch[from], part))),
            };
        }
    }
    Wrote::All
}

/// One non-blocking send: how much the socket took, 0 where it is full; `None` where it is dead.
fn write(mut stream: &TcpStream, bytes: &[u8]) -> Option<usize> {
    loop {
        match stream.write(bytes) {
            Ok(sent) => return Some(sent),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Some(0),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}
