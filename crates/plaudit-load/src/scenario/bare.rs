//! `bare`: the limit. A thread with nothing but sockets sends the same frames to all of them in a loop, one `send`
//! each; its processor time is read the same way as a server's. What a server takes beyond it is the server's own.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, bail};
use socket2::{Domain, Protocol, Socket, Type};

use crate::crowd::{Count, Times, allow_descriptors};
use crate::faults::Faults;
use crate::measure::{Meter, Whose};
use crate::net::{Closed, Dial, Id, Nanos, Net, Speaks, Work, write_plain};
use crate::out::{Outcome, Progress};
use crate::pin::Cores;
use crate::scan;
use crate::scenario::figures::{Load, Stretch, figures_of_acts, percentiles_of_acts};
use crate::usage::this_thread;

/// The post that the frames speak of.
const POST: u64 = 42;

/// Rounds as fast as all have seen the last, or `rate` a second; `burst` frames to each in a round, each a send.
pub(crate) fn bare(
    load: &Load,
    burst: usize,
    cores: Option<&Cores>,
    progress: &Progress,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("bare");
    load.note(&mut outcome);
    outcome.set("frames a round", burst);
    allow_descriptors(load.viewers * 2)?;
    let sender = Sender::start(load.viewers, burst, cores.cloned())?;
    let mut net = Net::new()?;
    for _ in 0..load.viewers {
        net.open(Dial { address: sender.address, speaks: Speaks::Frames, receive_buffer: None });
    }
    let mut readers = Readers::new(load.viewers);
    progress.say("connecting");
    let mut patience = 3000;
    while readers.open < load.viewers && readers.faults.is_empty() {
        net.turn(&mut readers, Duration::from_millis(10))?;
        patience -= 1;
        if patience == 0 {
            bail!("only {} of {} connections came", readers.open, load.viewers);
        }
    }
    let tid = sender.ready.recv().context("the sending thread ended")??;
    progress.say("sending");
    let (meter, received) = (Meter::start_for(Some(Whose::Thread(tid))), net.received);
    readers.run(&mut net, &sender, load, burst, progress)?;
    let stretch = Stretch { cost: meter.stop(), received: net.received - received, count: readers.count };
    let Readers { times, mut faults, .. } = readers;
    sender.end(&mut faults);
    figures_of_acts(&mut outcome, &stretch, &times, load.viewers, "frame");
    outcome.chart = Some(percentiles_of_acts("bare: one send after the other", &times, "round"));
    outcome.faults = faults;
    Ok(outcome)
}

/// The thread that sends.
struct Sender {
    address: SocketAddr,
    /// Its number, when all have come.
    ready: Receiver<anyhow::Result<i32>>,
    go: SyncSender<u64>,
    thread: JoinHandle<std::io::Result<()>>,
}

impl Sender {
    fn start(viewers: usize, burst: usize, cores: Option<Cores>) -> anyhow::Result<Self> {
        let listener = listen()?;
        let address = listener.local_addr()?;
        let (tell, ready) = sync_channel(1);
        let (go, rounds) = sync_channel(1);
        let thread = std::thread::spawn(move || {
            let placed = cores.map_or(Ok(()), |cores| cores.take());
            let sockets: Vec<TcpStream> =
                (0..viewers).map(|_| accept(&listener)).collect::<std::io::Result<_>>()?;
            let _ = tell.send(placed.map(|()| this_thread()));
            send(sockets, &rounds, burst)
        });
        Ok(Self { address, ready, go, thread })
    }

    fn end(self, faults: &mut Faults) {
        drop(self.go);
        match self.thread.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => faults.add(|| format!("sending failed: {error}")),
            Err(_) => faults.add(|| "the sending thread panicked"),
        }
    }
}

/// A listener whose queue holds a whole wave: beyond its queue, connections are open for one side only.
fn listen() -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    socket.listen(4096)?;
    Ok(socket.into())
}

