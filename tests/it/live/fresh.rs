//! A snapshot and the pushes after it have no gap, and no push after it is older than it.

use serde_json::{Value, json};

use crate::support::TestApp;

/// Follows a post from a snapshot on: a version never goes back, and equal versions mean equal counts.
struct Follower {
    version: u64,
    likes: u64,
}

impl Follower {
    fn take(&mut self, message: &Value) {
        let version = message["version"].as_u64().unwrap();
        assert!(version > self.version, "{message} after version {}", self.version);
        (self.version, self.likes) = (version, message["likes"].as_u64().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_subscribes_in_the_middle_of_a_storm_ends_on_the_true_number() {
    let app = TestApp::start().await;
    let base = app.url("");
    let storm = {
        let ana = app.member("ana").await;
        tokio::spawn(async move {
            let mut socket = ana.socket().await;
            for turn in 0..400_u64 {
                socket.send(&json!({"type": "like", "ref": turn, "post": 1, "on": turn % 2 == 0})).await;
            }
            // The last reply tells the truth.
            socket.until(|reply| reply["ref"] == 399).await
        })
    };
    let mut followers = Vec::new();
    for _ in 0..20 {
        let base = base.clone();
        followers.push(tokio::spawn(async move {
            let mut socket = crate::support::Socket::open(&base, None).await;
            let snapshot = socket.subscribe(&["post:1"]).await;
            let mut follower = Follower {
                version: snapshot[0]["version"].as_u64().unwrap(),
                likes: snapshot[0]["likes"].as_u64().unwrap(),
            };
            // Again in the middle, as a page does that comes back.
            for _ in 0..3 {
                let (again, pushes) = socket
                    .call_with_pushes(json!({"type": "subscribe", "topics": [{"topic": "post:1"}]}))
                    .await;
                for push in &pushes {
                    follower.take(push);
                }
                let again = &again["topics"][0];
                assert!(again["version"].as_u64().unwrap() >= follower.version, "a snapshot is never older");
                follower.version = again["version"].as_u64().unwrap();
                follower.likes = again["likes"].as_u64().unwrap();
            }
            (socket, follower)
        }));
    }
    let last = storm.await.unwrap();
    let final_version = last["version"].as_u64().unwrap();
    for follower in followers {
        let (mut socket, mut follower) = follower.await.unwrap();
        while follower.version < final_version {
            let push = socket.next().await;
            follower.take(&push);
        }
        assert_eq!((follower.version, follower.likes), (final_version, 0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_an_answer_finds_the_act_in_every_later_snapshot() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let (mut actor, mut reader) = (ana.socket().await, app.visitor().socket().await);
    // Somebody watches all the time, so that snapshots come from what the relay keeps.
    let mut watcher = app.visitor().socket().await;
    watcher.subscribe(&["post:1", "feed:latest"]).await;
    for turn in 0..200 {
        let on = turn % 2 == 0;
        let version = if turn % 4 < 2 {
            actor.like(1, on).await["version"].as_u64()
        } else if on {
            ana.like(1).await["version"].as_u64()
        } else {
            ana.unlike(1).await["version"].as_u64()
        };
        let snapshot = reader.subscribe(&["post:1", "feed:latest"]).await;
        assert_eq!(snapshot[0]["version"].as_u64(), version, "turn {turn}");
        assert_eq!(snapshot[1]["changes"][0]["post"]["version"].as_u64(), version, "turn {turn}");
        reader.call(json!({"type": "unsubscribe", "topics": ["post:1", "feed:latest"]})).await;
    }
}

#[tokio::test]
async fn after_unsubscribe_nothing_of_the_topic_comes() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut socket = app.visitor().socket().await;
    socket.subscribe(&["post:1"]).await;
    ana.like(1).await;
    assert_eq!(socket.call(json!({"type": "unsubscribe", "topics": ["post:1"]})).await["type"], "ok");
    ana.unlike(1).await;
    let (_, pushed) = socket.call_with_pushes(json!({"type": "unsubscribe", "topics": ["post:1"]})).await;
    assert_eq!(pushed, Vec::<Value>::new());
    // Subscribing again shows what was missed.
    assert_eq!(socket.subscribe(&["post:1"]).await[0]["likes"], 0);
}
