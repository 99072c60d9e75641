//! `plaudit backup` and `plaudit restore`: a copy of the database as one file, and back.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;

use super::progress::Bar;
use super::{runtime, say};
use crate::boot;
use crate::cli::{Backup, Restore};
use crate::config::Config;
use crate::folder;
use crate::store::sqlite::{Copied, back_up, restore as put_back};

/// What every file of `SQLite` begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Writes a copy of the database, beside a server or without one.
pub(super) fn backup(config: &Config, role: &Backup) -> anyhow::Result<()> {
    let database = folder::site(&config.data)?;
    check_target(&role.file, &config.data)?;
    if !folder::is_served(&config.data) {
        crate::store::sqlite::check_pair(&database)?;
    }
    let bar = Bar::new("backing up");
    let copied = back_up(&database, &role.file, &|share| bar.at(share, ""))?;
    drop(bar);
    say(&format!(
        "Backed up {} to {}: {}. It was read again and is whole.",
        database.display(),
        role.file.display(),
        in_words(&copied)
    ));
    Ok(())
}

/// Puts a copy in the place of the database. No server may run on the folder, and none starts meanwhile.
pub(super) fn restore(config: &Config, role: &Restore) -> anyhow::Result<()> {
    check_source(&role.file)?;
    folder::make(&config.data)?;
    let _lock = runtime()?.block_on(folder::lock(&config.data)).with_context(|| {
        "stop the server before you restore: it would go on with what it has open".to_owned()
    })?;
    let database = folder::database(&config.data);
    if !role.force && folder::has_remains(&config.data) {
        anyhow::bail!(
            "{} has a site already: --force replaces it, and what it holds is gone then (plaudit backup keeps a copy)",
            config.data.display()
        );
    }
    if same_file(&role.file, &database) {
        anyhow::bail!("{} is the database itself: name a copy of it", role.file.display());
    }
    let bar = Bar::new("restoring");
    let copied = put_back(&role.file, &database, &boot::random_name()?, &|share| bar.at(share, ""))?;
    drop(bar);
    say(&format!(
        "Restored {} from {}: {}. It has a new epoch: open pages start anew.",
        database.display(),
        role.file.display(),
        in_words(&copied)
    ));
    Ok(())
}

/// A backup replaces only backups.
fn check_target(file: &Path, data: &Path) -> anyhow::Result<()> {
    if file.is_dir() {
        anyhow::bail!("{} is a folder: name a file in it", file.display());
    }
    if folder::files(data).iter().any(|ours| same_file(file, ours)) {
        anyhow::bail!("{} is a file of the site itself: name another", file.display());
    }
    if file.exists() && !is_database(file)? {
        anyhow::bail!("{} is there and is no backup: name another file, or remove it", file.display());
    }
    Ok(())
}

fn check_source(file: &Path) -> anyhow::Result<()> {
    if !is_database(file)? {
        anyhow::bail!("{} is no backup: it does not begin as a database does", file.display());
    }
    Ok(())
}

fn is_database(file: &Path) -> anyhow::Result<bool> {
    let mut first = [0; 16];
    let opened = File::open(file).with_context(|| format!("can't read {}", file.display()))?;
    let read = opened.take(16).read_exact(&mut first);
    Ok(read.is_ok() && first == *MAGIC)
}

fn same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn in_words(copied: &Copied) -> String {
    let rows: Vec<_> = copied.rows.iter().map(|(name, count)| format!("{count} {name}")).collect();
    format!("{} ({} KiB)", rows.join(", "), copied.bytes.div_ceil(1024))
}
