//! Reports, the moderators' queue, suspending: what members and moderators may, and what nobody may.

use reqwest::Method;
use serde_json::{Value, json};

use super::{check_comment, check_post, check_time, check_user, fields, walk};
use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

struct World {
    app: TestApp,
    ana: Actor,
    ben: Actor,
    moderator: Actor,
}

async fn world() -> World {
    let app = TestApp::start().await;
    let (ana, ben, moderator) = (app.member("ana").await, app.member("ben").await, app.member("mod").await);
    app.promote("mod").await;
    World { app, ana, ben, moderator }
}

async fn report(actor: &Actor, subject: &str, id: u64, reason: &str) -> Answer {
    actor.post("/api/reports", &json!({subject: id, "reason": reason})).await
}

async fn suspend(actor: &Actor, handle: &str) -> Answer {
    actor.put(&format!("/api/users/{handle}/suspension")).await
}

async fn lift(actor: &Actor, handle: &str) -> Answer {
    actor.delete(&format!("/api/users/{handle}/suspension")).await
}

async fn likes(app: &TestApp) -> Value {
    app.visitor().get("/api/posts/1").await.ok()["post"]["likes"].clone()
}

#[tokio::test]
async fn what_is_reported_stands_in_the_queue_until_it_is_decided() {
    let World { app, ana, ben, moderator } = world().await;
    let post = ana.write("Buy now").await;
    let comment = ana.comment(post, "Buy here").await;
    let answer = report(&ben, "post", post, " Spam \r\nsays Ben ").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (201, "{}"));
    app.clock.advance(60);
    report(&moderator, "post", post, "").await.ok();
    report(&ben, "post", post, "Spam, still").await.ok();
    app.clock.advance(60);
    assert_eq!(ben.post("/api/reports", &json!({"comment": comment})).await.status, 201, "without a reason");
    let queue = walk(&moderator, "/api/reports", 100).await;
    assert_eq!(queue.len(), 2, "{queue:?}");
    assert_eq!(fields(&queue[0]), ["comment", "earlier", "latest", "reports", "suspended"]);
    assert_eq!(fields(&queue[1]), ["earlier", "latest", "post", "reports", "suspended"]);
    check_comment(&queue[0]["comment"]);
    check_post(&queue[1]["post"]);
    for case in &queue {
        assert_eq!(fields(&case["latest"]), ["at", "reason", "user"]);
        check_user(&case["latest"]["user"]);
        check_time(&case["latest"]["at"]);
    }
    assert_eq!((&queue[0]["reports"], &queue[1]["reports"]), (&json!(1), &json!(2)), "one of each member");
    assert_eq!(queue[0]["latest"]["reason"], "");
    assert_eq!(walk(&moderator, "/api/reports", 1).await, queue);
    // Let it stay, remove it: either decides.
    assert_eq!(moderator.delete(&format!("/api/posts/{post}/reports")).await.status, 204);
    moderator.delete(&format!("/api/posts/{post}/reports")).await.refused(404, "not_found");
    assert_eq!(walk(&moderator, "/api/reports", 100).await.len(), 1);
    assert_eq!(ana.get(&format!("/api/posts/{post}")).await.status, 200, "it stays");
    assert_eq!(moderator.delete(&format!("/api/comments/{comment}")).await.status, 204);
    assert_eq!(walk(&moderator, "/api/reports", 100).await, Vec::<Value>::new());
    moderator.delete(&format!("/api/comments/{comment}/reports")).await.refused(404, "not_found");
    // It can be reported again.
    report(&ben, "post", post, "Again").await.ok();
    assert_eq!(walk(&moderator, "/api/reports", 100).await[0]["reports"], 1);
    assert_eq!(moderator.delete(&format!("/api/posts/{post}")).await.status, 204);
    assert_eq!(walk(&moderator, "/api/reports", 100).await, Vec::<Value>::new());
}

