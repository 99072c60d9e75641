//! Likes over the socket: what the acting connection hears, and what everyone else does.

use serde_json::json;

use crate::support::{TestApp, eventually};

#[tokio::test]
async fn a_like_reaches_every_subscriber_of_the_post_with_the_same_absolute_count() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut watchers = Vec::new();
    for _ in 0..5 {
        let mut watcher = app.visitor().socket().await;
        let snapshot = watcher.subscribe(&["post:1"]).await;
        assert_eq!(snapshot[0]["likes"], 0);
        watchers.push(watcher);
    }
    let liked = ana.like(1).await;
    assert_eq!(
        (liked["liked"].clone(), liked["changed"].clone(), liked["likes"].clone()),
        (json!(true), json!(true), json!(1))
    );
    for watcher in &mut watchers {
        let push = watcher.next().await;
        let wanted = json!({
            "type": "counts", "topic": "post:1", "version": liked["version"], "likes": 1, "comments": 0
        });
        assert_eq!(push, wanted, "exactly these fields, and nothing personal");
    }
}

#[tokio::test]
async fn a_like_sent_twice_counts_once() {
    let app = TestApp::start().await;
    let mut socket = app.member("ana").await.socket().await;
    let first = socket.like(1, true).await;
    let second = socket.like(1, true).await;
    assert_eq!((first["changed"].clone(), second["changed"].clone()), (json!(true), json!(false)));
    assert_eq!((&first["likes"], &first["version"]), (&second["likes"], &second["version"]));
    let back = socket.like(1, false).await;
    assert_eq!((back["liked"].clone(), back["likes"].clone()), (json!(false), json!(0)));
    let again = socket.like(1, false).await;
    assert_eq!((again["changed"].clone(), again["version"].clone()), (json!(false), back["version"].clone()));
}

#[tokio::test]
async fn the_ok_comes_before_any_push_that_contains_the_act() {
    let app = TestApp::start().await;
    let mut socket = app.member("ana").await.socket().await;
    socket.subscribe(&["post:1", "me"]).await;
    for turn in 0..50 {
        let (ok, before) =
            socket.call_with_pushes(json!({"type": "like", "post": 1, "on": turn % 2 == 0})).await;
        assert_eq!(ok["type"], "ok");
        let overtaking = before.iter().find(|push| push["version"].as_u64() >= ok["version"].as_u64());
        assert_eq!(overtaking, None, "before {ok}");
    }
}

#[tokio::test]
async fn many_likes_in_a_moment_cost_a_viewer_few_frames_and_the_last_value_arrives() {
    let app = TestApp::start().await;
    let mut watcher = app.visitor().socket().await;
    watcher.subscribe(&["post:1"]).await;
    let mut tasks = Vec::new();
    for number in 0..100 {
        let visitor = app.visitor();
        tasks.push(tokio::spawn(async move {
            let answer = visitor.put("/api/posts/1/like").await;
            assert!(answer.status.is_success(), "{number}: {answer:?}");
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let (mut frames, mut version) = (0, 0);
    loop {
        let push = watcher.next().await;
        frames += 1;
        let newer = push["version"].as_u64().unwrap();
        assert!(newer > version, "versions only grow");
        version = newer;
        if push["likes"] == 100 {
            break;
        }
    }
    assert!(frames <= 50, "{frames} frames for 100 likes");
}

#[tokio::test]
async fn my_other_tab_learns_of_my_like_and_nobody_else_does() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut first = ana.socket().await;
    let mut second = ana.socket().await;
    let mut ben = app.member("ben").await.socket().await;
    second.subscribe(&["me"]).await;
    ben.subscribe(&["me"]).await;
    let ok = first.like(1, true).await;
    let push = second.next().await;
    assert_eq!(
        push,
        json!({"type": "liked", "topic": "me", "post": 1, "liked": true, "version": ok["version"]})
    );
    let (_, pushed) = ben.call_with_pushes(json!({"type": "unsubscribe", "topics": ["me"]})).await;
    assert_eq!(pushed, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn a_like_over_http_reaches_my_tabs_too() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let mut tab = guest.socket().await;
    tab.subscribe(&["me", "post:1"]).await;
    guest.unlike(1).await;
    let push = tab.until(|push| push["type"] == "liked").await;
    assert_eq!(push["liked"], false);
}

#[tokio::test]
async fn without_a_session_a_socket_like_is_refused_and_the_http_like_makes_a_guest() {
    let app = TestApp::start().await;
    let mut socket = app.visitor().socket().await;
    let refused = socket.like(1, true).await;
    assert_eq!((refused["type"].clone(), refused["code"].clone()), (json!("error"), json!("no_session")));
    let guest = app.guest().await;
    let mut socket = guest.socket().await;
    assert_eq!(socket.subscribe(&["post:1"]).await[0]["liked"], true);
    assert_eq!(socket.like(1, false).await["likes"], 0);
}

#[tokio::test]
async fn a_like_of_what_is_not_there_changes_nothing() {
    let app = TestApp::start().await;
    let mut socket = app.member("ana").await.socket().await;
    for (code, posts) in [
        ("not_found", &[0_u64, 2, 9_007_199_254_740_991][..]),
        ("bad_request", &[9_007_199_254_740_992, u64::MAX]),
    ] {
        for post in posts {
            let refused = socket.like(*post, true).await;
            assert_eq!((&refused["type"], &refused["code"]), (&json!("error"), &json!(code)), "{post}");
        }
    }
}

#[tokio::test]
async fn counts_survive_a_restart_and_versions_go_on() {
    let mut app = TestApp::start().await;
    let ana = app.member("ana").await;
    let before = ana.like(1).await;
    let epoch = ana.socket().await.call(json!({"type": "subscribe", "topics": [{"topic": "post:1"}]})).await
        ["epoch"]
        .clone();
    app.restart().await;
    let mut socket = ana.socket().await;
    let snapshot = socket.call(json!({"type": "subscribe", "topics": [{"topic": "post:1"}]})).await;
    assert_eq!(snapshot["epoch"], epoch);
    let post = &snapshot["topics"][0];
    assert_eq!(
        (&post["likes"], &post["version"], &post["liked"]),
        (&json!(1), &before["version"], &json!(true))
    );
    let after = socket.like(1, false).await;
    assert!(after["version"].as_u64() > before["version"].as_u64());
}

#[tokio::test]
async fn stopping_acknowledges_what_waits_and_closes_with_4200() {
    let mut app = TestApp::start().await;
    let mut socket = app.member("ana").await.socket().await;
    socket.subscribe(&["post:1"]).await;
    for reference in 1000..1100_u64 {
        socket.send(&json!({"type": "like", "ref": reference, "post": 1, "on": reference % 2 == 0})).await;
    }
    socket.flush_out().await;
    app.stop().await;
    assert_eq!(socket.closed().await, 4200);
}

#[tokio::test]
async fn an_entry_is_kept_only_while_a_topic_has_subscribers() {
    let app = TestApp::start().await;
    let mut socket = app.member("ana").await.socket().await;
    socket.subscribe(&["post:1", "feed:latest", "me", "post:77"]).await;
    eventually("the refused topic is forgotten", async || app.server().relay.topics() == 3).await;
    drop(socket);
    eventually("the entries go with the connection", async || app.server().relay.topics() == 0).await;
}
