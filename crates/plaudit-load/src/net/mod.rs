//! The loop of the load: one thread, one poll, connections by number. It opens them in waves, reads all of them into
//! one buffer and hands each frame to the work at hand without a copy.

mod connection;
mod frame;
pub(crate) mod http;

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};

use connection::Connection;
pub(crate) use connection::{Dial, Speaks, State};
pub(crate) use frame::Opcode;
pub use frame::write_plain;
use frame::{Parsed, close_code, parse, write_masked};
use http::{Answer, ParsedAnswer, Upgraded, parse_answer, parse_upgrade};

/// A connection's number.
pub(crate) type Id = usize;

/// Nanoseconds since the load began.
pub(crate) type Nanos = u64;

/// What is done with what comes in. Every time is when the bytes were read.
pub(crate) trait Work {
    /// A connection can be used.
    fn opened(&mut self, net: &mut Net, id: Id, now: Nanos);
    /// A message came.
    fn text(&mut self, net: &mut Net, id: Id, text: &[u8], now: Nanos);
    /// An answer came on a connection that speaks HTTP.
    fn answer(&mut self, _net: &mut Net, _id: Id, _answer: &Answer<'_>, _now: Nanos) {}
    /// A connection is gone, or was never there.
    fn closed(&mut self, net: &mut Net, id: Id, why: Closed, now: Nanos);
}

/// Why a connection is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// Nobody listens there, or has no room.
    Refused,
    /// The upgrade was answered with this status; 0 for what is no answer.
    Status(u16),
    /// A close frame with this code.
    Code(u16),
    /// Without a word.
    Gone,
    /// It sent what no server may send.
    Wrong(&'static str),
}

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused => f.write_str("was refused by the system"),
            Self::Status(0) => f.write_str("got no answer to its upgrade"),
            Self::Status(status) => write!(f, "got the status {status} instead of an upgrade"),
            Self::Code(code) => write!(f, "was closed with {code}"),
            Self::Gone => f.write_str("was cut off"),
            Self::Wrong(what) => write!(f, "received {what}"),
        }
    }
}

/// What has come in, in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Received {
    /// Reads that gave something: at least as many sends.
    pub(crate) reads: u64,
    /// Texts.
    pub(crate) frames: u64,
    /// Bytes of texts with their headers.
    pub(crate) bytes: u64,
}

impl std::ops::Sub for Received {
    type Output = Self;
    fn sub(self, before: Self) -> Self {
        Self {
            reads: self.reads - before.reads,
            frames: self.frames - before.frames,
            bytes: self.bytes - before.bytes,
        }
    }
}

/// So many may be on their way to being open: fewer than a listener's queue holds.
const WAVE: usize = 512;
/// Room for what one read brings: most of what a snapshot may be. It grows for what is longer.
const BUFFER: usize = 256 * 1024;

/// See the module.
pub(crate) struct Net {
    poll: Poll,
    events: Option<Events>,
    ready: Vec<(Id, bool)>,
    connections: Vec<Connection>,
    buffer: Vec<u8>,
    /// To be opened.
    waiting: VecDeque<Id>,
    opening: usize,
    dirty: Vec<Id>,
    woken: Vec<Id>,
    start: Instant,
    /// Connections below this number are looked at first in each turn: what they are told dates what others see.
    pub(crate) first: Id,
    pub(crate) received: Received,
}

