//! Text messages to and from telephones, as every store keeps them.

use async_trait::async_trait;

use super::Created;
use crate::domain::inbox::Case;
use crate::domain::{ConversationId, Delivery, Message, MessageId, Phone, Result, Sender, Timestamp, UserId};

/// A text message that came in.
#[derive(Debug, Clone)]
pub struct IncomingSms {
    /// At which inbox: its user.
    pub inbox: UserId,
    /// Through which provider.
    pub provider: &'static str,
    /// What the provider calls it.
    pub remote: String,
    /// Who sent it.
    pub from: Sender,
    /// What it says, cleaned: 1 to 2,000 characters.
    pub text: String,
    /// Whether it says that no more are wanted, or that they are again.
    pub opts_out: Option<bool>,
    /// Now.
    pub at: Timestamp,
}

/// A text message that is being sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingSms {
    /// Which message.
    pub message: MessageId,
    /// How often an agent has let it be sent: the provider's reports say to which of these they belong.
    pub attempt: u32,
    /// From which inbox: its user.
    pub inbox: UserId,
    /// To whom.
    pub to: Phone,
    /// What it says.
    pub text: String,
    /// How often this was tried, this time included.
    pub tries: u32,
    /// Since when it waits.
    pub since: Timestamp,
}

/// What came of sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmsOutcome {
    /// The provider has it, and calls it so.
    Accepted {
        /// Which provider.
        provider: &'static str,
        /// What it calls it.
        remote: String,
    },
    /// The provider will not send it.
    Refused {
        /// Why, in words.
        reason: String,
        /// Because its customer wants no more.
        opted_out: bool,
    },
    /// It was not taken, and is tried again then.
    Later(Timestamp),
    /// Nobody knows.
    Unknown,
}

/// What a provider reports of a message.
#[derive(Debug, Clone)]
pub struct SmsReport {
    /// At which inbox: its user.
    pub inbox: UserId,
    /// Which provider.
    pub provider: &'static str,
    /// What it calls the message.
    pub remote: String,
    /// Which message and attempt; none: that which the provider calls so.
    pub message: Option<(MessageId, u32)>,
    /// How far it has come.
    pub delivery: Delivery,
    /// Whether its customer wants no more.
    pub opted_out: bool,
}

/// A text to a number that an inbox writes to first.
#[derive(Debug, Clone)]
pub struct FirstSms {
    /// From which inbox: its user.
    pub inbox: UserId,
    /// The agent who writes.
    pub author: UserId,
    /// To whom.
    pub to: Phone,
    /// 1 to 1,600 characters.
    pub text: String,
    /// The agent's key.
    pub key: String,
    /// Now.
    pub at: Timestamp,
}

/// A text that a provider is to erase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redaction {
    /// Which provider.
    pub provider: String,
    /// What it calls the text.
    pub remote: String,
    /// At which inbox it was: its user.
    pub inbox: UserId,
}

/// Text messages. The guarantees of all writes are those of [`Store`](super::Store).
///
/// A customer with a number is a user of its own; there is one for each inbox and number. What it writes and is written is
/// a conversation as any customer's.
#[async_trait]
pub trait Sms: Send + Sync + 'static {
    /// Takes a message in: there is one for each provider and id, and one customer for each inbox and number, whatever is
    /// repeated or comes at the same time; both are made in one transaction. False: it was there already, or was and is
    /// erased. Who opts out is sent nothing of what waits.
    async fn receive_sms(&self, sms: IncomingSms) -> Result<bool>;

    /// Notes that an inbox has this number, and says since when it has: the first call decides.
    async fn begin_number(
        &self,
        inbox: UserId,
        provider: &'static str,
        number: Phone,
        at: Timestamp,
    ) -> Result<Timestamp>;

    /// An inbox writes first to a number, in the conversation with it if there is one. The key is looked up first.
    /// `not_found` if the author is no agent of it.
    async fn write_first_sms(&self, sms: FirstSms) -> Result<Created<Message>>;

    /// Gives a customer who has only a number a name. `forbidden` for any other, `not_found` if the actor may not.
    async fn name_customer(&self, conversation: ConversationId, by: UserId, name: String) -> Result<Case>;

    /// An agent lets an `unsure` or `failed` message be sent once more. One that waits stays as it is; `forbidden` for any
    /// other, and where the customer wants no more.
    async fn send_sms_again(&self, message: MessageId, by: UserId, at: Timestamp) -> Result<Message>;

    /// Takes what is due to be sent from these inboxes, `room` at most: of each customer the oldest, and none while another
    /// to it is under way. What was taken is under way until it is settled. What other inboxes have to send has `failed`.
    async fn take_sms(&self, inboxes: Vec<UserId>, room: usize, now: Timestamp) -> Result<Vec<OutgoingSms>>;

    /// When the next one is due that is not due yet; none: nothing waits for its time.
    async fn find_next_sms(&self, now: Timestamp) -> Result<Option<Timestamp>>;

    /// Notes what came of sending. States follow [`Delivery::after`], whatever was reported meanwhile.
    async fn settle_sms(
        &self,
        message: MessageId,
        attempt: u32,
        outcome: SmsOutcome,
        at: Timestamp,
    ) -> Result<()>;

    /// What was under way when the process ended is `unsure`. Called before anything is taken.
    async fn give_up_sms(&self, at: Timestamp) -> Result<()>;

    /// Erases the customer of an inbox who has this number: number and name at once, then all that was said and noted, on
    /// both sides; the provider is to erase it too. Whether there is one. Of the number nothing is kept but, where its owner
    /// wanted no more texts, a keyed hash: who is texted again later is still opted out.
    async fn erase_customer(&self, inbox: UserId, number: String, at: Timestamp) -> Result<bool>;

    /// Says how many days an inbox keeps messages and notes, from the next sweep on; none: for ever.
    async fn set_retention(&self, inbox: UserId, days: Option<u32>) -> Result<()>;

    /// Some texts that their providers are to erase by now.
    async fn list_redactions(&self, now: Timestamp, limit: usize) -> Result<Vec<Redaction>>;

    /// A text is erased at its provider, or is to be tried again then.
    async fn settle_redaction(&self, redaction: Redaction, again: Option<Timestamp>) -> Result<()>;

    /// Notes what a provider reports of a message, in whatever order it comes, also before [`settle_sms`](Self::settle_sms).
    /// What fits no message of the inbox changes nothing.
    async fn report_sms(&self, report: SmsReport) -> Result<()>;
}
