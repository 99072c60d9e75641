//! The outcome of one scenario: how it was run, what was measured, what was wrong.

use serde_json::{Map, Value, json};
use std::fmt::Write as _;

use super::numbers::{Unit, show};
use super::{Chart, aligned};
use crate::faults::Faults;

/// One measured value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    /// For programs.
    pub(crate) key: String,
    /// For people.
    pub(crate) label: String,
    pub(crate) value: f64,
    pub(crate) unit: Unit,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// The scenario's name.
    pub(crate) scenario: String,
    /// What was asked for.
    pub(crate) settings: Vec<(String, String)>,
    /// In the order of reading.
    pub(crate) figures: Vec<Figure>,
    /// Empty: what was received is what must have been received.
    pub(crate) faults: Faults,
    /// What makes the figures worth less, without being wrong.
    pub(crate) remarks: Vec<String>,
    pub(crate) chart: Option<Chart>,
}

impl Outcome {
    /// Of a scenario that begins.
    pub(crate) fn new(scenario: &str) -> Self {
        Self { scenario: scenario.into(), ..Self::default() }
    }

    /// Notes how it was run.
    pub(crate) fn set(&mut self, name: &str, value: impl std::fmt::Display) {
        self.settings.push((name.into(), value.to_string()));
    }

    /// Notes a figure.
    pub(crate) fn figure(&mut self, key: &str, label: &str, value: f64, unit: Unit) {
        self.figures.push(Figure { key: key.into(), label: label.into(), value, unit });
    }

    /// Notes a figure that there may be.
    pub(crate) fn figure_of(&mut self, key: &str, label: &str, value: Option<f64>, unit: Unit) {
        if let Some(value) = value {
            self.figure(key, label, value, unit);
        }
    }

    /// A figure's value.
    pub(crate) fn value(&self, key: &str) -> Option<f64> {
        self.figures.iter().find(|figure| figure.key == key).map(|figure| figure.value)
    }

    /// Whether it was as it must be.
    pub(crate) fn passed(&self) -> bool {
        self.faults.is_empty()
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let settings: Vec<String> =
            self.settings.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let rows: Vec<[String; 2]> = self
            .figures
            .iter()
            .map(|figure| [figure.label.clone(), show(figure.value, figure.unit)])
            .collect();
        let mut text = format!("{}: {}\n\n{}\n", self.scenario, settings.join(", "), aligned(&rows));
        for remark in &self.remarks {
            let _ = writeln!(text, "note: {remark}");
        }
        text.push_str(&self.verdict());
        text
    }

    /// The last lines: right or wrong, and why.
    pub(crate) fn verdict(&self) -> String {
        if self.passed() {
            return "PASSED: what was received is what must have been received\n".into();
        }
        let mut text = format!("FAILED: {} faults\n", self.faults.count());
        for fault in self.faults.said() {
            let _ = writeln!(text, "  - {fault}");
        }
        let more = self.faults.count() - self.faults.said().len() as u64;
        if more > 0 {
            let _ = writeln!(text, "  … and {more} more");
        }
        text
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let settings: Map<String, Value> =
            self.settings.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let figures: Map<String, Value> =
            self.figures.iter().map(|figure| (figure.key.clone(), json!(figure.value))).collect();
        json!({
            "scenario": self.scenario,
            "passed": self.passed(),
            "settings": settings,
            "figures": figures,
            "faults": { "count": self.faults.count(), "first": self.faults.said() },
            "remarks": self.remarks,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome() -> Outcome {
        let mut outcome = Outcome::new("watch");
        outcome.set("viewers", 5000);
        outcome.figure("cpu", "CPU a frame", 5.3, Unit::Micros);
        outcome.figure("frames", "frames", 12_345.0, Unit::Count);
        outcome.figure_of("memory", "memory", None, Unit::Kibibytes);
        outcome
    }

    #[test]
    fn an_outcome_reads_well_and_says_its_verdict() {
        let mut outcome = outcome();
        assert_eq!(
            outcome.text(),
            "watch: viewers 5000\n\n  CPU a frame  5.30 µs\n  frames        12,345\n\n\
             PASSED: what was received is what must have been received\n"
        );
        for number in 0..12 {
            outcome.faults.add(|| format!("fault {number}"));
        }
        let verdict = outcome.verdict();
        assert!(verdict.starts_with("FAILED: 12 faults\n  - fault 0\n"), "{verdict}");
        assert!(verdict.ends_with("  … and 2 more\n"), "{verdict}");
    }

    #[test]
    fn json_has_every_figure_by_its_key() {
        let json = outcome().json();
        assert_eq!(json["figures"], json!({ "cpu": 5.3, "frames": 12345.0 }));
        assert_eq!((&json["passed"], &json["settings"]["viewers"]), (&json!(true), &json!("5000")));
    }
}
