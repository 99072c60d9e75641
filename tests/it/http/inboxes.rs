//! Inboxes over HTTP: who answers, what waits, who has it, and that nobody else sees any of it.

use http::Method;
use plaudit::domain::Clock as _;
use serde_json::{Value, json};

use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

async fn put(who: &Actor, path: &str, body: &Value) -> Answer {
    who.call(Method::PUT, path, body).await
}

/// An inbox with two agents, a customer, and the conversation that it began.
pub(super) struct Shop {
    pub(super) app: TestApp,
    pub(super) ana: Actor,
    pub(super) ben: Actor,
    pub(super) eva: Actor,
    pub(super) id: u64,
}

impl Shop {
    pub(super) async fn open() -> Self {
        let app = TestApp::start().await;
        let (ana, ben, eva) = (app.member("ana").await, app.member("ben").await, app.member("eva").await);
        app.inbox("shop", "ana").await;
        assert_eq!(put(&ana, "/api/inboxes/shop/agents/ben", &json!({"role": "agent"})).await.status, 204);
        let first = json!({"to": "shop", "text": "Is it open on Sunday?", "key": "e1"});
        let begun = eva.post("/api/conversations", &first).await;
        assert_eq!(begun.status, 201);
        let begun = begun.json();
        let id = begun["conversation"]["id"].as_u64().unwrap();
        assert_eq!(
            (&begun["conversation"]["kind"], &begun["conversation"]["with"]["kind"]),
            (&json!("inbox"), &json!("inbox"))
        );
        Self { app, ana, ben, eva, id }
    }

    fn path(&self, part: &str) -> String {
        format!("/api/conversations/{}/{part}", self.id)
    }

    async fn answer(&self, who: &Actor, text: &str, key: &str, seen: Option<u64>) -> Answer {
        who.post(&self.path("messages"), &json!({"text": text, "key": key, "seen": seen})).await
    }
}

#[tokio::test]
async fn a_customers_message_is_a_case_that_an_agent_answers() {
    let shop = Shop::open().await;
    let cases = shop.ben.get("/api/inboxes/shop/cases").await.ok();
    let case = &cases["items"][0];
    assert_eq!((&case["id"], &case["customer"]["user"]["handle"]), (&json!(shop.id), &json!("eva")));
    assert_eq!(
        (&case["waiting"], &case["status"], &case["assignee"], &case["customer"]["phone"]),
        (&json!(true), &json!("open"), &Value::Null, &Value::Null)
    );
    assert_eq!(shop.ben.get(&shop.path("case")).await.ok()["case"], *case);
    let answer = shop.answer(&shop.ben, "From ten to four.", "b1", Some(1)).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()["message"]["author"]["handle"].clone()),
        (201, json!("ben"))
    );
    let late = shop.answer(&shop.ana, "No.", "a1", Some(1)).await.refused(409, "superseded");
    assert!(late["detail"].as_str().unwrap().contains("Another agent has answered"), "{late}");
    assert_eq!(shop.answer(&shop.ana, "And on Monday.", "a1", Some(2)).await.status, 201);
    let seen = shop.eva.get(&format!("/api/conversations/{}", shop.id)).await.ok();
    assert_eq!((&seen["conversation"]["unread"], &seen["conversation"]["seq"]), (&json!(2), &json!(3)));
    let waiting = shop.ana.get("/api/inboxes/shop/cases?waiting=true").await.ok();
    assert_eq!(waiting["items"], json!([]));
    let of_ben = shop.ben.get("/api/inboxes/shop/cases?q=from+monday+nobody&assignee=me").await.ok();
    assert_eq!(of_ben["items"], json!([]), "every word has to be there");
    let of_ben = shop.ben.get("/api/inboxes/shop/cases?q=From+monday+EVA&assignee=me&status=open").await.ok();
    assert_eq!(of_ben["items"][0]["id"], shop.id);
    let all = shop.ben.get("/api/inboxes/shop/cases?q=+").await.ok();
    assert_eq!(all["items"].as_array().unwrap().len(), 1, "nothing is asked for");
    let late = json!({"to": "shop", "text": "And on Monday?", "key": "e9"});
    shop.eva.post("/api/conversations", &late).await;
    let longest = shop.ana.get("/api/inboxes/shop/cases?order=longest").await.ok();
    assert_eq!((&longest["items"][0]["id"], &longest["next"]), (&json!(shop.id), &Value::Null));
    let mine = shop.ben.get("/api/inboxes/shop/cases?assignee=me&status=open").await.ok();
    assert_eq!(mine["items"][0]["id"], shop.id);
    let long = format!("q={}", "a".repeat(10_000));
    for (query, what) in [
        (&*long, "at most 100"),
        ("order=oldest", "order"),
        ("status=new", "status"),
        ("waiting=1", "waiting"),
        ("assignee=eva", "agent"),
    ] {
        let refused = shop.ana.get(&format!("/api/inboxes/shop/cases?{query}")).await;
        assert!(refused.json()["detail"].as_str().unwrap().contains(what), "{query}");
    }
}

