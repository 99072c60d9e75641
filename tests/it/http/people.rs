//! People over the API: sign up, log in, log out, who am I; the cookie, the Bearer, and how sessions end.

use reqwest::Method;
use serde_json::{Value, json};

use super::bad_input::PATHS;
use super::{check_user, fields};
use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

const DAY: i64 = 24 * 3600;

async fn me(actor: &Actor) -> Value {
    actor.get("/api/me").await.ok()["user"].clone()
}

async fn me_by_bearer(app: &TestApp, value: &str) -> Answer {
    let visitor = app.visitor();
    visitor.send(visitor.request(Method::GET, "/api/me").header("authorization", value)).await
}

fn cookie(answer: &Answer) -> Vec<String> {
    let mut parts: Vec<String> = answer.header("set-cookie").split("; ").map(str::to_owned).collect();
    parts.sort();
    parts
}

#[tokio::test]
async fn signing_up_answers_201_with_user_token_and_a_cookie_of_the_same_string() {
    let app = TestApp::start().await;
    let body = json!({"handle": "ana_1", "password": "correct horse", "name": " Ana Lima "});
    let answer = app.visitor().post("/api/users", &body).await;
    assert_eq!(answer.status, 201);
    let body = answer.json();
    assert_eq!(fields(&body), ["token", "user"]);
    check_user(&body["user"]);
    let user = &body["user"];
    let wanted =
        json!({"id": user["id"], "handle": "ana_1", "name": "Ana Lima", "bio": "", "kind": "member"});
    assert_eq!(user, &wanted);
    let token = body["token"].as_str().unwrap();
    let session = format!("plaudit_session={token}");
    assert_eq!(cookie(&answer), ["HttpOnly", "Max-Age=7776000", "Path=/", "SameSite=Lax", &session]);
    let shown = app.visitor().get("/api/users/ana_1").await.ok();
    assert_eq!(shown, json!({"user": user}));
    assert_eq!(
        app.member("ben").await.get("/api/users/ben").await.ok()["user"]["name"],
        "ben",
        "no name: the handle"
    );
}

#[tokio::test]
async fn under_https_cookies_are_secure_and_hsts_is_sent() {
    let url = "https://example.org".parse().unwrap();
    let app =
        TestApp::with(plaudit::config::Options { public_url: Some(url), ..Default::default() }, |_| {}).await;
    let mut ana = app.visitor();
    for answer in [ana.sign_up("ana").await, ana.log_in("ana").await, ana.delete("/api/session").await] {
        assert!(cookie(&answer).contains(&"Secure".to_owned()), "{answer:?}");
    }
    let guest = app.visitor().put("/api/posts/1/like").await;
    assert!(cookie(&guest).contains(&"Secure".to_owned()), "{guest:?}");
    for path in ["/", "/api/posts", "/api/nothing", "/healthz"] {
        let hsts = app.visitor().get(path).await.header("strict-transport-security").to_owned();
        assert!(hsts.starts_with("max-age=") && hsts.len() > "max-age=1000000".len(), "{path}: {hsts}");
    }
}

#[tokio::test]
async fn a_bearer_does_what_the_cookie_does_and_a_bad_one_is_401_even_beside_a_good_cookie() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let token = ana.token.clone().unwrap();
    for scheme in ["Bearer", "bearer"] {
        assert_eq!(me_by_bearer(&app, &format!("{scheme} {token}")).await.ok()["user"], me(&ana).await);
    }
    let other = "A".repeat(43);
    for bad in [format!("Bearer {other}"), "Bearer".into(), "Bearer ".into()] {
        me_by_bearer(&app, &bad).await.refused(401, "no_session");
        let both = ana.request(Method::GET, "/api/posts").header("authorization", &bad);
        ana.send(both).await.refused(401, "no_session");
        let like = app.visitor();
        let like =
            like.send(like.request(Method::PUT, "/api/posts/1/like").header("authorization", &bad)).await;
        assert_eq!(like.header("set-cookie"), "", "no guest is made for somebody who claimed to be somebody");
        like.refused(401, "no_session");
    }
    assert_eq!(app.visitor().get("/api/posts/1").await.ok()["post"]["likes"], 0);
    for (path, methods) in PATHS.iter().filter(|(path, _)| *path != "/api/openapi.json") {
        for method in *methods {
            let request = ana.request(method.parse().unwrap(), path);
            let answer = ana.send(request.header("authorization", format!("Bearer {other}"))).await;
            assert_eq!(
                (answer.status.as_u16(), &answer.json()["code"]),
                (401, &"no_session".into()),
                "{method} {path}"
            );
        }
    }
}

