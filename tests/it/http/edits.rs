//! Another text for a post or a comment: whose, how long, and what an edit began from.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

async fn edit(who: &Actor, path: &str, body: Value) -> Answer {
    who.call(Method::PATCH, path, &body).await
}

#[tokio::test]
async fn a_posts_author_gives_it_another_text_within_fifteen_minutes() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let id = ana.write("Helo").await;
    let path = format!("/api/posts/{id}");
    let before = ana.get(&path).await.ok();
    assert_eq!(before["post"]["edited_at"], json!(null));
    app.clock.advance(15 * 60);
    let edited = edit(&ana, &path, json!({"text": " Hello\r\n"})).await.ok();
    assert_eq!((&edited["post"]["text"], &edited["post"]["seq"]), (&json!("Hello"), &before["post"]["seq"]));
    assert!(edited["post"]["edited_at"].is_string());
    assert_eq!(app.visitor().get(&path).await.ok()["post"], edited["post"]);
    for (who, status, code) in [
        (&ben, 403, "forbidden"),
        (&app.guest().await, 403, "guests_off"),
        (&app.visitor(), 401, "no_session"),
    ] {
        edit(who, &path, json!({"text": "Mine"})).await.refused(status, code);
    }
    edit(&ana, "/api/posts/999", json!({"text": "Hello"})).await.refused(404, "not_found");
    for bad in
        [json!({"text": ""}), json!({"text": "x".repeat(501)}), json!({}), json!({"text": "a", "x": 1})]
    {
        edit(&ana, &path, bad).await.refused(400, "bad_request");
    }
    app.clock.advance(1);
    edit(&ana, &path, json!({"text": "Too late"})).await.refused(403, "forbidden");
    assert_eq!(app.visitor().get(&path).await.ok()["post"], edited["post"]);
}

#[tokio::test]
async fn an_edit_that_began_from_an_older_text_is_refused_and_the_newer_one_stays() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let post = ana.write("One").await;
    let comment = ana.post(&format!("/api/posts/{post}/comments"), &json!({"text": "One"})).await.ok();
    let comment = comment["comment"]["id"].as_u64().unwrap();
    for (path, key) in
        [(format!("/api/posts/{post}"), "post"), (format!("/api/comments/{comment}"), "comment")]
    {
        let phone = edit(&ana, &path, json!({"text": "From the phone", "edited_at": null})).await.ok();
        let stands = &phone[key]["edited_at"];
        let late = json!({"text": "From the desk", "edited_at": null});
        edit(&ana, &path, late).await.refused(409, "superseded");
        // The same text again is no other text: a form that is sent twice.
        let again = edit(&ana, &path, json!({"text": "From the phone", "edited_at": null})).await.ok();
        assert_eq!(again[key], phone[key]);
        app.clock.advance(1);
        let next = edit(&ana, &path, json!({"text": "From the desk", "edited_at": stands})).await.ok();
        assert_eq!(next[key]["text"], "From the desk");
        edit(&ana, &path, json!({"text": "Whatever it was"})).await.ok();
        for bad in [json!("yesterday"), json!(1), json!("")] {
            edit(&ana, &path, json!({"text": "Bad", "edited_at": bad})).await.refused(400, "bad_request");
        }
    }
}

#[tokio::test]
async fn a_key_finds_its_post_though_it_was_edited_and_is_no_other_posts() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let new = json!({"text": "First", "key": "k1"});
    let made = ana.post("/api/posts", &new).await.ok();
    let path = format!("/api/posts/{}", made["post"]["id"]);
    for text in ["Second", "Third"] {
        edit(&ana, &path, json!({"text": text})).await.ok();
    }
    let again = ana.post("/api/posts", &new).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.ok()["post"]["text"], "Third");
    ana.post("/api/posts", &json!({"text": "Third", "key": "k1"})).await.refused(409, "key_reused");
}