impl Net {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Some(Events::with_capacity(4096)),
            ready: Vec::with_capacity(4096),
            connections: Vec::new(),
            buffer: vec![0; BUFFER],
            waiting: VecDeque::new(),
            opening: 0,
            dirty: Vec::new(),
            woken: Vec::new(),
            start: Instant::now(),
            first: 0,
            received: Received::default(),
        })
    }

    /// The time.
    #[inline]
    pub(crate) fn now(&self) -> Nanos {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// A new connection, opened when its wave comes. Numbers count up from 0.
    pub(crate) fn open(&mut self, dial: Dial) -> Id {
        let id = self.connections.len();
        self.connections.push(Connection::new(dial));
        self.waiting.push_back(id);
        id
    }

    /// Opens one that is closed once more.
    pub(crate) fn reopen(&mut self, id: Id) {
        self.waiting.push_back(id);
    }

    /// How many there are, open or not.
    pub(crate) fn len(&self) -> usize {
        self.connections.len()
    }

    /// Sends a text with the next flush, which comes after each event and before each wait.
    pub(crate) fn send(&mut self, id: Id, text: &[u8]) {
        if self.connections[id].state == State::Open {
            write_masked(self.connections[id].queue(), Opcode::Text, text);
            self.mark(id);
        }
    }

    /// Sends a request likewise.
    pub(crate) fn send_request(&mut self, id: Id, request: &[u8]) {
        if self.connections[id].state == State::Http {
            self.connections[id].queue().extend_from_slice(request);
            self.mark(id);
        }
    }

    fn mark(&mut self, id: Id) {
        if !std::mem::replace(&mut self.connections[id].dirty, true) {
            self.dirty.push(id);
        }
    }

    /// Stops reading.
    pub(crate) fn pause(&mut self, id: Id) {
        self.connections[id].paused = true;
    }

    /// Reads again, also what has come meanwhile.
    pub(crate) fn resume(&mut self, id: Id) {
        self.connections[id].paused = false;
        self.woken.push(id);
    }

    /// Hangs up, without a word to the work.
    pub(crate) fn hang_up(&mut self, id: Id) {
        if matches!(self.connections[id].state, State::Connecting | State::Shaking) {
            self.opening -= 1;
        }
        self.connections[id].close(self.poll.registry());
    }

    /// Waits for something to happen, at most so long, and does what there is to do.
    pub(crate) fn turn<W: Work>(&mut self, work: &mut W, wait: Duration) -> io::Result<()> {
        self.connect(work);
        self.flush();
        let mut ready = std::mem::take(&mut self.ready);
        let mut events = self.events.take().unwrap_or_else(|| Events::with_capacity(4096));
        let wait = if self.woken.is_empty() { wait } else { Duration::ZERO };
        let polled = match self.poll.poll(&mut events, Some(wait)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            polled => polled,
        };
        ready.extend(self.woken.drain(..).map(|id| (id, true)));
        ready.extend(events.iter().map(|event| {
            (event.token().0, event.is_read_closed() || event.is_error() || event.is_write_closed())
        }));
        self.events = Some(events);
        let first = self.first;
        for &(id, ended) in ready.iter().filter(|(id, _)| *id < first) {
            self.handle(work, id, ended);
        }
        for &(id, ended) in ready.iter().filter(|(id, _)| *id >= first) {
            self.handle(work, id, ended);
        }
        ready.clear();
        self.ready = ready;
        self.flush();
        polled
    }

    /// Begins to open what waits for it.
    fn connect<W: Work>(&mut self, work: &mut W) {
        while self.opening < WAVE
            && let Some(id) = self.waiting.pop_front()
        {
            if self.connections[id].state != State::Closed {
                continue;
            }
            match self.connections[id].connect(self.poll.registry(), Token(id)) {
                Ok(()) => self.opening += 1,
                Err(_) => work.closed(self, id, Closed::Refused, self.now()),
            }
        }
    }

    /// Sends what is to be sent.
    fn flush(&mut self) {
        while let Some(id) = self.dirty.pop() {
            self.connections[id].dirty = false;
            if self.connections[id].flush().is_err() {
                // What came before the end may still be there to be read; reading finds the end by itself.
                self.woken.push(id);
            }
        }
    }

    #[inline]
    fn handle<W: Work>(&mut self, work: &mut W, id: Id, ended: bool) {
        match self.connections[id].state {
            State::Closed => return,
            State::Connecting => match self.connections[id].is_connected() {
                Ok(true) => self.connected(work, id),
                Ok(false) => return,
                Err(_) => return self.lose(work, id, Closed::Refused),
            },
            _ => {}
        }
        if self.connections[id].unsent() > 0 {
            let _ = self.connections[id].flush();
        }
        if !self.connections[id].paused {
            self.read(work, id, ended);
        }
        if !self.dirty.is_empty() {
            self.flush();
        }
    }

    fn connected<W: Work>(&mut self, work: &mut W, id: Id) {
        let connection = &mut self.connections[id];
        match &connection.dial.speaks {
            Speaks::WebSocket(hello) => {
                let hello = hello.clone();
                connection.queue().extend(hello);
                connection.state = State::Shaking;
                self.mark(id);
            }
            Speaks::Frames => self.opened(work, id, State::Open),
            Speaks::Http => self.opened(work, id, State::Http),
        }
    }

    fn opened<W: Work>(&mut self, work: &mut W, id: Id, state: State) {
        self.opening -= 1;
        self.connections[id].state = state;
        work.opened(self, id, self.now());
    }

    fn lose<W: Work>(&mut self, work: &mut W, id: Id, why: Closed) {
        self.hang_up(id);
        work.closed(self, id, why, self.now());
    }

    /// Reads until nothing is left. A read that does not fill the buffer took all there was; only behind an end must
    /// it be asked again.
    #[inline]
    fn read<W: Work>(&mut self, work: &mut W, id: Id, ended: bool) {
        let mut buffer = std::mem::take(&mut self.buffer);
        loop {
            let connection = &mut self.connections[id];
            let kept = connection.partial.len();
            if kept > 0 {
                if buffer.len() < kept * 2 {
                    buffer.resize(kept * 2, 0);
                }
                buffer[..kept].copy_from_slice(&connection.partial);
            }
            let count = match connection.read(&mut buffer[kept..]) {
                Ok(0) => {
                    self.lose(work, id, Closed::Gone);
                    break;
                }
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => {
                    self.lose(work, id, Closed::Gone);
                    break;
                }
            };
            self.received.reads += 1;
            let filled = kept + count;
            let opened = connection.opened;
            connection.partial.clear();
            let used = self.consume(work, id, &buffer[..filled]);
            let connection = &mut self.connections[id];
            if connection.state == State::Closed || connection.opened != opened {
                break;
            }
            connection.partial.extend_from_slice(&buffer[used..filled]);
            if connection.partial.is_empty() && connection.partial.capacity() > 4096 {
                connection.partial = Vec::new();
            }
            if connection.paused || filled < buffer.len() && !ended {
                break;
            }
        }
        self.buffer = buffer;
    }

    /// Hands over what is whole; gives how many bytes that were.
    #[inline]
    fn consume<W: Work>(&mut self, work: &mut W, id: Id, bytes: &[u8]) -> usize {
        let now = self.now();
        let opened = self.connections[id].opened;
        let mut used = 0;
        loop {
            let connection = &mut self.connections[id];
            if connection.opened != opened {
                return bytes.len();
            }
            let rest = &bytes[used..];
            match connection.state {
                State::Open => match parse(rest) {
                    Parsed::Frame(frame) => {
                        used += frame.size;
                        match frame.opcode {
                            Opcode::Text | Opcode::Binary => {
                                self.received.frames += 1;
                                self.received.bytes += frame.size as u64;
                                work.text(self, id, frame.payload, now);
                            }
                            Opcode::Ping => {
                                write_masked(connection.queue(), Opcode::Pong, frame.payload);
                                self.mark(id);
                            }
                            Opcode::Pong => {}
                            Opcode::Close => self.lose(work, id, Closed::Code(close_code(frame.payload))),
                        }
                    }
                    Parsed::Needs(_) => return used,
                    Parsed::Wrong(what) => self.lose(work, id, Closed::Wrong(what)),
                },
                State::Shaking => match parse_upgrade(rest) {
                    Upgraded::Open(head) => {
                        used += head;
                        self.opened(work, id, State::Open);
                    }
                    Upgraded::Partial => return used,
                    Upgraded::Refused(status) => self.lose(work, id, Closed::Status(status)),
                },
                State::Http => match parse_answer(rest) {
                    ParsedAnswer::Answer(answer) => {
                        used += answer.size;
                        work.answer(self, id, &answer, now);
                    }
                    ParsedAnswer::Partial => return used,
                    ParsedAnswer::Wrong(what) => self.lose(work, id, Closed::Wrong(what)),
                },
                State::Closed | State::Connecting => return bytes.len(),
            }
        }
    }
}
