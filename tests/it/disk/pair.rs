//! A database and its write-ahead log that were torn apart, or put together from two.

use std::path::Path;

use rusqlite::Connection;

use super::{Site, cannot_start};
use crate::support::process::Process;

/// A copy of one moment, as people make it beside a running server.
fn copy(from: &Path, to: &Path, how: &str) {
    let db = Connection::open(from).unwrap();
    match how {
        "vacuum" => {
            db.execute("VACUUM INTO ?1", [to.to_str().unwrap()]).unwrap();
        }
        _ => db.backup("main", to, None::<fn(rusqlite::backup::Progress)>).unwrap(),
    }
}

fn restarted(site: &Site) -> Process {
    Process::serve(site.here.path(), "127.0.0.1:0", &[])
}

#[tokio::test]
async fn a_copy_over_an_older_log_is_refused_until_one_of_them_goes() {
    for how in ["backup", "vacuum"] {
        let mut site = Site::start();
        site.write().await;
        let (database, aside) = (site.data().join("plaudit.db"), site.here.path().join("copy.db"));
        copy(&database, &aside, how);
        site.write().await;
        site.process.kill();
        std::fs::copy(&aside, &database).unwrap();
        cannot_start(site.here.path(), &["plaudit.db-wal", "do not belong together", "delete"]);
        let log = site.data().join("plaudit.db-wal");
        assert!(std::fs::metadata(&log).unwrap().len() > 0, "nothing was touched");
        std::fs::remove_file(log).unwrap();
        let process = restarted(&site);
        assert_eq!(process.visitor().get("/api/posts/1").await.ok()["post"]["likes"], 1, "{how}: the copy");
    }
}

#[tokio::test]
async fn a_log_without_its_database_is_not_thrown_away() {
    let mut site = Site::start();
    site.write().await;
    site.process.kill();
    let (database, aside) = (site.data().join("plaudit.db"), site.here.path().join("aside"));
    std::fs::rename(&database, &aside).unwrap();
    cannot_start(site.here.path(), &["plaudit.db is missing", "plaudit.db-wal", "put the database back"]);
    assert!(!database.exists());
    std::fs::rename(&aside, &database).unwrap();
    let process = restarted(&site);
    assert_eq!(process.visitor().get("/api/posts/1").await.ok()["post"]["likes"], 1);
}

#[tokio::test]
async fn after_a_kill_between_two_checkpoints_or_a_copy_of_both_it_starts() {
    let mut site = Site::start();
    for _ in 0..3 {
        site.write().await;
        site.process.kill();
        site.process = restarted(&site);
    }
    site.process.kill();
    let other = tempfile::tempdir().unwrap();
    std::fs::create_dir(other.path().join("data")).unwrap();
    for name in ["plaudit.db", "plaudit.db-wal"] {
        std::fs::copy(site.data().join(name), other.path().join("data").join(name)).unwrap();
    }
    for here in [site.here.path(), other.path()] {
        let process = Process::serve(here, "127.0.0.1:0", &[]);
        assert_eq!(process.visitor().get("/api/posts/1").await.ok()["post"]["likes"], 3);
    }
}
