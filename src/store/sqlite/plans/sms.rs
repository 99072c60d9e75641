//! Text messages, for the tests of what statements cost.

use super::{NOW, SqliteStore};
use crate::domain::{Delivery, DeliveryState, Phone, Sender, Timestamp, UserId};
use crate::store::{
    FirstSms, Inboxes as _, IncomingSms, Maintenance as _, NewInbox, NewNote, Sms as _, SmsOutcome, SmsReport,
};

/// Everything that is done with text messages.
pub(super) async fn text(store: &SqliteStore, ana: UserId) {
    let (handle, name) = ("phones".to_owned(), "Phones".to_owned());
    let inbox = store.create_inbox(NewInbox { handle, name, agent: ana, at: NOW }).await.unwrap().user.id;
    let phone = || Phone::parse("+15550111").unwrap();
    store.set_retention(inbox, Some(1)).await.unwrap();
    store.begin_number(inbox, "twilio", phone(), NOW).await.unwrap();
    for (remote, opts_out) in [("a", None), ("a", None), ("b", Some(true)), ("c", Some(false))] {
        let (from, remote, text) = (Sender::Phone(phone()), remote.to_owned(), "T".to_owned());
        let sms = IncomingSms { inbox, provider: "twilio", remote, from, text, opts_out, at: NOW };
        store.receive_sms(sms).await.unwrap();
    }
    for outcome in [
        SmsOutcome::Later(NOW),
        SmsOutcome::Accepted { provider: "twilio", remote: "d".to_owned() },
        SmsOutcome::Unknown,
        SmsOutcome::Refused { reason: "R".to_owned(), opted_out: true },
    ] {
        let (text, key) = ("T".to_owned(), format!("{outcome:?}").chars().take(3).collect());
        let sms = FirstSms { inbox, author: ana, to: phone(), text, key, at: NOW };
        let message = store.write_first_sms(sms).await.unwrap().item;
        store.name_customer(message.conversation, ana, "Eva".to_owned()).await.unwrap();
        store.find_next_sms(Timestamp(0)).await.unwrap();
        store.take_sms(vec![inbox], 9, NOW).await.unwrap();
        store.settle_sms(message.id, 1, outcome, NOW).await.unwrap();
        store.take_sms(vec![inbox], 9, NOW).await.unwrap();
        store.give_up_sms(NOW).await.unwrap();
        for named in [Some((message.id, 1)), None] {
            let delivery = Delivery { state: DeliveryState::Failed, at: NOW, reason: None };
            let (provider, remote) = ("twilio", "d".to_owned());
            let report = SmsReport { inbox, provider, remote, message: named, delivery, opted_out: false };
            store.report_sms(report).await.unwrap();
        }
        let _ = store.send_sms_again(message.id, ana, NOW).await;
        store.take_sms(vec![], 9, NOW).await.unwrap();
    }
    store.sweep(NOW.plus_seconds(2 * 24 * 3600)).await.unwrap();
    let (from, remote, text) = (Sender::Phone(phone()), "z".to_owned(), "START".to_owned());
    let start = IncomingSms { inbox, provider: "twilio", remote, from, text, opts_out: Some(false), at: NOW };
    store.receive_sms(start).await.unwrap();
    let sms = FirstSms { inbox, author: ana, to: phone(), text: "T".into(), key: "again".into(), at: NOW };
    let message = store.write_first_sms(sms).await.unwrap().item;
    let note = NewNote {
        conversation: message.conversation,
        author: ana,
        text: "A".into(),
        key: "sms".into(),
        at: NOW,
    };
    store.write_note(note).await.unwrap();
    store.erase_customer(inbox, phone().as_str().to_owned(), NOW).await.unwrap();
    for redaction in store.list_redactions(NOW, 9).await.unwrap() {
        store.settle_redaction(redaction.clone(), Some(NOW)).await.unwrap();
        store.settle_redaction(redaction, None).await.unwrap();
    }
}
