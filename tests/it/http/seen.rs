//! What can be seen of texts and names: nothing invisible passes for something, no name hides what tells it apart.

use plaudit::domain::UserId;
use plaudit::store::ProfileChange;
use reqwest::Method;
use serde_json::json;

use crate::support::{Actor, TestApp};

/// What is drawn as nothing, each kind once.
const UNSEEN: [&str; 10] = [
    "\u{200b}",
    "\u{3164}",
    "\u{ad}",
    "\u{2800}",
    "\u{2028}",
    "\u{feff}\u{2060}",
    "\u{fe0f}",
    "\u{e0041}\u{e007f}",
    "\u{200d}\u{200c}",
    " \u{115f}\n\u{ffa0} ",
];

async fn world() -> (TestApp, Actor) {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    (app, ana)
}

#[tokio::test]
async fn what_nobody_can_see_is_as_empty_as_nothing() {
    let (app, ana) = world().await;
    let post = ana.write("Hello").await;
    let comments = format!("/api/posts/{post}/comments");
    let comment = ana.comment(post, "Hello").await;
    let before = app.dump();
    for text in UNSEEN {
        let body = json!({"text": text});
        ana.post("/api/posts", &body).await.refused(400, "bad_request");
        ana.call(Method::PATCH, &format!("/api/posts/{post}"), &body).await.refused(400, "bad_request");
        ana.post(&comments, &body).await.refused(400, "bad_request");
        ana.call(Method::PATCH, &format!("/api/comments/{comment}"), &body).await.refused(400, "bad_request");
        ana.call(Method::PATCH, "/api/me", &json!({"name": text})).await.refused(400, "bad_request");
        let sign_up = json!({"handle": "ben", "password": "correct horse", "name": text});
        app.visitor().post("/api/users", &sign_up).await.refused(400, "bad_request");
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a_reason_and_a_bio_that_nobody_can_see_are_none() {
    let (app, ana) = world().await;
    let ben = app.member("ben").await;
    let post = ana.write("Hello").await;
    ben.post("/api/reports", &json!({"post": post, "reason": "\u{200b}\u{2800}"})).await.ok();
    let me = ben.call(Method::PATCH, "/api/me", &json!({"bio": "\u{3164}"})).await.ok();
    assert_eq!(me["user"]["bio"], "");
    app.promote("ana").await;
    assert_eq!(ana.get("/api/reports").await.ok()["items"][0]["latest"]["reason"], "");
}

#[tokio::test]
async fn a_name_is_kept_without_what_cannot_be_seen() {
    let (app, ana) = world().await;
    for (sent, kept) in [
        ("Ana\u{200b}", "Ana"),
        ("\u{200f}A\u{ad}na\u{2028}", "Ana"),
        ("Ana\u{3164}\u{2800}", "Ana"),
        ("علی\u{200c}رضا", "علی\u{200c}رضا"),
        ("क\u{94d}\u{200d}ष", "क\u{94d}\u{200d}ष"),
        ("👩‍👩‍👧 ❤\u{fe0f}", "👩‍👩‍👧 ❤\u{fe0f}"),
    ] {
        let me = ana.call(Method::PATCH, "/api/me", &json!({"name": sent})).await.ok();
        assert_eq!(me["user"]["name"], kept, "{sent:?}");
    }
    let sign_up = json!({"handle": "ben", "password": "correct horse", "name": "B\u{2060}en\u{200b}"});
    assert_eq!(app.visitor().post("/api/users", &sign_up).await.ok()["user"]["name"], "Ben");
}

#[tokio::test]
async fn of_many_empty_lines_one_is_kept_wherever_people_write() {
    let (app, ana) = world().await;
    let flood = format!("a{}b{}c", "\n".repeat(300), "\r\n \r\n\u{200b}\r\n".repeat(30));
    let post = ana.post("/api/posts", &json!({"text": flood})).await.ok()["post"].clone();
    assert_eq!(post["text"], "a\n\nb\n\nc");
    let comments = format!("/api/posts/{}/comments", post["id"]);
    assert_eq!(ana.post(&comments, &json!({"text": flood})).await.ok()["comment"]["text"], "a\n\nb\n\nc");
    let reason = "a\n\n\n\nb";
    app.member("ben").await.post("/api/reports", &json!({"post": post["id"], "reason": reason})).await.ok();
    app.promote("ana").await;
    assert_eq!(ana.get("/api/reports").await.ok()["items"][0]["latest"]["reason"], "a\n\nb");
}

#[tokio::test]
async fn a_name_that_passes_for_a_mark_is_refused_and_one_that_is_there_stays() {
    let (app, ana) = world().await;
    let before = app.dump();
    for name in ["Moderator", "Mоderаtor", "Ana \u{2713}", "Ana (Author)", "Mode\u{200b}rator"] {
        let refused =
            ana.call(Method::PATCH, "/api/me", &json!({"name": name})).await.refused(400, "bad_request");
        assert!(refused["detail"].as_str().unwrap().starts_with("name: "), "{refused}");
        let sign_up = json!({"handle": "ben", "password": "correct horse", "name": name});
        app.visitor().post("/api/users", &sign_up).await.refused(400, "bad_request");
    }
    assert_eq!(app.dump(), before);
    // From a time when it could be chosen.
    let change = ProfileChange { name: Some("Staff \u{2713}".to_owned()), ..ProfileChange::default() };
    app.server().store.update_profile(UserId(ana.id), change).await.unwrap();
    let me = ana.call(Method::PATCH, "/api/me", &json!({"name": "Staff \u{2713}", "bio": "Here"})).await.ok();
    assert_eq!((&me["user"]["name"], &me["user"]["bio"]), (&json!("Staff \u{2713}"), &json!("Here")));
    // The handle stands beside the name anyway.
    let sign_up = json!({"handle": "the_staff", "password": "correct horse"});
    assert_eq!(app.visitor().post("/api/users", &sign_up).await.ok()["user"]["name"], "the_staff");
}
