//! The write-ahead log: when it goes into the database file, and whether the two belong together.
//!
//! A log that lies beside another database than its own would be mixed into it, or hide it. `SQLite` cannot tell. So a
//! third file says how the database looked after the last time that this program wrote into it: who finds it otherwise
//! at the start, with a log beside it, refuses. Surprising: this counts until the machine is started anew only. After a
//! power cut nobody knows which of the three files were kept how far.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::open::OpenError;

/// Pages that the log may have before it goes into the database: four times the default, 16 MiB. The rows of a busy
/// post are written to the file once for each time, however often they changed, and its two fsyncs hold up a batch a
/// quarter as often.
const PAGES: i32 = 4000;
/// A log that is no longer than its header holds nothing.
const HEADER: u64 = 32;
/// What is noted, in bytes: always as many, so that noting needs no new room on a full disk.
const NOTE: usize = 128;

thread_local! {
    /// How many pages the log had after the last commit of this thread.
    static LENGTH: Cell<i32> = const { Cell::new(0) };
}

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
    match (std::fs::read_to_string(&note), look(database)) {
        (Ok(noted), Ok(Some(look))) if is_of_this_boot(&noted) && noted.trim_end() != look => {
            Err(OpenError::Strangers { database: database.to_owned(), log, note })
        }
        // Nothing is known of them: they may come from another machine, or a power cut.
        _ => Ok(()),
    }
}

/// Puts the log into the database, and notes how that looks then.
#[derive(Debug)]
pub(super) struct Checkpoints {
    database: PathBuf,
    /// None where it cannot be had; then there is none on the disk either.
    note: Option<File>,
}

impl Checkpoints {
    pub(super) fn new(database: &Path) -> Self {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let note = beside(database, "-pair");
        let file = options.open(&note).inspect_err(|error| {
            tracing::warn!(%error, "it can't be noted which log belongs to the database");
            let _ = std::fs::remove_file(&note);
        });
        Self { database: database.to_owned(), note: file.ok() }
    }

    /// From now on this connection's log grows until [`if_due`](Self::if_due) or [`now`](Self::now).
    pub(super) fn take_over(db: &mut Connection) -> rusqlite::Result<()> {
        db.wal_hook(Some(|_: &mut Wal, pages| {
            LENGTH.set(pages);
            Ok(())
        }))
    }

    /// After a commit on this thread: if the log has become long. Readers may hold a part of it back.
    pub(super) fn if_due(&mut self, db: &Connection) {
        if LENGTH.get() >= PAGES {
            self.now(db, "PRAGMA wal_checkpoint(PASSIVE)");
        }
    }

    /// At once; `how` is the pragma.
    pub(super) fn now(&mut self, db: &Connection, how: &str) {
        self.begin();
        if let Err(error) = db.query_row(how, [], |_| Ok(())) {
            tracing::warn!(%error, "the log stays beside the database: a later commit or the next start takes it in");
        }
        let look = look(&self.database).ok().flatten();
        self.write(look);
    }

    /// Until [`now`](Self::now) is done the database looks neither as before nor as after, and any look is right.
    pub(super) fn begin(&mut self) {
        self.write(Some(format!("{} is being written", boot())));
    }

    fn write(&mut self, text: Option<String>) {
        let Some(file) = &self.note else { return };
        let written = text.ok_or(io::ErrorKind::NotFound.into()).and_then(|text| {
            let line = format!("{text:<width$}\n", width = NOTE - 1);
            file.write_all_at(line.as_bytes(), 0)
        });
        if written.is_err() {
            // A note that is not true is worse than none.
            self.note = None;
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
