//! A suspended member's sockets close with 4005, and its likes leave the counts that others see.

use plaudit::domain::{Timestamp, UserId};
use serde_json::json;

use crate::support::{Socket, TestApp};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_close_an_upgrade_comes_to_its_users_suspension_it_is_4005() {
    let app = TestApp::start().await;
    let mut ana = app.member("ana").await;
    let (base, store) = (app.url(""), app.server().store.clone());
    for turn in 0..40 {
        let token = ana.token.clone();
        let opening = (0..20).map(|_| {
            let (base, token) = (base.clone(), token.clone());
            tokio::spawn(async move {
                match Socket::try_open(&base, token.as_deref(), None).await {
                    Some(mut socket) => socket.closed().await,
                    // Too late even for a handshake.
                    None => 4005,
                }
            })
        });
        let opening: Vec<_> = opening.collect();
        store.set_suspended(UserId(ana.id), true, Timestamp(turn)).await.unwrap();
        for opened in opening {
            assert_eq!(opened.await.unwrap(), 4005);
        }
        store.set_suspended(UserId(ana.id), false, Timestamp(turn)).await.unwrap();
        ana.log_in("ana").await.ok();
    }
}
