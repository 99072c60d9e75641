//! Forms and calls that are sent twice, and requests whose client has gone: the act is done once and to its end, and the
//! second sending finds the first one's result.

use plaudit::app::passwords::Cost;
use plaudit::config::Options;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::actor::Answer;
use crate::support::{Actor, TestApp, eventually};

/// Sends a form and never looks at the answer. Whoever drops what comes back goes away, as a browser does whose button
/// is pressed again.
async fn begin(app: &TestApp, path: &str, token: Option<&str>, form: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let cookie = token.map(|token| format!("cookie: plaudit_session={token}\r\n")).unwrap_or_default();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-www-form-urlencoded\r\n{cookie}content-length: {}\r\n\r\n{form}",
        app.address,
        form.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    // By the time of an answer to somebody else the server has read it.
    app.visitor().get("/healthz").await;
    stream
}

/// The token in the cookie of an answer.
fn token(answer: &Answer) -> Option<String> {
    let value = answer.header("set-cookie").split(';').next()?.strip_prefix("plaudit_session=")?;
    (!value.is_empty()).then(|| value.to_owned())
}

/// The value of a hidden field.
fn hidden(page: &str, form: &str, field: &str) -> String {
    let form = &page[page.find(&format!("action=\"{form}\"")).unwrap()..];
    let field = &form[form.find(&format!("name=\"{field}\" value=\"")).unwrap()..];
    field.split('"').nth(3).unwrap().to_owned()
}

/// Whoever has this token.
fn with_token(app: &TestApp, token: Option<String>) -> Actor {
    let mut actor = app.visitor();
    actor.token = token;
    actor
}

async fn handle(app: &TestApp, token: Option<String>) -> Value {
    let actor = with_token(app, token);
    actor.get("/api/me").await.ok()["user"]["handle"].clone()
}

#[tokio::test]
async fn a_double_click_on_sign_up_makes_one_account_and_logs_in() {
    let options = Options { limits: Some(plaudit::config::Switch::Off), ..Options::default() };
    let app = TestApp::with(options, |parts| parts.password_cost = Cost::Full).await;
    for round in 0..12 {
        let visitor = if round % 2 == 0 { app.visitor() } else { app.guest().await };
        let page = visitor.get("/sign-up").await.text;
        let (key, user) = (hidden(&page, "/sign-up", "key"), hidden(&page, "/sign-up", "user"));
        let form = format!("handle=ana{round}&password=correct+horse&name=&key={key}&user={user}&next=/");
        let first = begin(&app, "/sign-up", visitor.token.as_deref(), &form).await;
        let first = (round % 3 == 0).then_some(first);
        let second = visitor.post_form("/sign-up", form).await;
        assert_eq!(second.status, 303, "round {round}: {}", second.text);
        assert_eq!(handle(&app, token(&second)).await, format!("ana{round}"));
        drop(first);
    }
}

#[tokio::test]
async fn a_sign_up_whose_client_has_gone_is_done_to_its_end() {
    let app = TestApp::with(Options::default(), |parts| parts.password_cost = Cost::Full).await;
    drop(begin(&app, "/sign-up", None, "handle=ana&password=correct+horse&name=").await);
    eventually("the account is there", async || app.visitor().get("/api/users/ana").await.status == 200)
        .await;
    app.visitor().log_in("ana").await.ok();
}

#[tokio::test]
async fn log_ins_whose_clients_have_gone_leave_no_failures_behind() {
    let app = TestApp::with(Options::default(), |parts| parts.password_cost = Cost::Full).await;
    app.member("ana").await;
    for _ in 0..30 {
        drop(begin(&app, "/log-in", None, "handle=ana&password=correct+horse").await);
    }
    let log_in = async || app.visitor().log_in("ana").await.status == 200;
    eventually("those that were begun have ended and count nothing", log_in).await;
}

