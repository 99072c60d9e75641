//! `slow-readers`: a share of the viewers never reads. The others must not notice, and what is kept for the slow ones
//! has a bound and is given back.

use std::time::{Duration, Instant};

use crate::crowd::{Assembly, Crowd, Plan, Times};
use crate::drive;
use crate::faults::Faults;
use crate::out::{Chart, Outcome, Progress, Scale, Series, Unit, count};
use crate::scenario::figures::{Load, note_latencies};
use crate::scenario::watch::note_lateness;
use crate::site::Site;
use crate::usage::Memory;

/// When they are gone, their memory should be, within this.
const GIVEN_BACK: Duration = Duration::from_secs(5);

/// A server's first likes take memory that stays: this share of the time goes before what is measured.
const WARM_UP: f64 = 0.2;

/// The same load twice: first everybody reads, then `slow` of the viewers do not.
pub(crate) fn slow_readers(
    site: &Site,
    load: &Load,
    slow: usize,
    progress: &Progress,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("slow-readers");
    load.note(&mut outcome);
    outcome.set("never read", slow);
    let readers = load.viewers - slow;
    progress.say("warming up");
    let warm = Load { seconds: load.seconds * WARM_UP, viewers: readers, ..load.clone() };
    outcome.faults.merge(part(site, &warm, 0, progress)?.faults);
    progress.say("everybody reads");
    let without = part(site, &Load { viewers: readers, ..load.clone() }, 0, progress)?;
    progress.say("some never read");
    let with = part(site, load, slow, progress)?;
    for (prefix, name, part) in
        [("without_", "everybody reads", &without), ("with_", "some never read", &with)]
    {
        let mut figures = Outcome::new(name);
        note_latencies(&mut figures, &part.times, "like");
        note_lateness(&mut figures, part.lateness);
        for figure in figures.figures {
            let (key, label) = (format!("{prefix}{}", figure.key), format!("{name}: {}", figure.label));
            outcome.figure(&key, &label, figure.value, figure.unit);
        }
    }
    if let (Some(without), Some(with)) = (without.times.screen.ms(99.0), with.times.screen.ms(99.0)) {
        let label = "like to every viewer who reads, 99 %: so many times as long";
        outcome.figure("p99_ratio", label, with / without, Unit::Times);
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of viewers")]
    outcome.figure("slow_kept", "slow readers that were not hung up on", with.kept as f64, Unit::Count);
    if let (Some(without), Some(with)) = (without.grown(), with.grown()) {
        #[expect(clippy::cast_precision_loss, reason = "a count of viewers")]
        let each = (with - without) / slow.max(1) as f64;
        outcome.figure("kib_each", "memory a slow reader", each.max(0.0), Unit::Kibibytes);
    }
    if let Some((before, _)) = with.memory {
        let left = given_back(site, before);
        outcome.figure_of("kept_mib", "memory not given back when all were gone", left, Unit::Mebibytes);
    }
    outcome.chart = Some(Chart {
        title: format!("slow-readers: {} of {} viewers never read", count(slow), count(load.viewers)),
        x: ("so many were no slower".into(), Scale::Percent),
        y: ("milliseconds from a like to every viewer who reads".into(), Scale::Linear),
        series: vec![
            Series { name: "everybody reads".into(), points: without.times.screen.curve() },
            Series { name: "some never read".into(), points: with.times.screen.curve() },
        ],
    });
    outcome.faults.merge(without.faults);
    outcome.faults.merge(with.faults);
    Ok(outcome)
}

/// One of the loads.
struct Part {
    times: Times,
    lateness: drive::Lateness,
    faults: Faults,
    /// Before its connections and at its end.
    memory: Option<(Memory, Memory)>,
    /// Slow readers that are still there.
    kept: usize,
}

impl Part {
    /// KiB.
    #[expect(clippy::cast_precision_loss, reason = "memory of a machine")]
    fn grown(&self) -> Option<f64> {
        self.memory.map(|(before, after)| after.pss as f64 - before.pss as f64)
    }
}

fn part(site: &Site, load: &Load, inattentive: usize, progress: &Progress) -> anyhow::Result<Part> {
    let plan = Plan {
        viewers: load.viewers,
        posts: load.posts,
        each: load.posts,
        likers: load.likers,
        inattentive,
        ..Plan::default()
    };
    let Assembly { mut net, mut crowd, cast, memory, .. } = Crowd::assemble(site, &plan, progress)?;
    crowd.watch_apart = 50_000_000;
    let lateness = drive::paced(&mut net, &mut crowd, load.rate.unwrap_or(1000.0), load.seconds, progress)?;
    let after = site.pid.and_then(Memory::of);
    crowd.come_to_rest(&mut net)?;
    crowd.verify(site)?;
    let kept = crowd.wake_inattentive(&mut net)?;
    cast.leave(site);
    let memory = memory.first().map(|(_, before)| *before).zip(after);
    Ok(Part { times: crowd.times, lateness, faults: crowd.faults, memory, kept })
}

/// Waits for memory to go back; gives what did not, in MiB.
#[expect(clippy::cast_precision_loss, reason = "memory of a machine")]
fn given_back(site: &Site, before: Memory) -> Option<f64> {
    let began = Instant::now();
    loop {
        let kept = Memory::of(site.pid?)?.pss.saturating_sub(before.pss);
        if kept == 0 || began.elapsed() > GIVEN_BACK {
            return Some(kept as f64 / 1024.0);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
