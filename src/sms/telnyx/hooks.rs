//! What Telnyx' calls say: an event, in JSON.

use serde::Deserialize;

use super::reasons;
use crate::domain::{DeliveryState, parse_id};
use crate::sms::{Heard, Hook, Inbound, Reason, StatusReport, Unreadable};

#[derive(Deserialize)]
struct Call {
    data: Event,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "event_type")]
    kind: String,
    #[serde(default)]
    payload: serde_json::Value,
}

#[derive(Deserialize)]
struct Received {
    id: String,
    from: Party,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    media: Vec<Media>,
}

#[derive(Deserialize)]
struct Party {
    phone_number: String,
}

#[derive(Deserialize)]
struct Media {
    #[serde(default)]
    url: Option<String>,
}

#[derive(Deserialize)]
struct Report {
    id: String,
    #[serde(default)]
    to: Vec<Recipient>,
    #[serde(default)]
    errors: Vec<Fault>,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Deserialize)]
struct Recipient {
    status: String,
}

/// Why something was refused or failed.
#[derive(Deserialize)]
pub(super) struct Fault {
    #[serde(default)]
    code: serde_json::Value,
}

impl Fault {
    pub(super) fn reason(&self) -> Reason {
        // A string by its documents, a number here and there.
        let code = self.code.as_str().map_or_else(|| self.code.to_string(), str::to_owned);
        reasons::reason(&code)
    }
}

/// How a message of ours is marked.
pub(super) fn tag(message: u64) -> String {
    format!("m:{message}")
}

/// Ids are stored and compared: letters, digits and hyphens.
pub(super) fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

pub(super) fn parse(hook: &Hook<'_>) -> Result<Vec<Heard>, Unreadable> {
    let call: Call = serde_json::from_slice(hook.body).map_err(|_| Unreadable("no event in JSON"))?;
    let heard = match call.data.kind.as_str() {
        "message.received" => {
            let text: Received = read(call.data.payload)?;
            let media: Vec<_> =
                text.media.into_iter().take(10).map(|media| media.url.unwrap_or_default()).collect();
            let body = text.text.unwrap_or_default();
            let inbound = Inbound::new(checked(text.id)?, &text.from.phone_number, &body, &media, None);
            Some(Heard::Inbound(inbound))
        }
        "message.sent" | "message.finalized" => report(read(call.data.payload)?)?,
        _ => None,
    };
    Ok(heard.into_iter().collect())
}

fn read<T: serde::de::DeserializeOwned>(payload: serde_json::Value) -> Result<T, Unreadable> {
    serde_json::from_value(payload).map_err(|_| Unreadable("no message in the event"))
}

fn checked(id: String) -> Result<String, Unreadable> {
    if is_id(&id) { Ok(id) } else { Err(Unreadable("no id in the event")) }
}

fn report(report: Report) -> Result<Option<Heard>, Unreadable> {
    let state = match report.to.first().map(|to| to.status.as_str()) {
        Some("queued" | "sending" | "sent" | "delivery_unconfirmed") => DeliveryState::Sent,
        Some("delivered") => DeliveryState::Delivered,
        Some("sending_failed" | "delivery_failed" | "expired") => DeliveryState::Failed,
        _ => return Ok(None),
    };
    let plain = || Reason::plain("The provider could not deliver it.");
    let reason =
        (state == DeliveryState::Failed).then(|| report.errors.first().map_or_else(plain, Fault::reason));
    let message = report.tags.iter().find_map(|tag| parse_id(tag.strip_prefix("m:")?));
    Ok(Some(Heard::Status(StatusReport { id: checked(report.id)?, message, state, reason })))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use serde_json::json;

    use super::*;
    use crate::domain::Timestamp;
    use crate::sms::Consent;

    fn parsed(body: &str) -> Result<Vec<Heard>, Unreadable> {
        parse(&Hook { url: "", headers: &HeaderMap::new(), body: body.as_bytes(), now: Timestamp(0) })
    }

    fn event(kind: &str, payload: &serde_json::Value) -> String {
        json!({"data": {"event_type": kind, "id": "e1", "payload": payload, "new": 1}, "meta": {}})
            .to_string()
    }

    #[test]
    fn a_text_is_heard_with_its_sender_and_pictures() {
        let payload = json!({
            "id": "7ee4241c-f127", "direction": "inbound", "type": "MMS",
            "from": {"phone_number": "+18665550001", "carrier": "T"}, "to": [{"phone_number": "+18445550001"}],
            "text": "Hello", "media": [{"url": "https://media.example/1", "sha256": null}],
        });
        let heard = parsed(&event("message.received", &payload)).unwrap();
        let [Heard::Inbound(text)] = &heard[..] else { panic!() };
        assert_eq!((text.id.as_str(), text.from.as_str()), ("7ee4241c-f127", "+18665550001"));
        assert_eq!(text.text, "Hello\nhttps://media.example/1");
        let stop = json!({"id": "a", "from": {"phone_number": "+18665550001"}, "text": "stop"});
        let heard = parsed(&event("message.received", &stop)).unwrap();
        assert!(matches!(&heard[..], [Heard::Inbound(text)] if text.consent == Some(Consent::Stop)));
    }

    #[test]
    fn a_report_says_how_far_which_message_is() {
        use DeliveryState::{Delivered, Failed, Sent};
        for (status, state) in [
            ("sent", Sent),
            ("delivered", Delivered),
            ("delivery_unconfirmed", Sent),
            ("delivery_failed", Failed),
            ("sending_failed", Failed),
        ] {
            let payload = json!({
                "id": "a-1", "to": [{"phone_number": "+1", "status": status}], "tags": ["other", "m:42"],
                "errors": [{"code": "40002", "title": "Blocked as spam - temporary"}],
            });
            let heard = parsed(&event("message.finalized", &payload)).unwrap();
            let [Heard::Status(report)] = &heard[..] else { panic!("{status}") };
            assert_eq!((report.id.as_str(), report.message, report.state), ("a-1", Some(42), state));
            assert_eq!(report.reason.is_some(), state == Failed);
        }
        let unknown = json!({"id": "a-1", "to": [{"status": "new"}]});
        assert_eq!(parsed(&event("message.finalized", &unknown)), Ok(vec![]));
    }

    #[test]
    fn other_events_concern_nobody_and_what_nobody_can_read_is_said_to_be_so() {
        assert_eq!(parsed(&event("message.clicked", &json!({}))), Ok(vec![]));
        for bad in ["", "{}", "[]", r#"{"data":{}}"#, &event("message.received", &json!({"id": "a"}))] {
            assert!(parsed(bad).is_err(), "{bad}");
        }
        let wrong_id = json!({"id": "a/b", "from": {"phone_number": "+1"}});
        assert!(parsed(&event("message.received", &wrong_id)).is_err());
    }

    #[test]
    fn a_code_of_a_refusal_is_digits() {
        let fault: Fault = serde_json::from_value(json!({"code": 40300})).unwrap();
        assert_eq!(fault.reason().code.as_deref(), Some("40300"));
        let fault: Fault = serde_json::from_value(json!({"code": "<b>"})).unwrap();
        assert_eq!(fault.reason().code, None);
    }
}
