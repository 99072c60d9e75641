//! Conversations over sockets: both sides hear the same in the same order, every tab of a member agrees on what is unread,
//! and nobody else hears anything.

use http::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Socket, TestApp, eventually};

/// Two who have answered each other, and their conversation.
async fn acquainted(app: &TestApp) -> (Actor, Actor, u64) {
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let first = json!({"to": "ben", "text": "Hello", "key": "a1"});
    let id = ana.post("/api/conversations", &first).await.json()["conversation"]["id"].as_u64().unwrap();
    ben.post(&format!("/api/conversations/{id}/messages"), &json!({"text": "Hi", "key": "b1"})).await.ok();
    (ana, ben, id)
}

async fn message(socket: &mut Socket, id: u64, text: &str, key: &str) -> Value {
    socket.call(json!({"type": "message", "conversation": id, "text": text, "key": key})).await
}

#[tokio::test]
async fn a_message_reaches_both_sides_and_moves_what_is_unread() {
    let app = TestApp::start().await;
    let (ana, ben, id) = acquainted(&app).await;
    let topic = format!("conversation:{id}");
    let (mut from, mut to) = (ana.socket().await, ben.socket().await);
    for socket in [&mut from, &mut to] {
        let snapshot = socket.subscribe(&[&topic, "conversations", "unread"]).await;
        assert_eq!((&snapshot[0]["seq"], &snapshot[0]["reset"]), (&json!(2), &json!(true)));
        assert_eq!(snapshot[1]["changes"][0]["conversation"]["id"], id);
    }
    let ok = message(&mut from, id, "Are you there?", "a2").await;
    let written = &ok["message"];
    assert_eq!(
        (&ok["type"], &written["text"], &written["seq"]),
        (&json!("ok"), &json!("Are you there?"), &json!(3))
    );
    for socket in [&mut from, &mut to] {
        let push = socket.until(|push| push["type"] == "message.added").await;
        assert_eq!(push, json!({"type": "message.added", "topic": topic, "seq": 3, "message": written}));
    }
    let changed = to.until(|push| push["type"] == "conversation.changed").await;
    assert_eq!((&changed["conversation"]["unread"], &changed["conversation"]["last"]), (&json!(1), written));
    let mut tab = ben.socket().await;
    let unread = tab.subscribe(&["unread"]).await[0].clone();
    assert_eq!((&unread["conversations"], &unread["requests"]), (&json!(1), &json!(0)));

    // Read in one tab, read in all.
    let ok = to.call(json!({"type": "read", "topic": topic, "read": 3})).await;
    assert_eq!(ok["type"], "ok");
    let push = tab.until(|push| push["type"] == "unread").await;
    assert_eq!(push["conversations"], 0);
    assert!(push["version"].as_u64() > unread["version"].as_u64());
    // A repetition is the same message, and nobody hears of it.
    assert_eq!(message(&mut from, id, "Are you there?", "a2").await["message"], *written);
    assert_eq!(message(&mut from, id, "Hm", "a3").await["message"]["seq"], 4);
    let next = to.until(|push| push["type"] == "message.added").await;
    assert_eq!(next["seq"], 4);
}

#[tokio::test]
async fn who_comes_back_gets_what_was_missed_also_after_a_restart() {
    let mut app = TestApp::start().await;
    let (ana, ben, id) = acquainted(&app).await;
    let topic = format!("conversation:{id}");
    let mut socket = ben.socket().await;
    socket.subscribe(&[&topic]).await;
    drop(socket);
    let path = format!("/api/conversations/{id}/messages");
    let third = ana.post(&path, &json!({"text": "Draft", "key": "a2"})).await.ok()["message"].clone();
    let edit = json!({"text": "Fair copy"});
    ana.call(Method::PATCH, &format!("/api/messages/{}", third["id"]), &edit).await.ok();
    let fourth = ana.post(&path, &json!({"text": "Oops", "key": "a3"})).await.ok()["message"].clone();
    assert_eq!(ana.delete(&format!("/api/messages/{}", fourth["id"])).await.status, 204);
    for round in 0..2 {
        let mut socket = ben.socket().await;
        let epoch = app
            .visitor()
            .socket()
            .await
            .call(json!({"type": "subscribe", "topics": [{"topic": "post:1"}]}))
            .await;
        let epoch = epoch["epoch"].as_str().unwrap().to_owned();
        let back = socket.resume(&epoch, &topic, 2).await;
        let kinds: Vec<_> =
            back["changes"].as_array().unwrap().iter().map(|change| change["type"].clone()).collect();
        assert_eq!(
            (kinds, &back["reset"]),
            (vec![json!("message.added"), json!("message.removed")], &json!(false))
        );
        assert_eq!((&back["changes"][0]["message"]["text"], &back["seq"]), (&json!("Fair copy"), &json!(6)));
        if round == 0 {
            app.restart().await;
        }
    }
}

