//! `feed:latest`: a stream without a hole, from the first visit through absences and restarts.

use serde_json::{Value, json};

use crate::support::TestApp;

fn seqs(changes: &Value) -> Vec<u64> {
    changes.as_array().unwrap().iter().map(|change| change["seq"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_new_post_and_its_removal_arrive_in_order() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut socket = app.visitor().socket().await;
    let snapshot = socket.subscribe(&["feed:latest"]).await;
    assert_eq!((snapshot[0]["seq"].clone(), snapshot[0]["reset"].clone()), (json!(1), json!(true)));
    assert_eq!(snapshot[0]["changes"][0]["post"]["author"]["handle"], "plaudit");
    assert!(snapshot[0]["changes"][0].get("topic").is_none());
    let id = ana.write("Hello").await;
    let added = socket.next().await;
    assert_eq!(
        (added["type"].clone(), added["seq"].clone(), added["topic"].clone()),
        (json!("post.added"), json!(2), json!("feed:latest"))
    );
    assert_eq!((added["post"]["id"].clone(), added["post"]["text"].clone()), (json!(id), json!("Hello")));
    assert!(added["post"].get("liked").is_none(), "nothing personal in a shared frame");
    assert!(ana.delete(&format!("/api/posts/{id}")).await.status.is_success());
    assert_eq!(
        socket.next().await,
        json!({"type": "post.removed", "topic": "feed:latest", "seq": 3, "id": id})
    );
}

#[tokio::test]
async fn a_removed_post_ends_the_subscriptions_of_its_own_topic() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let id = ana.write("Hello").await;
    let topic = format!("post:{id}");
    let mut socket = app.visitor().socket().await;
    socket.subscribe(&[&topic]).await;
    ana.delete(&format!("/api/posts/{id}")).await.ok();
    assert_eq!(socket.next().await, json!({"type": "post.removed", "topic": topic}));
    assert_eq!(socket.subscribe(&[&topic]).await[0], json!({"topic": topic, "error": "not_found"}));
}

#[tokio::test]
async fn who_comes_back_gets_exactly_what_changed() {
    let mut app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut socket = app.visitor().socket().await;
    let first = socket.call(json!({"type": "subscribe", "topics": [{"topic": "feed:latest"}]})).await;
    let epoch = first["epoch"].as_str().unwrap().to_owned();
    drop(socket);
    let (one, two) = (ana.write("One").await, ana.write("Two").await);
    ana.delete(&format!("/api/posts/{one}")).await.ok();
    for restarted in [false, true] {
        if restarted {
            app.restart().await;
        }
        let mut socket = app.visitor().socket().await;
        let resumed = socket.resume(&epoch, "feed:latest", 1).await;
        assert_eq!(
            (resumed["reset"].clone(), resumed["seq"].clone(), resumed["next"].clone()),
            (json!(false), json!(4), Value::Null)
        );
        assert_eq!(seqs(&resumed["changes"]), [3, 4], "what was removed is never shown");
        assert_eq!(resumed["changes"][0]["post"]["id"], two);
        assert_eq!(resumed["changes"][1], json!({"type": "post.removed", "seq": 4, "id": one}));
        let nothing = socket.resume(&epoch, "feed:latest", 4).await;
        assert_eq!((nothing["reset"].clone(), nothing["changes"].clone()), (json!(false), json!([])));
        // Beyond the head, or of another database: from the start.
        assert_eq!(socket.resume(&epoch, "feed:latest", 5).await["reset"], true);
        assert_eq!(socket.resume("another", "feed:latest", 4).await["reset"], true);
    }
}

#[tokio::test]
async fn a_long_absence_gives_the_newest_page_and_a_cursor_for_the_rest() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    for number in 0..210 {
        ana.write(&format!("Post {number}")).await;
    }
    let mut socket = app.visitor().socket().await;
    let snapshot = socket.subscribe(&["feed:latest"]).await;
    let page = seqs(&snapshot[0]["changes"]);
    assert_eq!((page.first(), page.last(), page.len()), (Some(&162), Some(&211), 50));
    let cursor = snapshot[0]["next"].as_str().unwrap();
    let older = app.visitor().get(&format!("/api/posts?cursor={cursor}&limit=1")).await.ok();
    assert_eq!(older["items"][0]["seq"], 161);
    let resumed =
        socket.call(json!({"type": "subscribe", "topics": [{"topic": "feed:latest", "since": 1}]})).await;
    assert_eq!(resumed["topics"][0]["reset"], true, "more than 200 changes");
    let resumed =
        socket.call(json!({"type": "subscribe", "topics": [{"topic": "feed:latest", "since": 12}]})).await;
    assert_eq!(seqs(&resumed["topics"][0]["changes"]), (13..=211).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_misses_a_post_who_subscribes_while_posts_are_written() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let writer = tokio::spawn(async move {
        for number in 0..150 {
            ana.write(&format!("Post {number}")).await;
        }
    });
    let mut readers = Vec::new();
    for _ in 0..10 {
        let base = app.url("");
        readers.push(tokio::spawn(async move {
            let mut socket = crate::support::Socket::open(&base, None).await;
            let snapshot = socket.subscribe(&["feed:latest"]).await;
            let mut seq = snapshot[0]["seq"].as_u64().unwrap();
            let mut turn = 0;
            while seq < 151 {
                let push = socket.next().await;
                assert_eq!(push["seq"], seq + 1, "gapless");
                seq += 1;
                turn += 1;
                if turn % 20 == 0 {
                    // Away and back again.
                    let topics = json!([{"topic": "feed:latest", "since": seq}]);
                    let (snapshot, pushes) =
                        socket.call_with_pushes(json!({"type": "subscribe", "topics": topics})).await;
                    let snapshot = &snapshot["topics"][0];
                    assert_eq!(snapshot["reset"], false);
                    let before = u64::try_from(pushes.len()).unwrap();
                    assert_eq!(
                        seqs(&snapshot["changes"]),
                        (seq + 1..=snapshot["seq"].as_u64().unwrap()).collect::<Vec<_>>()
                    );
                    assert!(
                        pushes.iter().map(|push| push["seq"].as_u64().unwrap()).eq(seq + 1..=seq + before)
                    );
                    seq = snapshot["seq"].as_u64().unwrap();
                }
            }
        }));
    }
    writer.await.unwrap();
    for reader in readers {
        reader.await.unwrap();
    }
}

#[tokio::test]
async fn listed_posts_keep_true_counts_in_shared_snapshots() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut first = app.visitor().socket().await;
    first.subscribe(&["feed:latest"]).await;
    ana.like(1).await;
    let mut second = app.visitor().socket().await;
    let snapshot = second.subscribe(&["feed:latest"]).await;
    assert_eq!(snapshot[0]["changes"][0]["post"]["likes"], 1);
}

