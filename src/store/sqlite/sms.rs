//! Text messages: those that came in, each once; customers who have a number; an inbox that writes first. `sms_queue` has
//! what is sent.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};

use super::tx::{Outcome, Tx};
use super::{SqliteStore, cases, entering, messages, people, search, sms_erasure, sms_queue};
use crate::domain::inbox::Case;
use crate::domain::{
    ConversationId, Error, Event, Message, MessageId, Phone, Result, Settings, Timestamp, UserId,
};
use crate::store::{
    Created, FirstSms, IncomingSms, NewMessage, OutgoingSms, Redaction, Sms, SmsOutcome, SmsReport, To,
};

#[async_trait]
impl Sms for SqliteStore {
    async fn receive_sms(&self, sms: IncomingSms) -> Result<bool> {
        self.write(move |tx| receive(tx, &sms)).await
    }

    async fn begin_number(
        &self,
        inbox: UserId,
        provider: &'static str,
        number: Phone,
        at: Timestamp,
    ) -> Result<Timestamp> {
        self.write(move |tx| begin_number(tx, inbox, provider, &number, at)).await
    }

    async fn write_first_sms(&self, sms: FirstSms) -> Result<Created<Message>> {
        self.write(move |tx| write_first(tx, sms)).await
    }

    async fn name_customer(&self, conversation: ConversationId, by: UserId, name: String) -> Result<Case> {
        self.write(move |tx| name_customer(tx, conversation, by, &name)).await
    }

    async fn send_sms_again(&self, message: MessageId, by: UserId, at: Timestamp) -> Result<Message> {
        self.write(move |tx| sms_queue::send_again(tx, message, by, at)).await
    }

    async fn take_sms(&self, inboxes: Vec<UserId>, room: usize, now: Timestamp) -> Result<Vec<OutgoingSms>> {
        self.write(move |tx| sms_queue::take(tx, &inboxes, room, now)).await
    }

    async fn find_next_sms(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        self.read(move |db| {
            let mut statement = db.prepare_cached(
                "SELECT try_at FROM sms_queue WHERE begun = 0 AND try_at > ?1 ORDER BY try_at LIMIT 1",
            )?;
            Ok(statement.query_row([now.0], |row| Ok(Timestamp(row.get(0)?))).optional()?)
        })
        .await
    }

    async fn settle_sms(
        &self,
        message: MessageId,
        attempt: u32,
        outcome: SmsOutcome,
        at: Timestamp,
    ) -> Result<()> {
        self.write(move |tx| sms_queue::settle(tx, message, attempt, outcome, at)).await
    }

    async fn give_up_sms(&self, at: Timestamp) -> Result<()> {
        while self.write(move |tx| sms_queue::give_up(tx, at)).await? > 0 {}
        Ok(())
    }

    async fn erase_customer(&self, inbox: UserId, number: String, at: Timestamp) -> Result<bool> {
        let (is_there, rest) = self.decide(move |tx| sms_erasure::erase(tx, inbox, &number, at)).await?;
        let _ = rest.await;
        Ok(is_there)
    }

    async fn set_retention(&self, inbox: UserId, days: Option<u32>) -> Result<()> {
        self.write(move |tx| {
            tx.execute("UPDATE inboxes SET retention_days = ?2 WHERE id = ?1", params![inbox.0, days])
                .map(drop)
        })
        .await
    }

    async fn list_redactions(&self, now: Timestamp, limit: usize) -> Result<Vec<Redaction>> {
        self.read(move |db| sms_erasure::list_redactions(db, now, limit)).await
    }

    async fn settle_redaction(&self, redaction: Redaction, again: Option<Timestamp>) -> Result<()> {
        self.write(move |tx| sms_erasure::settle_redaction(tx, &redaction, again)).await
    }

    async fn report_sms(&self, report: SmsReport) -> Result<()> {
        self.write(move |tx| sms_queue::report(tx, &report)).await
    }
}

