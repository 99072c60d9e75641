//! Telnyx: <https://developers.telnyx.com/docs/messaging>. It has neither a list of messages with their texts nor a call that
//! erases one: redaction is a setting of the messaging profile.

mod hooks;
mod reasons;
mod signature;

use async_trait::async_trait;
use http::StatusCode;
use reqwest::Client;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use self::signature::PublicKey;
use super::outgoing::{Answered, NoAnswer, address, call, client};
use super::{
    Answer, Forged, Heard, Hook, Listed, NotListed, NotRedacted, Outbound, Provider, Reason, Secrets, Sent,
    Setup, Unreadable,
};
use crate::domain::{Phone, Timestamp};

/// An answer to one message is some thousand bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// One number at Telnyx.
#[derive(Debug)]
pub(super) struct Telnyx {
    number: Phone,
    secrets: Secrets,
    keys: Vec<PublicKey>,
    api: Url,
    client: Client,
}

impl Telnyx {
    pub(super) fn new(setup: Setup) -> Result<Self, String> {
        let keys = setup
            .public_keys
            .ok_or("sms: public-key-file: telnyx signs with a key, whose public half is needed.")?;
        let api =
            setup.api.unwrap_or_else(|| Url::parse("https://api.telnyx.com").expect("it is an address"));
        let keys = signature::read_keys(&keys)?;
        let client = client(&api)?;
        Ok(Self { number: setup.number, secrets: setup.secrets, keys, api, client })
    }
}

#[async_trait]
impl Provider for Telnyx {
    fn verify(&self, hook: &Hook<'_>) -> Result<(), Forged> {
        signature::verify(hook, &self.keys)
    }

    fn parse(&self, hook: &Hook<'_>) -> Result<Vec<Heard>, Unreadable> {
        hooks::parse(hook)
    }

    fn answer(&self) -> Answer {
        Answer { status: StatusCode::OK, content_type: "application/json", body: b"{}" }
    }

    async fn send(&self, outbound: &Outbound) -> Sent {
        let body = json!({
            "from": self.number.as_str(),
            "to": outbound.to.as_str(),
            "text": outbound.text,
            "webhook_url": outbound.callback,
            // The address of a report is not signed here, its body is.
            "tags": [hooks::tag(outbound.message)],
        });
        let request = self
            .client
            .post(address(&self.api, "/v2/messages"))
            .bearer_auth(self.secrets.current.reveal())
            .header("content-type", "application/json")
            .body(body.to_string());
        match call(request, ANSWER_LIMIT).await {
            Ok(answered) => sent(&answered),
            Err(NoAnswer::NotConnected) => {
                Sent::Later { reason: Reason::plain("The provider could not be reached."), after: None }
            }
            Err(NoAnswer::Silence(words)) => Sent::Unsure(words),
        }
    }

    async fn list(&self, _since: Timestamp, _page: Option<&str>) -> Result<Listed, NotListed> {
        Err(NotListed::NotOffered)
    }

    async fn redact(&self, _id: &str) -> Result<(), NotRedacted> {
        Err(NotRedacted::NotOffered)
    }
}

/// What an answer has of a message, or of a refusal.
#[derive(Deserialize)]
struct Said {
    data: Option<Data>,
    #[serde(default)]
    errors: Vec<hooks::Fault>,
}

#[derive(Deserialize)]
struct Data {
    id: String,
    parts: Option<u32>,
}

/// What an answer means for the message that was to be sent.
fn sent(answered: &Answered) -> Sent {
    let said = serde_json::from_slice::<Said>(&answered.body).ok();
    match answered.status {
        status if status.is_success() => match said.and_then(|said| said.data) {
            Some(Data { id, parts }) if hooks::is_id(&id) => Sent::Accepted { id, segments: parts },
            _ => Sent::Unsure("the answer has no id"),
        },
        StatusCode::TOO_MANY_REQUESTS => Sent::Later {
            reason: Reason::plain("The provider asks to wait: too many messages at once."),
            after: answered.retry_after,
        },
        StatusCode::REQUEST_TIMEOUT => Sent::Unsure("408"),
        status if status.is_client_error() => {
            let fault = said.and_then(|said| said.errors.into_iter().next());
            Sent::Refused(fault.map_or(Reason::plain("The provider refused it."), |fault| fault.reason()))
        }
        status if status.is_server_error() => Sent::Unsure("an error of the provider's"),
        _ => Sent::Unsure("an answer that is none of a message"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Sent {
        let status = StatusCode::from_u16(status).unwrap();
        sent(&Answered { status, retry_after: None, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn what_an_answer_means() {
        let accepted = answer(200, r#"{"data":{"id":"40385f64-5717","parts":1,"to":[{"status":"queued"}]}}"#);
        assert_eq!(accepted, Sent::Accepted { id: "40385f64-5717".to_owned(), segments: Some(1) });
        let stopped = r#"{"errors":[{"code":"40300","title":"Blocked due to STOP message","detail":"…"}]}"#;
        let Sent::Refused(reason) = answer(400, stopped) else { panic!() };
        assert!(reason.opted_out && reason.to_string().ends_with("(40300)"), "{reason}");
        assert!(matches!(answer(422, "{}"), Sent::Refused(_)));
        assert!(matches!(answer(401, ""), Sent::Refused(_)));
        assert!(matches!(answer(429, ""), Sent::Later { .. }));
        for (status, body) in
            [(500, ""), (503, "{}"), (408, ""), (302, ""), (200, ""), (200, r#"{"data":{"id":""}}"#)]
        {
            assert!(matches!(answer(status, body), Sent::Unsure(_)), "{status} {body}");
        }
    }
}
