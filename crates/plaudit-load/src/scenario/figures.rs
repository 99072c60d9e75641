//! What the scenarios of likes have in common: their size, and the figures of a stretch of load.

use crate::crowd::{Count, Crowd, Times};
use crate::measure::Cost;
use crate::net::Received;
use crate::out::{Chart, Outcome, Scale, Series, Unit};

/// How much of everything.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Load {
    pub(crate) viewers: usize,
    pub(crate) posts: usize,
    /// Likes a second; none: a closed loop.
    pub(crate) rate: Option<f64>,
    pub(crate) seconds: f64,
    pub(crate) likers: usize,
}

impl Load {
    /// Notes in an outcome how it was run.
    pub(crate) fn note(&self, outcome: &mut Outcome) {
        outcome.set("viewers", self.viewers);
        outcome.set("posts", self.posts);
        outcome.set("likers", self.likers);
        outcome.set("rate", self.rate.map_or("closed loop".into(), |rate| format!("{rate}/s")));
        outcome.set("seconds", self.seconds);
    }
}

/// A stretch of load: what happened in it.
pub(crate) struct Stretch {
    pub(crate) count: Count,
    pub(crate) received: Received,
    pub(crate) cost: Cost,
}

/// The figures of a stretch of likes.
pub(crate) fn figures_of(outcome: &mut Outcome, stretch: &Stretch, times: &Times, viewers: usize) {
    figures_of_acts(outcome, stretch, times, viewers, "like");
}

/// The same, where what is done is called otherwise.
#[expect(clippy::cast_precision_loss, reason = "counts of a run")]
pub(crate) fn figures_of_acts(
    outcome: &mut Outcome,
    stretch: &Stretch,
    times: &Times,
    viewers: usize,
    act: &str,
) {
    let Stretch { count, received, cost } = stretch;
    let (likes, frames) = (count.acknowledged as f64, count.frames as f64);
    outcome.figure("acts", &format!("{act}s acknowledged"), likes, Unit::Count);
    outcome.figure("acts_per_second", &format!("{act}s a second"), likes / cost.seconds, Unit::PerSecond);
    if count.refused > 0 {
        outcome.figure("refused", &format!("{act}s refused as too many"), count.refused as f64, Unit::Count);
    }
    if viewers > 0 {
        outcome.figure("frames", "frames delivered", frames, Unit::Count);
        outcome.figure("frames_per_second", "frames a second", frames / cost.seconds, Unit::PerSecond);
        let each = frames / (count.shown as f64).max(1.0);
        outcome.figure("frames_per_act_and_viewer", &format!("frames a {act} and viewer"), each, Unit::Count);
        let reads = frames / (received.reads as f64).max(1.0);
        outcome.figure("frames_per_read", "frames that came together", reads.max(1.0), Unit::Count);
        let bytes = received.bytes as f64 / (received.frames as f64).max(1.0);
        outcome.figure("bytes_per_frame", "bytes a frame", bytes, Unit::Bytes);
    }
    note_latencies(outcome, times, act);
    cost.figures(outcome, count.frames, count.acknowledged, act);
}

/// How long an act took to whom.
pub(crate) fn note_latencies(outcome: &mut Outcome, times: &Times, act: &str) {
    for (key, label, latencies) in [
        ("ack", "to its ok", &times.ack),
        ("first", "to the first viewer", &times.first),
        ("screen", "to every viewer", &times.screen),
        ("last", "to the last viewer", &times.last),
    ] {
        let mut figure = |name: &str, what: &str, value: Option<f64>| {
            outcome.figure_of(
                &format!("{key}_{name}_ms"),
                &format!("{act} {label}: {what}"),
                value,
                Unit::Millis,
            );
        };
        figure("p50", "median", latencies.ms(50.0));
        figure("p99", "99 %", latencies.ms(99.0));
        figure("max", "longest", latencies.max_ms());
    }
}

/// The percentiles of a run.
pub(crate) fn percentiles(title: &str, times: &Times) -> Chart {
    percentiles_of_acts(title, times, "like")
}

/// The same, where what is done is called otherwise.
pub(crate) fn percentiles_of_acts(title: &str, times: &Times, act: &str) -> Chart {
    let series = |name: &str, latencies: &crate::latency::Latencies| Series {
        name: name.into(),
        points: latencies.curve(),
    };
    let series = [
        series("its ok", &times.ack),
        series("the first viewer", &times.first),
        series("every viewer", &times.screen),
        series("the last viewer", &times.last),
    ];
    Chart {
        title: title.into(),
        x: ("so many were no slower".into(), Scale::Percent),
        y: (format!("milliseconds from a {act} to …"), Scale::Linear),
        series: series.into_iter().filter(|series| !series.points.is_empty()).collect(),
    }
}

/// What happened since an earlier count.
pub(crate) fn since(crowd: &Crowd, before: Count) -> Count {
    let now = crowd.count;
    Count {
        sent: now.sent - before.sent,
        acknowledged: now.acknowledged - before.acknowledged,
        refused: now.refused - before.refused,
        frames: now.frames - before.frames,
        shown: now.shown - before.shown,
        notifications: now.notifications - before.notifications,
    }
}
