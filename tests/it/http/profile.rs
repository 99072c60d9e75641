//! What a member does with itself: name and bio, settings, password, the end of the account; and what it likes.

use plaudit::config::Options;
use reqwest::Method;
use serde_json::{Value, json};

use super::{check_problem, check_user, fields, walk};
use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

async fn update(actor: &Actor, change: Value) -> Answer {
    actor.call(Method::PATCH, "/api/me", &change).await
}

async fn set_password(actor: &Actor, old: &str, new: &str) -> Answer {
    actor.call(Method::PUT, "/api/me/password", &json!({"old": old, "new": new})).await
}

async fn delete(actor: &Actor, password: &str) -> Answer {
    actor.call(Method::DELETE, "/api/me", &json!({"password": password})).await
}

async fn settings(actor: &Actor) -> Value {
    actor.get("/api/me/settings").await.ok()
}

async fn handle(actor: &Actor) -> Value {
    actor.get("/api/me").await.ok()["user"]["handle"].clone()
}

#[tokio::test]
async fn name_and_bio_change_for_everybody_and_what_is_left_out_stays() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let post = ana.write("Hello").await;
    let answer = update(&ana, json!({"name": " Ana Lima ", "bio": "One\r\nTwo"})).await;
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!(fields(&body), ["user"]);
    check_user(&body["user"]);
    assert_eq!((&body["user"]["name"], &body["user"]["bio"]), (&json!("Ana Lima"), &json!("One\nTwo")));
    assert_eq!(ben.get("/api/users/ana").await.ok(), body);
    assert_eq!(ana.get("/api/me").await.ok(), body);
    assert_eq!(ben.get(&format!("/api/posts/{post}")).await.ok()["post"]["author"], body["user"]);
    let renamed = update(&ana, json!({"name": "Ana"})).await.ok();
    assert_eq!((&renamed["user"]["name"], &renamed["user"]["bio"]), (&json!("Ana"), &json!("One\nTwo")));
    let silent = update(&ana, json!({"bio": ""})).await.ok();
    assert_eq!((&silent["user"]["name"], &silent["user"]["bio"]), (&json!("Ana"), &json!("")));
    let before = app.dump();
    assert_eq!(update(&ana, json!({})).await.ok(), silent, "nothing asked, nothing changed");
    assert_eq!(app.dump(), before);
    assert_eq!(handle(&ben).await, "ben");
    assert_eq!(ben.get("/api/me").await.ok()["user"]["name"], "ben", "only mine");
}

#[tokio::test]
async fn nothing_of_me_can_be_changed_but_what_is_documented() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let before = app.dump();
    for field in
        ["handle", "id", "kind", "password", "moderator", "show_viewing", "suspended", "password_hash"]
    {
        update(&ana, json!({"name": "Eve", field: "ben"})).await.refused(400, "bad_request");
        if field != "show_viewing" {
            let settings = json!({"show_viewing": false, field: true});
            ana.call(Method::PATCH, "/api/me/settings", &settings).await.refused(400, "bad_request");
        }
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn settings_are_read_changed_and_nobody_elses_to_know() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let notify = json!({"like": true, "comment": true, "answer": true, "mention": true});
    let of = |show_viewing: bool| {
        let rest = (&notify, "everyone", true);
        json!({"settings": {"show_viewing": show_viewing, "notify": rest.0, "messages_from": rest.1, "receipts": rest.2}})
    };
    assert_eq!(settings(&ana).await, of(true), "until she decides");
    let off = of(false);
    let answer = ana.call(Method::PATCH, "/api/me/settings", &json!({"show_viewing": false})).await;
    assert_eq!(answer.ok(), off);
    assert_eq!(settings(&ana).await, off);
    assert_eq!(ana.call(Method::PATCH, "/api/me/settings", &json!({})).await.ok(), off);
    assert_eq!(settings(&ben).await["settings"]["show_viewing"], true);
    check_user(&ben.get("/api/users/ana").await.ok()["user"]);
    assert_eq!(update(&ana, json!({"name": "Ana"})).await.status, 200);
    assert_eq!(settings(&ana).await, off, "a new name is no new setting");
    let change = json!({"notify": {"like": false}, "messages_from": "nobody", "receipts": false});
    let changed = ana.call(Method::PATCH, "/api/me/settings", &change).await.ok();
    let notify = json!({"like": false, "comment": true, "answer": true, "mention": true});
    let wanted =
        json!({"show_viewing": false, "notify": notify, "messages_from": "nobody", "receipts": false});
    assert_eq!(changed["settings"], wanted, "what is not there stays");
    assert_eq!(settings(&ana).await["settings"], wanted);
    for bad in [
        json!({"notify": {"likes": true}}),
        json!({"notify": null}),
        json!({"messages_from": "members"}),
        json!({"receipts": "yes"}),
    ] {
        ana.call(Method::PATCH, "/api/me/settings", &bad).await.refused(400, "bad_request");
    }
    assert_eq!(settings(&ana).await["settings"], wanted);
}

