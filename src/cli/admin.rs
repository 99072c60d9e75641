//! `plaudit backup`, `restore` and `check`: the database as a whole, from the command line.

use std::path::PathBuf;

use clap::Args;

pub(super) const BACKUP_EXAMPLES: &str = "\
Examples:
  plaudit backup /backups/site.db            a copy of this moment; a server may go on meanwhile
  plaudit backup \"/backups/$(date +%F).db\" --data /var/lib/plaudit

The copy is one file. It is written beside FILE, read again, and takes the place of FILE only when it is whole; an older
backup there is replaced.";

pub(super) const RESTORE_EXAMPLES: &str = "\
Examples:
  plaudit restore /backups/site.db           into a new folder, or one without a site
  plaudit restore /backups/site.db --force   in the place of the site that is there

Stop the server first. The copy gets a new epoch, so that pages that are still open start anew.";

pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
  plaudit check                              looks only; a server may run
  plaudit check --repair                     sets right what can be counted; stop the server first

0 says that all is well (or was mended), 1 that something is wrong.";

/// `plaudit backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// Where the copy goes
    pub file: PathBuf,
}

/// `plaudit restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// The copy
    pub file: PathBuf,
    /// Replace the site that is in the folder
    #[arg(long)]
    pub force: bool,
}

/// `plaudit check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Set right what can be counted, and say what it was
    #[arg(long)]
    pub repair: bool,
}
