//! Blocks: set, taken back, listed by their member alone.

use http::Method;
use serde_json::{Value, json};

use crate::support::{Actor, TestApp};

async fn blocked(who: &Actor) -> Vec<Value> {
    let list = who.get("/api/me/blocks").await.ok();
    list["items"].as_array().unwrap().iter().map(|user| user["handle"].clone()).collect()
}

#[tokio::test]
async fn a_member_blocks_another_and_lets_it_be() {
    let app = TestApp::start().await;
    let (ana, _ben, _cem) = (app.member("ana").await, app.member("ben").await, app.member("cem").await);
    assert!(blocked(&ana).await.is_empty());
    for handle in ["ben", "cem", "ben"] {
        assert_eq!(
            ana.call(Method::PUT, &format!("/api/users/{handle}/block"), &json!({})).await.status,
            204
        );
    }
    assert_eq!(blocked(&ana).await, ["cem", "ben"], "the latest first, none twice");
    let first = ana.get("/api/me/blocks?limit=1").await.ok();
    let rest = ana.get(&format!("/api/me/blocks?cursor={}", first["next"].as_str().unwrap())).await.ok();
    assert_eq!((&first["items"][0]["handle"], &rest["items"][0]["handle"]), (&json!("cem"), &json!("ben")));
    for _ in 0..2 {
        assert_eq!(ana.delete("/api/users/ben/block").await.status, 204);
    }
    assert_eq!(blocked(&ana).await, ["cem"]);
}

#[tokio::test]
async fn whom_one_cannot_block_and_who_cannot() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let block = |handle: &str| format!("/api/users/{handle}/block");
    ana.call(Method::PUT, &block("ana"), &json!({})).await.refused(400, "bad_request");
    ana.call(Method::PUT, &block("nobody_here"), &json!({})).await.refused(404, "not_found");
    for (who, status, code) in [(app.guest().await, 403, "guests_off"), (app.visitor(), 401, "no_session")] {
        who.call(Method::PUT, &block("ana"), &json!({})).await.refused(status, code);
        who.delete(&block("ana")).await.refused(status, code);
        who.get("/api/me/blocks").await.refused(status, code);
    }
}
