//! `watch`: many look at the same posts, and somebody likes. How long until the first, the median and the last have
//! seen it, and what a delivered frame costs. `feed` is the same with many posts on each screen.

use crate::crowd::{Assembly, Crowd, Plan};
use crate::drive;
use crate::measure::Meter;
use crate::out::{Outcome, Progress, Unit};
use crate::scenario::figures::{Load, Stretch, figures_of, percentiles, since};
use crate::site::Site;

/// Every viewer sees every post; in a closed loop, so many posts are liked at once.
pub(crate) fn watch(site: &Site, load: &Load, burst: usize, progress: &Progress) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("watch");
    run(site, load, load.posts, burst, &mut outcome, progress)?;
    Ok(outcome)
}

/// Runs a load in which each viewer sees `each` of the posts.
pub(super) fn run(
    site: &Site,
    load: &Load,
    each: usize,
    burst: usize,
    outcome: &mut Outcome,
    progress: &Progress,
) -> anyhow::Result<()> {
    load.note(outcome);
    let plan =
        Plan { viewers: load.viewers, posts: load.posts, each, likers: load.likers, ..Plan::default() };
    let Assembly { mut net, mut crowd, cast, .. } = Crowd::assemble(site, &plan, progress)?;
    progress.say("liking");
    let (meter, received, before) = (Meter::start(site.pid), net.received, crowd.count);
    match load.rate {
        None => drive::closed(&mut net, &mut crowd, burst, load.seconds, progress)?,
        Some(rate) => {
            crowd.watch_apart = 50_000_000;
            let lateness = drive::paced(&mut net, &mut crowd, rate, load.seconds, progress)?;
            note_lateness(outcome, lateness);
        }
    }
    let stretch =
        Stretch { cost: meter.stop(), received: net.received - received, count: since(&crowd, before) };
    progress.say("comparing");
    crowd.come_to_rest(&mut net)?;
    crowd.verify(site)?;
    cast.leave(site);
    figures_of(outcome, &stretch, &crowd.times, load.viewers);
    outcome.chart = Some(percentiles(&title(outcome, load), &crowd.times));
    outcome.faults = crowd.faults;
    Ok(())
}

fn title(outcome: &Outcome, load: &Load) -> String {
    let rate = load.rate.map_or("one like after the other".into(), |rate| format!("{rate} likes/s"));
    format!("{}: {} viewers, {rate}", outcome.scenario, crate::out::count(load.viewers))
}

/// A load that was late itself has measured itself.
pub(super) fn note_lateness(outcome: &mut Outcome, lateness: drive::Lateness) {
    #[expect(clippy::cast_precision_loss, reason = "within a run")]
    let ms = lateness.most as f64 / 1e6;
    outcome.figure("load_late_ms", "load: longest that a like was late", ms, Unit::Millis);
}
