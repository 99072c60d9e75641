//! Whether there is room for what people write. `SQLite` writes over old pages of its log as long as it can, so a commit
//! that changes one row says nothing of a disk that is full.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// More than any act writes: the pages of a comment of full length and of all its indexes.
const ROOM: usize = 64 * 1024;

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Room(PathBuf);

impl Room {
    /// On the disk of this database.
    pub(super) fn beside(database: &Path) -> Self {
        Self(database.with_extension("probe"))
    }

    /// Writes that much more and takes it away again. Waits for the disk.
    pub(super) fn check(&self) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        // Not zeros: a disk may keep those without taking room.
        let bytes: Vec<u8> =
            (0..ROOM).map(|at| (at.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect();
        let written = options.open(&self.0).and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync_data()
        });
        // Another process that looks for room at the same time may have taken the file away.
        let removed = std::fs::remove_file(&self.0).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        });
        written.and(removed)
    }
}
