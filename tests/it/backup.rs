//! `plaudit backup`, `restore` and `check`: a copy of one moment under constant writes, back into a folder, and numbers
//! that are counted anew.

mod check;

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

use crate::support::process::{Process, run};
use crate::support::{Actor, Socket, database, eventually};

const LOAD: [&str; 2] = ["--limits", "off"];

fn serve(here: &Path) -> Process {
    Process::serve(here, "127.0.0.1:0", &LOAD)
}

/// Runs a role on `data` there, wants this exit code; gives all that was said.
#[track_caller]
fn role(here: &Path, arguments: &[&str], code: i32) -> String {
    let output = run(here, &[arguments, &["--data", "data"]].concat());
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    said
}

#[track_caller]
fn says(said: &str, words: &[&str]) {
    assert!(words.iter().all(|word| said.contains(word)), "should say {words:?}: {said}");
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The names in a folder that are no database of ours.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

async fn member(process: &Process, handle: &str) -> Actor {
    let mut member = process.visitor();
    member.sign_up(handle).await.ok();
    member
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_constant_writes_ends_and_is_of_one_moment() {
    let here = folder();
    let process = serve(here.path());
    let ana = member(&process, "ana").await;
    for turn in 0..50 {
        ana.write(&format!("Post {turn}: {}", "to give the copy some pages ".repeat(15))).await;
    }
    let (stop, mut stopped) = tokio::sync::watch::channel(());
    let writing = {
        let guest = process.visitor();
        tokio::spawn(async move {
            let mut likes = 0_u64;
            while !stopped.has_changed().unwrap_or(true) {
                guest.clone().put("/api/posts/1/like").await.ok();
                likes += 1;
                stopped.borrow_and_update();
            }
            likes
        })
    };
    eventually("somebody likes", async || ana.get("/api/posts/1").await.ok()["post"]["likes"] != 0).await;
    let backing_up = {
        let path = here.path().to_owned();
        tokio::task::spawn_blocking(move || role(&path, &["backup", "copy.db"], 0))
    };
    says(&backing_up.await.unwrap(), &["Backed up", "2 members", "51 posts", "whole"]);
    drop(stop);
    let _ = writing.await;
    let copy = Connection::open(here.path().join("copy.db")).unwrap();
    let number = |sql: &str| copy.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(
        number("SELECT likes FROM posts WHERE id = 1"),
        number("SELECT count(*) FROM likes WHERE post = 1")
    );
    assert_eq!(number("SELECT count(*) FROM posts"), 51);
    let mode: String = copy.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "delete", "one file, without a log");
    assert_eq!(names(here.path()), ["copy.db", "data"], "nothing is left beside it");
    let rights = std::fs::metadata(here.path().join("copy.db")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&rights.permissions()) & 0o777, 0o600);
}

#[tokio::test]
async fn what_was_backed_up_is_restored_with_a_new_epoch_and_open_pages_start_anew() {
    let here = folder();
    let process = serve(here.path());
    let ana = member(&process, "ana").await;
    let post = ana.write("Kept").await;
    ana.like(post).await;
    role(here.path(), &["backup", "copy.db"], 0);
    ana.write("Written after the copy").await;
    let mut page = Socket::open(&format!("http://{}", process.address), None).await;
    let feed = json!({"type": "subscribe", "topics": [{"topic": "feed:latest"}]});
    let before = page.call(feed).await;
    // Not beside a server, with force or without.
    says(&role(here.path(), &["restore", "copy.db", "--force"], 1), &["in use", "stop the server"]);
    assert_eq!(process.terminate().await, Some(0));
    says(&role(here.path(), &["restore", "copy.db"], 1), &["--force"]);
    says(
        &role(here.path(), &["restore", "copy.db", "--force"], 0),
        &["Restored", "2 members", "2 posts", "1 likes"],
    );
    let process = serve(here.path());
    let mut ana = process.visitor();
    ana.log_in("ana").await.ok();
    assert_eq!(ana.get(&format!("/api/posts/{post}")).await.ok()["post"]["likes"], 1);
    assert_eq!(ana.get(&format!("/api/posts/{}", post + 1)).await.status, 404);
    let mut page = Socket::open(&format!("http://{}", process.address), None).await;
    let topic = json!({"topic": "feed:latest", "since": before["topics"][0]["seq"]});
    let resumed = json!({"type": "subscribe", "epoch": before["epoch"], "topics": [topic]});
    let after = page.call(resumed).await;
    assert_ne!(after["epoch"], before["epoch"]);
    assert_eq!(after["topics"][0]["reset"], true);
    says(&role(here.path(), &["check"], 0), &["All is well"]);
}

#[tokio::test]
async fn a_backup_goes_into_a_new_folder_and_into_one_whose_server_was_killed() {
    let here = folder();
    let mut process = serve(here.path());
    process.visitor().put("/api/posts/1/like").await.ok();
    process.kill();
    // What only the log holds is in the copy, and the log stays.
    says(&role(here.path(), &["backup", "copy.db"], 0), &["1 likes"]);
    assert!(std::fs::metadata(here.path().join("data/plaudit.db-wal")).unwrap().len() > 0);
    says(&role(here.path(), &["restore", "copy.db", "--force"], 0), &["1 likes"]);
    let other = folder();
    std::fs::copy(here.path().join("copy.db"), other.path().join("copy.db")).unwrap();
    role(other.path(), &["restore", "copy.db"], 0);
    for here in [here.path(), other.path()] {
        let process = serve(here);
        assert_eq!(process.visitor().get("/api/posts/1").await.ok()["post"]["likes"], 1);
    }
}

#[tokio::test]
async fn what_cannot_be_backed_up_or_restored_is_1_and_changes_nothing() {
    let here = folder();
    for arguments in [&["backup", "copy.db"][..], &["check"], &["check", "--repair"]] {
        says(&role(here.path(), arguments, 1), &["there is no site in data"]);
    }
    assert_eq!(names(here.path()), Vec::<String>::new());
    let process = serve(here.path());
    process.visitor().put("/api/posts/1/like").await.ok();
    assert_eq!(process.terminate().await, Some(0));
    std::fs::write(here.path().join("letter"), "Dear diary").unwrap();
    std::fs::write(here.path().join("short.db"), b"SQLite format 3\0").unwrap();
    Connection::open(here.path().join("other.db"))
        .unwrap()
        .execute_batch("CREATE TABLE cats (name)")
        .unwrap();
    let damaged: PathBuf = here.path().join("damaged.db");
    role(here.path(), &["backup", "damaged.db"], 0);
    let mut bytes = std::fs::read(&damaged).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4096].fill(0xA5);
    std::fs::write(&damaged, bytes).unwrap();
    let before = database::dump(&here.path().join("data"));
    for (arguments, word) in [
        (["backup", "letter"], "is no backup"),
        (["backup", "data"], "is a folder"),
        (["backup", "data/plaudit.db"], "a file of the site itself"),
        (["backup", "nowhere/copy.db"], "nowhere"),
        (["restore", "letter"], "is no backup"),
        (["restore", "missing.db"], "missing.db"),
        (["restore", "short.db"], "short.db"),
        (["restore", "other.db"], "other.db"),
        (["restore", "damaged.db"], "damaged.db"),
        (["restore", "data/plaudit.db"], "is the database itself"),
    ] {
        let mut arguments = arguments.to_vec();
        if arguments[0] == "restore" {
            arguments.push("--force");
        }
        says(&role(here.path(), &arguments, 1), &[word]);
    }
    assert_eq!(database::dump(&here.path().join("data")), before);
    assert!(names(&here.path().join("data")).iter().all(|name| !name.contains("partial")));
}
