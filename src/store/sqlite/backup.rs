//! Copies of the database as files: one of a moment, beside whatever writes, and one that is put back. The roles
//! `plaudit backup` and `plaudit restore` drive it.
//!
//! The copy is made inside one read transaction. `SQLite` begins a backup anew whenever another process has written, so
//! that under constant writes it would never end; a transaction keeps seeing the moment it began in. Meanwhile the
//! write-ahead log grows by what is written.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::trouble::{self, Trouble};
use super::{open, wal};

/// Pages that are copied between two looks at the progress: a MiB.
const STEP: i32 = 256;
/// Of a copy, this part of the time goes into copying; the rest into looking whether it is whole.
const COPYING: f64 = 0.6;

/// What a copy holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Its size in bytes.
    pub bytes: u64,
    /// How many rows there are of what people know: members, posts, comments, likes.
    pub rows: Vec<(&'static str, u64)>,
}

type Counts = BTreeMap<String, u64>;

/// Copies the database of one moment into `target`, which is replaced once the copy is whole, on disk and verified: every
/// page reads, and every table has as many rows as it had in that moment. `progress` hears shares from 0 to 1.
pub fn back_up(database: &Path, target: &Path, progress: &dyn Fn(f64)) -> Result<Copied, Trouble> {
    let source = open_source(database)?;
    let begun = source.execute_batch("BEGIN").and_then(|()| counts(&source));
    let expected = begun.map_err(|error| trouble::of_database(database, &error))?;
    let partial = Partial::beside(target)?;
    let copied = copy_pages(&source, &partial.0, &|share| progress(share * COPYING));
    copied.map_err(|error| trouble::of_database(&partial.0, &error))?;
    // From here on the log may shrink again.
    drop(source);
    let copy = seal(&partial.0, &expected)?;
    progress(1.0);
    let copied = describe(&copy, &partial.0)?;
    drop(copy);
    partial.become_file(target)?;
    Ok(copied)
}

/// Puts a copy in the place of a database that nobody has open. It gets another epoch, so that open pages start anew. What
/// was there before is gone, its log too.
pub fn restore(from: &Path, database: &Path, epoch: &str, progress: &dyn Fn(f64)) -> Result<Copied, Trouble> {
    let partial = Partial::beside(database)?;
    copy_bytes(from, &partial.0, &|share| progress(share * COPYING))?;
    let beside = wal::path(from);
    if beside.exists() {
        // A copy of a database together with its log: what is in the log belongs to it.
        copy_bytes(&beside, &wal::path(&partial.0), &|_| {})?;
    }
    let expected = open_copy(&partial.0, from).and_then(|copy| {
        open::is_current_or_older(&copy).map_err(|why| Trouble(format!("{} {why}", from.display())))?;
        counts(&copy).map_err(|error| trouble::of_database(from, &error))
    })?;
    let copy =
        seal(&partial.0, &expected).map_err(|error| Trouble(format!("{}: {error}", from.display())))?;
    let renamed = copy.execute("UPDATE meta SET epoch = ?1", [epoch]);
    renamed.map_err(|error| trouble::of_database(&partial.0, &error))?;
    let copied = describe(&copy, &partial.0)?;
    drop(copy);
    progress(1.0);
    // The old log first: beside the new database it would be mixed into it.
    for left in wal::files_beside(database) {
        match fs::remove_file(&left) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(trouble::of_path(&left, &error));
            }
            _ => {}
        }
    }
    partial.become_file(database)?;
    Ok(copied)
}

/// To read, whoever else has it open. What is in the log counts; closing it changes nothing.
fn open_source(database: &Path) -> Result<Connection, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(database, flags).and_then(|db| {
        db.busy_timeout(Duration::from_secs(5))?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        db.pragma_update(None, "query_only", true)?;
        Ok(db)
    });
    opened.map_err(|error| trouble::of_database(database, &error))
}

/// A copy that only this process knows.
fn open_copy(path: &Path, named: &Path) -> Result<Connection, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags)
        // One file without a log: that is what is handed on. What a log held is taken in.
        .and_then(|copy| copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).map(|()| copy));
    opened.map_err(|error| trouble::of_database(named, &error))
}

