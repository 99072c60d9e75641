//! `slow-readers`: a share of the viewers never reads. The others must not notice, and what is kept for the slow ones
//! has a bound and is given back.

use std::time::{Duration, Instant};

use crate::crowd::{Assembly, Crowd, Plan};
use crate::drive;
use crate::out::{Chart, Outcome, Progress, Scale, Series, Unit};
use crate::scenario::figures::{Load, note_latencies};
use crate::scenario::watch::note_lateness;
use crate::site::Site;
use crate::usage::Memory;

/// When they are gone, their memory should be, within this.
const GIVEN_BACK: Duration = Duration::from_secs(5);

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
    let rate = load.rate.unwrap_or(1000.0);
    let memory = || site.pid.and_then(Memory::of);
    let (mut curves, mut p99, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for (inattentive, prefix, name) in
        [(0, "without_", "everybody reads"), (slow, "with_", "some never read")]
    {
        let plan = Plan {
            viewers: load.viewers - slow + inattentive,
            posts: load.posts,
            each: load.posts,
            likers: load.likers,
            inattentive,
            ..Plan::default()
        };
        let Assembly { mut net, mut crowd, cast, .. } = Crowd::assemble(site, &plan, progress)?;
        progress.say(name);
        crowd.watch_apart = 50_000_000;
        let lateness = drive::paced(&mut net, &mut crowd, rate, load.seconds, progress)?;
        after.push(memory());
        crowd.settle(&mut net)?;
        crowd.verify(site)?;
        let mut part = Outcome::new(name);
        note_latencies(&mut part, &crowd.times, "like");
        note_lateness(&mut part, lateness);
        for figure in part.figures {
            outcome.figure(
                &format!("{prefix}{}", figure.key),
                &format!("{name}: {}", figure.label),
                figure.value,
                figure.unit,
            );
        }
        if inattentive > 0 {
            let there = crowd.wake_inattentive(&mut net)?;
            #[expect(clippy::cast_precision_loss, reason = "a count of viewers")]
            outcome.figure("slow_kept", "slow readers that were not hung up on", there as f64, Unit::Count);
        }
        p99.push(crowd.times.screen.ms(99.0));
        curves.push(Series { name: name.into(), points: crowd.times.screen.curve() });
        outcome.faults.merge(crowd.faults);
        cast.leave(site);
        // The connections end here.
    }
    if let [Some(without), Some(with)] = p99[..] {
        outcome.figure(
            "p99_ratio",
            "like to every other viewer, 99 %: with slow readers",
            with / without,
            Unit::Times,
        );
    }
    if let [Some(before), Some(with)] = after[..] {
        let each = with.pss.saturating_sub(before.pss) as f64 / slow.max(1) as f64;
        outcome.figure("kib_each", "memory a slow reader", each, Unit::Kibibytes);
        let began = Instant::now();
        let mut left = memory();
        while began.elapsed() < GIVEN_BACK && left.is_some_and(|left| left.pss > before.pss) {
            std::thread::sleep(Duration::from_millis(100));
            left = memory();
        }
        let kept = left.map(|left| left.pss.saturating_sub(before.pss) as f64 / 1024.0);
        outcome.figure_of("kept_mib", "memory not given back when they were gone", kept, Unit::Mebibytes);
    }
    outcome.chart = Some(Chart {
        title: format!("slow-readers: {slow} of {} viewers never read", load.viewers),
        x: ("so many were no slower".into(), Scale::Percent),
        y: ("milliseconds from a like to every viewer who reads".into(), Scale::Linear),
        series: curves,
    });
    Ok(outcome)
}
