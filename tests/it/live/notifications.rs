//! Notifications over sockets: every tab of a member hears of the same, what was missed comes with a resume, and how far
//! one has read is told from whichever tab.

use http::Method;
use serde_json::{Value, json};

use crate::support::{Actor, TestApp};

async fn post(who: &Actor) -> u64 {
    who.post("/api/posts", &json!({"text": "A post"})).await.json()["post"]["id"].as_u64().unwrap()
}

async fn comment(who: &Actor, post: u64, text: &str) -> Value {
    who.post(&format!("/api/posts/{post}/comments"), &json!({"text": text})).await.json()["comment"].clone()
}

#[tokio::test]
async fn every_tab_hears_of_a_comment_and_that_it_was_read() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let id = post(&ana).await;
    let (mut one, mut two) = (ana.socket().await, ana.socket().await);
    for tab in [&mut one, &mut two] {
        let snapshot = tab.subscribe(&["notifications", "unread"]).await;
        assert_eq!(
            snapshot[0],
            json!({"topic": "notifications", "seq": 0, "reset": true, "changes": [], "next": null, "read": 0})
        );
    }
    let said = comment(&ben, id, "Bravo!").await;
    for tab in [&mut one, &mut two] {
        let push = tab.until(|push| push["type"] == "notification.changed").await;
        let told = &push["notification"];
        assert_eq!((&push["seq"], &told["seq"], &told["kind"]), (&json!(1), &json!(1), &json!("comment")));
        assert_eq!(told["post"], json!({"id": id, "text": "A post"}));
        assert_eq!(told["comment"], json!({"id": said["id"], "text": "Bravo!"}));
        assert_eq!((&told["actors"][0]["handle"], &told["count"]), (&json!("ben"), &json!(1)));
    }
    let mut three = ana.socket().await;
    assert_eq!(three.subscribe(&["unread"]).await[0]["notifications"], 1);

    let ok = one.call(json!({"type": "read", "topic": "notifications", "read": 99})).await;
    assert_eq!(ok["type"], "ok");
    for tab in [&mut one, &mut two] {
        let push = tab.until(|push| push["type"] == "read").await;
        assert_eq!(
            push,
            json!({"type": "read", "topic": "notifications", "read": 1}),
            "the head, not beyond"
        );
    }
    three.until(|push| push["type"] == "unread" && push["notifications"] == 0).await;
    let list = ana.get("/api/notifications").await.ok();
    assert_eq!((&list["seq"], &list["read"], &list["next"]), (&json!(1), &json!(1), &Value::Null));
    assert_eq!(ana.call(Method::PUT, "/api/notifications/read", &json!({"read": 0})).await.status, 204);
    assert_eq!(ana.get("/api/notifications").await.ok()["read"], 1, "never back");
    ben.socket().await.call(json!({"type": "read", "topic": "notifications", "read": 5})).await;
    app.visitor().get("/api/notifications").await.refused(401, "no_session");
    app.guest().await.get("/api/notifications").await.refused(403, "guests_off");
}

#[tokio::test]
async fn likes_reach_their_author_within_a_second_and_a_restart_loses_none() {
    let mut app = TestApp::start().await;
    let (ana, ben, cem) = (app.member("ana").await, app.member("ben").await, app.member("cem").await);
    let id = post(&ana).await;
    let mut tab = ana.socket().await;
    let epoch = tab.call(json!({"type": "subscribe", "topics": [{"topic": "notifications"}]})).await;
    let epoch = epoch["epoch"].as_str().unwrap().to_owned();
    ben.put(&format!("/api/posts/{id}/like")).await.ok();
    let push = tab.until(|push| push["type"] == "notification.changed").await;
    assert_eq!((&push["notification"]["kind"], &push["notification"]["count"]), (&json!("like"), &json!(1)));
    drop(tab);

    cem.put(&format!("/api/posts/{id}/like")).await.ok();
    app.restart().await;
    let mut tab = ana.socket().await;
    let back = tab.resume(&epoch, "notifications", 1).await;
    assert_eq!(back["reset"], false);
    let told = match back["changes"].as_array().unwrap().last() {
        Some(change) => change["notification"].clone(),
        None => tab.until(|push| push["type"] == "notification.changed").await["notification"].clone(),
    };
    assert_eq!((&told["count"], &told["actors"][0]["handle"]), (&json!(2), &json!("cem")));
}

#[tokio::test]
async fn nobody_hears_of_a_muted_post_or_of_somebody_blocked() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let (muted, id) = (post(&ana).await, post(&ana).await);
    assert_eq!(ana.put(&format!("/api/posts/{muted}/mute")).await.status, 204);
    assert_eq!(ana.put("/api/posts/999/mute").await.status, 404);
    ana.put("/api/users/ben/block").await;
    comment(&ben, id, "Not heard").await;
    ana.delete("/api/users/ben/block").await;
    comment(&ben, muted, "Not heard").await;
    comment(&ben, id, "Heard").await;
    let list = ana.get("/api/notifications").await.ok();
    let texts: Vec<_> = list["items"].as_array().unwrap().iter().map(|it| &it["comment"]["text"]).collect();
    assert_eq!(texts, [&json!("Heard")]);
    assert_eq!(ana.delete(&format!("/api/posts/{muted}/mute")).await.status, 204);
    comment(&ben, muted, "Heard too").await;
    assert_eq!(ana.get("/api/notifications").await.ok()["items"][0]["comment"]["text"], "Heard too");

    let found = |prefix: &str| format!("/api/users?prefix={prefix}");
    let handles = |list: Value| -> Vec<Value> {
        list["items"].as_array().unwrap().iter().map(|user| user["handle"].clone()).collect()
    };
    assert_eq!(handles(ana.get(&found("BE")).await.ok()), ["ben"]);
    assert_eq!(handles(ana.get(&found("x")).await.ok()), [] as [Value; 0]);
    ana.get("/api/users").await.refused(400, "bad_request");
    ana.get("/api/users?prefix=").await.refused(400, "bad_request");
    ana.get("/api/users?prefix=%00").await.refused(400, "bad_request");
}
