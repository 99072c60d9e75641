//! Whether the open database is still the one at its path. A file that is deleted, or whose folder is moved away, can be
//! written to as long as it is open: everything would be acknowledged, and gone with the process.

use std::io;
use std::path::{Path, PathBuf};

use super::wal;

/// The files that hold what is committed, and which ones they were when they were opened.
#[derive(Debug, Clone)]
pub(super) struct OpenFiles {
    files: [(PathBuf, (u64, u64)); 2],
}

impl OpenFiles {
    /// The database at this path and its write-ahead log, which are open by now.
    pub(super) fn of(database: &Path) -> io::Result<Self> {
        let file = |path: PathBuf| identity(&path).map(|found| (path, found));
        Ok(Self { files: [file(database.to_owned())?, file(wal::path(database))?] })
    }

    /// What has become of one of them, if something has. Two calls of the system, some microseconds.
    pub(super) fn lost(&self) -> Option<String> {
        self.files.iter().find_map(|(path, opened)| {
            let what = match identity(path) {
                Ok(found) if found == *opened => return None,
                Ok(_) => "is another file than the one that is open".to_owned(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    "was deleted or moved away".to_owned()
                }
                Err(error) => format!("can't be seen any more ({error})"),
            };
            Some(format!("{} {what}: what is written now would be lost", path.display()))
        })
    }
}

/// Which file is at a path: its device and its number.
///
/// Its times are not asked for. Since Linux 6.13 the next write to a file whose times somebody has read gets a time of
/// its own, and every commit's sync has one more block to write for it.
#[cfg(target_os = "linux")]
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    use rustix::fs::{AtFlags, CWD, StatxFlags, makedev, statx};
    match statx(CWD, path, AtFlags::empty(), StatxFlags::INO) {
        Ok(file) => Ok((makedev(file.stx_dev_major, file.stx_dev_minor), file.stx_ino)),
        // Some old container runtimes forbid this call.
        Err(_) => with_times(path),
    }
}

#[cfg(not(target_os = "linux"))]
use with_times as identity;

fn with_times(path: &Path) -> io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).map(|file| (file.dev(), file.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_deleted_replaced_or_moved_is_missed_and_one_that_comes_back_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let (database, log) = (data.join("plaudit.db"), data.join("plaudit.db-wal"));
        for file in [&database, &log] {
            std::fs::write(file, "something").unwrap();
        }
        let files = OpenFiles::of(&database).unwrap();
        assert_eq!(files.lost(), None);
        std::fs::write(&database, "longer than before").unwrap();
        assert_eq!(files.lost(), None, "it is written to");
        for file in [&database, &log] {
            std::fs::rename(file, folder.path().join("aside")).unwrap();
            assert!(files.lost().is_some_and(|lost| lost.contains("moved away")));
            std::fs::write(file, "another").unwrap();
            assert!(files.lost().is_some_and(|lost| lost.contains("another file")));
            std::fs::rename(folder.path().join("aside"), file).unwrap();
            assert_eq!(files.lost(), None);
        }
        std::fs::rename(&data, folder.path().join("elsewhere")).unwrap();
        assert!(files.lost().is_some());
    }
}
