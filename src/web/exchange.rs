//! Whose turn it is on a connection: the client's, to ask, or ours, to answer. The service tells it, because only hyper
//! parses; the socket below hyper asks it how long it may wait.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// A request's head is complete within this time of its first byte; the first one within this time of the connection.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// How much of a head is kept, to see what it asks for.
const OPENING: usize = 24;

/// What a client may take its time for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Between an answer and the next request.
    pub keep_alive: Duration,
    /// While an answer waits that the client does not read.
    pub stalled_write: Duration,
}

/// Why time ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// No request came for long enough.
    Idle,
    /// A head was begun and not completed.
    SlowHead,
    /// The client does not read.
    Stalled,
}

#[derive(Clone, Copy)]
enum Turn {
    /// A head is awaited, or has begun, since then.
    Head(Instant),
    /// A request is being answered.
    Ours,
    /// The last request was answered, or the last byte of its answer left, then.
    Idle(Instant),
}

/// Shared by the socket and the service of one connection.
#[derive(Clone)]
pub(super) struct Exchange(Arc<Mutex<State>>);

struct State {
    turn: Turn,
    /// The first bytes of the head that is awaited.
    opening: Vec<u8>,
    /// The last bytes that came.
    tail: [u8; 3],
    /// Behind the head that is being answered stands the beginning of another one.
    more: bool,
    /// All answers that hyper was given have left.
    settled: bool,
}

impl Exchange {
    /// A connection that begins now.
    pub(super) fn new() -> Self {
        let turn = Turn::Head(Instant::now());
        let state = State { turn, opening: Vec::new(), tail: [0; 3], more: false, settled: true };
        Self(Arc::new(Mutex::new(state)))
    }

    /// The service has a request.
    pub(super) fn asked(&self, has_body: bool) {
        let mut state = self.0.lock();
        state.turn = Turn::Ours;
        // A body may end in any bytes. What stands behind it is noticed with its next byte.
        state.more = !has_body && !ends_head(state.tail);
    }

    /// The service has answered it.
    pub(super) fn answered(&self) {
        let mut state = self.0.lock();
        let now = Instant::now();
        state.turn = if state.more { Turn::Head(now) } else { Turn::Idle(now) };
        state.opening.clear();
        state.settled = false;
    }

    /// These bytes came.
    pub(super) fn heard(&self, bytes: &[u8]) {
        let mut state = self.0.lock();
        if bytes.is_empty() {
            return;
        }
        for byte in &bytes[bytes.len().saturating_sub(3)..] {
            state.tail.rotate_left(1);
            state.tail[2] = *byte;
        }
        if let Turn::Idle(_) = state.turn {
            state.turn = Turn::Head(Instant::now());
        }
        if let Turn::Head(_) = state.turn {
            let room = OPENING - state.opening.len();
            state.opening.extend_from_slice(&bytes[..room.min(bytes.len())]);
        }
    }

    /// Bytes have left.
    pub(super) fn wrote(&self) {
        let mut state = self.0.lock();
        state.settled = false;
        if let Turn::Idle(since) = &mut state.turn {
            *since = Instant::now();
        }
    }

    /// Nothing waits in hyper's buffer.
    pub(super) fn flushed(&self) {
        let mut state = self.0.lock();
        state.settled = !matches!(state.turn, Turn::Ours);
    }

    /// The first bytes of a head that hyper refuses: none of our answers is on its way, so what is written now is its own.
    pub(super) fn refused_head(&self) -> Option<Vec<u8>> {
        let state = self.0.lock();
        (state.settled && !matches!(state.turn, Turn::Ours)).then(|| state.opening.clone())
    }

    /// When the client's turn is over.
    pub(super) fn deadline(&self, times: Times) -> Option<(Instant, End)> {
        match self.0.lock().turn {
            Turn::Head(since) => Some((since + HEAD_PATIENCE, End::SlowHead)),
            Turn::Ours => None,
            Turn::Idle(since) => Some((since + times.keep_alive, End::Idle)),
        }
    }
}

/// Whether a head, or an empty line in front of one, ends with these bytes.
fn ends_head(tail: [u8; 3]) -> bool {
    tail.ends_with(b"\n\r\n") || tail.ends_with(b"\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: Times =
        Times { keep_alive: Duration::from_secs(75), stalled_write: Duration::from_secs(30) };

    fn end(exchange: &Exchange) -> Option<End> {
        exchange.deadline(TIMES).map(|(_, end)| end)
    }

    #[test]
    fn between_requests_it_is_idle_and_from_the_first_byte_on_a_head() {
        let exchange = Exchange::new();
        assert_eq!(end(&exchange), Some(End::SlowHead));
        exchange.heard(b"GET / HTTP/1.1\r\nHost: h\r\n\r");
        exchange.heard(b"\n");
        exchange.asked(false);
        assert_eq!(end(&exchange), None);
        exchange.answered();
        assert_eq!(end(&exchange), Some(End::Idle));
        exchange.heard(b"G");
        assert_eq!(end(&exchange), Some(End::SlowHead));
    }

    #[test]
    fn a_head_may_end_in_any_way_that_is_read() {
        for blank in ["\r\n\r\n", "\n\n", "\r\n\n", "\n\r\n"] {
            let exchange = Exchange::new();
            exchange.heard(format!("GET / HTTP/1.1\r\nHost: h{blank}").as_bytes());
            exchange.asked(false);
            exchange.answered();
            assert_eq!(end(&exchange), Some(End::Idle), "{blank:?}");
        }
    }

    #[test]
    fn half_a_head_behind_a_whole_one_is_a_head() {
        let exchange = Exchange::new();
        exchange.heard(b"GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HT");
        exchange.asked(false);
        exchange.answered();
        assert_eq!(end(&exchange), Some(End::SlowHead));
    }

    #[test]
    fn what_hyper_writes_of_its_own_is_told_from_our_answers() {
        let exchange = Exchange::new();
        exchange.heard(b"GET /api/posts HT");
        assert_eq!(exchange.refused_head().unwrap(), b"GET /api/posts HT");
        exchange.asked(false);
        exchange.flushed();
        assert_eq!(exchange.refused_head(), None, "it is being answered");
        exchange.answered();
        assert_eq!(exchange.refused_head(), None, "the answer has not left");
        exchange.wrote();
        assert_eq!(exchange.refused_head(), None, "the answer may not have left whole");
        exchange.flushed();
        exchange.heard(b"\0");
        assert_eq!(exchange.refused_head().unwrap(), b"\0");
    }
}
