//! Twilio's list of messages: first what came to our number, then what went out from it.

use jiff::fmt::rfc2822;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::super::outgoing::call;
use super::{Twilio, hooks, is_id};
use crate::domain::Timestamp;
use crate::sms::{Heard, Inbound, Listed, NotListed};

/// A page of so many messages of 1,600 characters stays below the limit of its size.
const PAGE_SIZE: &str = "200";
const PAGE_LIMIT: usize = 4 << 20;

#[derive(Deserialize)]
struct Page {
    messages: Vec<Message>,
    next_page_uri: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    sid: String,
    from: Option<String>,
    body: Option<String>,
    status: String,
    direction: String,
    error_code: Option<u64>,
    num_media: Option<String>,
    date_sent: Option<String>,
    date_created: Option<String>,
}

/// A page's name is the half of the list, `to` or `from`, and where it stands on the API.
pub(super) async fn list(twilio: &Twilio, since: Timestamp, page: Option<&str>) -> Result<Listed, NotListed> {
    let first = || format!("to {}", first_path(twilio, "To", since));
    let page = page.map_or_else(first, str::to_owned);
    let (half, path) = page.split_once(' ').ok_or(NotListed::Failed("no page of this list"))?;
    let answered =
        call(twilio.get(path), PAGE_LIMIT).await.map_err(|none| NotListed::Failed(none.words()))?;
    if !answered.status.is_success() {
        return Err(NotListed::Failed("it refused"));
    }
    let read: Page =
        serde_json::from_slice(&answered.body).map_err(|_| NotListed::Failed("it can't be read"))?;
    // Secrets go where this leads: below the account, and nowhere else.
    let next = read.next_page_uri.filter(|next| next.starts_with(&twilio.path(".json?")) && next != path);
    let next = match (next, half) {
        (Some(next), half) => Some(format!("{half} {next}")),
        (None, "to") => Some(format!("from {}", first_path(twilio, "From", since))),
        (None, _) => None,
    };
    let heard = read.messages.into_iter().filter_map(|message| heard(message, since)).collect();
    Ok(Listed { heard, next })
}

/// Twilio takes days only; what is older on that day is left out here.
fn first_path(twilio: &Twilio, side: &str, since: Timestamp) -> String {
    let day: String = since.to_string().chars().take(10).collect();
    let query = Serializer::new(String::new())
        .append_pair(side, twilio.number.as_str())
        .append_pair("DateSent>", &day)
        .append_pair("PageSize", PAGE_SIZE)
        .finish();
    twilio.path(&format!(".json?{query}"))
}

fn heard(message: Message, since: Timestamp) -> Option<Heard> {
    let at = message.date_sent.or(message.date_created);
    let at = at.and_then(|at| rfc2822::parse(&at).ok());
    if !is_id(&message.sid) || at.is_some_and(|at| at.timestamp().as_millisecond() < since.0) {
        return None;
    }
    if message.direction != "inbound" {
        return hooks::report(message.sid, None, &message.status, message.error_code);
    }
    // Links to pictures are not in the list, only how many there are.
    let has_media = message.num_media.is_some_and(|count| count != "0");
    let media = if has_media { vec![String::new()] } else { Vec::new() };
    let (from, body) = (message.from.unwrap_or_default(), message.body.unwrap_or_default());
    Some(Heard::Inbound(Inbound::new(message.sid, &from, &body, &media, None)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DeliveryState, Phone};
    use crate::sms::setup::{ProviderKind, Setup};
    use crate::sms::{Secret, Secrets};

    fn message(direction: &str, status: &str, sent: Option<&str>) -> Message {
        Message {
            sid: "SM1".to_owned(),
            from: Some("+15550123".to_owned()),
            body: Some("Hello".to_owned()),
            status: status.to_owned(),
            direction: direction.to_owned(),
            error_code: None,
            num_media: Some("0".to_owned()),
            date_sent: sent.map(str::to_owned),
            date_created: None,
        }
    }

    #[test]
    fn a_list_is_heard_like_hooks() {
        let since = Timestamp::parse("2026-11-28T07:00:00Z").unwrap();
        let late = Some("Sat, 28 Nov 2026 07:00:00 +0000");
        let Some(Heard::Inbound(text)) = heard(message("inbound", "received", late), since) else { panic!() };
        assert_eq!((text.from.as_str(), text.text.as_str()), ("+15550123", "Hello"));
        let Some(Heard::Status(report)) = heard(message("outbound-api", "delivered", late), since) else {
            panic!()
        };
        assert_eq!((report.state, report.message), (DeliveryState::Delivered, None));
        assert_eq!(
            heard(message("inbound", "received", Some("Sat, 28 Nov 2026 06:59:59 +0000")), since),
            None
        );
        assert!(heard(message("inbound", "received", None), since).is_some(), "rather twice than never");
        let picture =
            Message { num_media: Some("1".to_owned()), body: None, ..message("inbound", "received", late) };
        let Some(Heard::Inbound(picture)) = heard(picture, since) else { panic!() };
        assert_eq!(picture.text, "(picture)");
    }

    #[test]
    fn a_page_is_asked_for_by_day_and_number() {
        let setup = Setup {
            kind: ProviderKind::Twilio,
            number: Phone::parse("+15550100").unwrap(),
            account: Some("AC1".to_owned()),
            secrets: Secrets { current: Secret::new("s"), other: None },
            public_keys: None,
            api: Some("http://127.0.0.1:9".parse().unwrap()),
        };
        let twilio = Twilio::new(setup).unwrap();
        let path = first_path(&twilio, "To", Timestamp::parse("2026-11-28T07:00:00Z").unwrap());
        let expected =
            "/2010-04-01/Accounts/AC1/Messages.json?To=%2B15550100&DateSent%3E=2026-11-28&PageSize=200";
        assert_eq!(path, expected);
    }
}
