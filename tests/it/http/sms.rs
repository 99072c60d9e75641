//! Text messages over HTTP: what a provider calls, what agents send, and what becomes of it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use http::Method;
use plaudit::config::Options;
use plaudit::domain::{Clock as _, DeliveryState};
use plaudit::sms::{Heard, Inbound, Sent, StatusReport};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::support::sms::{self, ORIGIN, Scripted, reason, text};
use crate::support::{Actor, TestApp, eventually};

const EVA: &str = "+15550111";

struct Shop {
    app: TestApp,
    provider: Arc<Scripted>,
    ana: Actor,
    visitor: Actor,
}

impl Shop {
    /// With rates: none of them may hold for a provider.
    async fn open() -> Self {
        let (provider, number) = Scripted::new();
        let app = TestApp::with(Options::default(), |parts| parts.numbers = vec![number]).await;
        let ana = app.member("ana").await;
        app.inbox("shop", "ana").await;
        let visitor = app.visitor();
        Self { app, provider, ana, visitor }
    }

    /// The same, and a customer has written.
    async fn asked() -> (Self, u64) {
        let shop = Self::open().await;
        assert_eq!(text(&shop.visitor, EVA, "SM1", "Is it open on Sunday?").await.status, 200);
        let id = shop.cases().await[0]["id"].as_u64().unwrap();
        (shop, id)
    }

    async fn cases(&self) -> Vec<Value> {
        self.ana.get("/api/inboxes/shop/cases").await.ok()["items"].as_array().unwrap().clone()
    }

    async fn case(&self, id: u64) -> Value {
        self.ana.get(&format!("/api/conversations/{id}/case")).await.ok()["case"].clone()
    }

    async fn answer(&self, id: u64, text: &str) -> u64 {
        let body = json!({"text": text, "key": format!("k{}", text.len())});
        let answer = self.ana.post(&format!("/api/conversations/{id}/messages"), &body).await;
        answer.ok()["message"]["id"].as_u64().unwrap()
    }

    async fn delivery(&self, conversation: u64, message: u64) -> Value {
        let page = self.ana.get(&format!("/api/conversations/{conversation}/messages?limit=100")).await.ok();
        let items = page["items"].as_array().unwrap();
        items.iter().find(|item| item["id"] == message).unwrap()["delivery"].clone()
    }

    async fn becomes(&self, conversation: u64, message: u64, state: &str) -> Value {
        let mut delivery = Value::Null;
        eventually(state, async || {
            delivery = self.delivery(conversation, message).await;
            delivery["state"] == state
        })
        .await;
        delivery
    }

    async fn report(&self, message: u64, id: &str, state: &str) -> u16 {
        let path = format!("/hooks/sms/shop/status?m={message}");
        let body = json!({"id": id, "state": state, "message": message, "code": "30007"});
        sms::call(&self.visitor, &path, &body).await.status.as_u16()
    }
}

#[tokio::test]
async fn a_text_is_a_case_and_is_there_when_it_is_answered() {
    let shop = Shop::open().await;
    let answer = text(&shop.visitor, EVA, "SM1", "Is it open on Sunday?").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/xml"));
    assert_eq!(answer.text, "<Response/>");
    let cases = shop.cases().await;
    let [case] = &cases[..] else { panic!("{cases:?}") };
    assert_eq!(case["customer"], json!({"user": case["customer"]["user"], "phone": EVA, "opted_out": false}));
    assert_eq!(
        (&case["customer"]["user"]["kind"], &case["customer"]["user"]["name"]),
        (&json!("customer"), &json!(EVA))
    );
    assert_eq!((&case["waiting"], &case["last"]["text"]), (&json!(true), &json!("Is it open on Sunday?")));
    assert_eq!(case["last"]["delivery"], Value::Null);
    // Agents are told at once, and what is repeated is answered alike and changes nothing.
    let mut socket = shop.ana.socket().await;
    let topic = format!("inbox:{}", shop.ana.get("/api/inboxes/shop").await.ok()["inbox"]["id"]);
    socket.call(json!({"type": "subscribe", "topics": [{"topic": topic}]})).await;
    let before = shop.case(case["id"].as_u64().unwrap()).await;
    assert_eq!(text(&shop.visitor, EVA, "SM1", "Is it open on Sunday?").await.status, 200);
    assert_eq!(shop.case(case["id"].as_u64().unwrap()).await, before);
    assert_eq!(text(&shop.visitor, EVA, "SM2", "Hello?").await.status, 200);
    let push = socket.next().await;
    assert_eq!((&push["type"], &push["case"]["last"]["text"]), (&json!("case.changed"), &json!("Hello?")));
}

