//! Several rounds of the same: medians with their range, and the blocks of documents that they are written into.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::out::{Outcome, Unit, show};

/// Every figure of every round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Medians(BTreeMap<String, Vec<f64>>);

impl Medians {
    /// Another round.
    pub(crate) fn add(&mut self, outcome: &Outcome) {
        for figure in &outcome.figures {
            self.note(&figure.key, figure.value);
        }
    }

    /// One value more of a figure.
    pub(crate) fn note(&mut self, key: &str, value: f64) {
        self.0.entry(key.to_owned()).or_default().push(value);
    }

    fn sorted(&self, key: &str) -> Option<Vec<f64>> {
        let mut values = self.0.get(key)?.clone();
        values.sort_by(f64::total_cmp);
        Some(values)
    }

    /// The value in the middle; between the two in the middle of an even number.
    pub(crate) fn median(&self, key: &str) -> Option<f64> {
        let values = self.sorted(key)?;
        let middle = values.len() / 2;
        Some(if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        })
    }

    /// From the least to the most.
    pub(crate) fn range(&self, key: &str, unit: Unit) -> Option<String> {
        let values = self.sorted(key)?;
        let (first, last) = (values.first()?, values.last()?);
        Some(format!("{} to {}", show(*first, Unit::Count), show(*last, unit)))
    }

    /// The keys and all their values, for a file that can be read again.
    pub(crate) fn values(&self) -> &BTreeMap<String, Vec<f64>> {
        &self.0
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
    Some(format!("{}\n{}\n{}", &document[..from], text.trim(), &document[to..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let mut medians = Medians::default();
        for value in [3.0, 1.0, 9.0] {
            medians.note("a", value);
        }
        assert_eq!(medians.median("a"), Some(3.0));
        medians.note("a", 5.0);
        assert_eq!((medians.median("a"), medians.median("b")), (Some(4.0), None));
        assert_eq!(medians.range("a", Unit::Millis).unwrap(), "1 to 9 ms");
    }

    #[test]
    fn only_a_block_is_replaced() {
        let document = "before\n<!-- a:begin -->\nold\n<!-- a:end -->\nbehind\n";
        let wanted = "before\n<!-- a:begin -->\n\nnew\n<!-- a:end -->\nbehind\n";
        assert_eq!(with_block(document, "a", "new\n\n").as_deref(), Some(wanted));
        assert_eq!(with_block(wanted, "a", "new").as_deref(), Some(wanted));
        assert_eq!(with_block(document, "b", "new"), None);
    }
}
