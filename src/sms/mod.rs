//! Text messages to and from telephones: what every provider is asked, and what each of them says.
//!
//! `provider.rs` is the trait; a provider is a file, with its signature and its reasons beside it. Nothing here knows an
//! inbox, a conversation or the store: numbers, texts and the provider's ids go in and come out. Neither numbers nor
//! texts nor secrets are in any `Debug`, error or log line of this room.

mod inbound;
mod outgoing;
mod provider;
mod reason;
mod secret;
mod setup;
mod telnyx;
mod twilio;

pub use inbound::{Consent, Inbound};
pub use provider::{
    Answer, Forged, Heard, Hook, Listed, NotListed, NotRedacted, Outbound, Provider, Sent, StatusReport,
    Unreadable,
};
pub use reason::Reason;
pub use secret::{Secret, Secrets};
pub use setup::{ProviderKind, Setup};
