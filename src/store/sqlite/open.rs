//! Opening: the file and its rights, the connections and their pragmas, migrations, the first rows.
//! `SqliteStore::open` drives it, and the writer where it needs a new connection.
//!
//! Nothing here asks for the time or for randomness. A new database takes its epoch and its first moment from the
//! caller, who can hold both still in a test.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior, params};

use super::checkpoints::Checkpoints;
use super::tx::Tx;
use super::{posts, search, trouble};
use crate::domain::{Online, Timestamp, UserId};
use crate::store::NewPost;
use crate::store::group_commit::Fault;

mod embedded {
    refinery::embed_migrations!("migrations/sqlite");
}

const WELCOME: &str = "Welcome, how nice that you are here! Press Like, then open this page in a second window \
                       and see the next one arrive there in the same moment.";

/// How to open a database.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The file, `plaudit.db`; its folder is there.
    pub path: PathBuf,
    /// What a new database is called; one that has a name keeps it.
    pub epoch: String,
    /// When a new database begins.
    pub now: Timestamp,
    /// How many reads can run at the same time.
    pub readers: usize,
    /// How many writes may wait: 8192 are less than a tenth of a second of work and about a MiB.
    pub queue_bound: usize,
    /// How many writes one commit takes: 1024 likes keep the writer below 10 ms, so that no reply waits for a huge batch.
    pub batch_max: usize,
    /// How long to wait for another process that writes (`plaudit user`, a backup).
    pub patience: Duration,
    /// How many pages of 4 KiB the file may have; none: as many as the disk holds. With it a test fills the disk.
    pub page_limit: Option<u32>,
    /// Who has an open socket now: to others no case is left that a customer opens again.
    pub online: Online,
}

impl SqliteOptions {
    /// The usual options.
    pub fn new(path: impl Into<PathBuf>, epoch: impl Into<String>, now: Timestamp) -> Self {
        Self {
            path: path.into(),
            epoch: epoch.into(),
            now,
            readers: 4,
            queue_bound: 8192,
            batch_max: 1024,
            patience: Duration::from_secs(5),
            page_limit: None,
            online: Online::default(),
        }
    }
}

/// Why a database can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or its folder can't be used: which, whose it is, what to do.
    #[error("the database {0}")]
    Database(String),
    /// The same, before it is known of which file.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// Likewise, from the system.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A log without its database.
    #[error(
        "{database} is missing, and {log} is there, which holds what was done last: put the database back that it \
         belongs to, or delete {log} to begin a new site"
    )]
    Orphan {
        /// What is missing.
        database: PathBuf,
        /// What is there.
        log: PathBuf,
    },
    /// A log beside another database.
    #[error(
        "{database} and {log} do not belong together: another program has written or replaced the database since the \
         server ended. If you have put a copy there, delete {log} and start again (plaudit restore does that; what the \
         log holds is lost). If the two do belong together, delete {note}"
    )]
    Strangers {
        /// The database.
        database: PathBuf,
        /// The log beside it.
        log: PathBuf,
        /// What says how the database looked.
        note: PathBuf,
    },
    /// The file system has no shared memory, or another program holds the file.
    #[error(
        "the database can't be switched to write-ahead logging (its mode stays {0}): is it on a network drive?"
    )]
    Mode(String),
    /// A newer version of Plaudit has written it.
    #[error(
        "the database is from a newer version of Plaudit (its migration {0} is unknown here): update Plaudit"
    )]
    Newer(String),
    /// A migration failed; it was undone.
    #[error("the database can't be brought to this version: {0}")]
    Migration(#[from] refinery::Error),
    /// The first rows could not be written.
    #[error("the first rows can't be written: {0}")]
    Seed(String),
}

impl OpenError {
    /// With the file that it is about.
    pub(super) fn at(self, path: &Path) -> Self {
        match self {
            Self::Sqlite(error) => Self::Database(trouble::of_database(path, &error).0),
            Self::Io(error) => Self::Database(trouble::of_path(path, &error).0),
            other => other,
        }
    }
}

/// Commits something that changes nothing: a site that cannot write must not start.
pub(super) fn try_write(db: &Connection) -> rusqlite::Result<()> {
    let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    db.execute_batch(&format!("BEGIN IMMEDIATE; PRAGMA user_version = {version}; COMMIT"))
}

/// Creates the file where there is none: readable by its owner only, and still there after a power cut.
pub(super) fn create_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(file) => file.sync_all()?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(error),
    }
    // Without this the file's name may be lost with the power, and every acknowledged like with it.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(fs::canonicalize(folder)?)?.sync_all() } else { Ok(()) }
}

