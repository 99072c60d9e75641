//! What is measured of each server: likes as fast as they are counted, with and without people who watch; one like on
//! a quiet page; memory; and what is left when it is killed.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::bail;

use super::peer::{Peer, Running};
use super::race::Race;
use crate::crowd::allow_descriptors;
use crate::measure::Meter;
use crate::net::{Dial, Net, Speaks};
use crate::out::{Outcome, Progress, Unit};
use crate::pin::Cores;
use crate::site::Site;
use crate::usage::Memory;

/// How much.
#[derive(Debug, Clone)]
pub(crate) struct Size {
    pub(crate) viewers: usize,
    pub(crate) seconds: f64,
    /// Likers without anybody who watches; with viewers a quarter of them like.
    pub(crate) likers: usize,
    pub(crate) kills: usize,
    pub(crate) cores: Option<Cores>,
}

/// Everything of one server.
pub(crate) fn measure(peer: &Peer, size: &Size, progress: &Progress) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new(peer.key);
    let crowd = crowd(size.viewers);
    // Servers begin with as many descriptors as this process may have.
    let _ = allow_descriptors(crowd);
    progress.say(format!("{}: likes without viewers", peer.name));
    let mut running = peer.start(size.likers, size.cores.as_ref())?;
    alone(&running, size, &mut outcome)?;
    drop(running);
    progress.say(format!("{}: likes with viewers", peer.name));
    let watched = (size.likers / 4).max(1);
    running = peer.start(watched, size.cores.as_ref())?;
    with_viewers(&running, watched, size, &mut outcome)?;
    drop(running);
    progress.say(format!("{}: memory", peer.name));
    running = peer.start(0, size.cores.as_ref())?;
    if let Err(error) = memory(&running, crowd, &mut outcome) {
        outcome.remarks.push(format!("{}: memory a viewer is not known: {error}", peer.name));
    }
    drop(running);
    kills(peer, size, &mut outcome, progress)?;
    Ok(outcome)
}

/// Connects pages; the first ones are likers.
fn open(running: &Running, likers: usize, viewers: usize) -> anyhow::Result<(Net, Race)> {
    allow_descriptors(likers + viewers)?;
    let mut net = Net::new()?;
    let host = running.site.address.to_string();
    for page in 0..likers + viewers {
        let token = running.tokens.get(page).filter(|_| page < likers);
        let hello = running.dialect.hello(&host, token.map(String::as_str));
        net.open(Dial {
            address: running.site.address,
            speaks: Speaks::WebSocket(hello),
            receive_buffer: None,
        });
    }
    net.first = likers;
    let mut race = Race::new(running.dialect.clone(), likers, likers + viewers);
    let began = Instant::now();
    while race.ready < likers + viewers {
        net.turn(&mut race, Duration::from_millis(20))?;
        if began.elapsed() > Duration::from_mins(1) || !race.faults.is_empty() {
            let (ready, all) = (race.ready, likers + viewers);
            bail!("only {ready} of {all} pages showed a number: {}", race.faults.said().join("; "));
        }
    }
    Ok((net, race))
}

fn run_for(net: &mut Net, race: &mut Race, seconds: f64) -> anyhow::Result<()> {
    let began = Instant::now();
    while began.elapsed().as_secs_f64() < seconds && race.faults.is_empty() {
        net.turn(race, Duration::from_millis(10))?;
    }
    Ok(())
}

