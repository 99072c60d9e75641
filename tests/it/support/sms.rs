//! A provider of text messages that does as a test says. It signs with a header, speaks JSON, and writes down what it is
//! given.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::StatusCode;
use plaudit::app::sms::Number;
use plaudit::domain::{Country, DeliveryState, Phone, Timestamp};
use plaudit::sms::{
    Answer, Forged, Heard, Hook, Inbound, Listed, NotListed, NotRedacted, Outbound, Provider, Reason, Sent,
    StatusReport, Unreadable,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::Actor;
use super::actor::Answer as HttpAnswer;

/// The origin that calls are signed for.
pub const ORIGIN: &str = "https://shop.example";

/// See the module. It accepts what it is not told to refuse.
#[derive(Debug)]
pub struct Scripted {
    /// What it answers to the next sends.
    pub answers: Mutex<VecDeque<Sent>>,
    /// What it was given to send.
    pub sent: Mutex<Vec<Outbound>>,
    /// What it says that it has kept.
    pub kept: Mutex<Vec<Heard>>,
    /// Since when it was asked for that.
    pub asked: Mutex<Vec<Timestamp>>,
    /// What it was told to erase.
    pub redacted: Mutex<Vec<String>>,
    /// A send waits for one of these.
    pub gate: Semaphore,
}

impl Scripted {
    /// The provider of an inbox called `shop`, and that number.
    pub fn new() -> (Arc<Self>, Number) {
        let provider = Arc::new(Self {
            answers: Mutex::default(),
            sent: Mutex::default(),
            kept: Mutex::default(),
            asked: Mutex::default(),
            redacted: Mutex::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        });
        let number = Number {
            inbox: "shop".into(),
            name: "scripted",
            provider: provider.clone(),
            number: Phone::parse("+15550100").unwrap(),
            country: Country::find("US"),
            origin: ORIGIN.into(),
        };
        (provider, number)
    }

    /// What it was given to send, as text and message.
    pub fn texts(&self) -> Vec<(String, u64)> {
        self.sent.lock().unwrap().iter().map(|sent| (sent.text.clone(), sent.message)).collect()
    }

    /// It refuses or doubts the next one.
    pub fn answer(&self, sent: Sent) {
        self.answers.lock().unwrap().push_back(sent);
    }
}

/// A refusal.
pub fn reason(code: &str, opted_out: bool) -> Reason {
    let words = if opted_out { Reason::OPTED_OUT } else { "The number is unknown." };
    Reason::coded(code, words)
}

#[async_trait]
impl Provider for Scripted {
    fn verify(&self, hook: &Hook<'_>) -> Result<(), Forged> {
        let signed = hook.headers.get("x-signed").ok_or(Forged("missing"))?;
        if signed.as_bytes() == hook.url.as_bytes() { Ok(()) } else { Err(Forged("wrong")) }
    }

    fn parse(&self, hook: &Hook<'_>) -> Result<Vec<Heard>, Unreadable> {
        let body: Value = serde_json::from_slice(hook.body).map_err(|_| Unreadable("This is no JSON."))?;
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Ok(vec![match body["state"].as_str() {
            None => Heard::Inbound(Inbound::new(text("id"), &text("from"), &text("text"), &[], None)),
            Some(state) => Heard::Status(StatusReport {
                id: text("id"),
                message: body["message"].as_u64(),
                state: DeliveryState::parse(state).ok_or(Unreadable("No such state."))?,
                reason: body["code"].as_str().map(|code| reason(code, code == "21610")),
            }),
        }])
    }

    fn answer(&self) -> Answer {
        Answer { status: StatusCode::OK, content_type: "text/xml", body: b"<Response/>" }
    }

    async fn send(&self, outbound: &Outbound) -> Sent {
        self.sent.lock().unwrap().push(outbound.clone());
        self.gate.acquire().await.unwrap().forget();
        let next = self.answers.lock().unwrap().pop_front();
        let id = format!("out-{}-{}", outbound.message, self.sent.lock().unwrap().len());
        next.unwrap_or(Sent::Accepted { id, segments: Some(1) })
    }

    async fn list(&self, since: Timestamp, page: Option<&str>) -> Result<Listed, NotListed> {
        self.asked.lock().unwrap().push(since);
        // A page for each.
        let at: usize = page.map_or(0, |page| page.parse().unwrap());
        let kept = self.kept.lock().unwrap();
        let next = (at + 1 < kept.len()).then(|| (at + 1).to_string());
        Ok(Listed { heard: kept.get(at).cloned().into_iter().collect(), next })
    }

    async fn redact(&self, id: &str) -> Result<(), NotRedacted> {
        self.redacted.lock().unwrap().push(id.to_owned());
        Ok(())
    }
}

/// The provider calls a hook of the inbox, signed.
pub async fn call(site: &Actor, path: &str, body: &Value) -> HttpAnswer {
    let request = site.request(reqwest::Method::POST, path).header("x-signed", format!("{ORIGIN}{path}"));
    site.send(request.body(body.to_string())).await
}

/// Somebody sends a text to the inbox.
pub async fn text(site: &Actor, from: &str, id: &str, text: &str) -> HttpAnswer {
    call(site, "/hooks/sms/shop", &json!({"from": from, "id": id, "text": text})).await
}
