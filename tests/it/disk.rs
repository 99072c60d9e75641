//! What the disk may do to a site: files that are deleted, moved, put back or not ours, a disk that is full. Nothing is
//! acknowledged that the next start would not find, and what is wrong is said with file, owner and what to do.

mod full;
mod pair;
mod rights;

use std::path::{Path, PathBuf};

use crate::support::eventually;
use crate::support::process::{Process, command, ends};

/// A site with a log that can be read.
struct Site {
    here: tempfile::TempDir,
    process: Process,
}

impl Site {
    fn start() -> Self {
        let here = tempfile::tempdir().unwrap();
        let mut serve = command(here.path());
        serve.args(["--listen", "127.0.0.1:0", "--data", "data", "--limits", "off"]);
        let process = Process::logging(serve, std::fs::File::create(here.path().join("log")).unwrap());
        Self { here, process }
    }

    fn data(&self) -> PathBuf {
        self.here.path().join("data")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.here.path().join("log")).unwrap()
    }

    async fn is_ready(&self) -> bool {
        match self.process.visitor().get("/readyz").await.status.as_u16() {
            200 => true,
            503 => false,
            other => panic!("/readyz: {other}"),
        }
    }

    /// A first like of somebody new: what it is answered with.
    async fn write(&self) -> u16 {
        self.process.visitor().put("/api/posts/1/like").await.status.as_u16()
    }

    async fn is_refused_until_it_is_back(&self, word: &str) {
        eventually("the log says it", async || self.log().contains(word)).await;
        assert_eq!(self.write().await, 503);
        eventually("it is not ready", async || !self.is_ready().await).await;
        // Reading goes on.
        assert_eq!(self.process.visitor().get("/api/posts/1").await.status, 200);
    }
}

/// Wants that nobody can serve this folder, and these words.
#[track_caller]
fn cannot_start(here: &Path, words: &[&str]) {
    let mut serve = command(here);
    serve.args(["--listen", "127.0.0.1:0", "--data", "data"]);
    let output = ends(serve);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(words.iter().all(|word| said.contains(word)), "should say {words:?}: {said}");
}

#[tokio::test]
async fn a_deleted_database_is_noticed_and_nothing_is_acknowledged_any_more() {
    let site = Site::start();
    assert_eq!(site.write().await, 200);
    std::fs::remove_file(site.data().join("plaudit.db")).unwrap();
    // At once, not only when somebody has looked.
    assert_eq!(site.write().await, 503);
    site.is_refused_until_it_is_back("plaudit.db was deleted").await;
    cannot_start(site.here.path(), &["in use"]);
}

#[tokio::test]
async fn a_deleted_log_is_noticed_too() {
    let site = Site::start();
    assert_eq!(site.write().await, 200);
    std::fs::remove_file(site.data().join("plaudit.db-wal")).unwrap();
    site.is_refused_until_it_is_back("plaudit.db-wal was deleted").await;
}

#[tokio::test]
async fn a_folder_that_is_moved_away_is_missed_and_one_that_comes_back_serves_on() {
    let site = Site::start();
    let elsewhere = site.here.path().join("elsewhere");
    std::fs::rename(site.data(), &elsewhere).unwrap();
    site.is_refused_until_it_is_back("moved away").await;
    std::fs::rename(&elsewhere, site.data()).unwrap();
    assert_eq!(site.write().await, 200);
    eventually("it is ready again", async || site.is_ready().await).await;
}

#[tokio::test]
async fn a_folder_that_was_emptied_is_still_the_first_servers() {
    let site = Site::start();
    for entry in std::fs::read_dir(site.data()).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    cannot_start(site.here.path(), &["in use"]);
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_new_folder_reaches_the_disk_with_its_parents() {
    use crate::support::process::command_under;
    let here = tempfile::tempdir().unwrap();
    let calls = ["strace", "-D", "-f", "-y", "-o", "trace", "-e", "trace=fsync,fdatasync"];
    let mut serve = command_under(here.path(), &calls);
    serve.args(["--listen", "127.0.0.1:0", "--data", "a/b"]);
    let _process = Process::start(serve);
    let root = here.path().canonicalize().unwrap();
    for folder in [root.clone(), root.join("a"), root.join("a/b")] {
        let synced = format!("<{}>)", folder.display());
        eventually("the folder is synced", async || {
            std::fs::read_to_string(here.path().join("trace")).is_ok_and(|trace| trace.contains(&synced))
        })
        .await;
    }
}