/// Waits for what is on its way; every page must show the truth then.
fn come_to_rest(net: &mut Net, race: &mut Race, site: &Site) -> anyhow::Result<()> {
    race.goes_on = false;
    let began = Instant::now();
    while (race.open() > 0 || race.behind() > 0) && began.elapsed() < site.patience && race.faults.is_empty()
    {
        net.turn(race, Duration::from_millis(10))?;
    }
    let (truth, behind, open) = (race.truth(), race.behind(), race.open());
    if behind + open > 0 {
        race.faults
            .add(|| format!("{behind} pages do not show {truth} in the end, {open} likes were not counted"));
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run")]
fn alone(running: &Running, size: &Size, outcome: &mut Outcome) -> anyhow::Result<()> {
    let (mut net, mut race) = open(running, size.likers, 0)?;
    let meter = Meter::start(running.site.pid);
    race.start(&mut net);
    run_for(&mut net, &mut race, size.seconds)?;
    let (cost, counted) = (meter.stop(), race.counted as f64);
    come_to_rest(&mut net, &mut race, &running.site)?;
    outcome.figure(
        "alone_per_second",
        "likes a second, nobody else watches",
        counted / cost.seconds,
        Unit::PerSecond,
    );
    outcome.figure_of("alone_ack_p99_ms", "  until it is counted: 99 %", race.ack.ms(99.0), Unit::Millis);
    if let Some(cpu) = cost.server {
        let each = cpu.total().as_secs_f64() * 1e6 / counted.max(1.0);
        outcome.figure("alone_us_per_like", "  CPU a like", each, Unit::Micros);
    }
    outcome.faults.merge(race.faults);
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run")]
fn with_viewers(running: &Running, likers: usize, size: &Size, outcome: &mut Outcome) -> anyhow::Result<()> {
    let site = &running.site;
    let (mut net, mut race) = open(running, likers, size.viewers)?;
    // One like at a time, far enough apart for everything to have come to rest.
    let mut quiet = crate::latency::Latencies::default();
    for turn in 0..QUIET_LIKES {
        let sent = net.now();
        race.like(&mut net, turn % likers);
        come_to_rest(&mut net, &mut race, site)?;
        quiet.record(race.last_at().saturating_sub(sent));
        run_for(&mut net, &mut race, QUIET)?;
    }
    outcome.figure_of("quiet_last_ms", "one like until the last viewer has it", quiet.ms(50.0), Unit::Millis);
    race.screen = crate::latency::Latencies::default();
    let (meter, frames, counted) = (Meter::start(site.pid), race.frames, race.counted);
    race.start(&mut net);
    run_for(&mut net, &mut race, size.seconds)?;
    let cost = meter.stop();
    let (frames, counted) = ((race.frames - frames) as f64, (race.counted - counted) as f64);
    come_to_rest(&mut net, &mut race, site)?;
    outcome.figure(
        "watched_per_second",
        "likes a second while all watch",
        counted / cost.seconds,
        Unit::PerSecond,
    );
    outcome.figure_of(
        "watched_p50_ms",
        "  until a viewer has it: median",
        race.screen.ms(50.0),
        Unit::Millis,
    );
    outcome.figure_of("watched_p99_ms", "  until a viewer has it: 99 %", race.screen.ms(99.0), Unit::Millis);
    if let Some(cpu) = cost.server {
        let total = cpu.total().as_secs_f64() * 1e6;
        outcome.figure("us_per_frame", "  CPU a delivered frame", total / frames.max(1.0), Unit::Micros);
        outcome.figure("watched_us_per_like", "  CPU a like", total / counted.max(1.0), Unit::Micros);
    }
    outcome.faults.merge(race.faults);
    Ok(())
}

/// What many who only watch take. A thousand may find room in what the server had for its start.
#[expect(clippy::cast_precision_loss, reason = "counts of a run")]
fn memory(running: &Running, viewers: usize, outcome: &mut Outcome) -> anyhow::Result<()> {
    let site = &running.site;
    let before = Memory::at_rest(site.pid, || visit(site))?;
    let (mut net, mut race) = open(running, 0, viewers)?;
    let after = Memory::at_rest(site.pid, || {
        net.turn(&mut race, Duration::ZERO)?;
        visit(site)
    })?;
    if let (Some(before), Some(after)) = (before, after) {
        let each = after.pss.saturating_sub(before.pss) as f64 / viewers as f64;
        outcome.figure("kib_per_viewer", "memory a viewer", each, Unit::Kibibytes);
    }
    outcome.faults.merge(race.faults);
    Ok(())
}

/// So many come for it: ten times the viewers, as far as the ports of one address go.
pub(super) fn crowd(viewers: usize) -> usize {
    (viewers * 10).min(10_000).max(viewers)
}

/// Asks for a page that nobody reads, and leaves.
fn visit(site: &Site) -> anyhow::Result<()> {
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", site.address);
    Ok(TcpStream::connect(site.address)?.write_all(request.as_bytes())?)
}

/// More than two ticks.
const QUIET: f64 = 0.25;
const QUIET_LIKES: usize = 9;

/// Likes, kill -9, start again: is what was counted still there?
#[expect(clippy::cast_precision_loss, reason = "counts of a run")]
fn kills(peer: &Peer, size: &Size, outcome: &mut Outcome, progress: &Progress) -> anyhow::Result<()> {
    let (mut losses, mut lost, mut all) = (0, 0, 0);
    for kill in 0..size.kills {
        progress.say(format!("{}: kill {} of {}", peer.name, kill + 1, size.kills));
        let likers = 8;
        let mut running = peer.start(likers, size.cores.as_ref())?;
        let (mut net, mut race) = open(&running, likers, 0)?;
        race.start(&mut net);
        run_for(&mut net, &mut race, 0.15 + fastrand::f64() * 0.1)?;
        race.ending = true;
        running.site.kill()?;
        // What is still in the sockets was counted, too.
        run_for(&mut net, &mut race, 0.05)?;
        let counted = race.truth();
        all += race.counted;
        drop(net);
        // Some do not even start with the file that they left; others show no number on the next page that is opened.
        let left =
            running.site.start_again().and_then(|_| open(&running, 1, 0)).map(|(_, race)| race.truth());
        let left = left.unwrap_or(0);
        if left < counted {
            losses += 1;
            lost += (counted - left).min(race.counted);
            outcome.faults.add(|| format!("killed when {counted} were counted, it came back with {left}"));
        }
    }
    outcome.figure(
        "kills_with_losses",
        "kills after which likes were missing",
        f64::from(losses),
        Unit::Count,
    );
    outcome.figure("kills", "  of", size.kills as f64, Unit::Count);
    outcome.figure(
        "lost_percent",
        "  counted likes that were lost, %",
        100.0 * lost as f64 / (all as f64).max(1.0),
        Unit::Count,
    );
    Ok(())
}
