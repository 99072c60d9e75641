//! `soak`: a long time of everything at once. Likes, new posts, clients that come and go, some that stop reading for a
//! while, and a server that is killed now and then. Memory and descriptors must stay flat, and nothing may be wrong.

use std::time::Duration;

use super::returners::Returners;
use crate::crowd::allow_descriptors;
use crate::net::http::upgrade;
use crate::net::{Closed, Dial, Id, Nanos, Net, Speaks, Work};
use crate::out::{Chart, Outcome, Progress, Scale, Series, Unit, count};
use crate::people::{Cast, standing};
use crate::scan::{self, Message};
use crate::scenario::figures::Load;
use crate::scenario::reconnect::{head_of_feed, start_again, write_posts};
use crate::site::Site;
use crate::usage::{Memory, descriptors};

const SECOND: Nanos = 1_000_000_000;

/// Each second so many of a thousand clients leave and come back.
const CHURN: usize = 10;
/// Each second so many of a thousand stop reading, for this long.
const SLOW: usize = 2;
const SLOW_FOR: Nanos = 8 * SECOND;

/// `kills` times within the first half, so that the second half shows whether memory grows.
pub(crate) fn soak(site: &mut Site, load: &Load, kills: u32, progress: &Progress) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("soak");
    load.note(&mut outcome);
    outcome.set("kills", kills);
    allow_descriptors(load.viewers)?;
    let cast = Cast::gather(site, 1)?;
    let tokens = cast.guests(site, load.likers.min(load.viewers))?;
    let mut net = Net::new()?;
    let host = site.address.to_string();
    for client in 0..load.viewers {
        let token = tokens.get(client).map(String::as_str);
        let hello = upgrade("/live", &host, token, Some(plaudit_protocol::SUBPROTOCOL));
        net.open(Dial { address: site.address, speaks: Speaks::WebSocket(hello), receive_buffer: None });
    }
    let mut soakers = Soakers::new(cast.posts[0], load.viewers, tokens.len());
    let (begin, rate) = (net.now(), load.rate.unwrap_or(200.0));
    let length = nanos(load.seconds);
    let (mut second, mut due, mut killed) = (0, begin, 0);
    let mut curve: Vec<(f64, Memory, usize)> = Vec::new();
    loop {
        let now = net.now();
        let elapsed = now - begin;
        if elapsed >= length || !soakers.faults().is_empty() {
            break;
        }
        while due <= now {
            soakers.like(&mut net);
            due += nanos(1.0 / rate).max(1);
        }
        if elapsed / SECOND > second {
            second = elapsed / SECOND;
            progress.at(seconds(elapsed) / load.seconds);
            progress.say(format!("{} s: {} live", second, count(soakers.returners.live)));
            soakers.disturb(&mut net);
            if second % 2 == 0 {
                write_posts(site, &cast.author)?;
            }
            if let Some((memory, files)) = site.pid.and_then(|pid| Memory::of(pid).zip(descriptors(pid))) {
                curve.push((seconds(elapsed), memory, files));
            }
            let next_kill = length / 2 / u64::from(kills + 1) * u64::from(killed + 1);
            if killed < kills && elapsed >= next_kill {
                killed += 1;
                site.kill()?;
                start_again(site, &mut net, &mut soakers, turn)?;
                due = net.now();
            }
        }
        turn(&mut net, &mut soakers, now + 5_000_000)?;
    }
    progress.say("comparing");
    soakers.come_to_rest(&mut net, site)?;
    figures(&mut outcome, &soakers, &curve);
    outcome.chart = Some(chart(load, &curve));
    outcome.faults = soakers.returners.faults;
    Ok(outcome)
}

fn turn(net: &mut Net, soakers: &mut Soakers, end: Nanos) -> anyhow::Result<()> {
    let next = soakers.returners.retry(net).unwrap_or(end).min(end);
    let wait = next.saturating_sub(net.now()).clamp(1_000_000, 20_000_000);
    Ok(net.turn(soakers, Duration::from_nanos(wait))?)
}

/// Clients that come back, some of whom like.
struct Soakers {
    returners: Returners,
    post: u64,
    /// Whether each liker likes, and whether an answer is due.
    likers: Vec<(bool, bool)>,
    next: usize,
    /// Who reads again when.
    slow: Vec<(Nanos, Id)>,
    acknowledged: u64,
    /// The highest version that was acknowledged.
    version: u64,
}

impl Soakers {
    fn new(post: u64, clients: usize, likers: usize) -> Self {
        Self {
            returners: Returners::new(post, clients),
            post,
            likers: vec![(false, false); likers],
            next: 0,
            slow: Vec::new(),
            acknowledged: 0,
            version: 0,
        }
    }

    fn faults(&self) -> &crate::faults::Faults {
        &self.returners.faults
    }

