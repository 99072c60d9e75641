//! `conversation:ID/agents`: agents see each other at a case, and no customer learns of it.

use http::Method;
use serde_json::{Value, json};

use super::inboxes::shop;
use crate::support::{Actor, Socket, TestApp};

fn handles(users: &Value) -> Vec<&str> {
    users.as_array().unwrap().iter().map(|user| user["handle"].as_str().unwrap()).collect()
}

/// Who types what, as `ben note`.
fn typing(push: &Value) -> Vec<String> {
    let all = push["typing"].as_array().into_iter().flatten();
    let said = |one: &Value| format!("{} {}", one["user"]["handle"], one["mode"]).replace('"', "");
    all.map(said).collect()
}

async fn until_typing(socket: &mut Socket, topic: &str, wanted: &[&str]) -> Value {
    socket.until(|push| push["type"] == "presence" && push["topic"] == topic && typing(push) == wanted).await
}

async fn enter(who: &Actor, topic: &str) -> (Socket, Value) {
    let mut socket = who.socket().await;
    let snapshot = socket.subscribe(&[topic]).await;
    (socket, snapshot[0].clone())
}

#[tokio::test]
async fn agents_see_who_else_is_at_a_case_and_who_has_gone() {
    let app = TestApp::start().await;
    let (ana, ben, eva, _, id) = shop(&app).await;
    let topic = format!("conversation:{id}/agents");
    let (mut hers, snapshot) = enter(&ana, &topic).await;
    assert_eq!(snapshot, json!({"topic": topic, "viewers": [snapshot["viewers"][0]], "typing": []}));
    assert_eq!(handles(&snapshot["viewers"]), ["ana"]);
    let (mut his, snapshot) = enter(&ben, &topic).await;
    assert_eq!(handles(&snapshot["viewers"]), ["ana", "ben"]);
    let push = hers.until(|push| push["viewers"].as_array().is_some_and(|all| all.len() == 2)).await;
    assert_eq!((&push["type"], &push["topic"]), (&json!("presence"), &json!(topic)));
    assert_eq!((handles(&push["viewers"]), &push["typing"]), (vec!["ana", "ben"], &json!([])));
    assert_eq!(push.as_object().unwrap().len(), 4, "{push}");

    // A second window is no second agent, and one of two that closes is nobody who leaves.
    let (second, _) = enter(&ben, &topic).await;
    drop(second);
    his.call(json!({"type": "unsubscribe", "topics": [topic]})).await;
    let push = hers.until(|push| push["viewers"].as_array().is_some_and(|all| all.len() != 2)).await;
    assert_eq!(handles(&push["viewers"]), ["ana"]);

    // Who may not see it is not seen either.
    let (_customer, snapshot) = enter(&eva, &topic).await;
    assert_eq!(snapshot["error"], "not_found");
    let (_nobody, snapshot) = enter(&app.visitor(), &topic).await;
    assert_eq!(snapshot["error"], "not_found");
    let (third, snapshot) = enter(&ben, &topic).await;
    assert_eq!(handles(&snapshot["viewers"]), ["ana", "ben"]);
    hers.until(|push| push["viewers"].as_array().is_some_and(|all| all.len() == 2)).await;
    drop(third);
    hers.until(|push| push["viewers"].as_array().is_some_and(|all| all.len() == 1)).await;
}

#[tokio::test]
async fn a_reply_shows_to_the_customer_as_the_inbox_and_a_note_never() {
    let app = TestApp::start().await;
    let (ana, ben, eva, _, id) = shop(&app).await;
    let (topic, presence) = (format!("conversation:{id}/agents"), format!("conversation:{id}/presence"));
    let (mut hers, _) = enter(&ana, &topic).await;
    let (mut his, _) = enter(&ben, &topic).await;
    let (mut customer, _) = enter(&eva, &presence).await;
    his.send(&json!({"type": "typing", "topic": topic, "mode": "note"})).await;
    until_typing(&mut hers, &topic, &["ben note"]).await;
    assert_eq!(customer.subscribe(&[&presence]).await[0]["typing"], json!([]));
    hers.send(&json!({"type": "typing", "topic": topic, "mode": "reply"})).await;
    until_typing(&mut his, &topic, &["ana reply", "ben note"]).await;
    // What the customer has heard of all this is that the inbox types, once; the note came first.
    let push = customer.until(|push| push["type"] == "presence").await;
    assert_eq!((push["typing"].as_array().unwrap().len(), handles(&push["typing"])), (1, vec!["shop"]));

    // The note ends what its writer typed, and nothing else.
    let note = json!({"text": "She is a regular.", "key": "n1"});
    assert_eq!(ben.post(&format!("/api/conversations/{id}/notes"), &note).await.status, 201);
    until_typing(&mut his, &topic, &["ana reply"]).await;
    let answer = json!({"text": "Until four.", "key": "a1"});
    assert_eq!(ana.post(&format!("/api/conversations/{id}/messages"), &answer).await.status, 201);
    until_typing(&mut his, &topic, &[]).await;
    let push = customer.until(|push| push["type"] == "presence").await;
    assert_eq!(push["typing"], json!([]), "the answer ended it for the customer too");

    // So does the connection's end, long before its time.
    hers.send(&json!({"type": "typing", "topic": topic, "mode": "reply"})).await;
    until_typing(&mut his, &topic, &["ana reply"]).await;
    customer.until(|push| push["typing"].as_array().is_some_and(|all| all.len() == 1)).await;
    drop(hers);
    until_typing(&mut his, &topic, &[]).await;
    customer.until(|push| push["typing"] == json!([])).await;
}

