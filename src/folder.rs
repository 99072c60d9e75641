//! The data folder: a site's database, and the lock that says that a server is at work on it.
//!
//! The folder itself is locked, besides a file in it. A file can be deleted and made anew while a server runs, and a
//! second server would find nothing locked; the folder that the first has open stays the one it is.

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::store::sqlite::trouble::{self, Trouble};

/// A file whose lock says that a folder is served, to versions that know nothing of the folder's own.
const LOCK: &str = "plaudit.lock";
/// The database in a data folder.
const DATABASE: &str = "plaudit.db";
/// How often the lock is tried, and the pause in between.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// Why a data folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be made, or what is in it not be used: which file, whose it is, what to do.
    #[error("the data folder {0}")]
    Data(Trouble),
    /// It holds no site.
    #[error("there is no site in {0}: say where its data is with --data (plaudit serve begins a new one)")]
    Empty(PathBuf),
    /// Another process serves from it.
    #[error("the data folder {0} is in use by another plaudit")]
    InUse(PathBuf),
}

/// A folder that is held; let go when it is dropped.
pub struct Lock {
    _folder: File,
    _file: Option<File>,
}

/// Makes it if it is missing; nobody else may read it, and a power cut does not take it back.
pub fn make(path: &Path) -> Result<(), FolderError> {
    if path.is_dir() {
        return Ok(());
    }
    let made: Vec<_> = path.ancestors().take_while(|folder| !shown(folder).is_dir()).collect();
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path).map_err(|error| data(path, &error))?;
    // A folder's name stands in its parent, and that has to reach the disk too.
    for folder in made {
        let parent = shown(folder.parent().unwrap_or(folder));
        File::open(parent).and_then(|parent| parent.sync_all()).map_err(|error| data(parent, &error))?;
    }
    Ok(())
}

/// Makes it, and holds it for a server. Two of them on one folder would each tell their own visitors half of what
/// happens.
pub async fn lock(path: &Path) -> Result<Lock, FolderError> {
    make(path)?;
    let folder = File::open(path).map_err(|error| data(path, &error))?;
    let file = File::create(path.join(LOCK)).map_err(|error| data(&path.join(LOCK), &error))?;
    // The command line may be looking whether somebody serves, or be at work on the database, for a moment.
    for _ in 0..TRIES {
        if try_lock(path, &folder)? && try_lock(path, &file)? {
            return Ok(Lock { _folder: folder, _file: Some(file) });
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(FolderError::InUse(path.to_owned()))
}

/// What is locked already stays so.
fn try_lock(path: &Path, file: &File) -> Result<bool, FolderError> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(data(path, &error)),
    }
}

/// Keeps servers from this folder as long as the result is held, or says that one has it.
pub fn hold(path: &Path) -> Result<Lock, FolderError> {
    let folder = File::open(path).map_err(|error| data(path, &error))?;
    // There is no file in a folder that has never been served.
    let file = File::open(path.join(LOCK)).ok();
    for held in [Some(&folder), file.as_ref()].into_iter().flatten() {
        match held.try_lock_shared() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FolderError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(data(path, &error)),
        }
    }
    Ok(Lock { _folder: folder, _file: file })
}

/// Whether a server holds this folder.
pub fn is_served(path: &Path) -> bool {
    matches!(hold(path), Err(FolderError::InUse(_)))
}

/// Whether this folder holds a site.
pub fn has_site(path: &Path) -> bool {
    database(path).is_file()
}

/// The database of the site in this folder.
pub fn site(path: &Path) -> Result<PathBuf, FolderError> {
    if has_site(path) { Ok(database(path)) } else { Err(FolderError::Empty(path.to_owned())) }
}

/// Whether something of a site is left in this folder, if only a log without its database.
pub fn has_remains(path: &Path) -> bool {
    files(path)[..2].iter().any(|file| file.exists())
}

/// The site's own files there: its database, its log, and what stands beside them.
pub fn files(path: &Path) -> [PathBuf; 6] {
    let names = [DATABASE, "plaudit.db-wal", "plaudit.db-shm", "plaudit.db-pair", LOCK, "plaudit.sock"];
    names.map(|name| path.join(name))
}

/// Where its database is.
pub fn database(path: &Path) -> PathBuf {
    path.join(DATABASE)
}

fn data(path: &Path, error: &io::Error) -> FolderError {
    FolderError::Data(trouble::of_path(path, error))
}

/// A path that can be opened: that of the folder we are in is empty as the parent of a name.
fn shown(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}