#[tokio::test]
async fn a_double_click_on_log_in_is_one_session() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let browser = app.guest().await;
    let page = browser.get("/log-in").await.text;
    let (key, user) = (hidden(&page, "/log-in", "key"), hidden(&page, "/log-in", "user"));
    let form = format!("handle=ana&password=correct+horse&key={key}&user={user}&next=/");
    let (first, second) =
        tokio::join!(browser.post_form("/log-in", form.clone()), browser.post_form("/log-in", form.clone()));
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (303, 303));
    assert_eq!(token(&first), token(&second));
    assert_eq!(handle(&app, token(&second)).await, "ana");
    // A session that is over is not given out again.
    let begun = with_token(&app, token(&first));
    assert_eq!(begun.delete("/api/session").await.status, 204);
    let third = app.visitor().post_form("/log-in", form.replace(&format!("user={user}"), "user=0")).await;
    assert_eq!(handle(&app, token(&third)).await, "ana");
    assert_eq!(handle(&app, ana.token.clone()).await, "ana");
}

#[tokio::test]
async fn a_password_that_is_changed_twice_at_once_is_changed_and_stays_logged_in() {
    let app = TestApp::with(Options::default(), |parts| parts.password_cost = Cost::Full).await;
    let ana = app.member("ana").await;
    for round in 0..4 {
        let me = if round == 0 { ana.clone() } else { log_in(&app, &format!("horse number {round}")).await };
        let page = me.get("/settings").await.text;
        let action = "/settings/password";
        let (key, user) = (hidden(&page, action, "key"), hidden(&page, action, "user"));
        let old = if round == 0 { "correct horse".to_owned() } else { format!("horse number {round}") };
        let new = format!("horse number {}", round + 1);
        let form = format!("old={old}&new={new}&key={key}&user={user}").replace(' ', "+");
        let first = begin(&app, action, me.token.as_deref(), &form).await;
        let first = (round % 2 == 0).then_some(first);
        let second = me.post_form(action, form).await;
        assert_eq!(second.header("location"), "/settings?done=password", "round {round}: {}", second.text);
        assert_eq!(handle(&app, token(&second)).await, "ana");
        assert_eq!(handle(&app, me.token.clone()).await, Value::Null);
        drop(first);
    }
}

async fn log_in(app: &TestApp, password: &str) -> Actor {
    let answer = app.visitor().post("/api/session", &json!({"handle": "ana", "password": password})).await;
    with_token(app, token(&answer))
}

#[tokio::test]
async fn over_the_api_a_key_finds_the_first_result() {
    let app = TestApp::start().await;
    let body = json!({"handle": "ana", "password": "correct horse", "key": "one"});
    let (first, second) = tokio::join!(async { app.visitor().post("/api/users", &body).await.ok() }, async {
        app.visitor().post("/api/users", &body).await.ok()
    });
    assert_eq!(first, second);
    // The key alone is worth nothing.
    let guess = json!({"handle": "ana", "password": "another horse", "key": "one"});
    app.visitor().post("/api/users", &guess).await.refused(409, "handle_taken");
    app.visitor().post("/api/session", &guess).await.refused(401, "bad_credentials");
    for bad in [json!("two words"), json!(""), json!(7), Value::Null] {
        let mut body = body.clone();
        body["key"] = bad;
        app.visitor().post("/api/users", &body).await.refused(400, "bad_request");
    }

    let change = json!({"old": "correct horse", "new": "another horse", "key": "two"}).to_string();
    let put = async |token: &str| {
        let request = app.visitor().request(Method::PUT, "/api/me/password").bearer_auth(token);
        app.visitor().send(request.header("content-type", "application/json").body(change.clone())).await
    };
    let old = first["token"].as_str().unwrap();
    let changed = put(old).await.ok();
    assert_eq!(put(old).await.ok(), changed, "though the old token is worth nothing by now");
    let ben = app.member("ben").await;
    assert_ne!(put(ben.token.as_deref().unwrap()).await.ok(), changed, "another's key is another's");
    put("A".repeat(43).as_str()).await.refused(401, "no_session");
    assert_eq!(handle(&app, Some(changed["token"].as_str().unwrap().to_owned())).await, "ana");
}
