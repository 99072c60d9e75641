//! The document's block: the machine, the goals, then every step with its figures and its chart.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::plan::{PAGES, STEPS};
use super::{Results, goals};
use crate::out::{markdown, show};
use crate::rounds::{Row, replace_block};

/// A document that has no block yet begins like this.
const SKELETON: &str = "# Performance\n\n<!-- report:begin -->\n<!-- report:end -->\n";

/// Replaces the block; makes the document where there is none.
pub(super) fn write_into(file: &Path, results: &Results, pictures: &Path) -> anyhow::Result<()> {
    if !file.exists() {
        super::write(file, SKELETON)?;
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    replace_block(
        file,
        "report",
        &text(results, &from(folder, pictures), |name| pictures.join(name).exists()),
    )
}

/// How a folder is called from another.
fn from(folder: &Path, other: &Path) -> PathBuf {
    let (here, there): (Vec<_>, Vec<_>) = (folder.components().collect(), other.components().collect());
    let common = here.iter().zip(&there).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", here.len() - common).map(PathBuf::from);
    up.chain(there[common..].iter().map(|part| PathBuf::from(part.as_os_str()))).collect()
}

fn text(results: &Results, pictures: &Path, is_drawn: impl Fn(&str) -> bool) -> String {
    let Results { machine, cores, viewers, steps } = results;
    let goals = markdown(&["", "goal", "median", "range", "reached"], &goals::rows(steps, *viewers));
    let mut text = format!(
        "Made by `plaudit load report` on {machine}; the server on {cores}. Medians and ranges; steps that \
         were measured together took turns in rounds, every step on a server of its own.\n\n{goals}"
    );
    for (name, title) in STEPS.iter().chain([&PAGES]) {
        let Some(step) = steps.get(*name) else { continue };
        let rounds = step.medians.rows().first().map_or(0, Row::rounds).to_string();
        let settings = step.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let settings: Vec<String> =
            settings.chain([("rounds", &*rounds)]).map(|(name, value)| format!("{name} {value}")).collect();
        let rows: Vec<Vec<String>> = step
            .medians
            .rows()
            .iter()
            .map(|row| vec![row.label.trim().to_owned(), show(row.median(), row.unit), row.range()])
            .collect();
        let _ = write!(text, "\n### {title}\n\n{}.\n\n", settings.join(", "));
        let picture = format!("{name}.svg");
        if is_drawn(&picture) {
            let _ = write!(text, "![{title}]({})\n\n", pictures.join(picture).display());
        }
        let table = markdown(&["", "median", "range"], &rows);
        let _ = write!(text, "<details><summary>All figures</summary>\n\n{table}\n</details>\n");
        for remark in &step.remarks {
            let _ = write!(text, "\nNote: {remark}.\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::out::Unit;
    use crate::report::Step;

    #[test]
    fn a_document_says_where_what_and_how_much() {
        let mut step = Step { settings: vec![("viewers".into(), "5000".into())], ..Step::default() };
        for value in [5.5, 5.3, 5.4] {
            step.medians.note("cpu_us_per_frame", "server: CPU a delivered frame", Unit::Micros, value);
        }
        step.remarks.push("the load was busy".into());
        let results = Results {
            machine: "2 cores".into(),
            cores: "core 0".into(),
            viewers: 5000,
            steps: [("watch".to_owned(), step)].into(),
        };
        let text = text(&results, Path::new("images/performance"), |name| name == "watch.svg");
        for part in [
            "on 2 cores; the server on core 0. Medians and ranges",
            "viewers 5000, rounds 3.",
            "| goal | median | range | reached |",
            "![One post, many viewers, one like after the other](images/performance/watch.svg)",
            "| server: CPU a delivered frame | 5.40 µs | 5.30 to 5.50 µs |",
            "Note: the load was busy.",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("feed.svg"), "{text}");
    }

    #[test]
    fn folders_are_called_from_one_another() {
        let called = |here: &str, there: &str| from(Path::new(here), Path::new(there)).display().to_string();
        assert_eq!(called("docs", "docs/images/performance"), "images/performance");
        assert_eq!(called("docs/deep", "docs/images"), "../images");
        assert_eq!(called("", "images"), "images");
    }
}
