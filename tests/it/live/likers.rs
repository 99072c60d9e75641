//! `post:ID/likes`: who has liked a post lately, as open pages see it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Socket, TestApp};

const TOPIC: &str = "post:1/likes";

fn ids(likers: &Value) -> Vec<u64> {
    likers["likers"].as_array().unwrap().iter().map(|liker| liker["user"]["id"].as_u64().unwrap()).collect()
}

/// Reads until the likers are these.
async fn until_ids(socket: &mut Socket, wanted: &[u64]) -> Value {
    socket.until(|push| push["type"] == "likers" && ids(push) == wanted).await
}

#[tokio::test]
async fn the_latest_likers_are_told_newest_first_and_who_comes_later_is_sent_the_same() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let mut socket = app.visitor().socket().await;
    assert_eq!(socket.subscribe(&[TOPIC]).await, [json!({"topic": TOPIC, "likers": []})]);
    ana.put("/api/posts/1/like").await.ok();
    let push = until_ids(&mut socket, &[ana.id]).await;
    assert_eq!(push["likers"][0]["user"]["handle"], "ana");
    app.clock.advance(60);
    ben.put("/api/posts/1/like").await.ok();
    let push = until_ids(&mut socket, &[ben.id, ana.id]).await;
    let mut late = app.visitor().socket().await;
    let snapshot = late.subscribe(&[TOPIC]).await.remove(0);
    assert_eq!(snapshot["likers"], push["likers"]);
    ana.delete("/api/posts/1/like").await.ok();
    until_ids(&mut socket, &[ben.id]).await;
    until_ids(&mut late, &[ben.id]).await;
}

#[tokio::test]
async fn a_storm_of_likes_is_at_most_one_frame_a_second_and_the_last_one_is_true() {
    let app = TestApp::start().await;
    let mut people = Vec::new();
    for number in 0..20 {
        people.push(app.member(&format!("fan{number}")).await);
    }
    let mut socket = app.visitor().socket().await;
    socket.subscribe(&[TOPIC]).await;
    let begun = Instant::now();
    for person in &people {
        app.clock.advance(1);
        person.put("/api/posts/1/like").await.ok();
    }
    let wanted: Vec<u64> = people.iter().rev().take(8).map(|person| person.id).collect();
    let mut frames = 0;
    loop {
        let push = socket.next().await;
        frames += 1;
        if ids(&push) == wanted {
            break;
        }
    }
    let seconds = begun.elapsed().as_secs() + 1;
    assert!(frames <= seconds + 1, "{frames} frames in {seconds} s");
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_liker_who_is_called_something_else_is_called_so_here() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    ana.put("/api/posts/1/like").await.ok();
    let mut socket = app.visitor().socket().await;
    assert_eq!(ids(&socket.subscribe(&[TOPIC]).await[0]), [ana.id]);
    ana.call(reqwest::Method::PATCH, "/api/me", &json!({"name": "Anastasia"})).await.ok();
    socket.until(|push| push["likers"][0]["user"]["name"] == "Anastasia").await;
}

#[tokio::test]
async fn it_ends_with_its_post_and_is_not_there_without_one() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let post = ana.write("Hello").await;
    let topic = format!("post:{post}/likes");
    let mut socket = app.visitor().socket().await;
    assert_eq!(socket.subscribe(&[&topic, "post:999/likes"]).await[1]["error"], "not_found");
    ana.delete(&format!("/api/posts/{post}")).await.ok();
    assert_eq!(socket.next().await, json!({"type": "post.removed", "topic": topic}));
    assert_eq!(socket.subscribe(&[&topic]).await[0]["error"], "not_found");
}