#[tokio::test]
async fn guests_and_visitors_have_no_profile() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let before = app.dump();
    for (who, status, code) in [(&guest, 403, "guests_off"), (&app.visitor(), 401, "no_session")] {
        update(who, json!({"name": "x"})).await.refused(status, code);
        update(who, json!({})).await.refused(status, code);
        set_password(who, "correct horse", "another horse").await.refused(status, code);
        delete(who, "correct horse").await.refused(status, code);
        who.get("/api/me/settings").await.refused(status, code);
        who.call(Method::PATCH, "/api/me/settings", &json!({"show_viewing": false}))
            .await
            .refused(status, code);
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a_new_password_ends_every_session_but_the_new_one() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let mut elsewhere = app.visitor();
    elsewhere.log_in("ana").await.ok();
    let (mut here, mut there) = (ana.socket().await, elsewhere.socket().await);
    here.subscribe(&["me"]).await;
    there.subscribe(&["me"]).await;
    let answer = set_password(&ana, "correct horse", "another horse").await;
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!(fields(&body), ["token"]);
    let token = body["token"].as_str().unwrap();
    assert!(answer.header("set-cookie").starts_with(&format!("plaudit_session={token};")), "{answer:?}");
    let mut renewed = app.visitor();
    renewed.token = Some(token.to_owned());
    assert_eq!(handle(&renewed).await, "ana");
    assert_eq!((handle(&ana).await, handle(&elsewhere).await), (Value::Null, Value::Null));
    assert_eq!((here.closed().await, there.closed().await), (4004, 4004));
    assert_eq!(handle(&ben).await, "ben", "other people's sessions stay");
    let log_in = |password: &str| json!({"handle": "ana", "password": password});
    app.visitor().post("/api/session", &log_in("correct horse")).await.refused(401, "bad_credentials");
    assert_eq!(app.visitor().post("/api/session", &log_in("another horse")).await.status, 200);
    assert!(!app.dump().contains("another horse"));
}

#[tokio::test]
async fn a_wrong_old_password_changes_nothing() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let before = app.dump();
    for wrong in ["wrong horse!", "", "Correct horse", &"x".repeat(5000)] {
        for answer in [set_password(&ana, wrong, "another horse").await, delete(&ana, wrong).await] {
            assert_eq!(answer.header("set-cookie"), "", "{answer:?}");
            check_problem(&answer, wrong);
            answer.refused(401, "bad_credentials");
        }
    }
    // A new one that is none is found before the old one is looked at.
    set_password(&ana, "wrong horse!", "short").await.refused(400, "bad_request");
    assert_eq!(app.dump(), before);
    assert_eq!(handle(&ana).await, "ana", "her session stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_change_a_password_at_once_one_does() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut actors = vec![ana];
    for _ in 0..7 {
        let mut actor = app.visitor();
        actor.log_in("ana").await.ok();
        actors.push(actor);
    }
    let tasks: Vec<_> = actors
        .into_iter()
        .enumerate()
        .map(|(turn, actor)| {
            tokio::spawn(async move {
                set_password(&actor, "correct horse", &format!("horse number {turn}")).await
            })
        })
        .collect();
    let mut winners = Vec::new();
    for (turn, task) in tasks.into_iter().enumerate() {
        let answer = task.await.unwrap();
        match answer.status.as_u16() {
            200 => winners.push(turn),
            // Too late: the session has ended with the password, or the old one is wrong by now.
            401 => check_problem(&answer, "too late"),
            _ => panic!("{answer:?}"),
        }
    }
    assert_eq!(winners.len(), 1, "{winners:?}");
    let form = json!({"handle": "ana", "password": format!("horse number {}", winners[0])});
    assert_eq!(app.visitor().post("/api/session", &form).await.status, 200);
}

