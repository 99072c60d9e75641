//! Inboxes over sockets: every agent sees what waits at once, notes reach agents only, and who goes loses it at once.

use http::Method;
use serde_json::{Value, json};

use crate::support::{Actor, TestApp};

async fn say(who: &Actor, id: u64, text: &str, key: &str) {
    let body = json!({"text": text, "key": key});
    assert_eq!(who.post(&format!("/api/conversations/{id}/messages"), &body).await.status, 201);
}

/// An inbox with two agents, a customer, and the conversation that it began.
pub(super) async fn shop(app: &TestApp) -> (Actor, Actor, Actor, u64, u64) {
    let (ana, ben, eva) = (app.member("ana").await, app.member("ben").await, app.member("eva").await);
    let inbox = app.inbox("shop", "ana").await;
    let role = json!({"role": "agent"});
    assert_eq!(ana.call(Method::PUT, "/api/inboxes/shop/agents/ben", &role).await.status, 204);
    let first = json!({"to": "shop", "text": "Is it open on Sunday?", "key": "e1"});
    let id = eva.post("/api/conversations", &first).await.json()["conversation"]["id"].as_u64().unwrap();
    (ana, ben, eva, inbox, id)
}

#[tokio::test]
async fn every_agent_sees_a_case_change_and_how_many_wait() {
    let mut app = TestApp::start().await;
    let (ana, ben, eva, inbox, id) = shop(&app).await;
    let (cases, waiting, notes) =
        (format!("inbox:{inbox}"), format!("inbox:{inbox}/waiting"), format!("conversation:{id}/notes"));
    let mut agents = [ana.socket().await, ben.socket().await];
    for agent in &mut agents {
        let snapshot = agent.subscribe(&[&cases, &waiting, &notes, &format!("conversation:{id}")]).await;
        assert_eq!(snapshot[0]["changes"][0]["case"]["id"], id);
        assert_eq!((&snapshot[1]["waiting"], &snapshot[1]["unassigned"]), (&json!(1), &json!(1)));
        assert_eq!((&snapshot[2]["seq"], &snapshot[3]["seq"]), (&json!(0), &json!(1)));
    }
    let (mut hers, mut his) = (ana.socket().await, ben.socket().await);
    let ok = his
        .call(json!({"type": "message", "conversation": id, "text": "Until four.", "key": "b1", "seen": 1}))
        .await;
    assert_eq!(ok["message"]["author"]["handle"], "ben");
    let late = hers
        .call(json!({"type": "message", "conversation": id, "text": "Until five.", "key": "a1", "seen": 1}))
        .await;
    assert_eq!(late["code"], "superseded");
    for agent in &mut agents {
        let mut left = vec!["case.changed", "waiting", "note.added", "message.added"];
        while !left.is_empty() {
            let push = agent.until(|push| push["topic"].is_string()).await;
            let kind = push["type"].as_str().unwrap().to_owned();
            match kind.as_str() {
                "case.changed" => {
                    assert_eq!(
                        (&push["case"]["waiting"], &push["case"]["notes_seq"]),
                        (&json!(false), &json!(1))
                    );
                    assert_eq!(push["case"]["assignee"]["handle"], "ben");
                }
                "waiting" => assert_eq!((&push["waiting"], &push["unassigned"]), (&json!(0), &json!(0))),
                "note.added" => assert_eq!(
                    (&push["note"]["kind"], &push["note"]["to"]),
                    (&json!("assigned"), &json!("ben"))
                ),
                _ => assert_eq!(push["message"]["text"], "Until four."),
            }
            left.retain(|wanted| *wanted != kind);
        }
    }
    // Who was away gets what was missed, also after a restart.
    drop(agents);
    say(&eva, id, "Thank you!", "e2").await;
    app.restart().await;
    let mut back = ana.socket().await;
    let snapshot = back.subscribe(&[&cases]).await;
    assert_eq!(snapshot[0]["changes"][0]["case"]["last"]["text"], "Thank you!");
}

#[tokio::test]
async fn a_customer_gets_nothing_of_what_agents_say_among_themselves() {
    let app = TestApp::start().await;
    let (ana, ben, eva, inbox, id) = shop(&app).await;
    let mut customer = eva.socket().await;
    let topics: Vec<String> = vec![
        format!("conversation:{id}"),
        format!("conversation:{id}/presence"),
        "conversations".into(),
        "unread".into(),
        format!("conversation:{id}/notes"),
        format!("inbox:{inbox}"),
        format!("inbox:{inbox}/waiting"),
    ];
    let names: Vec<&str> = topics.iter().map(String::as_str).collect();
    let snapshot = customer.subscribe(&names).await;
    let refused: Vec<&Value> = snapshot.iter().map(|topic| &topic["error"]).collect();
    assert!(refused[..4].iter().all(|error| error.is_null()), "{snapshot:?}");
    assert!(refused[4..].iter().all(|error| **error == json!("not_found")), "{snapshot:?}");

    let note = json!({"text": "SECRET among us", "key": "n1"});
    assert_eq!(ben.post(&format!("/api/conversations/{id}/notes"), &note).await.status, 201);
    let give = json!({"agent": "ana", "expect": null});
    ana.call(Method::PUT, &format!("/api/conversations/{id}/assignee"), &give).await.ok();
    say(&ben, id, "Until four.", "b1").await;
    let mut heard = Vec::new();
    while heard.last().is_none_or(|push: &Value| push["type"] != "message.added") {
        heard.push(customer.next().await);
    }
    let all = serde_json::to_string(&heard).unwrap();
    assert!(!all.contains("SECRET") && !all.contains("assign") && !all.contains("note"), "{all}");
}

