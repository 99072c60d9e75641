//! `idle`: many connections that have nothing to do. What each takes of the server's memory, and whether all of them
//! are still there when something happens.

use std::time::{Duration, Instant};

use crate::crowd::{Assembly, Crowd, Plan, Sessions};
use crate::drive;
use crate::measure::Meter;
use crate::out::{Chart, Outcome, Progress, Scale, Series, Unit, count};
use crate::scenario::figures::{Load, percentiles};
use crate::site::Site;
use crate::usage::Memory;

/// Each connection has a session of its own, one post and the feed; or two posts and, if `private`, what concerns it.
pub(crate) fn idle(site: &Site, load: &Load, private: bool, progress: &Progress) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("idle");
    outcome.set("connections", load.viewers);
    outcome.set("topics each", if private { 5 } else { 2 });
    outcome.set("seconds", load.seconds);
    let plan = Plan {
        viewers: load.viewers,
        posts: if private { load.posts.max(2) } else { load.posts },
        each: if private { 2 } else { 1 },
        private,
        likers: 1,
        sessions: Sessions::Guests,
        ..Plan::default()
    };
    let Assembly { mut net, mut crowd, cast, mut memory, took } = Crowd::assemble(site, &plan, progress)?;
    progress.say("doing nothing");
    let (meter, began) = (Meter::start(site.pid), Instant::now());
    while began.elapsed().as_secs_f64() < load.seconds {
        progress.at(began.elapsed().as_secs_f64() / load.seconds);
        net.turn(&mut crowd, Duration::from_millis(100))?;
    }
    let cost = meter.stop();
    let after = crowd.memory_at_rest(site, &mut net, progress)?;
    if let (Some((_, before)), Some(after)) = (memory.first().copied(), after) {
        memory.push((load.viewers, after));
        let each = |after: u64, before: u64| share(after.saturating_sub(before), load.viewers);
        outcome.figure(
            "pss_kib_each",
            "memory a connection (PSS)",
            each(after.pss, before.pss),
            Unit::Kibibytes,
        );
        let private = each(after.private, before.private);
        outcome.figure("private_kib_each", "memory a connection (private)", private, Unit::Kibibytes);
    }
    outcome.figure("connect_seconds", "until all had their snapshots", took.as_secs_f64(), Unit::Seconds);
    if let Some(cpu) = cost.server {
        let cores = cpu.total().as_secs_f64() / cost.seconds;
        outcome.figure("idle_cores", "server: cores kept busy by nothing", cores, Unit::Cores);
    }
    // One like for each post: whoever was forgotten shows now.
    progress.say("liking once");
    drive::closed(&mut net, &mut crowd, load.posts, 0.001, progress)?;
    crowd.come_to_rest(&mut net)?;
    crowd.verify(site)?;
    cast.leave(site);
    outcome.figure_of(
        "last_ms",
        "a like then reached the last after",
        crowd.times.last.max_ms(),
        Unit::Millis,
    );
    outcome.chart = Some(match memory.len() {
        ..=2 => percentiles("idle", &crowd.times),
        _ => chart(load.viewers, &memory),
    });
    outcome.faults = crowd.faults;
    Ok(outcome)
}

fn chart(connections: usize, memory: &[(usize, Memory)]) -> Chart {
    let points = memory.iter().map(|(ready, memory)| (share(*ready as u64, 1), share(memory.pss, 1024)));
    Chart {
        title: format!("idle: {} connections, each with a session and two topics", count(connections)),
        x: ("connections".into(), Scale::Linear),
        y: ("MiB of the server (PSS)".into(), Scale::Linear),
        series: vec![Series { name: "PSS".into(), points: points.collect() }],
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run")]
fn share(of: u64, among: usize) -> f64 {
    of as f64 / among.max(1) as f64
}
