//! What waits to be sent to telephones, and what becomes of it. `sms` and `messages` drive it.
//!
//! A row of the queue stands in the transaction of its message, and is marked as begun in a transaction of its own before
//! the provider is asked: so after a crash it is known of each whether the provider may have it.

use std::sync::Arc;

use rusqlite::{Row, params};

use super::sides::{self, Whom};
use super::tx::{Outcome, Tx};
use super::{cases, entering, messages, sms, sms_erasure};
use crate::domain::{
    ConversationId, Delivery, DeliveryState, Error, Event, Message, MessageChange, MessageId, Phone,
    Timestamp, UserId,
};
use crate::store::{OutgoingSms, SmsOutcome, SmsReport};

/// So much is settled in one transaction.
const SLICE: usize = 50;
/// Why a message is not sent to somebody who wants none.
const OPTED_OUT: &str = "The customer wants no more text messages (STOP).";
/// Why a message is not sent that nothing can send.
const NOT_SET_UP: &str = "Text messages are not set up for this inbox.";

/// A message to a customer with a number is to be sent; in its own transaction.
pub(super) fn add(
    tx: &mut Tx<'_>,
    message: MessageId,
    inbox: UserId,
    customer: UserId,
    at: Timestamp,
) -> Outcome<()> {
    tx.execute(
        "UPDATE messages SET delivery = 'queued', delivery_at = ?2, delivery_reason = NULL WHERE id = ?1",
        params![message.0, at.0],
    )?;
    tx.execute(
        "INSERT INTO sms (message, attempt) VALUES
            (?1, 1 + coalesce((SELECT max(attempt) FROM sms WHERE message = ?1), 0))",
        [message.0],
    )?;
    tx.execute(
        "INSERT INTO sms_queue (message, inbox, customer, since, try_at) VALUES (?1, ?2, ?3, ?4, ?4)",
        params![message.0, inbox.0, customer.0, at.0],
    )?;
    tx.note(Event::SmsQueued);
    Ok(())
}

/// Takes what is due, and marks it as begun.
pub(super) fn take(
    tx: &mut Tx<'_>,
    inboxes: &[UserId],
    room: usize,
    now: Timestamp,
) -> Outcome<Vec<OutgoingSms>> {
    let due = tx.list(
        "SELECT q.message, s.attempt, q.inbox, p.number, m.text, q.tries + 1, q.since
         FROM sms_queue q INDEXED BY sms_queue_due CROSS JOIN messages m ON m.id = q.message
         CROSS JOIN phones p ON p.user = q.customer
         CROSS JOIN sms s ON s.message = q.message
            AND s.attempt = (SELECT max(attempt) FROM sms WHERE message = q.message)
         WHERE q.begun = 0 AND q.try_at <= ?1 AND NOT EXISTS (SELECT 1 FROM sms_queue o
            WHERE o.customer = q.customer AND (o.message < q.message OR o.begun = 1))
         ORDER BY q.try_at LIMIT ?2",
        params![now.0, room],
        outgoing,
    )?;
    let mut taken = Vec::new();
    for sms in due {
        match sms {
            Ok(sms) if inboxes.contains(&sms.inbox) => {
                tx.execute(
                    "UPDATE sms_queue SET begun = 1, tries = tries + 1 WHERE message = ?1",
                    [sms.message.0],
                )?;
                taken.push(sms);
            }
            Ok(OutgoingSms { message, .. }) | Err(message) => end(tx, message, &failed(NOT_SET_UP, now))?,
        }
    }
    Ok(taken)
}

/// A row of the queue; the message alone where its customer has no number to send to.
fn outgoing(row: &Row<'_>) -> rusqlite::Result<std::result::Result<OutgoingSms, MessageId>> {
    let message = MessageId(row.get(0)?);
    let Some(to) = row.get_ref(3)?.as_str_or_null()?.and_then(Phone::parse) else { return Ok(Err(message)) };
    Ok(Ok(OutgoingSms {
        message,
        attempt: row.get(1)?,
        inbox: UserId(row.get(2)?),
        to,
        text: row.get(4)?,
        tries: row.get(5)?,
        since: Timestamp(row.get(6)?),
    }))
}

fn failed(reason: &str, at: Timestamp) -> Delivery {
    Delivery { state: DeliveryState::Failed, at, reason: Some(reason.to_owned()) }
}

