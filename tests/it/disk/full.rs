//! A disk that is full, played by the limit of the system on a file's size: it needs no rights and works everywhere.

use serde_json::json;

use super::Site;
use crate::support::eventually;
use crate::support::process::{Process, command_under};

/// One that only hears that a file may not grow further, instead of being killed.
fn limited(limit: &str) -> Site {
    let here = tempfile::tempdir().unwrap();
    let limited = format!("trap '' XFSZ; {limit}; exec \"$0\" \"$@\"");
    let mut serve = command_under(here.path(), &["sh", "-c", &limited]);
    serve.args(["--listen", "127.0.0.1:0", "--data", "data", "--limits", "off"]);
    let process = Process::logging(serve, std::fs::File::create(here.path().join("log")).unwrap());
    Site { here, process }
}

#[tokio::test]
async fn a_full_disk_is_not_ready_says_so_and_recovers_when_there_is_room() {
    // Half a MiB, or one: shells count in different blocks.
    let site = limited("ulimit -S -f 1200");
    let mut ana = site.process.visitor();
    ana.sign_up("ana").await.ok();
    let text = "What fills the disk. ".repeat(40);
    let mut written = 0;
    eventually("nothing more fits", async || {
        let status = ana.post("/api/posts/1/comments", &json!({"text": text})).await.status.as_u16();
        assert!(status == 201 || status == 503, "{status}");
        written += usize::from(status == 201);
        status == 503
    })
    .await;
    eventually("it is not ready", async || !site.is_ready().await).await;
    eventually("the log says why", async || site.log().contains("ERROR")).await;
    assert_eq!(site.process.visitor().get("/healthz").await.status, 200);
    assert_eq!(ana.get("/api/posts/1").await.ok()["post"]["comments"], written);
    #[cfg(target_os = "linux")]
    {
        set_limit(&site, rlimit::INFINITY);
        eventually("it is ready again", async || site.is_ready().await).await;
        assert_eq!(ana.post("/api/posts/1/comments", &json!({"text": text})).await.status, 201);
    }
    assert_eq!(site.process.terminate().await, Some(0));
}

#[cfg(target_os = "linux")]
fn set_limit(site: &Site, bytes: u64) {
    let (mut soft, mut hard) = (0, 0);
    let process = i32::try_from(site.process.id()).unwrap();
    let limit = Some((bytes, rlimit::INFINITY));
    rlimit::prlimit(process, rlimit::Resource::FSIZE, limit, Some((&mut soft, &mut hard))).unwrap();
}

/// The log of the database begins anew after a start, so that there is room for one page, but not for what people write.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn room_for_one_page_is_not_room_for_what_people_write() {
    let site = limited("true");
    assert!(site.is_ready().await);
    set_limit(&site, 48 * 1024);
    let asked = std::time::Instant::now();
    eventually("an answer that is newer than the limit", async || asked.elapsed().as_millis() > 1100).await;
    assert!(!site.is_ready().await, "the first answer says it");
    eventually("the log says why", async || site.log().contains("nothing more can be written")).await;
    set_limit(&site, rlimit::INFINITY);
    eventually("it is ready again", async || site.is_ready().await).await;
    assert_eq!(site.write().await, 200);
}
