//! The database file itself, read from outside: for what must not have changed, and for what must have stayed.

use std::fmt::Write as _;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

/// Opens `plaudit.db` in a data folder, to read.
pub fn open(folder: &Path) -> Connection {
    let db =
        Connection::open_with_flags(folder.join("plaudit.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    db.busy_timeout(super::PATIENCE).unwrap();
    db
}

/// All that people did, every row and column of it, as text.
pub fn dump(folder: &Path) -> String {
    let db = open(folder);
    let mut text = String::new();
    for table in [
        "users",
        "sessions",
        "posts",
        "likes",
        "streams",
        "comments",
        "withheld_likes",
        "reports",
        "unfinished",
    ] {
        let mut statement = db.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<String> = (0..columns).map(|column| show(row.get_ref(column).unwrap())).collect();
            writeln!(text, "{table} {values:?}").unwrap();
        }
    }
    text
}

fn show(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        other => format!("{other:?}"),
    }
}
