//! `plaudit check`: whether the database is whole and its numbers are true, and mending what can be counted.

use anyhow::Context as _;

use super::progress::Bar;
use super::{runtime, say};
use crate::cli::Check;
use crate::config::Config;
use crate::folder;
use crate::store::sqlite::{Findings, check as look, check_pair, repair};

/// So many findings are said; of more only the number.
const SAID: usize = 50;

/// Looks beside a running server; mends only without one.
pub(super) fn check(config: &Config, role: &Check) -> anyhow::Result<()> {
    let database = folder::site(&config.data)?;
    let bar = Bar::new("checking");
    let progress = |share: f64, what: &str| bar.at(share, what);
    let findings = if role.repair {
        let _lock = runtime()?.block_on(folder::lock(&config.data)).with_context(|| {
            "stop the server before you repair: it would not know of what was mended".to_owned()
        })?;
        check_pair(&database)?;
        repair(&database, &progress)?
    } else {
        if !folder::is_served(&config.data) {
            check_pair(&database)?;
        }
        look(&database, &progress)?
    };
    drop(bar);
    report(&findings)
}

fn report(findings: &Findings) -> anyhow::Result<()> {
    list("mended", &findings.mended);
    list("wrong", &findings.wrong);
    match (findings.wrong.len(), findings.mended.len()) {
        (0, 0) => say(&format!("All is well: every page, and every number of {} posts.", findings.posts)),
        (0, mended) => say(&format!("{mended} mended. All is well now.")),
        (wrong, _) => anyhow::bail!(
            "{wrong} wrong: plaudit check --repair mends what can be counted (stop the server first); for the rest put a \
             backup back with plaudit restore"
        ),
    }
    Ok(())
}

fn list(what: &str, lines: &[String]) {
    for line in lines.iter().take(SAID) {
        say(&format!("{what}: {line}"));
    }
    if lines.len() > SAID {
        say(&format!("{what}: and {} more", lines.len() - SAID));
    }
}
