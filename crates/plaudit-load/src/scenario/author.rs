//! `author`: one post, liked as fast as likes are answered, while its author is online. What it costs to notify them:
//! turn by turn one author who is notified of likes and one who is not, each with a post and likers of their own.

use anyhow::ensure;

use crate::crowd::{Assembly, Crowd, Plan, Sessions};
use crate::drive;
use crate::measure::Meter;
use crate::out::{Outcome, Progress, Unit};
use crate::rounds::Medians;
use crate::scenario::figures::{Load, Stretch, figures_of, since};
use crate::site::Site;

/// `turns` of either kind. Which one is first changes, so that what the machine does meanwhile falls on both alike.
pub(crate) fn author(site: &Site, load: &Load, turns: usize, progress: &Progress) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("author");
    load.note(&mut outcome);
    outcome.set("turns of either kind", turns);
    let mut figures = [Medians::default(), Medians::default()];
    let mut notifications = [0, 0];
    // The first turn is not counted: the server is cold.
    for turn in 0..=turns {
        for notified in [turn % 2 == 0, turn % 2 != 0] {
            let (one, got) = stretch(site, load, notified, &mut outcome, progress)?;
            if turn > 0 {
                figures[usize::from(notified)].add(&one);
                notifications[usize::from(notified)] += got;
            }
        }
    }
    let [without, with] = figures;
    for (key, label, unit) in [
        ("acts_per_second", "likes a second", Unit::PerSecond),
        ("cpu_us_per_act", "server: CPU a like", Unit::Micros),
        ("ack_p50_ms", "like to its ok: median", Unit::Millis),
        ("ack_p99_ms", "like to its ok: 99 %", Unit::Millis),
    ] {
        let (with, without) = (with.median(key), without.median(key));
        outcome.figure_of(key, &format!("{label}, author notified"), with, unit);
        outcome.figure_of(&format!("{key}_without"), &format!("{label}, author not notified"), without, unit);
        let ratio = with.zip(without).map(|(with, without)| with / without);
        outcome.figure_of(&format!("{key}_ratio"), "  of that", ratio, Unit::Times);
    }
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let each = notifications[1] as f64 / (turns as f64 * load.seconds).max(1.0);
    outcome.figure("pushes_per_second", "pushes of notifications a second", each, Unit::PerSecond);
    ensure!(notifications[1] > 0, "the author who is to be notified was not");
    ensure!(notifications[0] == 0, "an author was notified who does not want to be");
    Ok(outcome)
}

/// One turn, and how many changes of notifications the author received.
fn stretch(
    site: &Site,
    load: &Load,
    notified: bool,
    whole: &mut Outcome,
    progress: &Progress,
) -> anyhow::Result<(Outcome, u64)> {
    let plan = Plan {
        viewers: 1,
        posts: 1,
        each: 1,
        likers: load.likers,
        private: true,
        sessions: Sessions::Author,
        ..Plan::default()
    };
    let Assembly { mut net, mut crowd, cast, .. } = Crowd::assemble(site, &plan, progress)?;
    let wish = format!(r#"{{"notify":{{"like":{notified}}}}}"#);
    site.client()?
        .call("PATCH", "/api/me/settings", Some(&cast.author), Some(&wish))?
        .json("changing the author's settings")?;
    progress.say(if notified {
        "liking, the author is notified"
    } else {
        "liking, the author is not notified"
    });
    let (meter, received, before) = (Meter::start(site.pid), net.received, crowd.count);
    drive::flat_out(&mut net, &mut crowd, 1, load.seconds, progress)?;
    let stretch =
        Stretch { cost: meter.stop(), received: net.received - received, count: since(&crowd, before) };
    crowd.come_to_rest(&mut net)?;
    crowd.verify(site)?;
    cast.leave(site);
    let mut one = Outcome::new("author");
    figures_of(&mut one, &stretch, &crowd.times, 0);
    whole.faults.merge(crowd.faults);
    Ok((one, crowd.count.notifications))
}
