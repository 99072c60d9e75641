//! Guests who write to inboxes: where they may, what they may not, and that the first message makes them.

use plaudit::config::{Options, Switch};
use plaudit::domain::Guests;
use serde_json::{Value, json};

use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

/// A site where guests may do this, with an inbox.
async fn site(guests: Guests, limits: Switch) -> (TestApp, Actor) {
    let app =
        TestApp::with(Options { guests: Some(guests), limits: Some(limits), ..Options::default() }, |_| {})
            .await;
    let ana = app.member("ana").await;
    app.inbox("shop", "ana").await;
    (app, ana)
}

fn first(key: &str) -> Value {
    json!({"to": "shop", "text": "Is it open on Sunday?", "key": key})
}

/// The visitor is the guest that an answer made.
async fn become_of(visitor: &mut Actor, answer: &Answer) {
    let cookie = answer.header("set-cookie").split(';').next().unwrap();
    visitor.token = Some(cookie.strip_prefix("plaudit_session=").unwrap().to_owned());
    visitor.id = visitor.get("/api/me").await.ok()["user"]["id"].as_u64().unwrap();
}

#[tokio::test]
async fn a_visitor_writes_to_an_inbox_and_is_a_guest() {
    for guests in [Guests::Message, Guests::Comment] {
        let (app, ana) = site(guests, Switch::Off).await;
        let mut visitor = app.visitor();
        let answer = visitor.post("/api/conversations", &first("k1")).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let conversation = answer.json()["conversation"].clone();
        assert_eq!(
            (&conversation["kind"], &conversation["with"]["handle"]),
            (&json!("inbox"), &json!("shop"))
        );
        become_of(&mut visitor, &answer).await;
        assert_eq!(answer.header("plaudit-user"), visitor.id.to_string());
        let id = conversation["id"].as_u64().unwrap();

        // A lost answer or a double click: the same guest and the same message.
        let again = app.visitor().post("/api/conversations", &first("k1")).await;
        assert_eq!((again.status.as_u16(), again.json()), (200, answer.json()));
        assert_eq!(again.header("set-cookie"), answer.header("set-cookie"));
        let again = visitor.post("/api/conversations", &first("k1")).await;
        assert_eq!((again.status.as_u16(), &again.json()["message"]), (200, &answer.json()["message"]));
        assert_eq!(ana.get("/api/inboxes/shop/cases").await.ok()["items"].as_array().unwrap().len(), 1);

        // It goes on as a conversation of any customer.
        let answer = json!({"text": "Until four.", "key": "a1"});
        assert_eq!(ana.post(&format!("/api/conversations/{id}/messages"), &answer).await.status, 201);
        let list = visitor.get("/api/conversations").await.ok();
        assert_eq!((&list["items"][0]["id"], &list["items"][0]["unread"]), (&json!(id), &json!(1)));
        assert_eq!(
            visitor.get(&format!("/api/conversations/{id}/messages")).await.ok()["items"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
        let thanks = json!({"text": "Thanks", "key": "k2"});
        let thanks = visitor.post(&format!("/api/conversations/{id}/messages"), &thanks).await;
        let mine = thanks.json()["message"]["id"].as_u64().unwrap();
        assert_eq!(visitor.delete(&format!("/api/messages/{mine}")).await.status, 204);

        // And nothing else is opened with it.
        let to_member = json!({"to": "ana", "text": "Hello", "key": "k3"});
        visitor.post("/api/conversations", &to_member).await.refused(403, "guests_off");
        app.visitor().post("/api/conversations", &to_member).await.refused(401, "no_session");
        visitor.get("/api/notifications").await.refused(403, "guests_off");
        let status = visitor.post("/api/posts/1/comments", &json!({"text": "x"})).await.status;
        assert_eq!(status.as_u16(), if guests == Guests::Comment { 201 } else { 403 });
        visitor.put("/api/posts/1/like").await.ok();
        for other in [
            json!({"to": "nobody_here", "text": "x", "key": "k"}),
            json!({"to": "", "text": "x", "key": "k"}),
        ] {
            let refused = app.visitor().post("/api/conversations", &other).await;
            assert!(
                refused.status.is_client_error() && refused.headers.get("set-cookie").is_none(),
                "{refused:?}"
            );
        }
        let refused =
            app.visitor().post("/api/conversations", &json!({"to": "shop", "text": " ", "key": "k"})).await;
        refused.refused(400, "bad_request");
    }
}

#[tokio::test]
async fn where_guests_may_not_write_nothing_is_made() {
    for guests in [Guests::Off, Guests::Like] {
        let (app, _) = site(guests, Switch::Off).await;
        let before = app.dump();
        app.visitor().post("/api/conversations", &first("k1")).await.refused(401, "no_session");
        app.visitor().get("/api/conversations").await.refused(401, "no_session");
        assert_eq!(app.dump(), before);
        if guests == Guests::Like {
            let guest = app.guest().await;
            guest.post("/api/conversations", &first("k1")).await.refused(403, "guests_off");
            guest.get("/api/conversations").await.refused(403, "guests_off");
        }
    }
}

#[tokio::test]
async fn a_guest_who_logs_in_or_signs_up_keeps_the_conversation() {
    let (app, ana) = site(Guests::Message, Switch::Off).await;
    app.member("eva").await;
    for (turn, handle) in ["eva", "new_one"].into_iter().enumerate() {
        let mut visitor = app.visitor();
        let answer = visitor.post("/api/conversations", &first(&format!("k{turn}"))).await;
        become_of(&mut visitor, &answer).await;
        let id = answer.json()["conversation"]["id"].as_u64().unwrap();
        let entered =
            if handle == "eva" { visitor.log_in(handle).await } else { visitor.sign_up(handle).await };
        assert!(entered.status.is_success(), "{entered:?}");
        let mine = visitor.get(&format!("/api/conversations/{id}")).await.ok();
        assert_eq!(mine["conversation"]["last"]["author"]["handle"], handle);
        let case = ana.get(&format!("/api/conversations/{id}/case")).await.ok();
        assert_eq!(case["case"]["customer"]["user"]["handle"], handle);
    }
}

#[tokio::test]
async fn guests_of_an_address_begin_5_conversations_an_hour() {
    let (app, ana) = site(Guests::Message, Switch::On).await;
    for turn in 0..5 {
        let answer = app.visitor().post("/api/conversations", &first(&format!("k{turn}"))).await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    let before = app.dump();
    app.visitor().post("/api/conversations", &first("k5")).await.refused(429, "rate_limited");
    assert_eq!(app.dump(), before);
    // A guest who is there begins none either, and members are not concerned.
    app.guest().await.post("/api/conversations", &first("k6")).await.refused(429, "rate_limited");
    let eva = app.member("eva").await;
    assert_eq!(eva.post("/api/conversations", &first("k7")).await.status, 201);
    assert_eq!(ana.get("/api/inboxes/shop/cases").await.ok()["items"].as_array().unwrap().len(), 6);
}