#[tokio::test]
async fn a_case_is_taken_handed_over_snoozed_and_closed() {
    let shop = Shop::open().await;
    let (assignee, status) = (shop.path("assignee"), shop.path("status"));
    let took = put(&shop.ben, &assignee, &json!({"agent": "ben", "expect": null})).await.ok();
    assert_eq!(took["case"]["assignee"]["handle"], "ben");
    let taken = put(&shop.ana, &assignee, &json!({"agent": "ana", "expect": null})).await;
    assert_eq!((taken.status.as_u16(), &taken.json()["code"]), (409, &json!("taken")));
    assert_eq!(taken.json()["detail"], "ben", "as programs read it");
    put(&shop.ana, &assignee, &json!({"agent": "ana", "expect": "ben"})).await.ok();
    put(&shop.ana, &assignee, &json!({"agent": "eva", "expect": "ana"})).await.refused(404, "not_found");
    put(&shop.ana, &assignee, &json!({"agent": "ana"})).await.refused(400, "bad_request");

    put(&shop.ana, &status, &json!({"status": "snoozed"})).await.refused(400, "bad_request");
    put(&shop.ana, &status, &json!({"status": "closed", "until": "2100-01-01T00:00:00.000Z"}))
        .await
        .refused(400, "bad_request");
    let until = shop.app.clock.now().plus_seconds(3600).to_string();
    let snoozed = put(&shop.ana, &status, &json!({"status": "snoozed", "until": until})).await.ok();
    assert_eq!((&snoozed["case"]["status"], &snoozed["case"]["until"]), (&json!("snoozed"), &json!(until)));
    put(&shop.ana, &status, &json!({"status": "closed", "until": null})).await.ok();
    let more = json!({"text": "Hello?", "key": "e2"});
    assert_eq!(shop.eva.post(&shop.path("messages"), &more).await.status, 201);
    let case = shop.ana.get(&shop.path("case")).await.ok()["case"].clone();
    assert_eq!((&case["status"], &case["assignee"]), (&json!("open"), &Value::Null));
    let notes = shop.ana.get(&shop.path("notes")).await.ok();
    let told: Vec<(&Value, &Value)> =
        notes["items"].as_array().unwrap().iter().map(|note| (&note["kind"], &note["to"])).collect();
    let [kind, to] = [&told[0].0, &told[0].1];
    assert_eq!((*kind, *to, told.len()), (&json!("assigned"), &json!("ben"), 6), "{notes}");
}

#[tokio::test]
async fn only_agents_see_cases_and_notes_and_only_admins_say_who_they_are() {
    let shop = Shop::open().await;
    let note = json!({"text": "She asked last week too.", "key": "n1"});
    let written = shop.ben.post(&shop.path("notes"), &note).await;
    assert_eq!(
        (written.status.as_u16(), shop.ben.post(&shop.path("notes"), &note).await.status.as_u16()),
        (201, 200)
    );
    assert_eq!(written.json()["note"]["author"]["handle"], "ben");

    let tom = shop.app.member("tom").await;
    let visitor = shop.app.visitor();
    for who in [&shop.eva, &tom] {
        for part in ["case", "notes"] {
            who.get(&shop.path(part)).await.refused(404, "not_found");
        }
        who.post(&shop.path("notes"), &note).await.refused(404, "not_found");
        who.get("/api/inboxes/shop/cases").await.refused(404, "not_found");
        put(who, &shop.path("assignee"), &json!({"agent": null, "expect": null}))
            .await
            .refused(404, "not_found");
        put(who, &shop.path("status"), &json!({"status": "closed"})).await.refused(404, "not_found");
        assert!(who.get("/api/inboxes/shop").await.ok()["inbox"].get("agents").is_none());
        assert_eq!(who.get("/api/inboxes").await.ok()["items"], json!([]));
    }
    tom.get(&shop.path("messages")).await.refused(404, "not_found");
    visitor.get(&shop.path("case")).await.refused(401, "no_session");
    assert_eq!(visitor.get("/api/inboxes/shop").await.ok()["inbox"]["handle"], "shop");
    let mine = shop.ben.get("/api/inboxes").await.ok();
    assert_eq!(mine["items"][0]["agents"].as_array().unwrap().len(), 2);

    let change = json!({"name": "The Shop", "greeting": "Ask us anything.", "show_agents": false});
    shop.ben.call(Method::PATCH, "/api/inboxes/shop", &change).await.refused(403, "forbidden");
    let changed = shop.ana.call(Method::PATCH, "/api/inboxes/shop", &change).await.ok();
    assert_eq!(
        (&changed["inbox"]["name"], &changed["inbox"]["show_agents"]),
        (&json!("The Shop"), &json!(false))
    );
    let answer = shop.answer(&shop.ben, "Yes.", "b1", None).await.json();
    assert_eq!(answer["message"]["author"]["handle"], "shop");
    put(&shop.ben, "/api/inboxes/shop/agents/tom", &json!({"role": "agent"})).await.refused(403, "forbidden");
    shop.ana.delete("/api/inboxes/shop/agents/ana").await.refused(403, "forbidden");
    assert_eq!(shop.ana.delete("/api/inboxes/shop/agents/ben").await.status, 204);
    shop.ben.get(&shop.path("case")).await.refused(404, "not_found");
    shop.answer(&shop.ben, "One more", "b2", None).await.refused(404, "not_found");
}