fn receive(tx: &mut Tx<'_>, sms: &IncomingSms) -> Outcome<bool> {
    let known = tx.find(
        "SELECT 1 FROM sms WHERE provider = ?1 AND remote = ?2",
        params![sms.provider, sms.remote],
        |_| Ok(()),
    )?;
    if known.is_some() {
        return Ok(false);
    }
    let author = find_or_make(tx, sms.inbox, sms.from.as_str(), sms.at)?;
    if let Some(opts_out) = sms.opts_out {
        // Before the message, which tells the agents the case.
        set_opted_out(tx, author, opts_out)?;
        if opts_out {
            sms_queue::cancel(tx, author, sms.at)?;
        } else {
            sms_erasure::forget_opt_out(tx, author)?;
        }
    }
    let new = NewMessage {
        to: To::User(sms.inbox),
        author,
        text: sms.text.clone(),
        key: format!("{}:{}", sms.provider, sms.remote),
        seen: None,
        at: sms.at,
    };
    let message = messages::write(tx, &new)?.item;
    tx.execute(
        "INSERT INTO sms (message, attempt, provider, remote) VALUES (?1, 0, ?2, ?3)",
        params![message.id.0, sms.provider, sms.remote],
    )?;
    Ok(true)
}

/// The customer of an inbox who has this number; a new one is called by it.
fn find_or_make(tx: &Tx<'_>, inbox: UserId, number: &str, at: Timestamp) -> Outcome<UserId> {
    let known = tx.find(
        "SELECT user FROM phones WHERE inbox = ?1 AND number = ?2",
        params![inbox.0, number],
        |row| Ok(UserId(row.get(0)?)),
    )?;
    if let Some(user) = known {
        return Ok(user);
    }
    let id: u64 = tx.get(
        "INSERT INTO users (name, kind, created_at) VALUES (?1, 'customer', ?2) RETURNING id",
        params![number, at.0],
        |row| row.get(0),
    )?;
    // It may have been erased before, and have wanted no more.
    let opted_out = sms_erasure::has_opted_out(tx, inbox, number)?;
    tx.execute(
        "INSERT INTO phones (user, inbox, number, opted_out) VALUES (?1, ?2, ?3, ?4)",
        params![id, inbox.0, number, opted_out],
    )?;
    Ok(UserId(id))
}

/// Whether a customer wants no more; whether that is news.
pub(super) fn set_opted_out(tx: &Tx<'_>, customer: UserId, on: bool) -> Outcome<bool> {
    let changed = tx.execute(
        "UPDATE phones SET opted_out = ?2 WHERE user = ?1 AND opted_out <> ?2",
        params![customer.0, on],
    )?;
    Ok(changed > 0)
}

fn begin_number(
    tx: &Tx<'_>,
    inbox: UserId,
    provider: &str,
    number: &Phone,
    at: Timestamp,
) -> Outcome<Timestamp> {
    tx.execute(
        "INSERT INTO sms_numbers (inbox, provider, number, since) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        params![inbox.0, provider, number.as_str(), at.0],
    )?;
    tx.get(
        "SELECT since FROM sms_numbers WHERE inbox = ?1 AND provider = ?2 AND number = ?3",
        params![inbox.0, provider, number.as_str()],
        |row| Ok(Timestamp(row.get(0)?)),
    )
}

fn write_first(tx: &mut Tx<'_>, sms: FirstSms) -> Outcome<Created<Message>> {
    let FirstSms { inbox, author, to, text, key, at } = sms;
    people::check_active(tx, author)?;
    let is_agent =
        tx.find("SELECT 1 FROM agents WHERE inbox = ?1 AND user = ?2", [inbox.0, author.0], |_| Ok(()))?;
    is_agent.ok_or(Error::no_inbox())?;
    let customer = find_or_make(tx, inbox, to.as_str(), at)?;
    let found =
        tx.find(entering::PAIR, entering::pair(customer, inbox), |row| Ok(ConversationId(row.get(0)?)))?;
    let id = match found {
        Some(id) => id,
        None => entering::begin(tx, customer, inbox, at)?,
    };
    messages::write(tx, &NewMessage { to: To::Conversation(id), author, text, key, seen: None, at })
}

fn name_customer(tx: &mut Tx<'_>, id: ConversationId, by: UserId, name: &str) -> Outcome<Case> {
    let case = cases::get_for(tx, id, by)?;
    if case.phone.is_none() {
        return Err(Error::Forbidden("This customer has an account, and a name of its own.").into());
    }
    if case.customer.name == name {
        return Ok(case);
    }
    cases::changing(tx, id, |tx| {
        tx.execute("UPDATE users SET name = ?2 WHERE id = ?1", params![case.customer.id.0, name])?;
        search::rename(tx, case.customer.id)
    })?;
    let case = cases::get_for(tx, id, by)?;
    let user = std::sync::Arc::new(case.customer.clone());
    tx.note(Event::UserChanged { user, settings: Settings::default() });
    Ok(case)
}