    /// The next liker who is live and has been answered likes, or takes it back.
    fn like(&mut self, net: &mut Net) {
        for _ in 0..self.likers.len() {
            self.next = (self.next + 1) % self.likers.len();
            let (likes, due) = &mut self.likers[self.next];
            if *due || !self.returners.is_live(self.next) {
                continue;
            }
            *due = true;
            let (post, on) = (self.post, !*likes);
            let text = format!(r#"{{"type":"like","ref":1,"post":{post},"on":{on}}}"#);
            net.send(self.next, text.as_bytes());
            return;
        }
    }

    /// Some leave and come back, some stop reading, some read again.
    fn disturb(&mut self, net: &mut Net) {
        let (now, clients) = (net.now(), self.returners.len());
        // Likers stay and read, so that each like is answered.
        let others = clients - self.likers.len();
        if others == 0 {
            return;
        }
        let anybody = || clients - 1 - fastrand::usize(..others);
        for _ in 0..(others * CHURN).div_ceil(1000) {
            let id = anybody();
            if self.returners.leave(id) {
                net.hang_up(id);
                net.reopen(id);
            }
        }
        for _ in 0..(others * SLOW).div_ceil(1000) {
            let id = anybody();
            if self.returners.is_live(id) && !self.slow.iter().any(|(_, slow)| *slow == id) {
                net.pause(id);
                self.slow.push((now + SLOW_FOR, id));
            }
        }
        self.slow.retain(|(until, id)| {
            if *until <= now {
                net.resume(*id);
            }
            *until > now
        });
    }

    /// Everybody reads; what is on its way is answered; all must be right.
    fn come_to_rest(&mut self, net: &mut Net, site: &Site) -> anyhow::Result<()> {
        for (_, id) in std::mem::take(&mut self.slow) {
            net.resume(id);
        }
        let end = net.now() + u64::try_from(site.patience.as_nanos()).unwrap_or(SECOND) + 30 * SECOND;
        loop {
            let truth = standing(&mut site.client()?, self.post)?;
            let head = head_of_feed(&mut site.client()?)?;
            let right = self.returners.right(truth.version, truth.likes, head);
            if right == self.returners.len() || net.now() > end || !self.faults().is_empty() {
                self.returners.complain(truth.version, truth.likes, head);
                if truth.version < self.version {
                    let version = self.version;
                    self.returners
                        .faults
                        .add(|| format!("version {version} was acknowledged, {} is left", truth.version));
                }
                return Ok(());
            }
            let next = net.now() + SECOND / 5;
            while net.now() < next {
                turn(net, self, next)?;
            }
        }
    }
}

impl Work for Soakers {
    fn opened(&mut self, net: &mut Net, id: Id, now: Nanos) {
        self.returners.opened(net, id, now);
    }

    fn text(&mut self, net: &mut Net, id: Id, text: &[u8], now: Nanos) {
        if scan::message(text) != Message::Ok {
            return self.returners.text(net, id, text, now);
        }
        let said = (scan::flag(text, b"\"liked\":"), scan::number(text, b"\"version\":"));
        match (self.likers.get_mut(id), said) {
            (Some(liker), (Some(liked), Some(version))) if liker.1 => {
                *liker = (liked, false);
                self.acknowledged += 1;
                self.version = self.version.max(version);
            }
            _ => self
                .returners
                .faults
                .add(|| format!("an ok that answers nothing: {}", String::from_utf8_lossy(text))),
        }
    }

    fn closed(&mut self, net: &mut Net, id: Id, why: Closed, now: Nanos) {
        // What was on its way may have been done or not: the next like of this one says it, whichever it was.
        if let Some(liker) = self.likers.get_mut(id) {
            liker.1 = false;
        }
        self.returners.closed(net, id, why, now);
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run")]
fn figures(outcome: &mut Outcome, soakers: &Soakers, curve: &[(f64, Memory, usize)]) {
    outcome.figure("acts", "likes acknowledged", soakers.acknowledged as f64, Unit::Count);
    outcome.figure(
        "failures",
        "times that connections were cut or refused",
        soakers.returners.failures as f64,
        Unit::Count,
    );
    let half = &curve[curve.len() / 2..];
    let (Some((from, first, files)), Some((until, last, files_last))) =
        (half.get(half.len() / 10), half.last())
    else {
        return;
    };
    let minutes = (until - from) / 60.0;
    let grown = (last.pss as f64 - first.pss as f64) / 1024.0;
    outcome.figure("pss_mib", "server: memory at the end (PSS)", last.pss as f64 / 1024.0, Unit::Mebibytes);
    outcome.figure(
        "grown_mib_per_minute",
        "  grown in a minute of the second half",
        grown / minutes.max(0.01),
        Unit::Mebibytes,
    );
    outcome.figure("descriptors", "server: descriptors at the end", *files_last as f64, Unit::Count);
    outcome.figure("descriptors_before", "  at the beginning of the second half", *files as f64, Unit::Count);
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run")]
fn chart(load: &Load, curve: &[(f64, Memory, usize)]) -> Chart {
    let memory = curve.iter().map(|(at, memory, _)| (at / 60.0, memory.pss as f64 / 1024.0));
    let files = curve.iter().map(|(at, _, files)| (at / 60.0, *files as f64 / 100.0));
    Chart {
        title: format!("soak: {} clients that come and go, likes, kill -9", count(load.viewers)),
        x: ("minutes".into(), Scale::Linear),
        y: ("of the server".into(), Scale::Linear),
        series: vec![
            Series { name: "memory, MiB (PSS)".into(), points: memory.collect() },
            Series { name: "descriptors, hundreds".into(), points: files.collect() },
        ],
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within a run")]
fn nanos(seconds: f64) -> Nanos {
    (seconds * 1e9) as Nanos
}

#[expect(clippy::cast_precision_loss, reason = "within a run")]
fn seconds(nanos: Nanos) -> f64 {
    nanos as f64 / 1e9
}
