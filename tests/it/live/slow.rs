//! Readers that are slow or never read: what they hold is bounded, and nobody else waits for them.

use serde_json::json;

use crate::support::{TestApp, eventually};

/// A feed whose snapshot is some 40 KB.
async fn full_feed(app: &TestApp) {
    let ana = app.member("ana").await;
    for number in 0..60 {
        ana.write(&format!("{number} {}", "x".repeat(490))).await;
    }
}

#[tokio::test]
async fn who_asks_for_many_snapshots_at_once_and_reads_them_gets_them_all() {
    let app = TestApp::start().await;
    full_feed(&app).await;
    let mut socket = app.visitor().socket().await;
    for reference in 1000..1200 {
        let topics = json!([{"topic": "feed:latest"}]);
        socket.send(&json!({"type": "subscribe", "ref": reference, "topics": topics})).await;
    }
    for reference in 1000..1200 {
        let snapshot = socket.until(|message| message["type"] == "snapshot").await;
        assert_eq!(snapshot["ref"], reference);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_many_snapshots_and_never_reads_holds_few() {
    let app = TestApp::start().await;
    full_feed(&app).await;
    let mut silent = Vec::new();
    for _ in 0..10 {
        let mut socket = app.visitor().socket().await;
        for reference in 1000..1200 {
            let topics = json!([{"topic": "feed:latest"}]);
            socket.send(&json!({"type": "subscribe", "ref": reference, "topics": topics})).await;
        }
        silent.push(socket);
    }
    eventually("all of them are blocked", async || app.server().hub.stats().blocked == 10).await;
    // Others are served meanwhile, and what waits is at most one reply for each.
    let mut reader = app.member("ben").await.socket().await;
    reader.subscribe(&["post:1", "feed:latest"]).await;
    assert_eq!(reader.like(1, true).await["likes"], 1);
    let waiting = app.server().hub.stats().blocked_bytes;
    assert!(waiting < 10 * 256 * 1024, "{waiting} bytes wait");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_like_storm_reaches_readers_while_others_never_read() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let ids: Vec<u64> = {
        let mut ids = vec![1];
        for number in 0..30 {
            ids.push(ana.write(&format!("Post {number}")).await);
        }
        ids
    };
    let names: Vec<String> = ids.iter().map(|id| format!("post:{id}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut silent = Vec::new();
    for _ in 0..20 {
        let mut socket = app.visitor().socket().await;
        socket.subscribe(&names).await;
        silent.push(socket);
    }
    let mut reader = app.visitor().socket().await;
    reader.subscribe(&names).await;
    let mut actor = ana.socket().await;
    for turn in 0..300 {
        for id in &ids[..10] {
            let command = json!({"type": "like", "ref": 10_000 + turn, "post": id, "on": turn % 2 == 0});
            actor.send(&command).await;
        }
    }
    actor.flush_out().await;
    // The last value of the last post arrives at who reads; the count of likes is even again.
    let last = actor.like(ids[9], true).await;
    reader.until(|push| push["topic"] == names[9] && push["version"] == last["version"]).await;
    let held = app.server().hub.stats().blocked_bytes;
    assert!(held < 20 * 256 * 1024, "{held} bytes wait");
}
