//! Socket to service: reading, decoding, and one call for each message. Driven by the loop for each
//! connection that may have bytes. One buffer for all connections of the shard. A whole message is
//! unmasked and checked where it was read, and only what is incomplete at the end of a read is copied
//! out, so that an idle connection has no buffer.

use std::io::{ErrorKind, Read};

use crate::connection::{Connection, Input};
use crate::decode::{self, Assembly, Limits, Step};
use crate::gather::Kind;
use crate::shard::Shard;
use crate::{ConnectionId, Frame, Service};

/// How many reads one connection gets in a turn before others have theirs.
const READS: usize = 4;

/// What one read brought.
enum Got {
    Bytes(usize),
    Nothing,
    End,
}

impl<S: Service> Shard<S> {
    /// Reads from each connection that may have something, once around.
    pub(crate) fn read_ready(&mut self) {
        // The service may add to the list meanwhile: that is for the next turn.
        for id in self.table.take_ready() {
            if self.table.begin_read(id) {
                self.read(id);
                self.settle();
            }
        }
    }

    fn read(&mut self, id: ConnectionId) {
        let now = self.table.time();
        for _ in 0..READS {
            let Some(connection) = self.table.get(id) else { return };
            if connection.closing.is_none() && connection.is_paused(self.table.config().max_in_flight) {
                return; // the reply that ends the pause reads on
            }
            let Some(connection) = self.table.get_mut(id) else { return };
            if let Some(input) = connection.input.as_mut().filter(|input| input.unparsed) {
                let mut raw = std::mem::take(&mut input.raw);
                let parsed = self.parse(id, &mut raw);
                self.keep(id, &raw[parsed.used..], parsed);
                continue;
            }
            if !connection.readable {
                return;
            }
            let kept = connection.input.as_ref().map_or(&[][..], |input| &input.raw);
            let from = kept.len();
            // What is kept is less than one frame, and the buffer holds more than the longest.
            self.buffer[..from].copy_from_slice(kept);
            match read_some(connection, &mut self.buffer[from..]) {
                Got::Nothing => return,
                Got::End => return self.table.remove(id.slot),
                Got::Bytes(_) if connection.closing.is_some() => {}
                Got::Bytes(bytes) => {
                    connection.heard = now;
                    let mut buffer = std::mem::take(&mut self.buffer);
                    let parsed = self.parse(id, &mut buffer[..from + bytes]);
                    self.keep(id, &buffer[parsed.used..from + bytes], parsed);
                    self.buffer = buffer;
                }
            }
        }
        if self.table.get(id).is_some_and(Connection::has_input) {
            self.table.read_later(id);
        }
    }

    /// Takes messages off the front of `bytes` until they end or the connection may read no more.
    fn parse(&mut self, id: ConnectionId, bytes: &mut [u8]) -> Parsed {
        let config = self.table.config();
        let (message, fragments, binary) = (config.max_message, config.max_fragments, config.binary);
        let limits = Limits { message, fragments, binary };
        let max_in_flight = config.max_in_flight;
        let input = self.table.get_mut(id).and_then(|connection| connection.input.as_mut());
        let mut parsed = Parsed {
            assembly: input.and_then(|input| input.assembly.take()),
            used: 0,
            exhausted: false,
            finished: false,
        };
        let mut pongs = Pongs::default();
        let mut end = None;
        while let Some(connection) = self.table.open_mut(id) {
            if connection.is_paused(max_in_flight) {
                break;
            }
            let step = decode::step(&mut bytes[parsed.used..], &mut parsed.assembly, &limits);
            let (used, step) = match step {
                Ok(step) => step,
                Err(fault) => {
                    end = Some((Some(fault.code), fault.reason));
                    break;
                }
            };
            parsed.used += used;
            parsed.finished |= parsed.assembly.is_none() && used > 0;
            match step {
                Step::More => {
                    parsed.exhausted = true;
                    break;
                }
                Step::Text(text) => self.message(id, &text),
                Step::Binary(bytes) => self.binary(id, &bytes),
                Step::Ping(payload) => pongs.add(payload),
                Step::Fragment | Step::Pong => {}
                Step::Close(code) => {
                    end = Some((code, ""));
                    break;
                }
            }
        }
        if let Some(connection) = self.table.open_mut(id)
            && let Some(pong) = pongs.frame(connection.outbox.is_some())
        {
            self.table.send_one(id, Kind::Pong, pong);
        }
        if let Some((code, reason)) = end {
            self.table.close(id, code, reason);
        }
        parsed
    }

    /// Keeps what is incomplete, or was not looked at, for the next time.
    fn keep(&mut self, id: ConnectionId, rest: &[u8], parsed: Parsed) {
        let (now, deadline) = (self.table.time(), self.table.message_deadline());
        let Some(connection) = self.table.open_mut(id) else { return };
        if rest.is_empty() && parsed.assembly.is_none() {
            connection.input = None;
            return;
        }
        let input = connection.input.get_or_insert_default();
        let started = input.started.filter(|_| !parsed.finished).unwrap_or(now);
        **input = Input {
            raw: rest.to_vec(),
            unparsed: !parsed.exhausted,
            assembly: parsed.assembly,
            started: parsed.exhausted.then_some(started),
        };
        self.table.check_by(id.slot, deadline);
    }
}

/// The answers to the pings of one read, which leave in one send.
#[derive(Default)]
struct Pongs {
    all: Vec<u8>,
    /// Where the last one begins.
    last: usize,
}

impl Pongs {
    fn add(&mut self, payload: &[u8]) {
        self.last = self.all.len();
        self.all.extend_from_slice(Frame::pong(payload).as_bytes());
    }

    /// To a full socket only the last is owed (RFC 6455 section 5.5.3).
    fn frame(self, is_full: bool) -> Option<Frame> {
        let bytes = if is_full { &self.all[self.last..] } else { &self.all[..] };
        (!bytes.is_empty()).then(|| Frame::joined(bytes))
    }
}

/// How far parsing got.
struct Parsed {
    used: usize,
    /// All complete frames were taken; else the connection was paused or closed.
    exhausted: bool,
    /// A message or a lone control frame was completed: what follows is another one.
    finished: bool,
    assembly: Option<Assembly>,
}

/// One non-blocking read. A short one has emptied the socket (epoll(7)), unless the peer has hung up:
/// then its end is still to come, and epoll will not tell again.
fn read_some(connection: &mut Connection, buffer: &mut [u8]) -> Got {
    loop {
        match connection.stream.read(buffer) {
            Ok(0) => return Got::End,
            Ok(bytes) => {
                connection.readable = bytes == buffer.len() || connection.read_closed;
                return Got::Bytes(bytes);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                connection.readable = false;
                return Got::Nothing;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Got::End,
        }
    }
}
