//! The write-ahead log beside the database, and whether the two belong together.
//!
//! A log that lies beside another database than its own would be mixed into it, or hide it. `SQLite` cannot tell. So a
//! third file says how the database looked after the last time that this program wrote into it: who finds it otherwise
//! at the start, with a log beside it, refuses. This counts until the machine is started anew only. After a power cut
//! nobody knows which of the three files were kept how far.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::open::OpenError;

/// A log that is no longer than its header holds nothing.
const HEADER: u64 = 32;
/// What is noted, in bytes: always as many, so that noting needs no new room on a full disk.
const NOTE: usize = 128;
/// So often it is looked, with a pause in between, before a database and a log are called strangers.
const LOOKS: u32 = 20;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Where the log of a database is.
pub(super) fn path(database: &Path) -> PathBuf {
    beside(database, "-wal")
}

/// All that `SQLite` and this program put beside a database, and that belongs to it alone.
pub(super) fn files_beside(database: &Path) -> [PathBuf; 4] {
    ["-wal", "-shm", "-journal", "-pair"].map(|ending| beside(database, ending))
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(ending);
    PathBuf::from(path)
}

/// Whether a database and its log, as they lie there, belong together. Ask before anything opens them.
pub fn check(database: &Path) -> Result<(), OpenError> {
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let log = path(database);
    if length(&log) <= HEADER {
        return Ok(());
    }
    if length(database) == 0 {
        return Err(OpenError::Orphan { database: database.to_owned(), log });
    }
    let note = beside(database, "-pair");
    // Another process may be at work on both, and has written one of them: strangers stay strangers.
    for _ in 0..LOOKS {
        match (std::fs::read_to_string(&note), look(database)) {
            (Ok(noted), Ok(Some(look))) if is_of_this_boot(&noted) && noted.trim_end() != look => {
                std::thread::sleep(BETWEEN_LOOKS);
            }
            // Nothing is known of them: they may come from another machine, or a power cut.
            _ => return Ok(()),
        }
    }
    Err(OpenError::Strangers { database: database.to_owned(), log, note })
}

/// Says how the database looks, in a file beside it.
#[derive(Debug)]
pub(super) struct Note {
    database: PathBuf,
    /// None where it cannot be had; then there is none on the disk either.
    file: Option<File>,
}

impl Note {
    pub(super) fn new(database: &Path) -> Self {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let path = beside(database, "-pair");
        let file = options.open(&path).inspect_err(|error| {
            tracing::warn!(%error, "it can't be noted which log belongs to the database");
            let _ = std::fs::remove_file(&path);
        });
        Self { database: database.to_owned(), file: file.ok() }
    }

    /// Until [`end`](Self::end) the database looks neither as before nor as after, and any look is right.
    pub(super) fn begin(&mut self) {
        self.write(Some(format!("{} is being written", boot())));
    }

    /// The database is written, and looks like this.
    pub(super) fn end(&mut self) {
        let look = look(&self.database).ok().flatten();
        self.write(look);
    }

    fn write(&mut self, text: Option<String>) {
        let Some(file) = &self.file else { return };
        let written = text.ok_or(io::ErrorKind::NotFound.into()).and_then(|text| {
            let line = format!("{text:<width$}\n", width = NOTE - 1);
            file.write_all_at(line.as_bytes(), 0)
        });
        if written.is_err() {
            // A note that is not true is worse than none.
            self.file = None;
            let _ = std::fs::remove_file(beside(&self.database, "-pair"));
        }
    }
}

/// How a database looks from outside; none where this machine does not say since when it runs.
fn look(database: &Path) -> io::Result<Option<String>> {
    let file = std::fs::metadata(database)?;
    let boot = boot();
    let look = format!("{boot} {}.{:09} {}", file.mtime(), file.mtime_nsec(), file.len());
    Ok((!boot.is_empty()).then_some(look))
}

fn is_of_this_boot(noted: &str) -> bool {
    let boot = boot();
    !boot.is_empty() && noted.starts_with(&boot) && !noted.contains("is being written")
}

/// Names the time since the machine was started; empty where that is not known.
fn boot() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    boot.trim().to_owned()
}
