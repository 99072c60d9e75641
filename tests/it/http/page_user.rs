//! Whose page sends a request: what a page does that was made for somebody else than the session's user is refused,
//! and nothing changed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

/// Every call that changes something, with a body that would do.
fn acts() -> Vec<(Method, &'static str, Value)> {
    vec![
        (Method::PUT, "/api/posts/1/like", Value::Null),
        (Method::DELETE, "/api/posts/1/like", Value::Null),
        (Method::POST, "/api/posts", json!({"text": "x"})),
        (Method::DELETE, "/api/posts/2", Value::Null),
        (Method::POST, "/api/posts/1/comments", json!({"text": "x"})),
        (Method::POST, "/api/users", json!({"handle": "eve", "password": "correct horse"})),
        (Method::POST, "/api/session", json!({"handle": "ana", "password": "correct horse"})),
        (Method::DELETE, "/api/session", Value::Null),
        (Method::DELETE, "/api/sessions", Value::Null),
        (Method::PATCH, "/api/me", json!({"name": "Eve"})),
        (Method::PUT, "/api/me/password", json!({"old": "correct horse", "new": "another horse"})),
        (Method::DELETE, "/api/me", json!({"password": "correct horse"})),
        (Method::PATCH, "/api/me/settings", json!({"show_viewing": false})),
        (Method::POST, "/api/reports", json!({"post": 1})),
    ]
}

async fn send(who: &Actor, page_user: &str, method: Method, path: &str, body: &Value) -> Answer {
    let request = who.request(method, path).header("plaudit-user", page_user);
    let request = if body.is_null() {
        request
    } else {
        request.header("content-type", "application/json").body(body.to_string())
    };
    who.send(request).await
}

#[tokio::test]
async fn what_another_users_page_does_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let (guest, nobody) = (app.guest().await, app.visitor());
    assert_eq!(ben.write("Mine").await, 2);
    let before = app.dump();
    let anas = ana.id.to_string();
    for (method, path, body) in acts() {
        for (who, page_user) in
            [(&ben, anas.as_str()), (&ben, "0"), (&guest, anas.as_str()), (&nobody, anas.as_str())]
        {
            let answer = send(who, page_user, method.clone(), path, &body).await;
            assert_eq!(answer.header("set-cookie"), "", "{method} {path}");
            answer.refused(409, "other_user");
        }
        for malformed in ["", "ana", "-1", "01", "9007199254740992"] {
            send(&ben, malformed, method.clone(), path, &body).await.refused(400, "bad_request");
        }
    }
    assert_eq!(app.dump(), before);
    // What is read is personal as well.
    send(&ben, &anas, Method::GET, "/api/posts", &Value::Null).await.refused(409, "other_user");
}

#[tokio::test]
async fn the_users_own_page_and_a_page_of_nobody_that_became_a_guest_act() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    send(&ana, &ana.id.to_string(), Method::POST, "/api/posts", &json!({"text": "x"})).await.ok();
    // The first like of a page of nobody makes a guest, and says whom.
    let mut guest = app.visitor();
    let first = send(&guest, "0", Method::PUT, "/api/posts/1/like", &Value::Null).await;
    let id = first.header("plaudit-user").to_owned();
    let cookie = first.header("set-cookie").to_owned();
    guest.token = cookie.split([';', '=']).nth(1).map(ToOwned::to_owned);
    assert_eq!(guest.get("/api/me").await.ok()["user"]["id"].to_string(), id);
    for page_user in ["0", id.as_str()] {
        send(&guest, page_user, Method::PUT, "/api/posts/2/like", &Value::Null).await.ok();
    }
    // Signing up makes the guest the member: its page is still its own.
    let signed_up = json!({"handle": "cleo", "password": "correct horse"});
    let answer = send(&guest, &id, Method::POST, "/api/users", &signed_up).await;
    assert_eq!(answer.header("plaudit-user"), id);
    assert_eq!(answer.json()["user"]["id"].to_string(), id);
    let cookie = answer.header("set-cookie").to_owned();
    guest.token = cookie.split([';', '=']).nth(1).map(ToOwned::to_owned);
    send(&guest, &id, Method::POST, "/api/posts", &json!({"text": "x"})).await.ok();
}

#[tokio::test]
async fn every_answer_that_begins_a_session_says_whose_it_is() {
    let app = TestApp::start().await;
    let (nobody, mut ana) = (app.visitor(), app.member("ana").await);
    let credentials = json!({"handle": "ana", "password": "correct horse"});
    let answer = nobody.post("/api/session", &credentials).await;
    assert_eq!(answer.header("plaudit-user"), ana.id.to_string());
    ana.token = answer.json()["token"].as_str().map(ToOwned::to_owned);
    let passwords = json!({"old": "correct horse", "new": "another horse"});
    let answer = ana.call(Method::PUT, "/api/me/password", &passwords).await;
    assert_eq!(answer.header("plaudit-user"), ana.id.to_string());
    assert_eq!(nobody.get("/api/posts").await.header("plaudit-user"), "");
}

