//! The ways to press on a server: as soon as everybody has seen the last like, so many acts a second, or as fast as
//! answers come.

use std::time::{Duration, Instant};

use anyhow::bail;

use crate::crowd::Crowd;
use crate::faults::Faults;
use crate::net::http::upgrade;
use crate::net::{Dial, Nanos, Net, Speaks, Work};
use crate::out::Progress;
use crate::site::Site;

/// More likes than this on their way are a server that has given up.
const TOO_MANY: usize = 500_000;

const SECOND: f64 = 1e9;

/// Likes again as soon as every viewer was shown the last likes: so many at once.
pub(crate) fn closed(
    net: &mut Net,
    crowd: &mut Crowd,
    burst: usize,
    seconds: f64,
    progress: &Progress,
) -> anyhow::Result<()> {
    let begin = net.now();
    let mut since = begin;
    loop {
        let now = net.now();
        let elapsed = now - begin;
        if crowd.nobody_waits() && crowd.in_flight() == 0 {
            crowd.catch_up();
            if is_over(elapsed, seconds) || !crowd.faults.is_empty() {
                return Ok(());
            }
            progress.at(share(elapsed, seconds));
            since = now;
            crowd.burst(net, burst);
        } else if stuck(since, now, crowd) {
            crowd.faults.add(|| "not every viewer was shown a like in time");
            return Ok(());
        }
        net.turn(crowd, Duration::from_millis(50))?;
    }
}

/// So many likes a second, whatever the server does. Each is dated by when it was due.
pub(crate) fn paced(
    net: &mut Net,
    crowd: &mut Crowd,
    rate: f64,
    seconds: f64,
    progress: &Progress,
) -> anyhow::Result<Lateness> {
    let begin = net.now();
    let gap = SECOND / rate;
    let mut sent = 0.0;
    let mut lateness = Lateness::default();
    loop {
        let now = net.now();
        let elapsed = now - begin;
        if is_over(elapsed, seconds) {
            return Ok(lateness);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within a run")]
        let mut due = begin + (sent * gap) as Nanos;
        while due <= now {
            lateness.note(now - due);
            crowd.next_like(net, due);
            sent += 1.0;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within a run")]
            let next = begin + (sent * gap) as Nanos;
            due = next;
        }
        if crowd.in_flight() > TOO_MANY {
            crowd.faults.add(|| format!("{TOO_MANY} likes were on their way and none of them answered"));
            return Ok(lateness);
        }
        progress.at(share(elapsed, seconds));
        net.turn(crowd, wait_for(due.saturating_sub(now)))?;
        crowd.catch_up();
    }
}

/// A work that says how far it is.
pub(crate) trait Crew: Work {
    /// How many connections can be used.
    fn ready(&self) -> usize;

    /// What has gone wrong.
    fn faults(&self) -> &Faults;
}

/// A work that does one thing after the other by itself.
pub(crate) trait Acts: Crew {
    /// Does the next thing. It is dated by when it was due.
    fn act(&mut self, net: &mut Net, due: Nanos);
}

/// Opens a socket for each of these sessions, or for nobody, and waits until all can be used. So many of them are looked
/// at `first` in each turn.
pub(crate) fn connect<'a>(
    site: &Site,
    sessions: impl Iterator<Item = Option<&'a str>>,
    first: usize,
    work: &mut impl Crew,
    progress: &Progress,
) -> anyhow::Result<Net> {
    let mut net = Net::new()?;
    let host = site.address.to_string();
    for token in sessions {
        let hello = upgrade("/live", &host, token, Some(plaudit_protocol::SUBPROTOCOL));
        net.open(Dial { address: site.address, speaks: Speaks::WebSocket(hello), receive_buffer: None });
    }
    net.first = first;
    progress.say("connecting");
    let (wanted, began) = (net.len(), Instant::now());
    while work.ready() < wanted {
        net.turn(work, Duration::from_millis(20))?;
        if !work.faults().is_empty() || began.elapsed() > Duration::from_mins(1) {
            let (ready, faults) = (work.ready(), work.faults().said().join("; "));
            bail!("only {ready} of {wanted} connections could be used: {faults}");
        }
    }
    Ok(net)
}

/// So many acts a second, whatever the server does.
pub(crate) fn at_rate(
    net: &mut Net,
    work: &mut impl Acts,
    rate: f64,
    seconds: f64,
    progress: &Progress,
) -> anyhow::Result<()> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within a run")]
    let gap = ((SECOND / rate) as Nanos).max(1);
    let begin = net.now();
    let mut due = begin;
    loop {
        let now = net.now();
        if is_over(now - begin, seconds) || !work.faults().is_empty() {
            return Ok(());
        }
        progress.at(share(now - begin, seconds));
        while due <= now {
            work.act(net, due);
            due += gap;
        }
        net.turn(work, Duration::from_nanos((due - now).clamp(500_000, 50_000_000)))?;
    }
}

/// Everybody likes again as soon as they are answered; each has so many likes on their way.
pub(crate) fn flat_out(
    net: &mut Net,
    crowd: &mut Crowd,
    depth: usize,
    seconds: f64,
    progress: &Progress,
) -> anyhow::Result<()> {
    let begin = net.now();
    let (mut since, mut answered) = (begin, crowd.count.acknowledged);
    crowd.all_like(net, depth);
    loop {
        let now = net.now();
        let elapsed = now - begin;
        if is_over(elapsed, seconds) {
            return Ok(());
        }
        if crowd.count.acknowledged > answered {
            (since, answered) = (now, crowd.count.acknowledged);
        } else if stuck(since, now, crowd) {
            crowd.faults.add(|| "no like was answered in time");
            return Ok(());
        }
        progress.at(share(elapsed, seconds));
        net.turn(crowd, Duration::from_millis(20))?;
        crowd.catch_up();
    }
}

/// Whether a loop in which nothing happens has stopped.
fn stuck(since: Nanos, now: Nanos, crowd: &Crowd) -> bool {
    Duration::from_nanos(now - since) > crowd.patience
}

/// How long to wait for what is due then. A poll wakes up to a millisecond late: the last of them is spent looking.
fn wait_for(nanos: Nanos) -> Duration {
    const EARLY: Nanos = 1_200_000;
    Duration::from_nanos(nanos.saturating_sub(EARLY).min(50_000_000)) / 1_000_000 * 1_000_000
}

#[expect(clippy::cast_precision_loss, reason = "within a run")]
fn share(elapsed: Nanos, seconds: f64) -> f64 {
    elapsed as f64 / (seconds * SECOND)
}

fn is_over(elapsed: Nanos, seconds: f64) -> bool {
    share(elapsed, seconds) >= 1.0
}

/// How late the load itself was with what was due.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lateness {
    pub(crate) most: Nanos,
}

impl Lateness {
    fn note(&mut self, late: Nanos) {
        self.most = self.most.max(late);
    }
}
