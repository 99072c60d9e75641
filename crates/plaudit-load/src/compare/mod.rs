//! `compare`: Plaudit beside the tutorial's server and others that do the same job, under the same load from the same
//! generator. Draws the picture and the table of README.

mod dialect;
mod peer;
mod phases;
mod race;

use std::path::PathBuf;

use anyhow::Context as _;

pub(crate) use phases::Size;
use phases::measure;

use crate::machine::Machine;
use crate::out::{Bar, Outcome, Panel, Progress, Unit, count, markdown, panels, show};
use crate::rounds::{Medians, replace_block};

/// What to run, and where to put what comes out.
#[derive(Debug, Clone)]
pub(crate) struct Compare {
    /// The command that starts Plaudit.
    pub(crate) plaudit: String,
    pub(crate) bench: PathBuf,
    pub(crate) install: bool,
    pub(crate) rounds: usize,
    pub(crate) size: Size,
    /// Files whose block `compare` is replaced.
    pub(crate) write: Vec<PathBuf>,
    pub(crate) picture: Option<PathBuf>,
}

/// The rows of the table; the first of each pair is also a panel of the picture where it has a hint.
const ROWS: [(&str, &str, &str, Unit); 8] = [
    ("alone_per_second", "Likes a second", "nobody else watches; more is better", Unit::PerSecond),
    ("watched_per_second", "Likes a second while all watch", "more is better", Unit::PerSecond),
    ("watched_p99_ms", "Like to screen under that load, 99 %", "less is better", Unit::Millis),
    ("quiet_last_ms", "One like until the last viewer has it", "less is better", Unit::Millis),
    ("watched_us_per_like", "CPU a like while all watch", "less is better", Unit::Micros),
    ("kib_per_viewer", "Memory a viewer", "", Unit::Kibibytes),
    ("kills_with_losses", "kill -9: times that likes were missing", "less is better", Unit::Count),
    ("lost_percent", "kill -9: counted likes that were lost, %", "", Unit::Count),
];

/// Runs all servers in interleaved rounds. What is wrong with Plaudit is a fault, what is wrong with others a remark.
pub(crate) fn compare(compare: &Compare, progress: &Progress) -> anyhow::Result<Outcome> {
    let (peers, missing) = peer::peers(&compare.plaudit, &compare.bench, compare.install)?;
    let mut outcome = Outcome::new("compare");
    outcome.remarks = missing;
    let mut medians: Vec<Medians> = peers.iter().map(|_| Medians::default()).collect();
    for round in 0..compare.rounds {
        for (at, (peer, medians)) in peers.iter().zip(&mut medians).enumerate() {
            let done = round * peers.len() + at;
            #[expect(clippy::cast_precision_loss, reason = "few rounds")]
            progress.at(done as f64 / (compare.rounds * peers.len()) as f64);
            let part = measure(peer, &compare.size, progress)?;
            if peer.key == "plaudit" {
                outcome.faults.merge(part.faults.clone());
            } else {
                let remarks =
                    part.faults.said().iter().take(1).map(|fault| format!("{}: {fault}", peer.name));
                outcome.remarks.extend(remarks);
            }
            medians.add(&part);
        }
    }
    let names: Vec<&str> = peers.iter().map(|peer| peer.name).collect();
    outcome.set("viewers", compare.size.viewers);
    outcome.set("likers", compare.size.likers);
    outcome.set("rounds", compare.rounds);
    for (peer, medians) in peers.iter().zip(&medians) {
        for (key, label, _, unit) in ROWS {
            let label = format!("{}: {label}", peer.name);
            outcome.figure_of(&format!("{}_{key}", peer.key), &label, medians.median(key), unit);
        }
    }
    outcome.remarks.dedup();
    let text = block(compare, &names, &medians);
    for file in &compare.write {
        replace_block(file, "compare", &text)?;
    }
    if let Some(file) = &compare.picture {
        std::fs::write(file, picture(compare, &names, &medians))
            .with_context(|| format!("can't write {}", file.display()))?;
    }
    Ok(outcome)
}

fn block(compare: &Compare, names: &[&str], medians: &[Medians]) -> String {
    let viewers = count(compare.size.viewers);
    let head: Vec<&str> = [""].iter().chain(names).copied().collect();
    let rows: Vec<Vec<String>> = ROWS
        .iter()
        .map(|(key, label, _, unit)| {
            let values = medians.iter().map(|medians| match medians.median(key) {
                Some(value) if *key == "kills_with_losses" => {
                    format!("{} of {}", crate::out::number(value), compare.size.kills)
                }
                Some(value) => show(value, *unit),
                None => "–".into(),
            });
            [(*label).to_owned()].into_iter().chain(values).collect()
        })
        .collect();
    let table = markdown(&head, &rows);
    let Size { likers, seconds, .. } = compare.size;
    format!(
        "{table}\nMade by `plaudit load compare`: {viewers} viewers, {likers} likers without and {} with viewers, each \
         likes again as soon as its like is counted, {seconds} s; memory with {} viewers; medians of {} rounds on {}. \
         Plaudit's likes are on disk when they are counted, the others' are not.\n",
        (likers / 4).max(1),
        count(phases::crowd(compare.size.viewers)),
        compare.rounds,
        Machine::here()
    )
}

fn picture(compare: &Compare, names: &[&str], medians: &[Medians]) -> String {
    let panel = |(key, title, hint, unit): &(&str, &str, &str, Unit)| Panel {
        title: (*title).into(),
        hint: (*hint).into(),
        unit: *unit,
        bars: names
            .iter()
            .zip(medians)
            .map(|(name, medians)| Bar { name: (*name).into(), value: medians.median(key) })
            .collect(),
    };
    let drawn: Vec<Panel> = ROWS.iter().filter(|row| !row.2.is_empty()).map(panel).collect();
    panels(&format!("The same load, {} viewers", count(compare.size.viewers)), &drawn)
}