#[tokio::test]
async fn an_edited_post_is_told_in_its_place_and_to_who_comes_back_as_it_stands_now() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut socket = app.visitor().socket().await;
    socket.subscribe(&["feed:latest"]).await;
    let id = ana.write("Helo").await;
    let added = socket.next().await;
    let path = format!("/api/posts/{id}");
    ana.call(reqwest::Method::PATCH, &path, &json!({"text": "Hello"})).await.ok();
    let edited = socket.next().await;
    assert_eq!((&edited["type"], &edited["seq"]), (&json!("post.edited"), &json!(3)));
    assert_eq!((&edited["post"]["text"], &edited["post"]["seq"]), (&json!("Hello"), &added["seq"]));
    assert!(edited["post"].get("liked").is_none(), "nothing personal in a shared frame");
    // From memory, and read anew when nobody has watched.
    for _ in 0..2 {
        let mut back = app.visitor().socket().await;
        let epoch = app.server().store.epoch();
        let known = back.resume(epoch, "feed:latest", 2).await;
        assert_eq!(
            (&known["changes"][0]["type"], &known["changes"][0]["seq"]),
            (&json!("post.edited"), &json!(3))
        );
        let fresh = back.resume(epoch, "feed:latest", 1).await;
        assert_eq!(
            (&fresh["changes"][0]["type"], &fresh["changes"][0]["seq"]),
            (&json!("post.added"), &json!(2))
        );
        assert_eq!(fresh["changes"][0]["post"]["text"], "Hello");
        drop(back);
        if let Ok(()) =
            socket.try_send(&json!({"type": "unsubscribe", "ref": 9, "topics": ["feed:latest"]})).await
        {
            socket.until(|reply| reply["ref"] == 9).await;
        }
        crate::support::eventually("nobody watches", async || app.server().relay.topics() == 0).await;
    }
}