/// It is not to be sent (any more).
fn end(tx: &mut Tx<'_>, message: MessageId, delivery: &Delivery) -> Outcome<()> {
    tx.execute("DELETE FROM sms_queue WHERE message = ?1", [message.0])?;
    deliver(tx, message, delivery)
}

/// A message has come this far, if that is news: it has another place in its conversation, and both sides and the agents
/// are told.
fn deliver(tx: &mut Tx<'_>, id: MessageId, report: &Delivery) -> Outcome<()> {
    let Some(message) = messages::find(tx.connection(), id)? else { return Ok(()) };
    let Some(after) = message.delivery.as_ref().and_then(|before| before.after(report)) else {
        return Ok(());
    };
    let conversation = message.conversation;
    sides::changing(tx, conversation, Whom::Both, |tx| set(tx, id, conversation, &after).map(drop))
}

/// Writes how far a message has come; inside of [`sides::changing`].
fn set(
    tx: &mut Tx<'_>,
    id: MessageId,
    conversation: ConversationId,
    delivery: &Delivery,
) -> Outcome<Message> {
    let seq = messages::next_seq(tx, conversation)?;
    tx.execute(
        "UPDATE messages SET delivery = ?2, delivery_at = ?3, delivery_reason = ?4, changed_seq = ?5 WHERE id = ?1",
        params![id.0, delivery.state.as_str(), delivery.at.0, delivery.reason, seq],
    )?;
    let message = messages::find(tx.connection(), id)?.ok_or(Error::no_message())?;
    let change = MessageChange::Edited { seq, item: Arc::new(message.clone()) };
    tx.note(Event::MessagesChanged { conversation, change });
    Ok(message)
}

/// Notes what came of sending, if it was not settled otherwise.
pub(super) fn settle(
    tx: &mut Tx<'_>,
    message: MessageId,
    attempt: u32,
    outcome: SmsOutcome,
    at: Timestamp,
) -> Outcome<()> {
    let delivery = |state, reason| Delivery { state, at, reason };
    match outcome {
        SmsOutcome::Later(try_at) => {
            tx.execute(
                "UPDATE sms_queue SET begun = 0, try_at = ?2 WHERE message = ?1 AND begun = 1",
                params![message.0, try_at.0],
            )?;
            Ok(())
        }
        SmsOutcome::Accepted { provider, remote } => {
            name(tx, message, attempt, provider, &remote)?;
            if messages::find(tx.connection(), message)?.is_none() {
                // It was erased while it was under way.
                sms_erasure::buried(tx, message)?;
            }
            end(tx, message, &delivery(DeliveryState::Sent, None))
        }
        SmsOutcome::Refused { reason, opted_out } => {
            if opted_out {
                opt_out(tx, message, at)?;
            }
            end(tx, message, &delivery(DeliveryState::Failed, Some(reason)))
        }
        SmsOutcome::Unknown => end(tx, message, &delivery(DeliveryState::Unsure, None)),
    }
}

/// What the provider calls a message; the first name stays.
fn name(tx: &Tx<'_>, message: MessageId, attempt: u32, provider: &str, remote: &str) -> Outcome<()> {
    // OR IGNORE: a provider that gives two messages one id must not stop the queue.
    tx.execute(
        "UPDATE OR IGNORE sms SET provider = ?3, remote = ?4 WHERE message = ?1 AND attempt = ?2 AND remote IS NULL",
        params![message.0, attempt, provider, remote],
    )
    .map(drop)
}

/// The customer of a message wants no more: nothing of what waits is sent to it.
fn opt_out(tx: &mut Tx<'_>, message: MessageId, at: Timestamp) -> Outcome<()> {
    let Some((customer, conversation)) = tx.find(
        "SELECT k.customer, k.conversation FROM messages m CROSS JOIN cases k ON k.conversation = m.conversation
         WHERE m.id = ?1",
        [message.0],
        |row| Ok((UserId(row.get(0)?), ConversationId(row.get(1)?))),
    )?
    else {
        return Ok(());
    };
    let is_news = cases::changing(tx, conversation, |tx| sms::set_opted_out(tx, customer, true))?;
    if is_news { cancel(tx, customer, at) } else { Ok(()) }
}