#[tokio::test]
async fn what_comes_at_once_and_again_is_one_message_and_one_customer() {
    let shop = Shop::open().await;
    let ids: Vec<String> = (0..300).map(|turn| format!("SM{}", turn % 40)).collect();
    // As many at once as an address may have connections, again and again.
    for some in ids.chunks(60) {
        let answers = join_all(some.iter().map(|id| text(&shop.visitor, EVA, id, id))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "none is refused, whatever the rates are");
    }
    let cases = shop.cases().await;
    assert_eq!(cases.len(), 1);
    let id = &cases[0]["id"];
    let page = shop.ana.get(&format!("/api/conversations/{id}/messages?limit=100")).await.ok();
    assert_eq!(page["items"].as_array().unwrap().len(), 40);
}

#[tokio::test]
async fn only_what_is_signed_is_read() {
    let shop = Shop::open().await;
    let body = json!({"from": EVA, "id": "SM1", "text": "Hello"});
    let path = "/hooks/sms/shop";
    for signature in [None, Some("https://shop.example/hooks/sms/other"), Some("")] {
        let mut request = shop.visitor.request(Method::POST, path).body(body.to_string());
        if let Some(signature) = signature {
            request = request.header("x-signed", signature);
        }
        shop.visitor.send(request).await.refused(403, "forbidden");
    }
    assert_eq!(shop.cases().await.len(), 0);
    // As the proxy sends it, with a query that must stay as it is, and headers and fields that a browser's page would be
    // refused with.
    let path = "/hooks/sms/shop?a=1%27+2&user=7#";
    let path = path.trim_end_matches('#');
    let request = shop.visitor.request(Method::POST, path).header("x-signed", format!("{ORIGIN}{path}"));
    let request = request
        .header("origin", "https://elsewhere.example")
        .header("sec-fetch-site", "cross-site")
        .header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(shop.visitor.send(request.body(body.to_string())).await.status, 200);
    assert_eq!(shop.cases().await.len(), 1);

    let other = sms::call(&shop.visitor, "/hooks/sms/other", &body).await;
    other.refused(404, "not_found");
    assert_eq!(shop.visitor.get("/hooks/sms/shop").await.status, 405);
    let unreadable = shop.visitor.request(Method::POST, "/hooks/sms/shop");
    let unreadable = unreadable.header("x-signed", format!("{ORIGIN}/hooks/sms/shop")).body("{");
    shop.visitor.send(unreadable).await.refused(400, "bad_request");
    let long = json!({"from": EVA, "id": "SM3", "text": "x".repeat(65_000)});
    assert_eq!(sms::call(&shop.visitor, "/hooks/sms/shop", &long).await.status, 200, "up to 64 KiB");
    let longer = json!({"from": EVA, "id": "SM4", "text": "x".repeat(66_000)});
    sms::call(&shop.visitor, "/hooks/sms/shop", &longer).await.refused(413, "too_large");
}

#[tokio::test]
async fn an_answer_goes_to_the_telephone_and_its_state_comes_back() {
    let (shop, id) = Shop::asked().await;
    let first = shop.answer(id, "From ten.").await;
    let delivery = shop.becomes(id, first, "sent").await;
    assert!(delivery["at"].is_string() && delivery["reason"].is_null());
    let sent = shop.provider.sent.lock().unwrap()[0].clone();
    assert_eq!((sent.to.as_str(), sent.text.as_str(), sent.message), (EVA, "From ten.", first));
    assert_eq!(sent.callback, format!("{ORIGIN}/hooks/sms/shop/status?m={first}"));

    let mut socket = shop.ana.socket().await;
    let topic = format!("conversation:{id}");
    socket.call(json!({"type": "subscribe", "topics": [{"topic": topic}]})).await;
    let remote = format!("out-{first}-1");
    assert_eq!(shop.report(first, &remote, "delivered").await, 200);
    let push = socket.next().await;
    assert_eq!(
        (&push["type"], &push["id"], &push["delivery"]["state"]),
        (&json!("message.delivery"), &json!(first), &json!("delivered"))
    );
    for late in ["sent", "failed", "delivered"] {
        assert_eq!(shop.report(first, &remote, late).await, 200);
    }
    assert_eq!(shop.delivery(id, first).await["state"], "delivered");
    assert_eq!(shop.report(4711, "x", "delivered").await, 200, "what is nobody's changes nothing");

    let message = format!("/api/messages/{first}");
    shop.ana.call(Method::PATCH, &message, &json!({"text": "From nine."})).await.refused(403, "forbidden");
    shop.ana.delete(&message).await.refused(403, "forbidden");
    let too_long = json!({"text": "x".repeat(1601), "key": "long"});
    let path = format!("/api/conversations/{id}/messages");
    shop.ana.post(&path, &too_long).await.refused(400, "bad_request");
}