/// Every form, as another user's page would send it.
const FORMS: [(&str, &str); 15] = [
    ("/posts", "text=Dear+diary"),
    ("/posts/1/like", "on=1"),
    ("/posts/1/like", "on=0"),
    ("/posts/2/delete", ""),
    ("/posts/1/comments", "text=Dear+diary&key=k"),
    ("/comments/1/edit", "text=Dear+diary"),
    ("/comments/1/delete", ""),
    ("/settings/profile", "name=Eve&bio=Dear+diary"),
    ("/settings/viewing", ""),
    ("/settings/password", "old=correct+horse&new=another+horse"),
    ("/settings/log-out", ""),
    ("/settings/delete", "password=correct+horse"),
    ("/report", "post=1&reason=Dear+diary"),
    ("/log-out", ""),
    ("/log-in", "handle=ana&password=correct+horse"),
];

#[tokio::test]
async fn a_form_of_another_users_page_is_refused_with_a_page_that_keeps_the_text() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let (guest, nobody) = (app.guest().await, app.visitor());
    assert_eq!((ben.write("Mine").await, ben.comment(1, "Mine too").await), (2, 1));
    let before = app.dump();
    for (path, form) in FORMS {
        for (who, page_user, now) in [
            (&ben, ana.id, "You are logged in as <bdi>ben</bdi> (<bdi>@ben</bdi>) now."),
            (&ben, 0, "You are logged in as <bdi>ben</bdi>"),
            (&guest, ana.id, "You are logged in as a guest now."),
            (&nobody, ana.id, "You are not logged in any more."),
        ] {
            if who.token.is_none() && path.ends_with("log-out") {
                continue;
            }
            let separator = if form.is_empty() { "" } else { "&" };
            let request = who
                .request(Method::POST, path)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("referer", app.url("/posts/1?before=9"));
            let answer = who.send(request.body(format!("user={page_user}{separator}{form}"))).await;
            assert_eq!(answer.status, 409, "{path}: {answer:?}");
            assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path}");
            assert_eq!(answer.header("set-cookie"), "", "{path}");
            assert!(answer.text.contains(now), "{path}: {}", answer.text);
            assert!(answer.text.contains("href=\"/posts/1?before=9\">Reload the page"), "{}", answer.text);
            assert_eq!(answer.text.contains("Dear diary"), form.contains("diary"), "{path}: {}", answer.text);
            assert!(!answer.text.contains("horse"), "a password is shown: {}", answer.text);
        }
        for damaged in [format!("user={}&user={}&{form}", ben.id, ben.id), format!("user=ben&{form}")] {
            assert_eq!(ben.post_form(path, damaged).await.status, 400, "{path}");
        }
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn every_form_of_every_page_says_whom_it_was_made_for() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    app.member("ben").await.comment(1, "Hello").await;
    let mine = ana.comment(1, "Mine").await;
    ana.write("Mine").await;
    app.promote("ana").await;
    app.member("cleo").await.post("/api/reports", &json!({"post": 1})).await.ok();
    let (guest, nobody) = (app.guest().await, app.visitor());
    let edit = format!("/comments/{mine}/edit");
    let mut seen = 0;
    for (who, id) in [(&ana, ana.id), (&guest, guest.id), (&nobody, 0)] {
        for path in [
            "/",
            "/posts/1",
            "/posts/2",
            "/sign-up",
            "/log-in",
            "/settings",
            "/moderation",
            "/@ben",
            "/report?post=1",
            "/comments/1/answer",
            &edit,
        ] {
            let page = who.get(path).await.text;
            for form in page.split("<form ").skip(1).filter(|form| form.contains("method=\"post\"")) {
                let field = format!("<input type=\"hidden\" name=\"user\" value=\"{id}\">");
                assert!(form.split("</form>").next().unwrap().contains(&field), "{path}: {form}");
                seen += 1;
            }
        }
    }
    assert!(seen > 30, "{seen}");
}

#[tokio::test]
async fn the_users_own_forms_and_those_that_say_themselves_who_acts_pass() {
    let app = TestApp::start().await;
    let (ana, nobody) = (app.member("ana").await, app.visitor());
    let passes = async |who: &Actor, path: &str, form: String| {
        let answer = who.post_form(path, form).await;
        assert_eq!(answer.status, 303, "{path}: {answer:?}");
        answer
    };
    passes(&ana, "/posts", format!("text=Hello&user={}", ana.id)).await;
    let like = passes(&nobody, "/posts/1/like", "on=1&user=0".to_owned()).await;
    let mut guest = app.visitor();
    guest.token = like.header("set-cookie").split([';', '=']).nth(1).map(ToOwned::to_owned);
    passes(&guest, "/posts/1/like", "on=0&user=0".to_owned()).await;
    passes(&nobody, "/log-out", format!("user={}", ana.id)).await;
    passes(&ana, "/log-in", "user=0&handle=@ANA&password=correct+horse".to_owned()).await;
    passes(&guest, "/log-in", "user=0&handle=ana&password=correct+horse".to_owned()).await;
}

#[tokio::test]
async fn what_only_its_user_may_see_is_kept_by_no_browser() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    app.promote("ana").await;
    for path in ["/settings", "/settings?done=profile", "/moderation"] {
        assert_eq!(ana.get(path).await.header("cache-control"), "no-store", "{path}");
    }
    let refused = ana.post_form("/settings/profile", "name=&bio=Dear+diary").await;
    assert_eq!((refused.status.as_u16(), refused.header("cache-control")), (400, "no-store"));
    let other = ana.post_form("/posts", "text=Dear+diary&user=0").await;
    assert_eq!((other.status.as_u16(), other.header("cache-control")), (409, "no-store"));
    // What all may see comes back from the browser's own cache, and asks again.
    assert_eq!(ana.get("/").await.header("cache-control"), "private, no-cache");
}
