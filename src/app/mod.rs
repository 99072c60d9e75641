//! The use cases: may they? then the store. `web` and `socket` drive it, one file per noun.

pub mod blocks;
pub mod comments;
pub mod conversations;
pub mod inboxes;
pub mod likes;
pub mod moderation;
pub mod notifications;
mod once;
pub mod page_user;
pub mod passwords;
pub mod people;
pub mod posts;
mod readiness;
pub mod rights;
pub mod sessions;
pub mod sink;
pub mod sms;
mod sweep;

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::domain::{Address, Clock, Error, Guests, Result, Session, Timestamp, UserId, UserKind};
use crate::door::attempts::Attempts;
use crate::door::limits::{Limits, Rates};
use crate::door::session_cache::SessionCache;
use crate::store::Store;
pub use crate::store::{ConnectionRef, Created, Done, ProfileChange, SettingsChange};
use passwords::Passwords;
use readiness::Readiness;

/// Who acts: all that a right depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The user.
    pub user: UserId,
    /// Guest or member.
    pub kind: UserKind,
}

/// Who asks: a session or none, and from where. Checked anew for every request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The valid session of the request.
    pub session: Option<Session>,
    /// What limits by address count.
    pub address: Address,
}

impl Caller {
    /// The user behind the request, guest or member.
    pub fn user(&self) -> Option<UserId> {
        self.session.as_ref().map(|session| session.user.id)
    }

    /// The session, or `no_session`.
    pub fn session(&self) -> Result<&Session> {
        self.session.as_ref().ok_or(Error::NoSession)
    }

    /// The session of a member; a guest's rights end here with `guests_off`.
    pub fn member(&self) -> Result<&Session> {
        let session = self.session()?;
        if session.user.is_member() { Ok(session) } else { Err(Error::GuestsOff) }
    }

    /// Whether the caller may remove what others wrote, and decide on reports.
    pub fn is_moderator(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.user.moderator)
    }
}

/// What the operator decides about the use cases.
#[derive(Debug, Clone)]
pub struct Rules {
    /// What guests may do.
    pub guests: Guests,
    /// Rates and sizes.
    pub limits: Limits,
    /// The cost of a password hash.
    pub password_cost: passwords::Cost,
    /// The inboxes that have a number.
    pub numbers: Vec<sms::Number>,
}

/// The application: everything that a request can ask for.
pub struct App {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    clock_check: sweep::ClockCheck,
    once: once::Once,
    rules: Rules,
    rates: Rates,
    attempts: Attempts,
    passwords: Passwords,
    sessions: Arc<SessionCache>,
    sms_waker: sms::Waker,
    /// Handles that are being signed up with: of a hundred who want one at once, one is worth a hash.
    wanted: Mutex<HashSet<String>>,
    readiness: Readiness,
}

impl App {
    /// An application over a store. It reads nothing and hashes nothing yet.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        rules: Rules,
        sessions: Arc<SessionCache>,
        sms_waker: sms::Waker,
    ) -> Self {
        Self {
            store,
            clock,
            clock_check: sweep::ClockCheck::default(),
            once: once::Once::default(),
            rates: Rates::new(&rules.limits),
            attempts: Attempts::new(rules.limits.on),
            passwords: Passwords::new(rules.password_cost),
            sessions,
            sms_waker,
            wanted: Mutex::default(),
            readiness: Readiness::default(),
            rules,
        }
    }

    /// What guests may do here.
    pub fn guests(&self) -> Guests {
        self.rules.guests
    }

    /// Rates and sizes.
    pub fn limits(&self) -> &Limits {
        &self.rules.limits
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The lineage of the database.
    pub fn epoch(&self) -> &str {
        self.store.epoch()
    }

    /// How often the database was read for live snapshots since the start.
    pub fn snapshot_reads(&self) -> u64 {
        self.store.snapshot_reads()
    }

    /// The rates, for those who take commands.
    pub fn rates(&self) -> &Rates {
        &self.rates
    }

    /// Whether the site can serve: the store writes and reads.
    pub async fn check(&self) -> Result<()> {
        self.readiness.check(&self.store).await
    }
}
