//! Twilio, and what speaks its API: <https://www.twilio.com/docs/messaging/api/message-resource>.

mod hooks;
mod list;
mod reasons;
mod signature;

use async_trait::async_trait;
use http::StatusCode;
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;

use super::outgoing::{Answered, NoAnswer, address, call, client};
use super::{
    Answer, Forged, Heard, Hook, Listed, NotListed, NotRedacted, Outbound, Provider, Reason, Secrets, Sent,
    Setup, Unreadable,
};
use crate::domain::{Phone, Timestamp};

/// An answer to one message is some hundred bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// An account of Twilio's, and one number of it.
#[derive(Debug)]
pub(super) struct Twilio {
    number: Phone,
    account: String,
    secrets: Secrets,
    api: Url,
    client: Client,
}

impl Twilio {
    pub(super) fn new(setup: Setup) -> Result<Self, String> {
        let account = setup.account.filter(|account| is_id(account));
        let account = account.ok_or("sms: account: the account's SID, AC and 32 letters and digits.")?;
        let api =
            setup.api.unwrap_or_else(|| Url::parse("https://api.twilio.com").expect("it is an address"));
        let client = client(&api)?;
        Ok(Self { number: setup.number, account, secrets: setup.secrets, api, client })
    }

    /// A path of this account.
    fn path(&self, rest: &str) -> String {
        format!("/2010-04-01/Accounts/{}/Messages{rest}", self.account)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.signed_in(self.client.get(address(&self.api, path)))
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let form = Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(address(&self.api, path));
        self.signed_in(request).header("content-type", "application/x-www-form-urlencoded").body(form)
    }

    fn signed_in(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.account, Some(self.secrets.current.reveal()))
    }
}

#[async_trait]
impl Provider for Twilio {
    fn verify(&self, hook: &Hook<'_>) -> Result<(), Forged> {
        signature::verify(hook, &self.secrets)
    }

    fn parse(&self, hook: &Hook<'_>) -> Result<Vec<Heard>, Unreadable> {
        hooks::parse(hook)
    }

    fn answer(&self) -> Answer {
        Answer { status: StatusCode::OK, content_type: "text/xml", body: b"<Response/>" }
    }

    async fn send(&self, outbound: &Outbound) -> Sent {
        let fields = [
            ("To", outbound.to.as_str()),
            ("From", self.number.as_str()),
            ("Body", &outbound.text),
            ("StatusCallback", &outbound.callback),
        ];
        match call(self.post(&self.path(".json"), &fields), ANSWER_LIMIT).await {
            Ok(answered) => sent(&answered),
            Err(NoAnswer::NotConnected) => {
                Sent::Later { reason: Reason::plain("The provider could not be reached."), after: None }
            }
            Err(NoAnswer::Silence(words)) => Sent::Unsure(words),
        }
    }

    async fn list(&self, since: Timestamp, page: Option<&str>) -> Result<Listed, NotListed> {
        list::list(self, since, page).await
    }

    async fn redact(&self, id: &str) -> Result<(), NotRedacted> {
        if !is_id(id) {
            return Err(NotRedacted::Failed("no id of this provider's"));
        }
        let request = self.post(&self.path(&format!("/{id}.json")), &[("Body", "")]);
        let answered = call(request, ANSWER_LIMIT).await.map_err(|none| NotRedacted::Failed(none.words()))?;
        match answered.status {
            status if status.is_success() => Ok(()),
            // What is deleted has no text.
            StatusCode::NOT_FOUND => Ok(()),
            _ => Err(NotRedacted::Failed("it refused")),
        }
    }
}

/// What an answer has of a message, or of a refusal.
#[derive(Deserialize)]
struct Said {
    sid: Option<String>,
    status: Option<serde_json::Value>,
    num_segments: Option<String>,
    error_code: Option<u64>,
    code: Option<u64>,
}

