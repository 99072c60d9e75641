//! The loop of the load: one thread, one poll, connections by number. It opens them in waves, reads all of them into
//! one buffer and hands each frame to the work at hand without a copy.

mod connection;
mod frame;
pub(crate) mod http;
mod read;
mod work;

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};

use connection::Connection;
pub(crate) use connection::{Dial, Speaks, State};

pub use frame::write_plain;
use frame::{Opcode, write_masked};
pub(crate) use work::{Closed, Id, Nanos, Received, Work};

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
}
