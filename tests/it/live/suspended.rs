//! A suspended member's sockets close with 4005, and its likes leave the counts that others see.

use plaudit::domain::{Timestamp, UserId};
use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn suspending_closes_the_members_sockets_with_4005_and_no_others() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    ana.like(1).await;
    let mut elsewhere = app.visitor();
    elsewhere.log_in("ana").await.ok();
    let (mut here, mut there) = (ana.socket().await, elsewhere.socket().await);
    let mut other = ben.socket().await;
    other.subscribe(&["post:1"]).await;
    here.subscribe(&["post:1", "post:1/comments"]).await;
    let store = &app.server().store;
    store.set_suspended(UserId(ana.id), true, Timestamp(1)).await.unwrap();
    assert_eq!((here.closed().await, there.closed().await), (4005, 4005));
    let push = other.until(|push| push["type"] == "counts").await;
    assert_eq!(push["likes"], 0);
    assert_eq!(other.comment(1, "Still here", "k").await["type"], "ok");
    // Let in again: the likes are back, and so may the member be.
    store.set_suspended(UserId(ana.id), false, Timestamp(2)).await.unwrap();
    let push = other.until(|push| push["likes"] == 1).await;
    assert_eq!(push["topic"], "post:1");
    elsewhere.log_in("ana").await.ok();
    assert_eq!(elsewhere.socket().await.subscribe(&["post:1"]).await[0]["liked"], json!(true));
}