#[tokio::test]
async fn nobody_else_can_follow_a_conversation() {
    let app = TestApp::start().await;
    let (_, _, id) = acquainted(&app).await;
    let topics =
        [format!("conversation:{id}"), format!("conversation:{id}/presence"), "conversation:99".to_owned()];
    let names: Vec<&str> = topics.iter().map(String::as_str).collect();
    for who in [app.member("cem").await, app.guest().await, app.visitor()] {
        let mut socket = who.socket().await;
        for entry in socket.subscribe(&names).await {
            assert_eq!(entry["error"], "not_found", "{entry}");
        }
        for command in [
            json!({"type": "message", "conversation": id, "text": "Me too", "key": "c1"}),
            json!({"type": "read", "topic": topics[0], "read": 1}),
        ] {
            let code = socket.call(command).await["code"].clone();
            assert!(["not_found", "no_session", "guests_off"].iter().any(|known| code == *known), "{code}");
        }
    }
    let mut visitor = app.visitor().socket().await;
    for entry in visitor.subscribe(&["unread", "conversations"]).await {
        assert_eq!(entry["error"], "no_session");
    }
}

#[tokio::test]
async fn typing_and_reading_are_seen_where_both_want_it_and_typing_ends() {
    let app = TestApp::start().await;
    let (ana, ben, id) = acquainted(&app).await;
    let presence = format!("conversation:{id}/presence");
    let (mut of_ana, mut of_ben) = (ana.socket().await, ben.socket().await);
    let snapshot = of_ana.subscribe(&[&presence]).await;
    assert_eq!(snapshot[0]["typing"], json!([]));
    assert_eq!(snapshot[0]["seen"].as_array().unwrap().len(), 2);
    of_ben.subscribe(&[&presence]).await;
    of_ben.send(&json!({"type": "typing", "topic": presence})).await;
    let writes = |push: &Value, handle: &str| {
        push["typing"].as_array().is_some_and(|all| all.iter().any(|user| user["handle"] == handle))
    };
    of_ana.until(|push| writes(push, "ben")).await;
    message(&mut of_ben, id, "There", "b2").await;
    let ended = of_ana.until(|push| push["type"] == "presence" && push["typing"] == json!([])).await;
    assert_eq!(ended["topic"], presence);
    // It ends by itself as well.
    of_ben.send(&json!({"type": "typing", "topic": presence})).await;
    of_ana.until(|push| writes(push, "ben")).await;
    of_ana.until(|push| push["type"] == "presence" && push["typing"] == json!([])).await;

    let head = json!({"read": 3});
    ana.call(Method::PUT, &format!("/api/conversations/{id}/read"), &head).await;
    of_ben
        .until(|push| push["seen"].as_array().is_some_and(|seen| seen.iter().all(|side| side["read"] == 3)))
        .await;
    // Receipts are mutual.
    ana.call(Method::PATCH, "/api/me/settings", &json!({"receipts": false})).await.ok();
    of_ben.until(|push| push["type"] == "presence" && push["seen"] == json!([])).await;
    // A block ends both.
    assert_eq!(ben.call(Method::PUT, "/api/users/ana/block", &json!({})).await.status, 204);
    of_ben.send(&json!({"type": "typing", "topic": presence})).await;
    eventually("nothing is told of who is blocked", async || {
        let mut socket = ana.socket().await;
        let snapshot = socket.subscribe(&[&presence]).await;
        snapshot[0]["typing"] == json!([]) && snapshot[0]["seen"] == json!([])
    })
    .await;
}

#[tokio::test]
async fn who_comes_while_there_is_news_takes_it_from_nobody() {
    let app = TestApp::start().await;
    let (ana, ben, id) = acquainted(&app).await;
    let presence = format!("conversation:{id}/presence");
    let (mut of_ana, mut of_ben) = (ana.socket().await, ben.socket().await);
    of_ana.subscribe(&[&presence]).await;
    of_ben.subscribe(&[&presence]).await;
    let reads = |seen: &Value, wanted: [u64; 2]| {
        let sides = seen.as_array().map_or(&[][..], Vec::as_slice);
        sides.len() == 2 && sides.iter().zip(wanted).all(|(side, read)| side["read"] == read)
    };
    // Told a moment ago, so what comes now is told a second later.
    message(&mut of_ben, id, "There", "b2").await;
    of_ana.until(|push| reads(&push["seen"], [1, 3])).await;
    ana.call(Method::PUT, &format!("/api/conversations/{id}/read"), &json!({"read": 3})).await;
    let snapshot = ben.socket().await.subscribe(&[&presence]).await[0].clone();
    assert!(reads(&snapshot["seen"], [3, 3]), "{snapshot}");
    of_ben.until(|push| reads(&push["seen"], [3, 3])).await;
}

#[tokio::test]
async fn of_a_request_the_stranger_sees_neither_typing_nor_reading() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let first = json!({"to": "ben", "text": "Hello", "key": "a1"});
    let id = ana.post("/api/conversations", &first).await.json()["conversation"]["id"].as_u64().unwrap();
    let presence = format!("conversation:{id}/presence");
    let (mut of_ana, mut of_ben) = (ana.socket().await, ben.socket().await);
    of_ben.subscribe(&[&presence, "unread"]).await;
    of_ana.subscribe(&[&presence]).await;
    of_ben.send(&json!({"type": "typing", "topic": presence})).await;
    of_ben.call(json!({"type": "read", "topic": format!("conversation:{id}"), "read": 1})).await;
    let snapshot = ana.socket().await.subscribe(&[&presence]).await[0].clone();
    assert_eq!((&snapshot["typing"], &snapshot["seen"]), (&json!([]), &json!([])));
    // Accepting opens it.
    ben.call(Method::PUT, &format!("/api/conversations/{id}/accept"), &json!({})).await;
    of_ana.until(|push| push["seen"].as_array().is_some_and(|seen| seen.len() == 2)).await;
}
