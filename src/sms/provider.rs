//! What every provider of text messages can be asked.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderMap, StatusCode};

use super::{Inbound, Reason};
use crate::domain::{DeliveryState, Phone, Timestamp};

/// A provider, set up for one number of ours. All of it is safe to call from many tasks at once.
///
/// A call of the provider to us goes `verify`, then `parse`, then what was heard is committed, then `answer`: an answer
/// before the commit would lose what a crash takes, as most providers call again only where the connection failed.
#[async_trait]
pub trait Provider: fmt::Debug + Send + Sync + 'static {
    /// Whether the provider has signed this call, compared in constant time. Nothing of the body may be believed, or
    /// read further, before.
    fn verify(&self, hook: &Hook<'_>) -> Result<(), Forged>;

    /// What the call says. Both addresses take both kinds of call: the body says which it is. Unknown fields and events are
    /// not an error; what concerns nobody gives an empty list. The same call may come again, twice at once, and in any
    /// order: `(provider, id)` is what makes it one.
    fn parse(&self, hook: &Hook<'_>) -> Result<Vec<Heard>, Unreadable>;

    /// What the provider wants to hear behind the commit.
    fn answer(&self) -> Answer;

    /// Hands one text over, at most once: it never tries again by itself and ends within ten seconds.
    async fn send(&self, outbound: &Outbound) -> Sent;

    /// What the provider has kept since a moment, a page at a time, the newest first: texts to our number, and how those
    /// from it fared.
    async fn list(&self, since: Timestamp, page: Option<&str>) -> Result<Listed, NotListed>;

    /// Erases the text of a message at the provider. Erasing twice is harmless.
    async fn redact(&self, id: &str) -> Result<(), NotRedacted>;
}

/// A call of the provider to one of our addresses.
#[derive(Clone, Copy)]
pub struct Hook<'a> {
    /// The address that the provider has called: the public URL's origin, then path and query as they came, byte for
    /// byte. Never put together anew: it is signed.
    pub url: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, as it came.
    pub body: &'a [u8],
    /// The moment.
    pub now: Timestamp,
}

/// A text may be in it: only its size is shown.
impl fmt::Debug for Hook<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// The provider has not signed this call: 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is {0}")]
pub struct Forged(
    /// `missing`, `wrong`, `too old` …: for the log.
    pub &'static str,
);

/// Signed, and still not what the provider's documents say: 400, and nothing has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(
    /// What was wrong, without any of it.
    pub &'static str,
);

/// One thing that a provider tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Somebody has sent a text.
    Inbound(Inbound),
    /// How far a text of ours has come.
    Status(StatusReport),
}

/// How far a text of ours has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// The provider's id of it.
    pub id: String,
    /// Our id of it, where the provider gives it back: the report may come before the answer to `send` that says `id`.
    /// One that the caller knows by another `id` is not meant.
    pub message: Option<u64>,
    /// `Sent`, `Delivered` or `Failed`.
    pub state: DeliveryState,
    /// Why it failed.
    pub reason: Option<Reason>,
}

/// What is answered to the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: &'static [u8],
}

/// A text to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Outbound {
    /// Our id of the message: the provider gives it back with each report.
    pub message: u64,
    /// To whom.
    pub to: Phone,
    /// 1 to 1,600 characters.
    pub text: String,
    /// Where the provider reports: our public address with `?m=` and the message's id.
    pub callback: String,
}

/// Neither text nor number.
impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound").field("message", &self.message).finish_non_exhaustive()
    }
}

/// What became of handing a text over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The provider has it.
    Accepted {
        /// The provider's id of it.
        id: String,
        /// In how many segments, if it says so.
        segments: Option<u32>,
    },
    /// The provider does not have it, and would refuse it again.
    Refused(Reason),
    /// The provider certainly does not have it, and may take it later: a refused connection, or 429.
    Later {
        /// Why.
        reason: Reason,
        /// How long it asks to wait.
        after: Option<Duration>,
    },
    /// The provider may have it or not: silence, a broken connection, 5xx, an answer that nobody can read. Never to be sent
    /// again without a person who says so.
    Unsure(
        /// What happened, for the log.
        &'static str,
    ),
}

/// A page of what the provider has kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What stands on it.
    pub heard: Vec<Heard>,
    /// The page behind it; none: this was the last.
    pub next: Option<String>,
}

/// Why nothing can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotListed {
    /// This provider has no such list: what it could not deliver is lost.
    #[error("this provider has no list of messages")]
    NotOffered,
    /// Not now.
    #[error("the provider did not list its messages: {0}")]
    Failed(&'static str),
}

/// Why nothing was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRedacted {
    /// This provider erases nothing by request.
    #[error("this provider erases no message by request")]
    NotOffered,
    /// Not now: try again.
    #[error("the provider did not erase a message: {0}")]
    Failed(&'static str),
}