/// What an answer means for the message that was to be sent.
fn sent(answered: &Answered) -> Sent {
    let said = serde_json::from_slice::<Said>(&answered.body).ok();
    let code = said.as_ref().and_then(|said| said.code);
    let refusal = || code.map_or(Reason::plain("The provider refused it."), reasons::reason);
    match answered.status {
        status if status.is_success() => {
            let Some(said) = said else { return Sent::Unsure("the answer can't be read") };
            let has_failed =
                said.status.as_ref().is_some_and(|status| status == "failed" || status == "undelivered");
            if has_failed {
                return Sent::Refused(said.error_code.map_or_else(refusal, reasons::reason));
            }
            let segments = said.num_segments.and_then(|count| count.parse().ok()).filter(|count| *count > 0);
            said.sid
                .filter(|sid| is_id(sid))
                .map_or(Sent::Unsure("the answer has no id"), |id| Sent::Accepted { id, segments })
        }
        StatusCode::TOO_MANY_REQUESTS => Sent::Later {
            reason: Reason::plain("The provider asks to wait: too many messages at once."),
            after: answered.retry_after,
        },
        status if status.is_client_error() && code.is_some_and(reasons::passes) => {
            Sent::Later { reason: refusal(), after: answered.retry_after }
        }
        StatusCode::REQUEST_TIMEOUT => Sent::Unsure("408"),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if code.is_none() => {
            Sent::Refused(reasons::reason(20003))
        }
        status if status.is_client_error() => Sent::Refused(refusal()),
        status if status.is_server_error() => Sent::Unsure("an error of the provider's"),
        _ => Sent::Unsure("an answer that is none of a message"),
    }
}

/// Ids go into paths: letters, digits, and little else.
fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn answer(status: u16, body: &str) -> Sent {
        let status = StatusCode::from_u16(status).unwrap();
        sent(&Answered { status, retry_after: Some(Duration::from_secs(3)), body: body.as_bytes().to_vec() })
    }

    #[test]
    fn what_an_answer_means() {
        let accepted = answer(201, r#"{"sid":"SM1","status":"queued","num_segments":"2","error_code":null}"#);
        assert_eq!(accepted, Sent::Accepted { id: "SM1".to_owned(), segments: Some(2) });
        let Sent::Refused(reason) = answer(400, r#"{"code":21610,"message":"…","status":400}"#) else {
            panic!()
        };
        assert!(reason.opted_out && reason.to_string().ends_with("(21610)"), "{reason}");
        for body in [r#"{"code":20429,"status":429}"#, "", "<html>"] {
            let Sent::Later { after, .. } = answer(429, body) else { panic!("{body}") };
            assert_eq!(after, Some(Duration::from_secs(3)));
        }
        assert!(matches!(answer(400, r#"{"code":21611}"#), Sent::Later { .. }), "its queue is full");
        for (status, body) in [(400, ""), (401, ""), (403, "<html>"), (404, "{}"), (400, r#"{"code":21211}"#)]
        {
            assert!(matches!(answer(status, body), Sent::Refused(_)), "{status} {body}");
        }
        let failed = answer(201, r#"{"sid":"SM1","status":"failed","error_code":30007}"#);
        assert!(matches!(failed, Sent::Refused(reason) if reason.words.contains("filtered")));
        for (status, body) in [
            (500, ""),
            (502, "<html>"),
            (503, r#"{"code":20503}"#),
            (408, ""),
            (301, ""),
            (201, ""),
            (201, "{}"),
            (200, r#"{"sid":"../x","status":"queued"}"#),
            (200, "[]"),
        ] {
            assert!(matches!(answer(status, body), Sent::Unsure(_)), "{status} {body}");
        }
    }

    #[test]
    fn an_id_can_stand_in_a_path() {
        assert!(is_id("SM0123456789abcdef0123456789abcdef"));
        for bad in ["", "a/b", "..", "a?b", "ä", &"a".repeat(65)] {
            assert!(!is_id(bad), "{bad}");
        }
    }
}