#[tokio::test]
async fn a_customer_sees_the_inbox_type_and_read_and_never_which_agent() {
    let app = TestApp::start().await;
    let (_, ben, eva, inbox, id) = shop(&app).await;
    let topic = format!("conversation:{id}/presence");
    let (mut agent, mut customer) = (ben.socket().await, eva.socket().await);
    for socket in [&mut agent, &mut customer] {
        socket.subscribe(&[&topic]).await;
    }
    agent.send(&json!({"type": "typing", "topic": topic})).await;
    let push =
        customer.until(|push| push["typing"].as_array().is_some_and(|typing| !typing.is_empty())).await;
    assert_eq!((push["typing"].as_array().unwrap().len(), &push["typing"][0]["handle"]), (1, &json!("shop")));
    let ok = agent.call(json!({"type": "read", "topic": format!("conversation:{id}"), "read": 1})).await;
    assert_eq!(ok["type"], "ok");
    let read = json!({"user": inbox, "read": 1});
    let push = customer.until(|push| push["seen"].as_array().is_some_and(|seen| seen.contains(&read))).await;
    assert_eq!(push["seen"].as_array().unwrap().len(), 2, "{push}");
}

#[tokio::test]
async fn an_agent_who_goes_hears_that_at_once_and_nothing_more() {
    let app = TestApp::start().await;
    let (ana, ben, eva, inbox, id) = shop(&app).await;
    let own = ben.post("/api/conversations", &json!({"to": "eva", "text": "Privately", "key": "p1"})).await;
    let own = own.json()["conversation"]["id"].as_u64().unwrap();
    let topics = [
        format!("inbox:{inbox}"),
        format!("inbox:{inbox}/waiting"),
        format!("conversation:{id}"),
        format!("conversation:{id}/notes"),
        format!("conversation:{id}/presence"),
    ];
    let (mut hers, mut his) = (ana.socket().await, ben.socket().await);
    for socket in [&mut hers, &mut his] {
        socket.subscribe(&topics.each_ref().map(String::as_str)).await;
    }
    his.subscribe(&[&format!("conversation:{own}")]).await;
    assert_eq!(ana.delete("/api/inboxes/shop/agents/ben").await.status, 204);
    let mut left: Vec<String> = topics.to_vec();
    while !left.is_empty() {
        let ended = his.until(|push| push["type"] == "ended").await;
        left.retain(|topic| ended["topic"] != topic.as_str());
    }
    say(&eva, id, "Hello?", "e2").await;
    let body = json!({"text": "Still here", "key": "p2"});
    eva.post(&format!("/api/conversations/{own}/messages"), &body).await;
    let next = his.until(|push| push["type"] == "message.added").await;
    assert_eq!(next["topic"], format!("conversation:{own}"), "what is one's own goes on");
    let next = hers.until(|push| push["type"] == "message.added").await;
    assert_eq!(next["message"]["text"], "Hello?", "and so it does for the others");
}

#[tokio::test]
async fn a_case_that_its_customer_opens_again_stays_with_an_agent_who_is_there() {
    let app = TestApp::start().await;
    let (ana, ben, eva, _, id) = shop(&app).await;
    let close = async || {
        let closed = json!({"status": "closed"});
        ana.call(Method::PUT, &format!("/api/conversations/{id}/status"), &closed).await.ok();
    };
    let assignee = async || {
        ana.get(&format!("/api/conversations/{id}/case")).await.ok()["case"]["assignee"]["handle"].clone()
    };
    let give = json!({"agent": "ben", "expect": null});
    ana.call(Method::PUT, &format!("/api/conversations/{id}/assignee"), &give).await.ok();
    // A connection is one when it was answered.
    let (mut first, mut second) = (ben.socket().await, ben.socket().await);
    for socket in [&mut first, &mut second] {
        socket.subscribe(&["me"]).await;
    }
    close().await;
    drop(second);
    say(&eva, id, "One more thing", "e2").await;
    assert_eq!(assignee().await, "ben");

    // The last one has gone when the others at the case see it.
    let mut hers = ana.socket().await;
    let topic = format!("conversation:{id}/agents");
    hers.subscribe(&[&topic]).await;
    first.subscribe(&[&topic]).await;
    hers.until(|push| push["viewers"].as_array().is_some_and(|all| all.len() == 2)).await;
    drop(first);
    hers.until(|push| push["viewers"].as_array().is_some_and(|all| all.len() == 1)).await;
    close().await;
    say(&eva, id, "And another", "e3").await;
    assert_eq!(assignee().await, Value::Null);
}