/// Nothing of what waits is sent to this customer. What the provider is being asked for is its own affair.
pub(super) fn cancel(tx: &mut Tx<'_>, customer: UserId, at: Timestamp) -> Outcome<()> {
    let waiting =
        tx.list("SELECT message FROM sms_queue WHERE customer = ?1 AND begun = 0", [customer.0], |row| {
            Ok(MessageId(row.get(0)?))
        })?;
    waiting.into_iter().try_for_each(|message| end(tx, message, &failed(OPTED_OUT, at)))
}

/// Some of what was under way when the process ended is unsure; how much.
pub(super) fn give_up(tx: &mut Tx<'_>, at: Timestamp) -> Outcome<usize> {
    let begun = tx.list("SELECT message FROM sms_queue WHERE begun = 1 LIMIT ?1", [SLICE], |row| {
        Ok(MessageId(row.get(0)?))
    })?;
    for message in &begun {
        end(tx, *message, &Delivery { state: DeliveryState::Unsure, at, reason: None })?;
    }
    Ok(begun.len())
}

/// Notes what a provider reports.
pub(super) fn report(tx: &mut Tx<'_>, report: &SmsReport) -> Outcome<()> {
    let called = || {
        tx.find(
            "SELECT message, attempt FROM sms WHERE provider = ?1 AND remote = ?2",
            params![report.provider, report.remote],
            |row| Ok((MessageId(row.get(0)?), row.get(1)?)),
        )
    };
    let named = report.message.map_or_else(called, |named| Ok(Some(named)))?;
    // An attempt of 0 came in; of that a provider reports nothing.
    let Some((message, attempt)) = named.filter(|(_, attempt)| *attempt > 0) else { return Ok(()) };
    let found = tx.find(
        "SELECT s.provider, s.remote, (SELECT max(attempt) FROM sms WHERE message = m.id)
         FROM messages m CROSS JOIN cases k ON k.conversation = m.conversation
         CROSS JOIN sms s ON s.message = m.id AND s.attempt = ?2
         WHERE m.id = ?1 AND k.inbox = ?3",
        params![message.0, attempt, report.inbox.0],
        |row| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, u32>(2)?)),
    )?;
    let Some((provider, remote, newest)) = found else { return Ok(()) };
    if provider.is_some_and(|provider| provider != report.provider)
        || remote.is_some_and(|remote| remote != report.remote)
    {
        return Ok(());
    }
    name(tx, message, attempt, report.provider, &report.remote)?;
    let state = report.delivery.state;
    // That an earlier attempt has failed says nothing of this one; that it has arrived does.
    if attempt != newest && state != DeliveryState::Delivered {
        return Ok(());
    }
    if report.opted_out {
        opt_out(tx, message, report.delivery.at)?;
    }
    if matches!(state, DeliveryState::Delivered | DeliveryState::Failed) {
        // It waits no more. What is under way ends with its own answer.
        tx.execute("DELETE FROM sms_queue WHERE message = ?1 AND begun = 0", [message.0])?;
        tx.note(Event::SmsQueued);
    }
    deliver(tx, message, &report.delivery)
}

/// An agent lets it be sent once more.
pub(super) fn send_again(tx: &mut Tx<'_>, id: MessageId, by: UserId, at: Timestamp) -> Outcome<Message> {
    let message = messages::find(tx.connection(), id)?.ok_or(Error::no_message())?;
    let conversation = message.conversation;
    let case = cases::find_for(tx.connection(), conversation, by)?.ok_or(Error::no_message())?;
    match message.delivery.as_ref().map(|delivery| delivery.state) {
        Some(DeliveryState::Queued) => return Ok(message),
        Some(DeliveryState::Unsure | DeliveryState::Failed) => {}
        Some(DeliveryState::Sent | DeliveryState::Delivered) => {
            return Err(Error::Forbidden("This message has been sent.").into());
        }
        None => return Err(Error::Forbidden("This is no text message that you have sent.").into()),
    }
    entering::get_desk(tx, conversation)?;
    let is_begun = tx.find("SELECT 1 FROM sms_queue WHERE message = ?1", [id.0], |_| Ok(()))?.is_some();
    if is_begun {
        return Err(Error::Forbidden(
            "This message is being sent at this moment: try again in a few seconds.",
        )
        .into());
    }
    let queued = Delivery { state: DeliveryState::Queued, at, reason: None };
    sides::changing(tx, conversation, Whom::Both, |tx| {
        add(tx, id, case.inbox, case.customer.id, at)?;
        set(tx, id, conversation, &queued)
    })
}
