//! Text messages: which inbox has which number, what comes in, and what agents do that concerns a customer with a number.
//! `sending` hands over what waits,
//! `missed` fetches what a provider could not tell, `erasing` lets it erase.

mod erasing;
mod missed;
mod sending;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::{App, Caller};
use crate::domain::inbox::Case;
use crate::domain::message::{SMS_LIMIT, normalize_message};
use crate::domain::user::normalize_name;
use crate::domain::{
    ConversationId, Country, Delivery, Error, Message, MessageId, Phone, Result, UserId, text,
};
use crate::sms::{Consent, Heard, Inbound, Provider, StatusReport};
use crate::store::{Created, FirstSms, IncomingSms, SmsReport};

/// A call of the provider waits so long for the store: it is answered within ten seconds, or comes to nothing.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long it waits before it asks the store again.
const AGAIN: Duration = Duration::from_millis(50);

/// The number of an inbox, as the operator has set it up.
#[derive(Debug, Clone)]
pub struct Number {
    /// The inbox's handle.
    pub inbox: String,
    /// What the provider is called where its ids are kept.
    pub name: &'static str,
    /// Who sends and receives.
    pub provider: Arc<dyn Provider>,
    /// The number.
    pub number: Phone,
    /// Whose numbers may be written without a country's code.
    pub country: Option<Country>,
    /// The site's origin, as the provider calls it.
    pub origin: String,
}

/// Wakes whoever sends: after the commit of something to be sent. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Waker(Arc<Notify>);

impl Waker {
    /// There may be something to send.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    async fn woken(&self) {
        self.0.notified().await;
    }
}

impl App {
    /// The number of an inbox. `not_found` if it has none.
    pub fn sms_number(&self, inbox: &str) -> Result<&Number> {
        let number = self.rules.numbers.iter().find(|number| number.inbox == inbox);
        number.ok_or(Error::NotFound("No inbox of this name has text messages here."))
    }

    /// Keeps what a provider has said, each thing once. It is committed when this returns: a text is never refused, so a
    /// store that has too much to do is asked again. `attempt` is that of the reported message where the address named one.
    pub async fn hear(&self, number: &Number, heard: Vec<Heard>, attempt: u32) -> Result<()> {
        let inbox = self.find_inbox(&number.inbox).await?.user.id;
        let until = Instant::now() + PATIENCE;
        for said in heard {
            loop {
                let kept = match &said {
                    Heard::Inbound(inbound) => self.receive(number, inbox, inbound).await,
                    Heard::Status(status) => self.note_report(number, inbox, status, attempt).await,
                };
                match kept {
                    Err(Error::Overloaded) if Instant::now() < until => sleep(AGAIN).await,
                    Err(error) => return Err(error),
                    Ok(()) => break,
                }
            }
        }
        Ok(())
    }

    async fn receive(&self, number: &Number, inbox: UserId, inbound: &Inbound) -> Result<()> {
        let Inbound { id, from, text, consent } = inbound.clone();
        let sms = IncomingSms {
            inbox,
            provider: number.name,
            remote: id,
            from,
            text,
            opts_out: consent.map(|consent| consent == Consent::Stop),
            at: self.clock.now(),
        };
        self.store.receive_sms(sms).await.map(drop)
    }

    async fn note_report(
        &self,
        number: &Number,
        inbox: UserId,
        status: &StatusReport,
        attempt: u32,
    ) -> Result<()> {
        let StatusReport { id, message, state, reason } = status.clone();
        let report = SmsReport {
            inbox,
            provider: number.name,
            remote: id,
            message: message.map(|message| (MessageId(message), attempt)),
            opted_out: reason.as_ref().is_some_and(|reason| reason.opted_out),
            delivery: Delivery {
                state,
                at: self.clock.now(),
                reason: reason.map(|reason| reason.to_string()),
            },
        };
        self.store.report_sms(report).await
    }

    /// An agent writes first to a number.
    pub async fn write_first(
        &self,
        caller: &Caller,
        inbox: &str,
        phone: &str,
        text: &str,
        key: String,
    ) -> Result<(Case, Created<Message>)> {
        let author = caller.member()?.user.id;
        let (id, _) = self.answered(caller, inbox).await?;
        let Ok(number) = self.sms_number(inbox) else {
            return Err(Error::Forbidden("This inbox has no number to send text messages from."));
        };
        let to = Phone::read(phone, number.country)?;
        if to == number.number {
            return Err(Error::bad("phone: this is the inbox's own number."));
        }
        let text = normalize_message(text)?;
        let length = text.chars().count();
        if length > SMS_LIMIT {
            return Err(Error::bad(format!("text: 1 to {SMS_LIMIT} characters, this has {length}.")));
        }
        text::check_key(&key)?;
        self.rates.message(author)?;
        let sms = FirstSms { inbox: id, author, to, text, key, at: self.clock.now() };
        let created = self.store.write_first_sms(sms).await?;
        Ok((self.get_case(caller, created.item.conversation).await?, created))
    }

    /// An agent gives a customer who has only a number a name.
    pub async fn name_customer(&self, caller: &Caller, id: ConversationId, name: &str) -> Result<Case> {
        let me = caller.member()?.user.id;
        self.store.name_customer(id, me, normalize_name(name)?).await
    }

    /// An agent lets a text message be sent once more.
    pub async fn send_again(&self, caller: &Caller, id: MessageId) -> Result<Message> {
        let me = caller.member()?.user.id;
        self.rates.message(me)?;
        self.store.send_sms_again(id, me, self.clock.now()).await
    }
}
