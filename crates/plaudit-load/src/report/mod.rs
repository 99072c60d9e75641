//! `report`: all scenarios in interleaved rounds, and what came out as tables and charts in docs/performance.md. What
//! people have written there stays; only the block between the marks is replaced.

mod document;
mod goals;
mod plan;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

pub(crate) use plan::Sizes;
use plan::{Bench, PAGES, STEPS};

use crate::machine::Machine;
use crate::out::{Outcome, Progress};
use crate::pin::Cores;
use crate::rounds::Medians;

/// What to run, and where to put what comes out.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) command: String,
    pub(crate) cores: Option<Cores>,
    pub(crate) sizes: Sizes,
    pub(crate) rounds: usize,
    /// Only these steps; empty: all.
    pub(crate) only: Vec<String>,
    pub(crate) document: PathBuf,
    pub(crate) pictures: PathBuf,
    /// All values of all rounds.
    pub(crate) raw: PathBuf,
    /// Only write the document anew, from what is there.
    pub(crate) again: bool,
}

/// What came out of one step.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) medians: Medians,
    pub(crate) remarks: Vec<String>,
}

/// By the step's name.
pub(crate) type Steps = BTreeMap<String, Step>;

/// All of it, as it is kept in a file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) machine: String,
    pub(crate) cores: String,
    pub(crate) viewers: usize,
    pub(crate) steps: Steps,
}

/// Every step's name.
pub(crate) fn step_names() -> Vec<&'static str> {
    STEPS.iter().chain([&PAGES]).map(|(name, _)| *name).collect()
}

/// Runs the rounds and writes the document.
pub(crate) fn report(report: &Report, progress: &Progress) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("report");
    let names: Vec<&str> = step_names()
        .into_iter()
        .filter(|name| report.only.is_empty() || report.only.iter().any(|only| only == name))
        .collect();
    if names.is_empty() {
        bail!("--only names no step: they are {}", step_names().join(", "));
    }
    let keeps = report.again || !report.only.is_empty() && report.raw.exists();
    let mut results = if keeps { read(&report.raw)? } else { Results::default() };
    if !report.again {
        run(report, &names, &mut results, &mut outcome, progress)?;
        write(&report.raw, &serde_json::to_string_pretty(&results)?)?;
    }
    document::write_into(&report.document, &results, &report.pictures)?;
    outcome.set("rounds", report.rounds);
    outcome.set("steps", names.join(" "));
    outcome.set("document", report.document.display());
    for row in goals::rows(&results.steps, results.viewers) {
        let [what, goal, median, _, reached] = &row[..] else { continue };
        outcome.remarks.push(format!("{what}: {} ({goal}: {reached})", median.replace('*', "")));
    }
    Ok(outcome)
}

fn run(
    report: &Report,
    names: &[&str],
    results: &mut Results,
    outcome: &mut Outcome,
    progress: &Progress,
) -> anyhow::Result<()> {
    let cores = report.cores.as_ref().map_or_else(|| "all cores".into(), |cores| format!("core {cores}"));
    results.machine = Machine::here().to_string();
    results.cores = cores;
    results.viewers = report.sizes.viewers;
    for name in names {
        results.steps.insert((*name).into(), Step::default());
    }
    let bench =
        Bench { command: &report.command, cores: report.cores.as_ref(), sizes: &report.sizes, progress };
    for round in 0..report.rounds {
        for name in names {
            progress.say(format!("round {} of {}: {name}", round + 1, report.rounds));
            let part = bench.run(name).with_context(|| format!("{name}, round {}", round + 1))?;
            let verdict = part.verdict();
            progress.line(&format!("round {} of {}: {name}: {}", round + 1, report.rounds, verdict.trim()));
            let Some(step) = results.steps.get_mut(*name) else { continue };
            step.medians.add(&part);
            step.settings.clone_from(&part.settings);
            for remark in &part.remarks {
                if !step.remarks.contains(remark) {
                    step.remarks.push(remark.clone());
                }
            }
            if let Some(chart) = &part.chart {
                write(&report.pictures.join(format!("{name}.svg")), &chart.svg())?;
            }
            outcome.faults.merge(part.faults);
        }
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Results> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("can't read {}: run all steps once", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not what a report leaves", file.display()))
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
    }
    std::fs::write(file, text).with_context(|| format!("can't write {}", file.display()))
}