/// The connection that writes.
pub(super) fn writer_connection(options: &SqliteOptions) -> Result<Connection, OpenError> {
    let mut db = connect(options, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mode = switch_to_log(&db, options.patience)?;
    if mode != "wal" {
        return Err(OpenError::Mode(mode));
    }
    // FULL: in WAL mode NORMAL would acknowledge what a power cut takes back.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    // What was removed is overwritten with zeros, not only unlinked.
    db.pragma_update(None, "secure_delete", true)?;
    Checkpoints::take_over(&mut db)?;
    // After a burst the log gives back what it has beyond 32 MiB.
    db.query_row("PRAGMA journal_size_limit = 33554432", [], |_| Ok(()))?;
    // A savepoint keeps the pages it may have to restore; they need no file.
    db.pragma_update(None, "temp_store", "MEMORY")?;
    if let Some(limit) = options.page_limit {
        db.query_row(&format!("PRAGMA max_page_count = {limit}"), [], |_| Ok(()))?;
    }
    Ok(db)
}

/// Switches to write-ahead logging; gives the mode. `SQLite` does not wait by itself where another process switches too.
fn switch_to_log(db: &Connection, patience: Duration) -> rusqlite::Result<String> {
    let start = Instant::now();
    loop {
        let switched = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0));
        let busy =
            matches!(&switched, Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy));
        if !busy || start.elapsed() >= patience {
            return switched;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The connection of the thread that makes checkpoints.
pub(super) fn checkpoint_connection(options: &SqliteOptions) -> Result<Connection, OpenError> {
    let db = connect(options, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    open_log(&db)?;
    Ok(db)
}

/// What a reader keeps of the file, in KiB. `SQLite`'s own 2 MiB hold the people of one page of a large site, not those
/// of the next.
const READER_CACHE: i32 = 16 * 1024;

/// A connection that can only read.
pub(super) fn reader_connection(options: &SqliteOptions) -> Result<Connection, OpenError> {
    let db = connect(options, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    db.pragma_update(None, "query_only", true)?;
    db.pragma_update(None, "cache_size", -READER_CACHE)?;
    open_log(&db)?;
    Ok(db)
}

/// The first read opens the log and its index: later they may not be where they are now.
fn open_log(db: &Connection) -> rusqlite::Result<()> {
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

/// Without `SQLITE_OPEN_URI`: a path is a path, whatever is in it. Without mutex: a connection is used by one thread at a time.
fn connect(options: &SqliteOptions, mode: OpenFlags) -> Result<Connection, OpenError> {
    let db = Connection::open_with_flags(&options.path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(options.patience)?;
    // Every statement of this store, with room; rusqlite keeps 16 unless told.
    db.set_prepared_statement_cache_capacity(64);
    // Without it a statement is planned anew whenever what is bound to it might tell of a better way.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(db)
}

/// Brings the schema to this version, in one transaction with the note that it was done.
///
/// Another process may do the same between the look at what is missing and the transaction. Then the transaction fails
/// as a whole, and a second look finds nothing missing.
pub(super) fn migrate(db: &mut Connection) -> Result<(), OpenError> {
    search::teach(db)?;
    let runner = embedded::migrations::runner().set_grouped(true);
    match runner.run(db).or_else(|_| runner.run(db)) {
        Ok(_) => Ok(()),
        Err(error) => match error.kind() {
            refinery::error::Kind::MissingVersion(migration) => Err(OpenError::Newer(migration.to_string())),
            _ => Err(OpenError::Migration(error)),
        },
    }
}

/// Whether a database has the schema of this version; if not, why it cannot be used as it is.
pub(super) fn is_current(db: &Connection) -> Result<(), String> {
    match schema(db)?.cmp(&newest()) {
        Ordering::Equal => Ok(()),
        Ordering::Less => Err("is of an older version: plaudit serve brings it up to date".to_owned()),
        Ordering::Greater => Err("is of a newer version: update Plaudit".to_owned()),
    }
}

/// Whether a database has the schema of this version or can be brought to it.
pub(super) fn is_current_or_older(db: &Connection) -> Result<(), String> {
    let newer = schema(db)? > newest();
    if newer { Err("is of a newer version: update Plaudit".to_owned()) } else { Ok(()) }
}

fn schema(db: &Connection) -> Result<u32, String> {
    let last = "SELECT max(version) FROM refinery_schema_history";
    db.query_row(last, [], |row| row.get(0)).map_err(|error| format!("is no database of Plaudit ({error})"))
}

fn newest() -> u32 {
    let migrations = embedded::migrations::runner();
    migrations.get_migrations().iter().filter_map(|one| u32::try_from(one.version()).ok()).max().unwrap_or(0)
}

/// Gives a new database its epoch, the system's user and a first post. Returns the epoch it has.
pub(super) fn seed(db: &mut Connection, options: &SqliteOptions) -> Result<String, OpenError> {
    let db = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Some(epoch) = db.query_row("SELECT epoch FROM meta", [], |row| row.get(0)).optional()? {
        return Ok(epoch);
    }
    db.execute("INSERT INTO meta (id, epoch) VALUES (1, ?1)", [&options.epoch])?;
    let author = db.query_row(
        "INSERT INTO users (handle, name, kind, created_at) VALUES ('plaudit', 'Plaudit', 'member', ?1) RETURNING id",
        params![options.now.0],
        |row| Ok(UserId(row.get(0)?)),
    )?;
    let welcome = NewPost { author, text: WELCOME.to_owned(), key: None, at: options.now };
    // Nobody listens yet: the event goes nowhere.
    posts::create(&mut Tx::new(&db, &RefCell::default(), &options.online), &welcome).map_err(|fault| {
        match fault {
            Fault::Violation(_, error) | Fault::Database(error) | Fault::UnknownOutcome(error) => {
                OpenError::Seed(error.to_string())
            }
            Fault::Refused(error) => OpenError::Seed(error.to_string()),
        }
    })?;
    db.commit()?;
    Ok(options.epoch.clone())
}
