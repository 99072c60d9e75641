//! Passwords that most people choose: refused where one is chosen, taken where one is known.

use plaudit::app::passwords::{Cost, Passwords};
use reqwest::Method;
use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn a_common_password_is_refused_where_it_is_chosen() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let before = app.dump();
    for common in ["password", "12345678", "Password123", "qwertyuiop"] {
        let form = json!({"handle": "ben", "password": common});
        let refused = app.visitor().post("/api/users", &form).await.refused(400, "bad_request");
        assert!(refused["detail"].as_str().unwrap().contains("10,000 commonest"), "{refused}");
        let change = json!({"old": "correct horse", "new": common});
        ana.call(Method::PUT, "/api/me/password", &change).await.refused(400, "bad_request");
        let page = app.visitor().post_form("/sign-up", format!("handle=ben&password={common}")).await;
        assert!(page.status == 400 && page.text.contains("commonest"), "{page:?}");
        let page = ana.post_form("/settings/password", format!("old=correct+horse&new={common}")).await;
        assert!(page.status == 400 && page.text.contains("commonest"), "{page:?}");
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn an_older_account_still_logs_in_with_one_and_can_change_it() {
    let app = TestApp::start().await;
    let mut ana = app.member("ana").await;
    let hash = Passwords::new(Cost::Tiny).hash("password1".to_owned()).await.unwrap();
    let store = &app.server().store;
    let user = store.find_user("ana").await.unwrap().unwrap();
    store.change_password(user.id, hash, None, None).await.unwrap();
    let answer = ana.post("/api/session", &json!({"handle": "ana", "password": "password1"})).await.ok();
    ana.token = answer["token"].as_str().map(str::to_owned);
    let change = json!({"old": "password1", "new": "three quiet words"});
    ana.call(Method::PUT, "/api/me/password", &change).await.ok();
}
