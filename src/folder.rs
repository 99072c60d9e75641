//! The data folder: a site's database, and the lock that says that a server is at work on it.

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file whose lock says that a folder is served.
const LOCK: &str = "plaudit.lock";
/// The database in a data folder.
const DATABASE: &str = "plaudit.db";
/// How often the lock is tried, and the pause in between.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// Why a data folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be made, or what is in it not be used.
    #[error("can't use the data folder {path}")]
    Data {
        /// Which folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process serves from it.
    #[error("the data folder {0} is in use by another plaudit")]
    InUse(PathBuf),
}

/// Makes it if it is missing; nobody else may read it.
pub fn make(path: &Path) -> Result<(), FolderError> {
    let error = |source| FolderError::Data { path: path.to_owned(), source };
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path).map_err(error)
}

/// Makes it, and holds it for a server. Two of them on one folder would each tell their own visitors half of what
/// happens.
pub async fn lock(path: &Path) -> Result<File, FolderError> {
    make(path)?;
    let error = |source| FolderError::Data { path: path.to_owned(), source };
    let lock = File::create(path.join(LOCK)).map_err(error)?;
    // The command line may be looking whether somebody serves, or be at work on the database, for a moment.
    for _ in 0..TRIES {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
            Err(TryLockError::Error(source)) => return Err(error(source)),
        }
    }
    Err(FolderError::InUse(path.to_owned()))
}

/// Keeps servers from this folder as long as the result is held, or says that one has it. There is nothing to hold in
/// a folder that has never been served.
pub fn hold(path: &Path) -> Result<Option<File>, FolderError> {
    let error = |source| FolderError::Data { path: path.to_owned(), source };
    let lock = match File::open(path.join(LOCK)) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(error)?,
    };
    match lock.try_lock_shared() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Err(FolderError::InUse(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(error(source)),
    }
}

/// Whether a server holds this folder.
pub fn is_served(path: &Path) -> bool {
    let probed = File::open(path.join(LOCK)).map(|lock| lock.try_lock_shared());
    matches!(probed, Ok(Err(TryLockError::WouldBlock)))
}

/// Whether this folder holds a site.
pub fn has_site(path: &Path) -> bool {
    database(path).is_file()
}

/// Where its database is.
pub fn database(path: &Path) -> PathBuf {
    path.join(DATABASE)
}
