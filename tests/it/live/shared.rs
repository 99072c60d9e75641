//! Many who come at once read the database once.

use serde_json::json;

use crate::support::{Socket, TestApp};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_that_come_at_once_read_each_topic_once() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let ids = [1, ana.write("Two").await, ana.write("Three").await];
    let topics: Vec<_> = ids.iter().map(|id| json!({"topic": format!("post:{id}")})).collect();
    // One stays, so that the entries live through the crowd.
    let mut first = app.visitor().socket().await;
    first.subscribe(&["post:1", "feed:latest"]).await;
    let before = app.server().store.snapshot_reads();
    let mut sockets = Vec::new();
    for _ in 0..200 {
        sockets.push(Socket::open(&app.url(""), None).await);
    }
    let mut tasks = Vec::new();
    for mut socket in sockets {
        let mut topics = topics.clone();
        topics.push(json!({"topic": "feed:latest", "since": 1}));
        tasks.push(tokio::spawn(async move {
            let snapshot = socket.call(json!({"type": "subscribe", "topics": topics})).await;
            assert_eq!(snapshot["topics"][3]["changes"].as_array().unwrap().len(), 2);
            assert_eq!(snapshot["topics"][1]["likes"], 0);
            socket
        }));
    }
    let mut sockets = Vec::new();
    for task in tasks {
        sockets.push(task.await.unwrap());
    }
    let reads = app.server().store.snapshot_reads() - before;
    assert!((1..=2).contains(&reads), "{reads} reads for two topics that nobody had yet");
}