#[tokio::test]
async fn members_report_what_is_there() {
    let World { app, ana, ben, .. } = world().await;
    let post = ana.write("Soon gone").await;
    let comment = ana.comment(post, "Soon gone").await;
    assert_eq!(ana.delete(&format!("/api/posts/{post}")).await.status, 204);
    let guest = app.guest().await;
    let before = app.dump();
    for nothing in [0, post, 4_294_967_297, 9_007_199_254_740_991] {
        report(&ben, "post", nothing, "").await.refused(404, "not_found");
    }
    for no_id in [9_007_199_254_740_992, u64::MAX] {
        report(&ben, "post", no_id, "").await.refused(400, "bad_request");
    }
    for nothing in [0, comment, 9_007_199_254_740_991] {
        report(&ben, "comment", nothing, "").await.refused(404, "not_found");
    }
    report(&guest, "post", 1, "").await.refused(403, "guests_off");
    report(&app.visitor(), "post", 1, "").await.refused(401, "no_session");
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn only_moderators_decide() {
    let World { app, ana, ben, .. } = world().await;
    let post = ana.write("Reported").await;
    let comment = ana.comment(post, "Reported").await;
    report(&ben, "post", post, "A secret reason").await.ok();
    report(&ben, "comment", comment, "A secret reason").await.ok();
    let guest = app.guest().await;
    let before = app.dump();
    for (who, status, code) in [
        (&ana, 403, "forbidden"),
        (&ben, 403, "forbidden"),
        (&guest, 403, "forbidden"),
        (&app.visitor(), 401, "no_session"),
    ] {
        for (method, path) in [
            (Method::GET, "/api/reports".to_owned()),
            (Method::DELETE, format!("/api/posts/{post}/reports")),
            (Method::DELETE, format!("/api/comments/{comment}/reports")),
            (Method::DELETE, "/api/posts/9/reports".to_owned()),
            (Method::PUT, "/api/users/ana/suspension".to_owned()),
            (Method::PUT, "/api/users/nobody/suspension".to_owned()),
            (Method::DELETE, "/api/users/ben/suspension".to_owned()),
        ] {
            let answer = who.send(who.request(method, &path)).await;
            assert!(!answer.text.contains("A secret reason"), "{answer:?}");
            answer.refused(status, code);
        }
    }
    ben.delete(&format!("/api/posts/{post}")).await.refused(403, "forbidden");
    ben.delete(&format!("/api/comments/{comment}")).await.refused(403, "forbidden");
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a_suspended_member_is_out_until_it_is_let_in_again() {
    let World { app, ana, ben, moderator } = world().await;
    ana.like(1).await;
    ben.like(1).await;
    let post = ana.write("Stays").await;
    let mut socket = ana.socket().await;
    socket.subscribe(&["post:1"]).await;
    let mut watcher = ben.socket().await;
    watcher.subscribe(&["post:1"]).await;
    let answer = suspend(&moderator, "ana").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
    assert_eq!(socket.closed().await, 4005);
    watcher.until(|push| push["type"] == "counts" && push["likes"] == 1).await;
    // Whatever she holds is worth nothing, and no password lets her in.
    assert_eq!(ana.get("/api/me").await.ok()["user"], Value::Null);
    ana.post("/api/posts", &json!({"text": "x"})).await.refused(401, "no_session");
    ana.delete("/api/posts/1/like").await.refused(401, "no_session");
    let credentials = json!({"handle": "ana", "password": "correct horse"});
    let refused = app.visitor().post("/api/session", &credentials).await;
    assert_eq!(refused.header("set-cookie"), "");
    refused.refused(403, "forbidden");
    // Whoever does not know the password does not learn of it.
    let guess = json!({"handle": "ana", "password": "wrong horse!"});
    app.visitor().post("/api/session", &guess).await.refused(401, "bad_credentials");
    assert_eq!(app.visitor().sign_up("ana").await.status, 409, "the handle stays hers");
    assert_eq!(likes(&app).await, 1);
    let likers = walk(&ben, "/api/posts/1/likes", 100).await;
    assert!(likers.iter().all(|liker| liker["user"]["handle"] == "ben"), "{likers:?}");
    assert_eq!(walk(&ben, "/api/users/ana/likes", 100).await, Vec::<Value>::new());
    assert_eq!(ben.get(&format!("/api/posts/{post}")).await.status, 200, "what she wrote stays");
    let before = app.dump();
    assert_eq!(suspend(&moderator, "ana").await.status, 204, "repeating is harmless");
    assert_eq!(app.dump(), before);
    assert_eq!(lift(&moderator, "ana").await.status, 204);
    watcher.until(|push| push["type"] == "counts" && push["likes"] == 2).await;
    assert_eq!(likes(&app).await, 2);
    assert_eq!(lift(&moderator, "ana").await.status, 204);
    let mut again = app.visitor();
    again.log_in("ana").await.ok();
    assert_eq!(again.get("/api/posts/1").await.ok()["post"]["liked"], true);
}

#[tokio::test]
async fn nobody_suspends_moderators_the_sites_own_account_or_nobody() {
    let World { app, ana, moderator, .. } = world().await;
    app.member("mod2").await;
    app.promote("mod2").await;
    let before = app.dump();
    for handle in ["mod", "mod2", "plaudit"] {
        suspend(&moderator, handle).await.refused(403, "forbidden");
        lift(&moderator, handle).await.refused(403, "forbidden");
    }
    for handle in ["nobody", "Ana", "%00", "guest", "1"] {
        suspend(&moderator, handle).await.refused(404, "not_found");
        lift(&moderator, handle).await.refused(404, "not_found");
    }
    assert_eq!(app.dump(), before);
    // A right that was taken away ends with the next request, whatever the session says.
    let store = &app.server().store;
    let user = store.find_user("mod").await.unwrap().unwrap();
    store.set_moderator(user.id, false).await.unwrap();
    suspend(&moderator, "ana").await.refused(403, "forbidden");
    moderator.get("/api/reports").await.refused(403, "forbidden");
    assert_eq!(ana.get("/api/me").await.ok()["user"]["handle"], "ana");
}

#[tokio::test]
async fn a_suspended_members_queue_of_reports_says_who_reported_all_the_same() {
    let World { app: _app, ana, ben, moderator } = world().await;
    let post = ana.write("Reported").await;
    report(&ben, "post", post, "By somebody who is suspended later").await.ok();
    assert_eq!(suspend(&moderator, "ben").await.status, 204);
    let queue = walk(&moderator, "/api/reports", 100).await;
    assert_eq!(queue[0]["latest"]["user"]["handle"], "ben");
}
