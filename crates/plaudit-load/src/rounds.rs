//! Several rounds of the same: medians with their range, and the blocks of documents that they are written into.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use crate::out::{Outcome, Unit, show};

/// One figure in every round.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) unit: Unit,
    values: Vec<f64>,
}

/// Every figure of every round, in the order of reading.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Medians(Vec<Row>);

impl Medians {
    /// Another round.
    pub(crate) fn add(&mut self, outcome: &Outcome) {
        for figure in &outcome.figures {
            self.note(&figure.key, &figure.label, figure.unit, figure.value);
        }
    }

    /// One value more of a figure.
    pub(crate) fn note(&mut self, key: &str, label: &str, unit: Unit, value: f64) {
        if let Some(row) = self.0.iter_mut().find(|row| row.key == key) {
            row.values.push(value);
        } else {
            self.0.push(Row { key: key.into(), label: label.into(), unit, values: vec![value] });
        }
    }

    /// All figures.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.0
    }

    /// One figure.
    pub(crate) fn row(&self, key: &str) -> Option<&Row> {
        self.0.iter().find(|row| row.key == key)
    }

    /// The value in the middle of a figure.
    pub(crate) fn median(&self, key: &str) -> Option<f64> {
        self.row(key).map(Row::median)
    }
}

impl Row {
    fn sorted(&self) -> Vec<f64> {
        let mut values = self.values.clone();
        values.sort_by(f64::total_cmp);
        values
    }

    /// The value in the middle; between the two in the middle of an even number.
    pub(crate) fn median(&self) -> f64 {
        let values = self.sorted();
        match (values.len() / 2, values.len() % 2) {
            (0, 0) => f64::NAN,
            (middle, 1) => values[middle],
            (middle, _) => f64::midpoint(values[middle - 1], values[middle]),
        }
    }

    /// How many there were.
    pub(crate) fn rounds(&self) -> usize {
        self.values.len()
    }

    /// From the least to the most.
    pub(crate) fn range(&self) -> String {
        match self.sorted()[..] {
            [only] => show(only, self.unit),
            [first, .., last] => format!("{} to {}", show(first, Unit::Count), show(last, self.unit)),
            [] => "–".into(),
        }
    }
}

/// Replaces what stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->` in a document.
pub(crate) fn replace_block(file: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let before = std::fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
    let Some(after) = with_block(&before, name, text) else {
        bail!("{} has no place for it: write <!-- {name}:begin --> and <!-- {name}:end -->", file.display());
    };
    std::fs::write(file, after).with_context(|| format!("can't write {}", file.display()))
}

fn with_block(document: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
    let from = document.find(&begin)? + begin.len();
    let to = from + document[from..].find(&end)?;
    Some(format!("{}\n{}\n\n{}", &document[..from], text.trim(), &document[to..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let mut medians = Medians::default();
        for value in [3.0, 1.0, 9.0] {
            medians.note("a", "an a", Unit::Millis, value);
        }
        assert_eq!(medians.median("a"), Some(3.0));
        medians.note("a", "an a", Unit::Millis, 5.0);
        assert_eq!((medians.median("a"), medians.median("b")), (Some(4.0), None));
        assert_eq!(medians.row("a").unwrap().range(), "1 to 9 ms");
    }

    #[test]
    fn rounds_are_kept_and_read_again() {
        let mut medians = Medians::default();
        medians.note("a", "an a", Unit::Micros, 2.5);
        let text = serde_json::to_string(&medians).unwrap();
        let again: Medians = serde_json::from_str(&text).unwrap();
        assert_eq!((again.median("a"), again.row("a").unwrap().unit), (Some(2.5), Unit::Micros));
    }

    #[test]
    fn only_a_block_is_replaced() {
        let document = "before\n<!-- a:begin -->\nold\n<!-- a:end -->\nbehind\n";
        let wanted = "before\n<!-- a:begin -->\n\nnew\n\n<!-- a:end -->\nbehind\n";
        assert_eq!(with_block(document, "a", "new\n\n").as_deref(), Some(wanted));
        assert_eq!(with_block(wanted, "a", "new").as_deref(), Some(wanted));
        assert_eq!(with_block(document, "b", "new"), None);
    }
}