#[tokio::test]
async fn nothing_is_sent_twice_unless_an_agent_says_so() {
    let (shop, id) = Shop::asked().await;
    shop.provider.answer(Sent::Unsure("silence"));
    let first = shop.answer(id, "1").await;
    shop.becomes(id, first, "unsure").await;
    let second = shop.answer(id, "22").await;
    shop.becomes(id, second, "sent").await;
    assert_eq!(shop.provider.texts(), [("1".to_owned(), first), ("22".to_owned(), second)]);

    let again = format!("/api/messages/{first}/send");
    shop.visitor.post(&again, &json!({})).await.refused(401, "no_session");
    shop.app.member("tom").await.post(&again, &json!({})).await.refused(404, "not_found");
    let queued = shop.ana.post(&again, &json!({})).await.ok();
    assert!(["queued", "sent"].contains(&queued["message"]["delivery"]["state"].as_str().unwrap()));
    shop.becomes(id, first, "sent").await;
    let callback = shop.provider.sent.lock().unwrap()[2].callback.clone();
    assert_eq!(callback, format!("{ORIGIN}/hooks/sms/shop/status?m={first}&n=2"));
    shop.ana.post(&again, &json!({})).await.refused(403, "forbidden");
    assert_eq!(shop.provider.texts().len(), 3);

    shop.provider.answer(Sent::Refused(reason("21211", false)));
    let third = shop.answer(id, "333").await;
    let failed = shop.becomes(id, third, "failed").await;
    assert_eq!(failed["reason"], "The number is unknown. (21211)");
}

#[tokio::test]
async fn what_is_not_taken_is_tried_again_and_given_up_after_a_quarter_of_an_hour() {
    let (shop, id) = Shop::asked().await;
    let busy = || Sent::Later { reason: reason("20429", false), after: Some(Duration::from_secs(30)) };
    shop.provider.answer(busy());
    let (first, second) = (shop.answer(id, "1").await, shop.answer(id, "22").await);
    eventually("it is tried once", async || shop.provider.texts().len() == 1).await;
    assert_eq!(shop.delivery(id, first).await["state"], "queued");
    shop.app.clock.advance(31);
    shop.becomes(id, second, "sent").await;
    let texts: Vec<String> = shop.provider.texts().into_iter().map(|(text, _)| text).collect();
    assert_eq!(texts, ["1", "1", "22"], "in order");

    shop.provider.answer(busy());
    let third = shop.answer(id, "333").await;
    eventually("it is tried once", async || shop.provider.texts().len() == 4).await;
    shop.provider.answer(busy());
    shop.app.clock.advance(15 * 60);
    let failed = shop.becomes(id, third, "failed").await;
    assert!(failed["reason"].as_str().unwrap().contains("15 minutes"), "{failed}");
}

#[tokio::test]
async fn one_number_waits_for_no_other_and_a_restart_sends_what_is_left() {
    let (mut shop, id) = Shop::asked().await;
    text(&shop.visitor, "+15550122", "SM2", "Hello").await;
    let other = shop.cases().await[0]["id"].as_u64().unwrap();
    // The provider is silent: each send hangs until it is let go.
    shop.provider.gate.forget_permits(Semaphore::MAX_PERMITS);
    let (first, second) = (shop.answer(id, "1").await, shop.answer(id, "22").await);
    let third = shop.answer(other, "333").await;
    eventually("both numbers are served", async || shop.provider.texts().len() == 2).await;
    let mut under_way: Vec<u64> = shop.provider.texts().into_iter().map(|(_, message)| message).collect();
    under_way.sort_unstable();
    assert_eq!(under_way, [first, third], "one at a time for each");
    shop.app.restart().await;
    shop.provider.gate.add_permits(100);
    for message in [first, third] {
        let conversation = if message == third { other } else { id };
        shop.becomes(conversation, message, "unsure").await;
    }
    shop.becomes(id, second, "sent").await;
    assert_eq!(shop.provider.texts().len(), 3, "what was under way is not sent again");
}

#[tokio::test]
async fn who_texts_stop_is_left_alone_until_it_texts_start() {
    let (shop, id) = Shop::asked().await;
    text(&shop.visitor, EVA, "SM2", " stop ").await;
    assert_eq!(shop.case(id).await["customer"]["opted_out"], true);
    let answer = json!({"text": "Why?", "key": "why"});
    let path = format!("/api/conversations/{id}/messages");
    let refused = shop.ana.post(&path, &answer).await.refused(403, "forbidden");
    assert!(refused["detail"].as_str().unwrap().contains("START"));
    let first = json!({"phone": EVA, "text": "Why?", "key": "first"});
    shop.ana.post("/api/inboxes/shop/cases", &first).await.refused(403, "forbidden");
    text(&shop.visitor, EVA, "SM3", "Start").await;
    assert_eq!(shop.case(id).await["customer"]["opted_out"], false);
    shop.provider.answer(Sent::Refused(reason("21610", true)));
    let message = shop.answer(id, "Welcome back").await;
    shop.becomes(id, message, "failed").await;
    assert_eq!(shop.case(id).await["customer"]["opted_out"], true);
    assert_eq!(shop.provider.texts().len(), 1, "nothing of ours answers STOP");
}

