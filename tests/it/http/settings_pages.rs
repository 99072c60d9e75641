//! Settings: each form saves what it is about, keeps what was typed when refused, and is its member's alone.

use serde_json::Value;

use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

const FORMS: [(&str, &str); 5] = [
    ("/settings/profile", "name=Ana+L&bio=Hello"),
    ("/settings/viewing", ""),
    ("/settings/password", "old=correct+horse&new=another+horse"),
    ("/settings/log-out", ""),
    ("/settings/delete", "password=correct+horse"),
];

#[track_caller]
fn check_saved(answer: &Answer, part: &str) {
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (303, format!("/settings?done={part}").as_str())
    );
}

/// The page of a refusal, with its sentence as an alert.
#[track_caller]
fn check_refused(answer: &Answer, status: u16, id: &str, sentence: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("set-cookie"), "");
    let alert = format!("id=\"{id}-error\" role=\"alert\">{sentence}");
    assert!(answer.text.contains(&alert), "no {alert} in {}", answer.text);
    assert_eq!(answer.text.matches("role=\"alert\"").count(), 1);
}

async fn user(who: &Actor) -> Value {
    who.get("/api/me").await.ok()["user"].clone()
}

#[tokio::test]
async fn name_and_bio_are_saved_and_shown() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    check_saved(&ana.post_form("/settings/profile", "name=+Ana+Lima+&bio=One%0D%0Atwo").await, "profile");
    assert_eq!(
        (user(&ana).await["name"].as_str(), user(&ana).await["bio"].as_str()),
        (Some("Ana Lima"), Some("One\ntwo"))
    );
    let page = ana.get("/settings?done=profile").await.text;
    assert!(page.contains("value=\"Ana Lima\"") && page.contains(">\nOne\ntwo</textarea>"), "{page}");
    assert_eq!(page.matches("class=\"note\"").count(), 1);
    assert!(app.visitor().get("/@ana").await.text.contains("One\ntwo</p>"));
    assert!(!ana.get("/settings?done=%3Cscript%3E").await.text.contains("class=\"note\""));
}

#[tokio::test]
async fn a_refused_part_keeps_what_was_typed_and_says_at_its_field_why() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let before = app.dump();
    let answer = ana.post_form("/settings/profile", format!("name=A%3Cb%3E&bio={}", "x".repeat(201))).await;
    check_refused(&answer, 400, "bio", "0 to 200 characters, this has 201.");
    assert!(answer.text.contains("value=\"A&#60;b&#62;\"") && answer.text.contains(&"x".repeat(201)));
    check_refused(
        &ana.post_form("/settings/profile", "name=+&bio=Mine").await,
        400,
        "name",
        "1 to 50 characters, this has 0.",
    );
    let wrong = "old=wrong+horse&new=another+horse";
    check_refused(
        &ana.post_form("/settings/password", wrong).await,
        401,
        "old",
        "This is not your password.",
    );
    let short = "old=correct+horse&new=short";
    check_refused(&ana.post_form("/settings/password", short).await, 400, "new", "8 to 256 bytes.");
    let answer = ana.post_form("/settings/delete", "password=wrong+horse").await;
    check_refused(&answer, 401, "delete", "This is not your password.");
    assert!(answer.text.contains("<details open>") && !answer.text.contains("wrong horse"));
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn who_shows_itself_can_stop_that_with_one_form() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let checked = |page: Answer| {
        page.text.contains("type=\"checkbox\" value=\"1\" aria-describedby=\"viewing-hint\" checked>")
    };
    assert!(checked(ana.get("/settings").await), "on, unless its member says otherwise");
    check_saved(&ana.post_form("/settings/viewing", "").await, "viewing");
    assert!(!checked(ana.get("/settings").await));
    check_saved(&ana.post_form("/settings/viewing", "show_viewing=1").await, "viewing");
    assert!(checked(ana.get("/settings").await));
    assert_eq!(ana.post_form("/settings/viewing", "show_viewing=on").await.status, 400);
}

