//! `like-storm`: one post, many viewers, and more and more likes a second. A viewer gets at most one frame a tick, so
//! what a like costs falls as they get more; every like is durable, and every viewer ends on the true number.

use crate::crowd::{Assembly, Crowd, Plan};
use crate::drive;
use crate::measure::Meter;
use crate::out::{Chart, Outcome, Progress, Scale, Series, Unit, number};
use crate::scenario::figures::{Load, Stretch, figures_of, since};
use crate::scenario::watch::note_lateness;
use crate::site::Site;

/// What a chart shows of each rate.
const LINES: [(&str, &str); 3] = [
    ("screen_p99_ms", "every viewer, 99 %"),
    ("screen_p50_ms", "every viewer, median"),
    ("ack_p99_ms", "ok, 99 %"),
];

/// One rate after the other, each for the load's time; the figures of the last are those of the outcome, those of the
/// others have their rate behind the name.
pub(crate) fn like_storm(
    site: &Site,
    load: &Load,
    rates: &[f64],
    progress: &Progress,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("like-storm");
    let (last, before) = rates.split_last().map_or((1000.0, &[][..]), |(last, before)| (*last, before));
    Load { rate: Some(last), ..load.clone() }.note(&mut outcome);
    let plan = Plan {
        viewers: load.viewers,
        posts: load.posts,
        each: load.posts,
        likers: load.likers,
        ..Plan::default()
    };
    let Assembly { mut net, mut crowd, cast, .. } = Crowd::assemble(site, &plan, progress)?;
    crowd.watch_apart = 50_000_000;
    let mut lines: Vec<Series> =
        LINES.iter().map(|(_, name)| Series { name: (*name).into(), points: Vec::new() }).collect();
    for (at, rate) in before.iter().chain([&last]).enumerate() {
        progress.say(format!("liking {} times a second", number(*rate)));
        crowd.times = crate::crowd::Times::default();
        let (meter, received, count) = (Meter::start(site.pid), net.received, crowd.count);
        let lateness = drive::paced(&mut net, &mut crowd, *rate, load.seconds, progress)?;
        let stretch =
            Stretch { cost: meter.stop(), received: net.received - received, count: since(&crowd, count) };
        crowd.come_to_rest(&mut net)?;
        let mut step = Outcome::new("step");
        figures_of(&mut step, &stretch, &crowd.times, load.viewers);
        note_lateness(&mut step, lateness);
        for (line, (key, _)) in lines.iter_mut().zip(LINES) {
            line.points.extend(step.value(key).map(|value| (*rate, value)));
        }
        if at == before.len() {
            outcome.figures.append(&mut step.figures);
        } else {
            for (key, label) in [
                ("server_cores", "server: cores kept busy"),
                ("screen_p99_ms", "like to every viewer: 99 %"),
                ("ack_p99_ms", "like to its ok: 99 %"),
            ] {
                let unit = if key == "server_cores" { Unit::Cores } else { Unit::Millis };
                let label = format!("at {}/s: {label}", number(*rate));
                outcome.figure_of(&format!("{key}_at_{rate}"), &label, step.value(key), unit);
            }
        }
        outcome.remarks.append(&mut step.remarks);
        if !crowd.faults.is_empty() {
            break;
        }
    }
    progress.say("comparing");
    crowd.verify(site)?;
    cast.leave(site);
    outcome.remarks.dedup();
    outcome.faults = crowd.faults;
    outcome.chart = Some(Chart {
        title: format!("like-storm: one post, {} viewers", crate::out::count(load.viewers)),
        x: ("likes a second".into(), Scale::Log),
        y: ("milliseconds from a like to …".into(), Scale::Linear),
        series: lines,
    });
    Ok(outcome)
}