fn accept(listener: &TcpListener) -> std::io::Result<TcpStream> {
    let (socket, _) = listener.accept()?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// Each round is told the version before its first frame.
fn send(mut sockets: Vec<TcpStream>, rounds: &Receiver<u64>, burst: usize) -> std::io::Result<()> {
    let mut frame = Vec::new();
    while let Ok(before) = rounds.recv() {
        for version in before + 1..=before + burst as u64 {
            frame.clear();
            write_plain(&mut frame, counts(version).as_bytes());
            for socket in &mut sockets {
                socket.write_all(&frame)?;
            }
        }
    }
    Ok(())
}

fn counts(version: u64) -> String {
    format!(r#"{{"type":"counts","topic":"post:{POST}","version":{version},"likes":{version},"comments":0}}"#)
}

/// Those who read.
struct Readers {
    open: usize,
    seen: Vec<u64>,
    /// The version that ends the round, and how many have it.
    goal: u64,
    reached: usize,
    began: Nanos,
    count: Count,
    times: Times,
    faults: Faults,
}

impl Readers {
    fn new(viewers: usize) -> Self {
        Self {
            open: 0,
            seen: vec![0; viewers],
            goal: 0,
            reached: viewers,
            began: 0,
            count: Count::default(),
            times: Times::default(),
            faults: Faults::default(),
        }
    }

    fn run(
        &mut self,
        net: &mut Net,
        sender: &Sender,
        load: &Load,
        burst: usize,
        progress: &Progress,
    ) -> anyhow::Result<()> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within a run")]
        let nanos = |seconds: f64| (seconds * 1e9) as Nanos;
        let (begin, gap) = (net.now(), load.rate.map_or(0, |rate| nanos(1.0 / rate)));
        let mut due = begin;
        loop {
            let now = net.now();
            if self.reached == self.seen.len() {
                if now - begin >= nanos(load.seconds) || !self.faults.is_empty() {
                    return Ok(());
                }
                if now >= due {
                    #[expect(clippy::cast_precision_loss, reason = "within a run")]
                    progress.at((now - begin) as f64 / 1e9 / load.seconds);
                    (self.began, self.reached) = (now, 0);
                    let before = self.goal;
                    self.goal += burst as u64;
                    self.count.sent += burst as u64;
                    self.count.acknowledged += burst as u64;
                    due = (due + gap).max(now);
                    sender.go.send(before).context("the sending thread ended")?;
                }
            } else if now - self.began > 10_000_000_000 {
                self.faults.add(|| "a round did not end within 10 s");
                return Ok(());
            }
            net.turn(self, Duration::from_nanos(due.saturating_sub(now).clamp(1_000_000, 20_000_000)))?;
        }
    }
}

impl Work for Readers {
    fn opened(&mut self, _net: &mut Net, _id: Id, _now: Nanos) {
        self.open += 1;
    }

    #[inline]
    fn text(&mut self, _net: &mut Net, id: Id, text: &[u8], now: Nanos) {
        let Some(counts) =
            scan::counts(text).filter(|counts| counts.post == POST && counts.version == counts.likes)
        else {
            self.faults.add(|| format!("not what was sent: {}", String::from_utf8_lossy(text)));
            return;
        };
        let before = std::mem::replace(&mut self.seen[id], counts.version);
        if counts.version != before + 1 {
            self.faults.add(|| format!("connection {id} got frame {} after {before}", counts.version));
        }
        self.count.frames += 1;
        self.count.shown += 1;
        let took = now.saturating_sub(self.began);
        self.times.screen.record(took);
        if counts.version == self.goal {
            self.reached += 1;
            if self.reached == 1 {
                self.times.first.record(took);
            }
            if self.reached == self.seen.len() {
                self.times.last.record(took);
            }
        }
    }

    fn closed(&mut self, _net: &mut Net, id: Id, why: Closed, _now: Nanos) {
        self.faults.add(|| format!("connection {id} {why}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_round_arrives_everywhere() {
        let load = Load { viewers: 20, posts: 1, rate: None, seconds: 0.05, likers: 0 };
        let outcome = bare(&load, 3, None, &Progress::new(false)).unwrap();
        assert!(outcome.passed(), "{}", outcome.text());
        let (likes, frames) = (outcome.value("acts").unwrap(), outcome.value("frames").unwrap());
        assert!(likes >= 3.0 && (frames - likes * 20.0).abs() < 0.5, "{}", outcome.text());
    }

    #[test]
    fn a_frame_too_many_or_too_few_is_a_fault() {
        let mut net = Net::new().unwrap();
        for (versions, fault) in [(&[1, 1][..], "1 after 1"), (&[1, 3], "3 after 1"), (&[1, 2], "")] {
            let mut readers = Readers::new(1);
            for version in versions {
                readers.text(&mut net, 0, counts(*version).as_bytes(), 5);
            }
            assert!(readers.faults.said().join(" ").contains(fault), "{versions:?}");
            assert_eq!(readers.faults.is_empty(), fault.is_empty(), "{versions:?}");
        }
    }
}
