//! The socket under hyper, with what hyper has no option for: how long a client may be idle between requests (hyper has
//! one limit for that and for a slow head), how long it may leave an answer unread, and a sentence in place of hyper's
//! bare refusals.
//!
//! Nobody's time is over before the system itself was asked. After a pause of the machine, timers fire before the runtime
//! sees what has come meanwhile; and it calls a socket writable only when much of its buffer is free, which takes long
//! where a client reads slowly.

use std::io::{self, IoSlice, Read as _};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::exchange::{End, Exchange, Times};
use super::metrics::Metrics;
use super::refusal;
use crate::door::Peer;

/// What a refused client still sends is read for so long: closing with unread bytes would reset the answer away.
const LINGER: Duration = Duration::from_secs(1);

/// See the module.
pub struct Wire {
    stream: TcpStream,
    peer: Peer,
    exchange: Exchange,
    times: Times,
    metrics: Arc<Metrics>,
    /// Since when the client takes nothing of what waits.
    stalled: Option<Instant>,
    alarm: Option<Pin<Box<Sleep>>>,
    /// What goes out in place of hyper's refusal, and how much of it has.
    refusal: Option<(Vec<u8>, usize)>,
    /// When reading what a refused client still sends began.
    lingers: Option<Instant>,
}

impl Wire {
    pub(super) fn new(
        stream: TcpStream,
        peer: Peer,
        exchange: Exchange,
        times: Times,
        metrics: Arc<Metrics>,
    ) -> Self {
        let (stalled, alarm, refusal, lingers) = (None, None, None, None);
        Self { stream, peer, exchange, times, metrics, stalled, alarm, refusal, lingers }
    }

    /// The socket alone, for whoever takes over after an upgrade.
    pub fn into_inner(self) -> TcpStream {
        self.stream
    }

    /// The end that time brings next.
    fn deadline(&self) -> Option<(Instant, End)> {
        match self.stalled {
            Some(since) => Some((since + self.times.stalled_write, End::Stalled)),
            None => self.exchange.deadline(self.times),
        }
    }

    /// Ready when time ends the connection; else the task is woken when that may be.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        while let Some((at, end)) = self.deadline() {
            if Instant::now() >= at {
                return Poll::Ready(end);
            }
            ready!(self.poll_alarm(cx, at));
        }
        Poll::Pending
    }

    /// Ready when the alarm has rung. It rings at `wake` at the latest.
    fn poll_alarm(&mut self, cx: &mut Context<'_>, wake: Instant) -> Poll<()> {
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(wake)));
        if alarm.is_elapsed() || alarm.deadline() > wake {
            alarm.as_mut().reset(wake);
        }
        alarm.as_mut().poll(cx)
    }

    fn end(&self, end: End) -> io::Error {
        match end {
            End::Idle => {}
            End::SlowHead => drop(self.metrics.slow_heads.inc()),
            End::Stalled => {
                self.metrics.stalled_writes.inc();
                // What waits in the system's buffer would stay there for minutes.
                let _ = self.stream.set_zero_linger();
            }
        }
        io::Error::new(io::ErrorKind::TimedOut, format!("{end:?}"))
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let sent = match Pin::new(&mut self.stream).poll_write_vectored(cx, bytes) {
            Poll::Ready(sent) => sent?,
            Poll::Pending => {
                self.stalled.get_or_insert_with(Instant::now);
                let end = ready!(self.poll_end(cx));
                SockRef::from(&self.stream).send_vectored(bytes).map_err(|_| self.end(end))?
            }
        };
        self.stalled = None;
        self.exchange.wrote();
        Poll::Ready(Ok(sent))
    }

    /// Makes the refusal that `head` lacks, if it is one of hyper's own.
    fn complete(&mut self, head: &[u8]) {
        if self.refusal.is_none()
            && let Some(opening) = self.exchange.refused_head()
            && let Some(whole) = refusal::complete(head, &opening, self.peer)
        {
            self.metrics.refused_heads.inc();
            self.refusal = Some((whole, 0));
        }
    }

    /// Sends a refusal, of which so much has left; `claimed` is what hyper believes to have sent.
    fn poll_refusal(
        &mut self,
        cx: &mut Context<'_>,
        (whole, mut sent): (Vec<u8>, usize),
        claimed: usize,
    ) -> Poll<io::Result<usize>> {
        let mut last = Poll::Ready(Ok(claimed));
        while sent < whole.len() {
            match self.poll_send(cx, &[IoSlice::new(&whole[sent..])]) {
                Poll::Ready(Ok(count)) => sent += count,
                not_whole => {
                    last = not_whole;
                    break;
                }
            }
        }
        self.refusal = Some((whole, sent));
        last
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        match Pin::new(&mut this.stream).poll_read(cx, buf) {
            Poll::Ready(read) => {
                this.exchange.heard(&buf.filled()[before..]);
                Poll::Ready(read)
            }
            Poll::Pending => {
                let end = ready!(this.poll_end(cx));
                if end == End::Stalled {
                    return Poll::Pending; // hyper writes next
                }
                let free = buf.initialize_unfilled();
                let count = (&*SockRef::from(&this.stream)).read(free).map_err(|_| this.end(end))?;
                this.exchange.heard(&free[..count]);
                buf.advance(count);
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let [head] = bytes {
            this.complete(head);
        }
        match this.refusal.take() {
            Some(refusal) => this.poll_refusal(cx, refusal, bytes.iter().map(|part| part.len()).sum()),
            None => this.poll_send(cx, bytes),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes when nothing waits in its buffer.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.exchange.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.lingers.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
        }
        if this.refusal.is_none() {
            return Poll::Ready(Ok(()));
        }
        let until = *this.lingers.get_or_insert_with(Instant::now) + LINGER;
        let mut rest = [0; 4096];
        while Instant::now() < until {
            let mut rest = ReadBuf::new(&mut rest);
            match Pin::new(&mut this.stream).poll_read(cx, &mut rest) {
                Poll::Ready(Ok(())) if !rest.filled().is_empty() => {}
                Poll::Ready(_) => break,
                Poll::Pending => ready!(this.poll_alarm(cx, until)),
            }
        }
        Poll::Ready(Ok(()))
    }
}
