//! What Twilio's calls say: a text that has come, or how far one of ours has come.

use std::collections::HashMap;

use url::form_urlencoded;

use super::{is_id, reasons};
use crate::domain::{DeliveryState, parse_id};
use crate::sms::{Consent, Heard, Hook, Inbound, Reason, StatusReport, Unreadable};

/// Twilio sends at most ten.
const MEDIA_LIMIT: usize = 10;

pub(super) fn parse(hook: &Hook<'_>) -> Result<Vec<Heard>, Unreadable> {
    // Of a field that comes twice, the first counts.
    let mut fields: HashMap<_, _> = HashMap::new();
    for (name, value) in form_urlencoded::parse(hook.body) {
        fields.entry(name).or_insert(value);
    }
    let field = |name: &str| fields.get(name).map(AsRef::as_ref).unwrap_or_default();
    let id = [field("MessageSid"), field("SmsSid")].into_iter().find(|id| is_id(id));
    let id = id.ok_or(Unreadable("no MessageSid"))?.to_owned();
    let status = [field("MessageStatus"), field("SmsStatus")].into_iter().find(|status| !status.is_empty());
    if let Some(status) = status.filter(|status| !is_inbound(status)) {
        let code = field("ErrorCode").parse().ok().filter(|code| *code != 0);
        return Ok(report(id, message(hook.url), status, code).into_iter().collect());
    }
    if !fields.contains_key("From") {
        return Err(Unreadable("neither a status nor a sender"));
    }
    let count = field("NumMedia").parse().unwrap_or(0).min(MEDIA_LIMIT);
    let media: Vec<_> = (0..count).map(|n| field(&format!("MediaUrl{n}")).to_owned()).collect();
    let consent = match field("OptOutType") {
        "STOP" => Some(Consent::Stop),
        "START" => Some(Consent::Start),
        _ => None,
    };
    Ok(vec![Heard::Inbound(Inbound::new(id, field("From"), field("Body"), &media, consent))])
}

/// Our own id, which we put into the address: it is signed.
fn message(url: &str) -> Option<u64> {
    let query = url.split_once('?')?.1.split('#').next().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "m").and_then(|(_, id)| parse_id(&id))
}

pub(super) fn is_inbound(status: &str) -> bool {
    matches!(status, "received" | "receiving")
}

/// A report; none of a status that says nothing new to us.
pub(super) fn report(id: String, message: Option<u64>, status: &str, code: Option<u64>) -> Option<Heard> {
    let state = match status {
        // The provider has it: that is `sent`.
        "accepted" | "scheduled" | "queued" | "sending" | "sent" => DeliveryState::Sent,
        "delivered" | "read" => DeliveryState::Delivered,
        "undelivered" | "failed" | "canceled" => DeliveryState::Failed,
        _ => return None,
    };
    let reason = (state == DeliveryState::Failed)
        .then(|| code.map_or(Reason::plain("The provider could not deliver it."), reasons::reason));
    Some(Heard::Status(StatusReport { id, message, state, reason }))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::domain::{Sender, Timestamp};

    fn parsed(url: &str, body: &str) -> Result<Vec<Heard>, Unreadable> {
        parse(&Hook { url, headers: &HeaderMap::new(), body: body.as_bytes(), now: Timestamp(0) })
    }

    fn inbound(body: &str) -> Inbound {
        match &parsed("https://example.org/hooks/sms/shop", body).unwrap()[..] {
            [Heard::Inbound(inbound)] => inbound.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_text_is_heard_with_its_sender_and_pictures() {
        let text = inbound(
            "ToCountry=US&SmsMessageSid=SM1&NumMedia=2&SmsSid=SM1&SmsStatus=received&Body=Look%3A+l%C3%A4mp\
             &To=%2B15550100&From=%2B15550123&MessageSid=SM1&ApiVersion=2010-04-01&NewField=x\
             &MediaUrl0=https%3A%2F%2Fapi.example%2F0&MediaUrl1=https%3A%2F%2Fapi.example%2F1&MediaUrl2=https%3A%2F%2Fno",
        );
        assert_eq!((text.id.as_str(), text.from.as_str(), text.consent), ("SM1", "+15550123", None));
        assert_eq!(text.text, "Look: lämp\nhttps://api.example/0\nhttps://api.example/1");
        let code = inbound("MessageSid=SM2&From=72726&Body=%00Your+code");
        assert_eq!((code.from, code.text.as_str()), (Sender::Name("72726".to_owned()), "Your code"));
        assert_eq!(inbound("SmsSid=SM3&From=&Body=&NumMedia=1").text, "(picture)");
    }

    #[test]
    fn consent_is_a_keyword_or_what_twilio_says() {
        assert_eq!(inbound("MessageSid=SM1&From=%2B15550123&Body=Stop").consent, Some(Consent::Stop));
        assert_eq!(inbound("MessageSid=SM1&From=%2B15550123&Body=Stop+please").consent, None);
        assert_eq!(
            inbound("MessageSid=SM1&From=%2B1555&Body=ARRET&OptOutType=STOP").consent,
            Some(Consent::Stop)
        );
        assert_eq!(inbound("MessageSid=SM1&From=%2B1555&Body=HELP&OptOutType=HELP").consent, None);
    }

    #[test]
    fn a_report_says_how_far_which_message_is() {
        use DeliveryState::{Delivered, Failed, Sent};
        let url = "https://example.org/hooks/sms/shop/status?m=42";
        for (status, state) in [
            ("queued", Sent),
            ("sending", Sent),
            ("sent", Sent),
            ("delivered", Delivered),
            ("read", Delivered),
            ("undelivered", Failed),
            ("failed", Failed),
            ("canceled", Failed),
        ] {
            let heard = parsed(
                url,
                &format!("MessageSid=SM1&MessageStatus={status}&SmsStatus={status}&ErrorCode=30007"),
            );
            let [Heard::Status(report)] = &heard.unwrap()[..] else { panic!("{status}") };
            assert_eq!((report.id.as_str(), report.message, report.state), ("SM1", Some(42), state));
            assert_eq!(report.reason.is_some(), state == Failed);
        }
        assert_eq!(parsed(url, "MessageSid=SM1&MessageStatus=partially_delivered"), Ok(vec![]));
        let Heard::Status(bare) =
            &parsed("https://x/?m=0", "MessageSid=SM1&MessageStatus=failed").unwrap()[0]
        else {
            panic!()
        };
        assert_eq!((bare.message, bare.reason.as_ref().unwrap().code.as_ref()), (None, None));
    }

    #[test]
    fn what_nobody_can_read_is_said_to_be_so() {
        for bad in
            ["", "x", "MessageSid=&From=%2B1", "MessageSid=a/b&From=%2B15550123&Body=x", "MessageSid=SM1"]
        {
            assert!(parsed("https://example.org/", bad).is_err(), "{bad:?}");
        }
        assert!(parsed("https://example.org/", "MessageSid=SM1&From=%2B15550123").is_ok(), "an empty text");
    }
}
