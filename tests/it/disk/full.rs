//! A disk that is full, played by the limit of the system on a file's size: it needs no rights and works everywhere.

use serde_json::json;

use super::Site;
use crate::support::eventually;
use crate::support::process::{Process, command_under};

/// One whose files may not grow beyond half a MiB, or one: shells count in different blocks.
fn limited() -> Site {
    let here = tempfile::tempdir().unwrap();
    let limit = "trap '' XFSZ; ulimit -S -f 1200; exec \"$0\" \"$@\"";
    let mut serve = command_under(here.path(), &["sh", "-c", limit]);
    serve.args(["--listen", "127.0.0.1:0", "--data", "data", "--limits", "off"]);
    let process = Process::logging(serve, std::fs::File::create(here.path().join("log")).unwrap());
    Site { here, process }
}

#[tokio::test]
async fn a_full_disk_is_not_ready_says_so_and_recovers_when_there_is_room() {
    let site = limited();
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
    assert!(site.log().contains("ERROR"), "{}", site.log());
    assert_eq!(site.process.visitor().get("/healthz").await.status, 200);
    assert_eq!(ana.get("/api/posts/1").await.ok()["post"]["comments"], written);
    #[cfg(target_os = "linux")]
    {
        let process = i32::try_from(site.process.id()).unwrap();
        let unlimited = Some((rlimit::INFINITY, rlimit::INFINITY));
        let mut old = (0, 0);
        rlimit::prlimit(process, rlimit::Resource::FSIZE, unlimited, Some((&mut old.0, &mut old.1))).unwrap();
        eventually("it is ready again", async || site.is_ready().await).await;
        assert_eq!(ana.post("/api/posts/1/comments", &json!({"text": text})).await.status, 201);
    }
    assert_eq!(site.process.terminate().await, Some(0));
}