#[tokio::test]
async fn an_inbox_writes_first_and_names_whom_it_writes_to() {
    let shop = Shop::open().await;
    let path = "/api/inboxes/shop/cases";
    let first = json!({"phone": "(415) 867-5309", "text": "Your lamp is here.", "key": "k1"});
    let made = shop.ana.post(path, &first).await;
    assert_eq!(made.status, 201);
    let made = made.json();
    assert_eq!(made["case"]["customer"]["phone"], "+14158675309");
    let id = made["case"]["id"].as_u64().unwrap();
    shop.becomes(id, made["message"]["id"].as_u64().unwrap(), "sent").await;
    let again = shop.ana.post(path, &first).await;
    assert_eq!((again.status.as_u16(), &again.json()["case"]["id"]), (200, &json!(id)));
    for (phone, text, key) in
        [("867-5309", "x", "k2"), ("+15550100", "x", "k2"), ("+15550111", "", "k2"), ("+15550111", "x", "")]
    {
        let body = json!({"phone": phone, "text": text, "key": key});
        shop.ana.post(path, &body).await.refused(400, "bad_request");
    }
    let long = json!({"phone": EVA, "text": "x".repeat(1601), "key": "k2"});
    shop.ana.post(path, &long).await.refused(400, "bad_request");
    let tom = shop.app.member("tom").await;
    tom.post(path, &first).await.refused(404, "not_found");
    shop.app.inbox("other", "ana").await;
    shop.ana.post("/api/inboxes/other/cases", &first).await.refused(403, "forbidden");

    let customer = format!("/api/conversations/{id}/customer");
    let named = shop.ana.call(Method::PATCH, &customer, &json!({"name": " Eva "})).await.ok();
    assert_eq!(
        (&named["customer"]["user"]["name"], &named["customer"]["phone"]),
        (&json!("Eva"), &json!("+14158675309"))
    );
    assert_eq!(shop.case(id).await["customer"], named["customer"]);
    shop.ana.call(Method::PATCH, &customer, &json!({"name": ""})).await.refused(400, "bad_request");
    tom.call(Method::PATCH, &customer, &json!({"name": "X"})).await.refused(404, "not_found");
}

#[tokio::test]
async fn what_was_missed_is_fetched_at_the_start_and_once() {
    let (mut shop, id) = Shop::asked().await;
    let began = shop.app.clock.now();
    shop.app.restart().await;
    let message = shop.answer(id, "From ten.").await;
    shop.becomes(id, message, "sent").await;
    eventually("it is asked at the start", async || !shop.provider.asked.lock().unwrap().is_empty()).await;
    assert_eq!(shop.provider.asked.lock().unwrap()[0], began, "nothing from before the set-up");
    let missed = |id: &str, text: &str| Heard::Inbound(Inbound::new(id.into(), EVA, text, &[], None));
    let delivered = StatusReport {
        id: format!("out-{message}-1"),
        message: None,
        state: DeliveryState::Delivered,
        reason: None,
    };
    // The newest first, as a provider lists them; one is known already.
    *shop.provider.kept.lock().unwrap() = vec![
        missed("SM3", "And on Monday?"),
        Heard::Status(delivered),
        missed("SM2", "Thank you."),
        missed("SM1", "Is it open on Sunday?"),
    ];
    shop.app.clock.advance(48 * 3600);
    shop.app.restart().await;
    shop.becomes(id, message, "delivered").await;
    let texts = async || {
        let page = shop.ana.get(&format!("/api/conversations/{id}/messages")).await.ok();
        let items = page["items"].as_array().unwrap().clone();
        items.into_iter().map(|item| item["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    eventually("all of it is there", async || texts().await.len() == 4).await;
    let as_said = ["Is it open on Sunday?", "From ten.", "Thank you.", "And on Monday?"];
    assert_eq!(texts().await, as_said);
    let since = *shop.provider.asked.lock().unwrap().last().unwrap();
    assert_eq!(since, shop.app.clock.now().plus_seconds(-24 * 3600), "a day back at most");
    assert_eq!(text(&shop.visitor, EVA, "SM3", "And on Monday?").await.status, 200);
    assert_eq!(texts().await.len(), 4, "what is told late is known");
}