fn copy_pages(source: &Connection, to: &Path, progress: &dyn Fn(f64)) -> rusqlite::Result<()> {
    let mut target = Connection::open(to)?;
    // It is synced as a whole, when it is done.
    target.pragma_update(None, "synchronous", "OFF")?;
    let backup = Backup::new(source, &mut target)?;
    loop {
        match backup.step(STEP)? {
            StepResult::Done => break,
            StepResult::More => {}
            // Somebody holds the file for a moment.
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
        let now = backup.progress();
        progress(f64::from(now.pagecount - now.remaining) / f64::from(now.pagecount.max(1)));
    }
    Ok(())
}

fn copy_bytes(from: &Path, to: &Path, progress: &dyn Fn(f64)) -> Result<(), Trouble> {
    let mut source = File::open(from).map_err(|error| trouble::of_path(from, &error))?;
    let all = source.metadata().map_or(0, |file| file.len());
    let copying = || {
        let mut target = private(to)?;
        let mut buffer = vec![0; 1 << 20];
        let mut done = 0;
        loop {
            let count = source.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            target.write_all(&buffer[..count])?;
            done += count as u64;
            progress(share(done, all));
        }
    };
    let copied: io::Result<()> = { copying }();
    copied.map_err(|error| trouble::of_path(to, &error))
}

/// Looks whether a copy is whole, and puts it on the disk.
fn seal(path: &Path, expected: &Counts) -> Result<Connection, Trouble> {
    let copy = open_copy(path, path)?;
    let named = |error| trouble::of_database(path, &error);
    let found: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(named)?;
    if found != "ok" {
        return Err(Trouble(format!("the copy is not whole: {found}. See plaudit check")));
    }
    let counted = counts(&copy).map_err(named)?;
    if counted != *expected {
        return Err(Trouble("the copy has other rows than the database had: try again".to_owned()));
    }
    File::open(path).and_then(|file| file.sync_all()).map_err(|error| trouble::of_path(path, &error))?;
    Ok(copy)
}

/// How many rows every table has.
fn counts(db: &Connection) -> rusqlite::Result<Counts> {
    let mut tables =
        db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?;
    let names: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    names
        .into_iter()
        .map(|name| {
            let count = format!("SELECT count(*) FROM \"{}\"", name.replace('"', "\"\""));
            let rows = db.query_row(&count, [], |row| row.get(0))?;
            Ok((name, rows))
        })
        .collect()
}

fn describe(copy: &Connection, path: &Path) -> Result<Copied, Trouble> {
    let rows = [
        ("members", "SELECT count(*) FROM users WHERE kind = 'member'"),
        ("posts", "SELECT count(*) FROM posts WHERE removed_at IS NULL"),
        ("comments", "SELECT count(*) FROM comments WHERE removed_at IS NULL"),
        ("likes", "SELECT count(*) FROM likes"),
    ]
    .into_iter()
    .map(|(name, sql)| Ok((name, copy.query_row(sql, [], |row| row.get(0))?)))
    .collect::<rusqlite::Result<_>>();
    let rows = rows.map_err(|error| Trouble(format!("this is not a database of Plaudit: {error}")))?;
    Ok(Copied { bytes: fs::metadata(path).map_or(0, |file| file.len()), rows })
}

#[expect(clippy::cast_precision_loss, reason = "a bar of some hundred steps")]
fn share(done: u64, all: u64) -> f64 {
    done as f64 / all.max(1) as f64
}

/// A file that is not whole yet; away if it does not become one.
struct Partial(PathBuf);

impl Partial {
    fn beside(target: &Path) -> Result<Self, Trouble> {
        let mut name = target.as_os_str().to_owned();
        name.push(".partial");
        let partial = Self(PathBuf::from(name));
        partial.remove();
        // Made here and not by SQLite: nobody else may read it.
        private(&partial.0).map_err(|error| trouble::of_path(&partial.0, &error))?;
        Ok(partial)
    }

    /// In the place of `target`, so that it stays through a power cut.
    fn become_file(self, target: &Path) -> Result<(), Trouble> {
        let named = |error| trouble::of_path(target, &error);
        File::open(&self.0).and_then(|file| file.sync_all()).map_err(named)?;
        fs::rename(&self.0, target).map_err(named)?;
        let folder =
            target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(named)
    }

    fn remove(&self) {
        for path in wal::files_beside(&self.0).into_iter().chain([self.0.clone()]) {
            let _ = fs::remove_file(path);
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        self.remove();
    }
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::super::open::SqliteOptions;
    use super::*;
    use crate::domain::Timestamp;

    #[test]
    fn a_copy_ends_though_somebody_writes_between_any_two_steps_and_holds_the_moment_it_began_in() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions::new(folder.path().join("plaudit.db"), "epoch", Timestamp(1));
        open::create_file(&options.path).unwrap();
        let mut writer = open::writer_connection(&options).unwrap();
        open::migrate(&mut writer).unwrap();
        open::seed(&mut writer, &options).unwrap();
        // Four steps and a bit.
        let pages =
            format!("CREATE TABLE pages (page BLOB); INSERT INTO pages VALUES (zeroblob({}))", 4 << 20);
        writer.execute_batch(&pages).unwrap();
        let steps = Cell::new(0);
        let progress = |_: f64| {
            steps.set(steps.get() + 1);
            assert!(steps.get() < 50, "the copy begins anew with every write");
            writer.execute("UPDATE posts SET likes = likes + 1", []).unwrap();
        };
        let target = folder.path().join("copy.db");
        back_up(&options.path, &target, &progress).unwrap();
        assert!(steps.get() >= 5, "{} steps", steps.get());
        let copy = Connection::open(&target).unwrap();
        let likes: u64 = copy.query_row("SELECT likes FROM posts", [], |row| row.get(0)).unwrap();
        assert_eq!(likes, 0);
    }
}