#[tokio::test]
async fn another_password_ends_all_other_sessions() {
    let app = TestApp::start().await;
    let mut ana = app.member("ana").await;
    let mut elsewhere = app.visitor();
    elsewhere.log_in("ana").await.ok();
    let answer = ana.post_form("/settings/password", "old=correct+horse&new=another+horse").await;
    check_saved(&answer, "password");
    assert_eq!(user(&ana).await, Value::Null);
    assert_eq!(user(&elsewhere).await, Value::Null);
    ana.token = answer.header("set-cookie").split(['=', ';']).nth(1).map(str::to_owned);
    assert_eq!(user(&ana).await["handle"], "ana");
    assert_eq!(elsewhere.log_in("ana").await.status, 401);
    assert_eq!(elsewhere.post_form("/log-in", "handle=ana&password=another+horse").await.status, 303);
}

#[tokio::test]
async fn logging_out_everywhere_ends_every_session() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut elsewhere = app.visitor();
    elsewhere.log_in("ana").await.ok();
    let answer = ana.post_form("/settings/log-out", "").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/log-in"));
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    assert_eq!((user(&ana).await, user(&elsewhere).await), (Value::Null, Value::Null));
}

#[tokio::test]
async fn a_deleted_account_is_gone_with_all_that_it_did() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let (mine, bens) = (ana.write("Mine").await, ben.write("Ben's").await);
    ana.like(bens).await;
    let answer = ana.post_form("/settings/delete", "password=correct+horse").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/farewell"));
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(app.visitor().get("/farewell").await.status, 200);
    for path in ["/@ana".to_owned(), "/@ana/likes".into(), format!("/posts/{mine}")] {
        assert_eq!(app.visitor().get(&path).await.status, 404, "{path}");
    }
    assert_eq!(ben.get(&format!("/api/posts/{bens}")).await.ok()["post"]["likes"], 0);
    assert_eq!(app.visitor().post_form("/log-in", "handle=ana&password=correct+horse").await.status, 401);
    assert_eq!(app.visitor().post_form("/sign-up", "handle=ana&password=correct+horse").await.status, 409);
}

#[tokio::test]
async fn guests_and_visitors_are_sent_to_log_in() {
    let app = TestApp::start().await;
    app.member("ana").await;
    let guest = app.guest().await;
    let before = app.dump();
    for who in [&guest, &app.visitor()] {
        let answer = who.get("/settings").await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/log-in?next=%2Fsettings"));
        for (path, form) in FORMS.into_iter().filter(|(path, _)| *path != "/settings/log-out") {
            let answer = who.post_form(path, form).await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("location")),
                (303, "/log-in?next=%2Fsettings"),
                "{path}"
            );
        }
    }
    assert_eq!(app.dump(), before);
    for (path, _) in FORMS {
        let answer = app.visitor().get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/settings"), "{path}");
    }
}

#[tokio::test]
async fn a_foreign_page_and_a_malformed_form_change_nothing() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let before = app.dump();
    for (path, form) in FORMS {
        for (name, value) in [
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let request = ana.request(reqwest::Method::POST, path).header(name, value);
            let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
            assert_eq!(ana.send(request).await.status, 403, "{path} with {name}: {value}");
        }
        let separator = if form.is_empty() { "" } else { "&" };
        let mut bad = vec![format!("{form}{separator}unknown=1"), "=".into(), "%ff=%ff".into(), "{}".into()];
        bad.extend(form.split('&').filter(|pair| !pair.is_empty()).map(|pair| form.replace(pair, "")));
        bad.extend(form.split('&').filter(|pair| !pair.is_empty()).map(|pair| format!("{form}&{pair}")));
        for bad in bad {
            let answer = ana.post_form(path, bad.clone()).await;
            assert_eq!(answer.status, 400, "{path} with {bad:?}: {answer:?}");
            assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        }
        assert_eq!(
            ana.send_body(reqwest::Method::POST, path, Some("application/json"), form).await.status,
            400,
            "{path}"
        );
    }
    assert_eq!(app.dump(), before);
}
