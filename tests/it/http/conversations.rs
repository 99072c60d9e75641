//! Direct messages over HTTP: whose they are, who may write, and that a retry is one.

use http::Method;
use plaudit::config::Options;
use serde_json::{Value, json};

use super::limits::{at_once, member_at, site};
use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

async fn write_to(who: &Actor, to: &str, text: &str, key: &str) -> Answer {
    who.post("/api/conversations", &json!({"to": to, "text": text, "key": key})).await
}

async fn say(who: &Actor, conversation: u64, text: &str, key: &str) -> Answer {
    who.post(&format!("/api/conversations/{conversation}/messages"), &json!({"text": text, "key": key})).await
}

/// Two who have answered each other, and their conversation.
async fn acquainted(app: &TestApp) -> (Actor, Actor, u64) {
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let begun = write_to(&ana, "ben", "Hello", "a1").await.json();
    let id = begun["conversation"]["id"].as_u64().unwrap();
    say(&ben, id, "Hi", "b1").await.ok();
    (ana, ben, id)
}

#[tokio::test]
async fn two_members_write_to_each_other() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let answer = write_to(&ana, "ben", " Hello ", "a1").await;
    assert_eq!(answer.status, 201);
    let begun = answer.json();
    let (conversation, message) = (&begun["conversation"], &begun["message"]);
    assert_eq!(
        (&message["text"], &message["seq"], &message["delivery"]),
        (&json!("Hello"), &json!(1), &Value::Null)
    );
    assert_eq!((&conversation["with"]["handle"], &conversation["kind"]), (&json!("ben"), &json!("direct")));
    assert_eq!(conversation["last"], *message);
    let id = conversation["id"].as_u64().unwrap();

    assert_eq!(ben.get("/api/conversations").await.ok()["items"], json!([]));
    let requests = ben.get("/api/conversations?requests=true").await.ok();
    assert_eq!((&requests["items"][0]["id"], &requests["items"][0]["request"]), (&json!(id), &json!(true)));
    say(&ana, id, "Hello?", "a2").await.refused(403, "forbidden");
    assert_eq!(
        ben.call(Method::PUT, &format!("/api/conversations/{id}/accept"), &json!({})).await.status,
        204
    );
    assert_eq!(say(&ana, id, "Hello?", "a2").await.status, 201);
    let shown = ben.get(&format!("/api/conversations/{id}")).await.ok()["conversation"].clone();
    assert_eq!((&shown["unread"], &shown["read"], &shown["seq"]), (&json!(2), &json!(0), &json!(2)));
    let read = format!("/api/conversations/{id}/read");
    assert_eq!(ben.call(Method::PUT, &read, &json!({"read": 2})).await.status, 204);
    assert_eq!(ben.get(&format!("/api/conversations/{id}")).await.ok()["conversation"]["unread"], 0);
    let texts = |list: Value| -> Vec<Value> {
        list["items"].as_array().unwrap().iter().map(|message| message["text"].clone()).collect()
    };
    let messages = format!("/api/conversations/{id}/messages");
    assert_eq!(texts(ben.get(&messages).await.ok()), ["Hello", "Hello?"]);
    assert_eq!(texts(ana.get(&format!("{messages}?order=newest")).await.ok()), ["Hello?", "Hello"]);
}

#[tokio::test]
async fn a_repetition_is_one_message_and_a_key_is_for_one_text() {
    let app = TestApp::start().await;
    let (ana, ben, id) = acquainted(&app).await;
    let first = say(&ana, id, "Once", "a2").await;
    let again = say(&ana, id, "Once", "a2").await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(first.json(), again.json());
    assert_eq!(write_to(&ana, "ben", "Once", "a2").await.status, 200, "by whichever way");
    say(&ana, id, "Twice", "a2").await.refused(409, "key_reused");
    assert_eq!(ben.call(Method::PUT, "/api/users/ana/block", &json!({})).await.status, 204);
    assert_eq!(say(&ana, id, "Once", "a2").await.status, 200, "also who is blocked by now");
    say(&ana, id, "More", "a3").await.refused(403, "forbidden");
    let message = first.json()["message"]["id"].as_u64().unwrap();
    assert_eq!(ana.delete(&format!("/api/messages/{message}")).await.status, 204);
    say(&ana, id, "Once", "a2").await.refused(410, "gone");
}

#[tokio::test]
async fn what_is_not_mine_is_not_there() {
    let app = TestApp::start().await;
    let (ana, ben, id) = acquainted(&app).await;
    let cem = app.member("cem").await;
    let message = say(&ana, id, "Between us", "a2").await.json()["message"]["id"].as_u64().unwrap();
    let before = app.dump();
    let (one, text) = (format!("/api/conversations/{id}"), json!({"text": "Ha"}));
    for (method, path, body) in [
        (Method::GET, one.clone(), Value::Null),
        (Method::DELETE, one.clone(), Value::Null),
        (Method::GET, format!("{one}/messages"), Value::Null),
        (Method::POST, format!("{one}/messages"), json!({"text": "Ha", "key": "c1"})),
        (Method::PUT, format!("{one}/read"), json!({"read": 1})),
        (Method::PUT, format!("{one}/accept"), Value::Null),
        (Method::PATCH, format!("/api/messages/{message}"), text.clone()),
        (Method::DELETE, format!("/api/messages/{message}"), Value::Null),
    ] {
        let call = async |who: &Actor| match &body {
            Value::Null => who.send(who.request(method.clone(), &path)).await,
            body => who.call(method.clone(), &path, body).await,
        };
        call(&cem).await.refused(404, "not_found");
        call(&app.visitor()).await.refused(401, "no_session");
        call(&app.guest().await).await.refused(403, "guests_off");
    }
    ben.call(Method::PATCH, &format!("/api/messages/{message}"), &text).await.refused(403, "forbidden");
    ben.delete(&format!("/api/messages/{message}")).await.refused(403, "forbidden");
    write_to(&ana, "ana", "Note to self", "a9").await.refused(400, "bad_request");
    write_to(&ana, "nobody_here", "Hello", "a9").await.refused(404, "not_found");
    for bad in ["", "  ", &"x".repeat(2001)] {
        say(&ana, id, bad, "a9").await.refused(400, "bad_request");
    }
    assert_eq!(count(&app.dump(), "messages"), count(&before, "messages"));
}

