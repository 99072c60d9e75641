//! `write`: nobody watches, some like as fast as they are answered. How many durable likes a second.

use crate::crowd::{Assembly, Crowd, Plan};
use crate::drive;
use crate::measure::Meter;
use crate::out::{Outcome, Progress};
use crate::scenario::figures::{Load, Stretch, figures_of, percentiles, since};
use crate::site::Site;

/// Each liker keeps `depth` likes on their way; by HTTP or over its socket.
pub(crate) fn write(
    site: &Site,
    load: &Load,
    depth: usize,
    http: bool,
    progress: &Progress,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("write");
    load.note(&mut outcome);
    outcome.set("on their way each", depth);
    outcome.set("by", if http { "HTTP" } else { "socket" });
    let plan = Plan { viewers: 0, posts: load.posts, each: 0, likers: load.likers, http, ..Plan::default() };
    let Assembly { mut net, mut crowd, cast, .. } = Crowd::assemble(site, &plan, progress)?;
    progress.say("liking");
    let (meter, received, before) = (Meter::start(site.pid), net.received, crowd.count);
    drive::flat_out(&mut net, &mut crowd, depth, load.seconds, progress)?;
    let stretch =
        Stretch { cost: meter.stop(), received: net.received - received, count: since(&crowd, before) };
    progress.say("comparing");
    crowd.come_to_rest(&mut net)?;
    crowd.verify(site)?;
    cast.leave(site);
    figures_of(&mut outcome, &stretch, &crowd.times, 0);
    let title = format!(
        "write: {} likers by {}, {depth} likes each",
        load.likers,
        if http { "HTTP" } else { "socket" }
    );
    outcome.chart = Some(percentiles(&title, &crowd.times));
    outcome.faults = crowd.faults;
    Ok(outcome)
}