#[tokio::test]
async fn a_bad_cookie_is_as_none() {
    let app = TestApp::start().await;
    let long = "x".repeat(4000);
    for bad in ["", "short", &"A".repeat(43), "'; DROP TABLE users; --", &long] {
        let mut actor = app.visitor();
        actor.token = Some(bad.to_owned());
        assert_eq!(me(&actor).await, Value::Null, "{bad}");
        actor.delete("/api/session").await.refused(401, "no_session");
    }
    // The first like with a bad cookie works like one without.
    let mut actor = app.visitor();
    actor.token = Some("A".repeat(43));
    let answer = actor.put("/api/posts/1/like").await;
    assert!(answer.header("set-cookie").starts_with("plaudit_session="), "{answer:?}");
    answer.ok();
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_handle_get_the_very_same_answer() {
    let app = TestApp::start().await;
    app.member("ana").await;
    let mut answers = Vec::new();
    for (handle, password) in [
        ("ana", "wrong horse!"),
        ("nobody", "correct horse"),
        ("Not A Handle", "correct horse"),
        ("plaudit", "correct horse"),
        ("ana", ""),
        ("", ""),
    ] {
        let answer =
            app.visitor().post("/api/session", &json!({"handle": handle, "password": password})).await;
        assert_eq!(answer.header("set-cookie"), "", "{handle}");
        answers.push(answer.refused(401, "bad_credentials"));
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:?}");
}

#[tokio::test]
async fn a_login_makes_a_new_token_and_ends_the_session_that_it_came_with() {
    let app = TestApp::start().await;
    let mut ana = app.member("ana").await;
    let old = ana.clone();
    let answer = ana.log_in("ana").await;
    assert_eq!(answer.status, 200);
    assert_eq!(fields(&answer.json()), ["token", "user"]);
    assert_ne!(ana.token, old.token);
    assert_eq!((me(&old).await, me(&ana).await["handle"].clone()), (Value::Null, json!("ana")));
}

#[tokio::test]
async fn logging_out_ends_this_session_and_everywhere_ends_all_of_mine() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let (mut second, mut third) = (app.visitor(), app.visitor());
    second.log_in("ana").await.ok();
    third.log_in("ana").await.ok();
    let answer = ana.delete("/api/session").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
    let parts = cookie(&answer);
    assert!(parts.contains(&"plaudit_session=".into()) && parts.contains(&"Max-Age=0".into()), "{parts:?}");
    assert_eq!((me(&ana).await, me(&second).await["handle"].clone()), (Value::Null, json!("ana")));
    ana.delete("/api/session").await.refused(401, "no_session");
    ana.delete("/api/sessions").await.refused(401, "no_session");
    assert_eq!(second.delete("/api/sessions").await.status, 204);
    assert_eq!((me(&second).await, me(&third).await), (Value::Null, Value::Null));
    assert_eq!(me(&ben).await["handle"], "ben", "other people's sessions stay");
}

#[tokio::test]
async fn a_handle_belongs_to_one_and_some_to_nobody() {
    let app = TestApp::start().await;
    app.member("ana").await;
    let before = app.dump();
    for taken in ["ana", "plaudit", "admin", "api", "guest", "moderator", "root", "system", "support", "me"] {
        app.visitor().sign_up(taken).await.refused(409, "handle_taken");
    }
    assert_eq!(app.dump(), before);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let mut actor = app.visitor();
            tokio::spawn(async move { actor.sign_up("ben").await.status.as_u16() })
        })
        .collect();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [&[201][..], &[409; 7]].concat());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_want_one_handle_at_once_one_gets_it_and_the_others_hear_that_it_is_taken() {
    let app = TestApp::start().await;
    let mut tasks = Vec::new();
    for _ in 0..100 {
        let mut visitor = app.visitor();
        tasks.push(tokio::spawn(async move { visitor.sign_up("ana").await.status.as_u16() }));
    }
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!((count(201), count(409)), (1, 99), "{statuses:?}");
}

#[tokio::test]
async fn what_is_nobodys_handle_is_not_found() {
    let app = TestApp::start().await;
    app.guest().await;
    for handle in ["nobody", "Ana", "a", "%00", "%ff", "a%2fb", "guest", "1", "null", "%F0%9F%8E%89", "a%20b"]
    {
        for path in [format!("/api/users/{handle}"), format!("/api/users/{handle}/posts")] {
            app.visitor().get(&path).await.refused(404, "not_found");
        }
    }
}

#[tokio::test]
async fn a_session_ends_after_14_idle_days() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    app.clock.advance(14 * DAY - 60);
    assert_eq!(me(&ana).await["handle"], "ana");
    app.clock.advance(14 * DAY - 60);
    assert_eq!(me(&ana).await["handle"], "ana", "a visit prolongs it");
    app.clock.advance(14 * DAY + 60);
    assert_eq!(me(&ana).await, Value::Null);
    me_by_bearer(&app, &format!("Bearer {}", ana.token.clone().unwrap())).await.refused(401, "no_session");
    ana.post("/api/posts", &json!({"text": "x"})).await.refused(401, "no_session");
}

#[tokio::test]
async fn a_session_ends_after_90_days_however_often_it_is_used() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    for day in 0..89 {
        app.clock.advance(DAY);
        assert_eq!(me(&ana).await["handle"], "ana", "day {day}");
    }
    app.clock.advance(DAY + 1);
    assert_eq!(me(&ana).await, Value::Null);
}

#[tokio::test]
async fn tokens_and_passwords_stand_nowhere_in_the_database() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let dump = app.dump();
    assert!(!dump.contains("correct horse") && dump.contains("$argon2id$"), "{dump}");
    assert!(!dump.contains(ana.token.as_deref().unwrap()), "{dump}");
}