fn count(dump: &str, table: &str) -> usize {
    dump.lines().filter(|line| line.starts_with(table)).count()
}

#[tokio::test]
async fn an_edit_is_possible_for_15_minutes() {
    let app = TestApp::start().await;
    let (ana, ben, id) = acquainted(&app).await;
    let message = say(&ana, id, "Helo", "a2").await.json()["message"]["id"].as_u64().unwrap();
    let path = format!("/api/messages/{message}");
    let edited = ana.call(Method::PATCH, &path, &json!({"text": "Hello", "edited_at": null})).await.ok();
    assert_eq!(edited["message"]["text"], "Hello");
    ana.call(Method::PATCH, &path, &json!({"text": "Hallo", "edited_at": null}))
        .await
        .refused(409, "superseded");
    app.clock.advance(15 * 60 + 1);
    ana.call(Method::PATCH, &path, &json!({"text": "Late"})).await.refused(403, "forbidden");
    let list = ben.get(&format!("/api/conversations/{id}/messages?order=newest")).await.ok();
    assert_eq!(list["items"][0]["text"], "Hello");
}

#[tokio::test]
async fn messages_and_new_conversations_have_a_rate() {
    let app = site(Options::default()).await;
    let ana = member_at(&app, "ana", "192.0.2.1").await;
    for number in 0..11 {
        let handle = format!("member{number}");
        member_at(&app, &handle, "192.0.2.2").await;
        let new = json!({"to": handle, "text": "Hello", "key": handle});
        let answer = ana.post("/api/conversations", &new).await;
        if number < 10 {
            assert_eq!(answer.status, 201);
        } else {
            answer.refused(429, "rate_limited");
        }
    }
    // Those that were begun count as messages too.
    let ben = member_at(&app, "ben", "192.0.2.3").await;
    let first = json!({"to": "ana", "text": "Hello", "key": "first"});
    let id = ben.post("/api/conversations", &first).await.json()["conversation"]["id"].clone();
    assert_eq!(ana.put(&format!("/api/conversations/{id}/accept")).await.status, 204);
    let say = |number: usize| {
        let (ben, path) = (ben.clone(), format!("/api/conversations/{id}/messages"));
        async move { ben.post(&path, &json!({"text": "Hello", "key": format!("k{number}")})).await }
    };
    let (counts, refused) = at_once(40, say).await;
    assert!((29..=31).contains(&counts[&201]), "{counts:?}");
    refused.unwrap().refused(429, "rate_limited");
}

#[tokio::test]
async fn a_reported_message_is_all_that_moderators_see_of_a_conversation() {
    let app = TestApp::start().await;
    let (ana, ben, id) = acquainted(&app).await;
    let cem = app.member("cem").await;
    app.promote("cem").await;
    let said = say(&ben, id, "Rude", "b2").await.json()["message"].clone();
    let report = json!({"message": said["id"], "reason": "It is rude."});
    cem.post("/api/reports", &report).await.refused(404, "not_found");
    cem.delete(&format!("/api/messages/{}/reports", said["id"])).await.refused(404, "not_found");
    assert_eq!(ana.post("/api/reports", &report).await.status, 201);
    assert_eq!(ana.post("/api/reports", &report).await.status, 201);
    let cases = cem.get("/api/reports").await.ok()["items"].clone();
    assert_eq!((cases.as_array().unwrap().len(), &cases[0]["message"]), (1, &said));
    assert_eq!(
        (&cases[0]["reports"], &cases[0]["post"], &cases[0]["comment"]),
        (&json!(1), &Value::Null, &Value::Null)
    );
    cem.get(&format!("/api/conversations/{id}")).await.refused(404, "not_found");
    let page = cem.get("/moderation").await.text;
    assert!(page.contains("Rude") && !page.contains(&format!("/messages/{id}")), "{page}");

    assert_eq!(cem.delete(&format!("/api/messages/{}/reports", said["id"])).await.status, 204);
    assert_eq!(cem.get("/api/reports").await.ok()["items"], json!([]));
    ana.post("/api/reports", &report).await;
    let remove = format!("message={}&act=remove", said["id"]);
    assert_eq!(cem.post_form("/moderation", remove).await.status, 303);
    assert_eq!(cem.get("/api/reports").await.ok()["items"], json!([]));
    let left = ana.get(&format!("/api/conversations/{id}/messages")).await.ok()["items"].clone();
    assert!(left.as_array().unwrap().iter().all(|message| message["text"] != "Rude"));
}