#[tokio::test]
async fn guessing_ones_own_password_counts_with_the_logins() {
    let app = TestApp::with(Options::default(), |_| {}).await;
    let ana = app.member("ana").await;
    // Right ones use up nothing, nor does a new password that is none.
    for _ in 0..8 {
        set_password(&ana, "correct horse", "short").await.refused(400, "bad_request");
    }
    for turn in 0..5 {
        let answer = match turn % 3 {
            0 => set_password(&ana, "wrong horse!", "another horse").await,
            1 => delete(&ana, "wrong horse!").await,
            _ => {
                app.visitor()
                    .post("/api/session", &json!({"handle": "ana", "password": "wrong horse!"}))
                    .await
            }
        };
        answer.refused(401, "bad_credentials");
    }
    let before = app.dump();
    // Not even the right one now, by any of the doors.
    for answer in [
        set_password(&ana, "correct horse", "another horse").await,
        delete(&ana, "correct horse").await,
        app.visitor().post("/api/session", &json!({"handle": "ana", "password": "correct horse"})).await,
    ] {
        check_problem(&answer, "too many");
        answer.refused(429, "rate_limited");
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a_deleted_account_is_gone_with_all_it_did() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let mut elsewhere = app.visitor();
    elsewhere.log_in("ana").await.ok();
    update(&ana, json!({"name": "Ana Lima", "bio": "A bio of hers"})).await.ok();
    let (post, bens) = (ana.write("A post of hers").await, ben.write("A post of his").await);
    ben.like(post).await;
    ben.comment(post, "Under hers").await;
    ana.like(bens).await;
    ana.like(1).await;
    ana.comment(bens, "A comment of hers").await;
    ben.comment(bens, "A comment of his").await;
    ana.post("/api/reports", &json!({"post": bens, "reason": "A reason of hers"})).await.ok();
    let mut socket = elsewhere.socket().await;
    socket.subscribe(&["me"]).await;
    let answer = delete(&ana, "correct horse").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
    assert!(answer.header("set-cookie").contains("plaudit_session=;"), "{answer:?}");
    assert!(answer.header("set-cookie").contains("Max-Age=0"), "{answer:?}");
    assert_eq!(socket.closed().await, 4004);
    assert_eq!((handle(&ana).await, handle(&elsewhere).await), (Value::Null, Value::Null));
    for path in ["/api/users/ana", "/api/users/ana/posts", "/api/users/ana/likes"] {
        ben.get(path).await.refused(404, "not_found");
    }
    ben.get(&format!("/api/posts/{post}")).await.refused(404, "not_found");
    let left = ben.get(&format!("/api/posts/{bens}")).await.ok();
    assert_eq!((&left["post"]["likes"], &left["post"]["comments"]), (&json!(0), &json!(1)));
    assert_eq!(walk(&ben, &format!("/api/posts/{bens}/likes"), 100).await, Vec::<Value>::new());
    let comments = walk(&ben, &format!("/api/posts/{bens}/comments"), 100).await;
    assert_eq!((comments.len(), &comments[0]["text"]), (1, &json!("A comment of his")));
    assert_eq!(ben.get("/api/posts/1").await.ok()["post"]["likes"], 0);
    let dump = app.dump();
    for hers in ["Ana Lima", "A bio of hers", "A post of hers", "A comment of hers", "A reason of hers"] {
        assert!(!dump.contains(hers), "{hers} is still there: {dump}");
    }
    // The handle is kept back for 30 days; who takes it then is somebody else.
    app.visitor()
        .post("/api/session", &json!({"handle": "ana", "password": "correct horse"}))
        .await
        .refused(401, "bad_credentials");
    app.visitor().sign_up("ana").await.refused(409, "handle_taken");
    app.clock.advance(30 * 24 * 3600 - 1);
    app.visitor().sign_up("ana").await.refused(409, "handle_taken");
    app.clock.advance(1);
    let again = app.member("ana").await;
    assert_ne!(again.id, ana.id);
    assert_eq!(walk(&again, "/api/users/ana/posts", 100).await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_a_member_likes_is_a_list_with_the_newest_post_first() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let mut posts = vec![1];
    for turn in 0..12 {
        posts.push(ben.write(&format!("Post {turn}")).await);
    }
    let liked: Vec<u64> = posts.iter().copied().step_by(2).collect();
    // In any order.
    for post in liked.iter().skip(3).chain(liked.iter().take(3)) {
        ana.like(*post).await;
    }
    let newest_first: Vec<u64> = liked.iter().rev().copied().collect();
    for limit in [1, 3, 6, 7, 100] {
        let walked = walk(&app.visitor(), "/api/users/ana/likes", limit).await;
        let ids: Vec<u64> = walked.iter().map(|post| post["id"].as_u64().unwrap()).collect();
        assert_eq!(ids, newest_first, "{limit}");
        walked.iter().for_each(super::check_post);
        assert!(walked.iter().all(|post| post["liked"] == false), "`liked` is the reader's");
    }
    assert!(walk(&ana, "/api/users/ana/likes", 100).await.iter().all(|post| post["liked"] == true));
    ana.unlike(newest_first[0]).await;
    assert_eq!(ben.delete(&format!("/api/posts/{}", newest_first[1])).await.status, 204);
    assert_eq!(walk(&ben, "/api/users/ana/likes", 100).await.len(), newest_first.len() - 2);
    assert_eq!(walk(&ben, "/api/users/ben/likes", 100).await, Vec::<Value>::new());
    app.visitor().get("/api/users/nobody/likes").await.refused(404, "not_found");
}