#[tokio::test]
async fn agents_have_replies_ready() {
    let shop = Shop::open().await;
    let path = "/api/inboxes/shop/replies";
    let hours = json!({"shortcut": "hours", "text": "From ten to four."});
    let made = shop.ben.post(path, &hours).await;
    assert_eq!(made.status, 201);
    let id = made.json()["reply"]["id"].as_u64().unwrap();
    shop.ana.post(path, &hours).await.refused(409, "taken");
    shop.ana.post(path, &json!({"shortcut": "Hours", "text": "x"})).await.refused(400, "bad_request");
    assert_eq!(shop.ana.post(path, &json!({"shortcut": "bye", "text": "Goodbye"})).await.status, 201);
    let reply = format!("/api/replies/{id}");
    let changed = shop.ana.call(Method::PATCH, &reply, &json!({"text": "From ten to five."})).await.ok();
    assert_eq!(changed["reply"], json!({"id": id, "shortcut": "hours", "text": "From ten to five."}));
    shop.ana.call(Method::PATCH, &reply, &json!({"shortcut": "bye"})).await.refused(409, "taken");
    let list = shop.ben.get(path).await.ok();
    let shortcuts: Vec<&Value> =
        list["items"].as_array().unwrap().iter().map(|reply| &reply["shortcut"]).collect();
    assert_eq!(shortcuts, ["bye", "hours"]);
    for who in [&shop.eva, &shop.app.member("tom").await] {
        who.get(path).await.refused(404, "not_found");
        who.post(path, &hours).await.refused(404, "not_found");
        who.call(Method::PATCH, &reply, &json!({"text": "x"})).await.refused(404, "not_found");
        who.delete(&reply).await.refused(404, "not_found");
        who.get("/api/inboxes/shop/stats").await.refused(404, "not_found");
    }
    assert_eq!(shop.ben.delete(&reply).await.status, 204);
    shop.ben.delete(&reply).await.refused(404, "not_found");
}

#[tokio::test]
async fn the_figures_say_who_answered_how_much_and_how_soon() {
    let shop = Shop::open().await;
    shop.app.clock.advance(60);
    shop.answer(&shop.ben, "From ten to four.", "b1", None).await;
    shop.answer(&shop.ana, "And on Monday.", "a1", None).await;
    shop.app.clock.advance(24 * 3600);
    let more = json!({"text": "Thank you. And on Tuesday?", "key": "e2"});
    assert_eq!(shop.eva.post(&shop.path("messages"), &more).await.status, 201);
    let stats = shop.ana.get("/api/inboxes/shop/stats?days=2").await.ok();
    assert_eq!((&stats["waiting"], &stats["unassigned"]), (&json!(1), &json!(0)));
    assert_eq!(stats["oldest_waiting_since"], shop.app.clock.now().to_string());
    let days = stats["days"].as_array().unwrap();
    assert_eq!(days.len(), 2);
    assert_eq!((&days[0]["in"], &days[0]["out"]), (&json!(1), &json!(2)));
    assert_eq!(
        (&days[0]["first_answer_p50_ms"], &days[0]["first_answer_p90_ms"]),
        (&json!(60_000), &json!(60_000))
    );
    assert_eq!((&days[1]["in"], &days[1]["first_answer_p50_ms"]), (&json!(1), &Value::Null));
    let of: Vec<(&Value, &Value)> =
        stats["agents"].as_array().unwrap().iter().map(|one| (&one["user"]["handle"], &one["out"])).collect();
    assert_eq!(of.len(), 2);
    assert!(of.contains(&(&json!("ben"), &json!(1))), "{stats}");
    for days in ["0", "91", "x"] {
        shop.ana.get(&format!("/api/inboxes/shop/stats?days={days}")).await.refused(400, "bad_request");
    }
    assert_eq!(shop.ana.get("/api/inboxes/shop/stats").await.ok()["days"].as_array().unwrap().len(), 7);
}