#[tokio::test]
async fn typing_of_an_agent_ends_by_itself() {
    let app = TestApp::start().await;
    let (ana, ben, _, _, id) = shop(&app).await;
    let topic = format!("conversation:{id}/agents");
    let (mut hers, _) = enter(&ana, &topic).await;
    let (mut his, _) = enter(&ben, &topic).await;
    his.send(&json!({"type": "typing", "topic": topic, "mode": "note"})).await;
    until_typing(&mut hers, &topic, &["ben note"]).await;
    until_typing(&mut hers, &topic, &[]).await;
}

#[tokio::test]
async fn an_agent_who_is_removed_is_at_no_case_any_more() {
    let app = TestApp::start().await;
    let (ana, ben, _, _, id) = shop(&app).await;
    let topic = format!("conversation:{id}/agents");
    let (mut hers, _) = enter(&ana, &topic).await;
    let (mut his, _) = enter(&ben, &topic).await;
    his.send(&json!({"type": "typing", "topic": topic, "mode": "reply"})).await;
    until_typing(&mut hers, &topic, &["ben reply"]).await;
    assert_eq!(ana.delete("/api/inboxes/shop/agents/ben").await.status, 204);
    assert_eq!(his.until(|push| push["type"] == "ended").await["topic"], topic.as_str());
    let push = hers.until(|push| push["type"] == "presence").await;
    assert_eq!((handles(&push["viewers"]), typing(&push)), (vec!["ana"], vec![]));
    // What he still says reaches nobody, and he comes in no more.
    his.send(&json!({"type": "typing", "topic": topic, "mode": "reply"})).await;
    assert_eq!(his.subscribe(&[&topic]).await[0]["error"], "not_found");
    let role = json!({"role": "agent"});
    assert_eq!(ana.call(Method::PUT, "/api/inboxes/shop/agents/ben", &role).await.status, 204);
    let snapshot = his.subscribe(&[&topic]).await;
    assert_eq!((handles(&snapshot[0]["viewers"]), typing(&snapshot[0])), (vec!["ana", "ben"], vec![]));
}

#[tokio::test]
async fn a_mode_belongs_to_the_agents_topic_and_only_there() {
    let app = TestApp::start().await;
    let (ana, _, eva, _, id) = shop(&app).await;
    let topic = format!("conversation:{id}/agents");
    let (mut hers, _) = enter(&ana, &topic).await;
    let said = |command: Value, words: &'static str| (command, words);
    for (command, words) in [
        said(json!({"type": "typing", "topic": topic}), "mode"),
        said(
            json!({"type": "typing", "topic": format!("conversation:{id}/presence"), "mode": "reply"}),
            "mode",
        ),
        said(json!({"type": "typing", "topic": "post:1/presence", "mode": "note"}), "mode"),
        said(json!({"type": "typing", "topic": topic, "mode": "whisper"}), "mode"),
        said(json!({"type": "typing", "topic": topic, "mode": null}), "mode"),
        said(json!({"type": "typing", "topic": format!("conversation:{id}"), "mode": "note"}), "topic"),
    ] {
        hers.send(&command).await;
        let refused = hers.until(|push| push["type"] == "error").await;
        assert_eq!((&refused["code"], &refused["ref"]), (&json!("bad_request"), &Value::Null));
        assert!(refused["message"].as_str().unwrap().contains(words), "{command}: {refused}");
    }
    // Whoever is no agent is heard by nobody.
    let (mut customer, _) = enter(&eva, &topic).await;
    customer.send(&json!({"type": "typing", "topic": topic, "mode": "reply"})).await;
    customer.call(json!({"type": "unsubscribe", "topics": ["me"]})).await;
    assert_eq!(typing(&hers.subscribe(&[&topic]).await[0]), Vec::<String>::new());
}
