//! What the provider tells the site: forms, signed as Twilio signs them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Client;
use ring::hmac;
use tokio::time::sleep;
use url::form_urlencoded::Serializer;

use crate::faults::Faults;
use crate::world::{Message, World};

/// Twilio waits so long for an answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// And tries once more where there was no connection.
const ONCE_MORE: Duration = Duration::from_secs(1);

/// Calls the site.
pub(crate) struct Calls {
    pub(crate) world: Arc<World>,
    pub(crate) account: String,
    pub(crate) client: Client,
    pub(crate) secret: String,
    pub(crate) hook: String,
    /// Between the steps of a message.
    pub(crate) pace: Duration,
    /// Whether to say on standard error what happens.
    pub(crate) talkative: bool,
}

impl Calls {
    /// Tells the site that a text has come.
    pub(crate) async fn tell_inbound(&self, message: &Message, faults: Faults) {
        let mut fields = self.fields(message);
        fields.insert("Body", message.body.clone());
        fields.insert("NumMedia", "0".to_owned());
        fields.insert("NumSegments", "1".to_owned());
        fields.insert("SmsStatus", "received".to_owned());
        let told = self.call(&self.hook, &fields, faults).await;
        self.world.change(&message.sid, |message| message.told = Some(told));
    }

    /// Takes a message of the site's to its telephone, and reports each step.
    pub(crate) async fn deliver(&self, message: Message, faults: Faults) {
        let end =
            if self.world.is_on(&message.to) { ("delivered", None) } else { ("undelivered", Some(30003)) };
        let mut steps = [("sent", None), end];
        for (status, code) in steps {
            self.pause().await;
            self.world.change(&message.sid, |message| (message.status, message.error_code) = (status, code));
            if !faults.reorder {
                self.report(&message, status, code, faults).await;
            }
        }
        if faults.reorder {
            steps.reverse();
            for (status, code) in steps {
                self.report(&message, status, code, faults).await;
            }
        }
    }

    async fn report(&self, message: &Message, status: &'static str, code: Option<u32>, faults: Faults) {
        let Some(callback) = &message.callback else { return };
        let mut fields = self.fields(message);
        fields.insert("MessageStatus", status.to_owned());
        fields.insert("SmsStatus", status.to_owned());
        if let Some(code) = code {
            fields.insert("ErrorCode", code.to_string());
        }
        self.call(callback, &fields, faults).await;
    }

    fn fields(&self, message: &Message) -> BTreeMap<&'static str, String> {
        let sid = || message.sid.clone();
        BTreeMap::from([
            ("AccountSid", self.account.clone()),
            ("ApiVersion", "2010-04-01".to_owned()),
            ("From", message.from.clone()),
            ("To", message.to.clone()),
            ("MessageSid", sid()),
            ("SmsMessageSid", sid()),
            ("SmsSid", sid()),
        ])
    }

    /// A call with whatever goes wrong with it; says what became of it.
    async fn call(&self, url: &str, fields: &BTreeMap<&'static str, String>, faults: Faults) -> String {
        if faults.forget {
            self.say("a call was forgotten");
            return "The provider forgot to tell the site.".to_owned();
        }
        sleep(faults.delay).await;
        let told = if faults.double {
            let (told, _) = tokio::join!(self.post(url, fields), self.post(url, fields));
            told
        } else {
            self.post(url, fields).await
        };
        self.say(&told);
        told
    }

    async fn post(&self, url: &str, fields: &BTreeMap<&'static str, String>) -> String {
        let post = || {
            self.client
                .post(url)
                .timeout(PATIENCE)
                .header("content-type", "application/x-www-form-urlencoded; charset=UTF-8")
                .header("x-twilio-signature", signature(&self.secret, url, fields))
                .body(Serializer::new(String::new()).extend_pairs(fields).finish())
                .send()
        };
        let mut answer = post().await;
        if answer.as_ref().is_err_and(reqwest::Error::is_connect) {
            sleep(ONCE_MORE).await;
            answer = post().await;
        }
        self.world.count("calls");
        match answer {
            Ok(answer) if answer.status().is_success() => "The site has it.".to_owned(),
            Ok(answer) => format!("The site answered {}.", answer.status().as_u16()),
            Err(error) if error.is_connect() => "There was no connection to the site.".to_owned(),
            Err(error) if error.is_timeout() => "The site did not answer.".to_owned(),
            Err(_) => "The connection to the site broke.".to_owned(),
        }
    }

    pub(crate) async fn pause(&self) {
        if !self.pace.is_zero() {
            sleep(self.pace).await;
        }
    }

    /// Neither numbers nor texts: what stands on a terminal may be a picture somewhere.
    pub(crate) fn say(&self, what: &str) {
        if self.talkative {
            eprintln!("{what}");
        }
    }
}

/// `X-Twilio-Signature` of a form: over the address, then each name and value, by name.
fn signature(secret: &str, url: &str, fields: &BTreeMap<&str, String>) -> String {
    let signed = fields.iter().fold(url.to_owned(), |signed, (name, value)| signed + name + value);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    BASE64_STANDARD.encode(hmac::sign(&key, signed.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the tests of twilio-node.
    #[test]
    fn a_call_is_signed_as_twilio_signs() {
        let fields = BTreeMap::from([
            ("From", "+14158675309".to_owned()),
            ("Digits", "1234".to_owned()),
            ("To", "+18005551212".to_owned()),
            ("CallSid", "CA1234567890ABCDE".to_owned()),
            ("Caller", "+14158675309".to_owned()),
        ]);
        let signature = signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &fields);
        assert_eq!(signature, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    }
}
