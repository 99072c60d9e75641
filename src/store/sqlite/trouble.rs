//! What is wrong with a file, said to the person who can mend it: which file, whose it is, what to do.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rusqlite::ErrorCode;

/// A sentence: what is wrong with which file, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(pub String);

/// What `SQLite` says of a database file, and what to do.
pub(super) fn of_database(path: &Path, error: &rusqlite::Error) -> Trouble {
    let shown = path.display();
    Trouble(match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            of_file(path, "can't be written", &error.to_string())
        }
        Some(ErrorCode::DiskFull) => {
            format!("{shown} can't be written: the disk is full. Make room, then start again")
        }
        Some(ErrorCode::NotADatabase) => {
            format!("{shown} is not a database: put a backup back with plaudit restore")
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            format!(
                "{shown} is damaged ({error}): see plaudit check, or put a backup back with plaudit restore"
            )
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("{shown} is held by another program: end it, then start again")
        }
        _ => format!("{shown} can't be used: {error}"),
    })
}

/// The same for the system's errors.
pub fn of_path(path: &Path, error: &io::Error) -> Trouble {
    Trouble(match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            of_file(path, "can't be used", &error.to_string())
        }
        _ => format!("{} can't be used: {error}", path.display()),
    })
}

/// Looks whose the file is, or the nearest folder that is there.
fn of_file(path: &Path, what: &str, error: &str) -> String {
    let me = std::fs::metadata("/proc/self").map(|process| process.uid()).ok();
    // The file, its folder, and so on up: the first that is another's, else the first that is there.
    let there: Vec<_> = path
        .ancestors()
        .map(|path| if path.as_os_str().is_empty() { Path::new(".") } else { path })
        .filter_map(|path| Some((path, std::fs::metadata(path).ok()?)))
        .take(2)
        .collect();
    let anothers = there.iter().find(|(_, file)| me.is_some_and(|me| file.uid() != me));
    let found = anothers.or(there.first()).map(|(path, file)| (*path, file));
    let shown = path.display();
    match (found, me) {
        (Some((place, file)), Some(me)) if file.uid() != me => format!(
            "{shown} {what} ({error}): {} belongs to {}, and this runs as {}. Give it back (sudo chown -R {} {}), or run \
             this as {}",
            place.display(),
            user(file.uid()),
            user(me),
            user(me),
            place.display(),
            user(file.uid()),
        ),
        (Some((place, file)), _) => format!(
            "{shown} {what} ({error}): {} belongs to {} and has the mode {:o}. Make it and its folder writable for \
             that user (chmod u+rwX {}), and see that the disk is not mounted read-only",
            place.display(),
            user(file.uid()),
            mode(file),
            place.display(),
        ),
        (None, _) => format!("{shown} {what} ({error})"),
    }
}

fn mode(file: &Metadata) -> u32 {
    file.mode() & 0o7777
}

/// A user's name, or the number where it has none.
fn user(id: u32) -> String {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| id.to_string())
}
