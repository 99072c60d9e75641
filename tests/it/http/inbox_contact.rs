//! An inbox's page as its customers see it: who may write does, without a script too, and goes on in the conversation.

use plaudit::config::{Options, Switch};
use plaudit::domain::Guests;
use serde_json::json;

use crate::support::TestApp;

async fn site(guests: Guests) -> TestApp {
    let options = Options { guests: Some(guests), limits: Some(Switch::Off), ..Options::default() };
    let app = TestApp::with(options, |_| {}).await;
    app.member("ana").await;
    app.inbox("shop", "ana").await;
    app
}

#[tokio::test]
async fn a_visitor_writes_from_the_page_and_finds_the_conversation_again() {
    let app = site(Guests::Message).await;
    let mut visitor = app.visitor();
    let page = visitor.get("/@shop").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("action=\"/messages/new\"") && page.text.contains("name=\"to\" value=\"shop\"")
    );
    let empty = visitor.post_form("/messages/new", "user=0&to=shop&text=+&key=k1").await;
    assert_eq!(empty.status, 400);
    assert!(
        empty.text.contains("aria-invalid") && empty.text.contains("Write to the team"),
        "{}",
        empty.text
    );
    assert!(empty.headers.get("set-cookie").is_none());

    let sent = visitor.post_form("/messages/new", "user=0&to=shop&text=Hello&key=k1").await;
    assert_eq!(sent.status, 303, "{sent:?}");
    let again = app.visitor().post_form("/messages/new", "user=0&to=shop&text=Hello&key=k1").await;
    assert_eq!((again.status.as_u16(), again.header("location")), (303, sent.header("location")));
    let cookie = sent.header("set-cookie").split(';').next().unwrap();
    visitor.token = Some(cookie.strip_prefix("plaudit_session=").unwrap().to_owned());
    let address = sent.header("location").split('#').next().unwrap().to_owned();
    let talk = visitor.get(&address).await;
    assert_eq!(talk.status, 200);
    assert!(talk.text.contains("Hello") && !talk.text.contains("requests=1"), "{}", talk.text);
    let list = visitor.get("/messages").await;
    assert!(list.text.contains(&address) && list.text.contains("data-unread=\"conversations\""));
    let page = visitor.get("/@shop").await;
    assert!(page.text.contains(&format!("{address}#end")), "{}", page.text);
    // A guest who wrote nothing has nothing to follow.
    assert!(!app.guest().await.get("/").await.text.contains("data-unread"));
}

#[tokio::test]
async fn the_page_says_what_each_may_do() {
    let app = site(Guests::Like).await;
    let mut ana = app.visitor();
    ana.log_in("ana").await;
    assert!(ana.get("/@shop").await.text.contains("href=\"/inboxes/shop\""));
    for who in [app.visitor(), app.guest().await] {
        let page = who.get("/@shop").await;
        assert!(
            page.text.contains("/log-in?next=%2F%40shop") && !page.text.contains("<textarea"),
            "{}",
            page.text
        );
    }
    let eva = app.member("eva").await;
    assert!(eva.get("/@shop").await.text.contains("<textarea"));
    assert_eq!(eva.get("/messages/new?to=shop").await.header("location"), "/@shop");
    assert_eq!(app.visitor().get("/@nobody_here").await.status, 404);
    let body = json!({"to": "shop", "text": "Hello", "key": "k1"});
    let id = eva.post("/api/conversations", &body).await.json()["conversation"]["id"].clone();
    assert!(eva.get("/@shop").await.text.contains(&format!("/messages/{id}#end")));
}
