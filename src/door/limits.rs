//! How much is allowed in how much time, by user and by address, so that reconnecting resets nothing.

use std::hash::Hash;
use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{NotUntil, Quota, RateLimiter};

use crate::domain::{Address, Error, Result, UserId};

/// What is limited, and how much. Sizes hold always; the rest where `on`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Whether rates and connections per address are limited.
    pub on: bool,
    /// Likes and unlikes of a user.
    pub likes_per_minute: u32,
    /// Comments of a user, written or edited.
    pub comments_per_minute: u32,
    /// Posts of a user.
    pub posts_per_minute: u32,
    /// Commands of a connection, and of a user over all its connections; three times as many at once.
    pub commands_per_second: u32,
    /// Pages and API reads of an address; ten times as many at once.
    pub reads_per_second: u32,
    /// New members from an address.
    pub sign_ups_per_hour: u32,
    /// Subscriptions of a connection.
    pub subscriptions: u32,
    /// Connections from an address.
    pub connections_per_address: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            on: true,
            likes_per_minute: 60,
            comments_per_minute: 20,
            posts_per_minute: 10,
            commands_per_second: 20,
            reads_per_second: 300,
            sign_ups_per_hour: 5,
            subscriptions: 200,
            connections_per_address: 100,
        }
    }
}

/// An address may stand for a whole office: it may do ten times as much as one user.
const USERS_OF_ADDRESS: u32 = 10;
/// So many seconds' worth of reads may come at once: an office behind one address may open a page at the same moment.
const READS_AT_ONCE: u32 = 10;
/// New guests an hour from an address.
const GUESTS_PER_HOUR: u32 = 30;
/// Reports of a user in a minute.
const REPORTS_PER_MINUTE: u32 = 10;
/// Messages of a user in a minute.
const MESSAGES_PER_MINUTE: u32 = 30;
/// Conversations that a member begins in an hour.
const CONVERSATIONS_PER_HOUR: u32 = 10;
/// Conversations that guests of an address begin in an hour.
const GUESTS_CONVERSATIONS_PER_HOUR: u32 = 5;
/// Changes of a user's name, bio and settings in a minute: each may be pushed to everybody.
const CHANGES_PER_MINUTE: u32 = 20;

/// The quota for the commands of one connection or user.
pub fn command_quota(per_second: u32) -> Quota {
    Quota::per_second(n(per_second)).allow_burst(n(per_second.saturating_mul(3)))
}

/// What a refused key is told.
pub fn refusal(what: &str, refused: &NotUntil<<DefaultClock as governor::clock::Clock>::Instant>) -> Error {
    let wait = refused.wait_time_from(DefaultClock::default().now());
    let retry_after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
    Error::RateLimited { what: what.to_owned(), retry_after_ms }
}

/// One limit, counted for each key.
struct Rate<K: Hash + Eq + Clone> {
    what: String,
    limiter: Option<RateLimiter<K, HashMapStateStore<K>, DefaultClock>>,
}

impl<K: Hash + Eq + Clone> Rate<K> {
    fn new(on: bool, what: String, quota: Quota) -> Self {
        Self { what, limiter: on.then(|| RateLimiter::hashmap(quota)) }
    }

    fn check(&self, key: &K) -> Result<()> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.check_key(key).map_err(|refused| refusal(&self.what, &refused))
    }

    fn forget_old(&self) {
        if let Some(limiter) = &self.limiter {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// A limit of zero is refused with the configuration; here it would only mean one.
fn n(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN)
}

/// New sockets of the whole site in a second, and at once: after a restart everybody comes back in the same second, and
/// those that are not let in come again with backoff.
const UPGRADES: (u32, u32) = (2000, 4000);

/// Every rate of the site. All in one place, so that the docs and the code can be compared.
pub struct Rates {
    likes: Rate<UserId>,
    likes_of_address: Rate<Address>,
    comments: Rate<UserId>,
    messages: Rate<UserId>,
    conversations: Rate<UserId>,
    conversations_of_guests: Rate<Address>,
    posts: Rate<UserId>,
    reports: Rate<UserId>,
    settings: Rate<UserId>,
    guests: Rate<Address>,
    sign_ups: Rate<Address>,
    commands: Rate<UserId>,
    commands_of_address: Rate<Address>,
    reads: Rate<Address>,
    upgrades: Rate<()>,
}

impl Rates {
    /// All rates; none where limits are off.
    pub fn new(limits: &Limits) -> Self {
        let on = limits.on;
        let (likes, likes_of_address) =
            (limits.likes_per_minute, limits.likes_per_minute.saturating_mul(USERS_OF_ADDRESS));
        let (commands, commands_of_address) =
            (limits.commands_per_second, limits.commands_per_second.saturating_mul(USERS_OF_ADDRESS));
        let (comments, posts) = (limits.comments_per_minute, limits.posts_per_minute);
        let reads = limits.reads_per_second;
        let sign_ups = limits.sign_ups_per_hour;
        Self {
            likes: Rate::new(on, format!("At most {likes} likes a minute"), Quota::per_minute(n(likes))),
            likes_of_address: Rate::new(
                on,
                format!("At most {likes_of_address} likes a minute from one address"),
                Quota::per_minute(n(likes_of_address)),
            ),
            comments: Rate::new(
                on,
                format!("At most {comments} comments a minute"),
                Quota::per_minute(n(comments)),
            ),
            messages: Rate::new(
                on,
                format!("At most {MESSAGES_PER_MINUTE} messages a minute"),
                Quota::per_minute(n(MESSAGES_PER_MINUTE)),
            ),
            conversations: Rate::new(
                on,
                format!("At most {CONVERSATIONS_PER_HOUR} new conversations an hour"),
                Quota::per_hour(n(CONVERSATIONS_PER_HOUR)),
            ),
            conversations_of_guests: Rate::new(
                on,
                format!(
                    "At most {GUESTS_CONVERSATIONS_PER_HOUR} new conversations an hour from one address without an account"
                ),
                Quota::per_hour(n(GUESTS_CONVERSATIONS_PER_HOUR)),
            ),
            reports: Rate::new(
                on,
                format!("At most {REPORTS_PER_MINUTE} reports a minute"),
                Quota::per_minute(n(REPORTS_PER_MINUTE)),
            ),
            settings: Rate::new(
                on,
                format!("At most {CHANGES_PER_MINUTE} changes a minute"),
                Quota::per_minute(n(CHANGES_PER_MINUTE)),
            ),
            posts: Rate::new(on, format!("At most {posts} posts a minute"), Quota::per_minute(n(posts))),
            guests: Rate::new(
                on,
                format!("At most {GUESTS_PER_HOUR} new guests an hour from one address"),
                Quota::per_hour(n(GUESTS_PER_HOUR)),
            ),
            sign_ups: Rate::new(
                on,
                format!("At most {sign_ups} sign-ups an hour from one address"),
                Quota::per_hour(n(sign_ups)),
            ),
            commands: Rate::new(on, format!("At most {commands} commands a second"), command_quota(commands)),
            commands_of_address: Rate::new(
                on,
                format!("At most {commands_of_address} commands a second from one address"),
                command_quota(commands_of_address),
            ),
            reads: Rate::new(
                on,
                format!("At most {reads} pages or calls a second from one address"),
                Quota::per_second(n(reads)).allow_burst(n(reads.saturating_mul(READS_AT_ONCE))),
            ),
            upgrades: Rate::new(
                on,
                format!("At most {} new sockets a second", UPGRADES.0),
                Quota::per_second(n(UPGRADES.0)).allow_burst(n(UPGRADES.1)),
            ),
        }
    }

    /// A like or unlike.
    pub fn like(&self, user: Option<UserId>, address: Address) -> Result<()> {
        user.map_or(Ok(()), |user| self.likes.check(&user))?;
        self.likes_of_address.check(&address)
    }

    /// A new or edited comment.
    pub fn comment(&self, user: UserId) -> Result<()> {
        self.comments.check(&user)
    }

    /// A new or edited message.
    pub fn message(&self, user: UserId) -> Result<()> {
        self.messages.check(&user)
    }

    /// A new conversation.
    pub fn conversation(&self, user: UserId) -> Result<()> {
        self.conversations.check(&user)
    }

    /// A new conversation of a guest.
    pub fn guests_conversation(&self, address: Address) -> Result<()> {
        self.conversations_of_guests.check(&address)
    }

    /// A report.
    pub fn report(&self, user: UserId) -> Result<()> {
        self.reports.check(&user)
    }

    /// A change of name, bio or settings.
    pub fn settings(&self, user: UserId) -> Result<()> {
        self.settings.check(&user)
    }

    /// A new post.
    pub fn post(&self, user: UserId) -> Result<()> {
        self.posts.check(&user)
    }

    /// A new guest.
    pub fn guest(&self, address: Address) -> Result<()> {
        self.guests.check(&address)
    }

    /// A new member.
    pub fn sign_up(&self, address: Address) -> Result<()> {
        self.sign_ups.check(&address)
    }

    /// A page or an API read.
    pub fn read(&self, address: Address) -> Result<()> {
        self.reads.check(&address)
    }

    /// A new socket. If too many come at once, no client is to blame: the answer is `overloaded`.
    pub fn upgrade(&self) -> Result<()> {
        self.upgrades.check(&()).map_err(|_| Error::Overloaded)
    }

    /// A command of a connection.
    pub fn command(&self, user: Option<UserId>, address: Address) -> Result<()> {
        user.map_or(Ok(()), |user| self.commands.check(&user))?;
        self.commands_of_address.check(&address)
    }

    /// Drops the keys that no longer limit anybody, so that memory stays small.
    pub fn forget_old(&self) {
        for rate in [
            &self.likes,
            &self.comments,
            &self.messages,
            &self.conversations,
            &self.posts,
            &self.reports,
            &self.settings,
            &self.commands,
        ] {
            rate.forget_old();
        }
        for rate in
            [&self.likes_of_address, &self.guests, &self.sign_ups, &self.commands_of_address, &self.reads]
        {
            rate.forget_old();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Address {
        Address::of([192, 0, 2, last].into())
    }

    #[test]
    fn a_minute_holds_sixty_likes_of_a_user_and_says_when_to_come_back() {
        let rates = Rates::new(&Limits::default());
        for _ in 0..60 {
            rates.like(Some(UserId(1)), address(1)).unwrap();
        }
        let refused = rates.like(Some(UserId(1)), address(1)).unwrap_err();
        assert!(refused.retry_after_ms().is_some_and(|ms| (1..=1000).contains(&ms)), "{refused:?}");
        assert!(rates.like(Some(UserId(2)), address(1)).is_ok());
    }

    #[test]
    fn reads_of_one_address_are_bounded_and_those_of_others_are_not_touched() {
        let rates = Rates::new(&Limits { reads_per_second: 2, ..Limits::default() });
        for _ in 0..20 {
            rates.read(address(1)).unwrap();
        }
        let refused = rates.read(address(1)).unwrap_err();
        assert!(refused.retry_after_ms().is_some_and(|ms| (1..=500).contains(&ms)), "{refused:?}");
        assert!(rates.read(address(2)).is_ok());
    }

    #[test]
    fn a_crowd_that_comes_back_at_once_is_let_in_bit_by_bit() {
        let rates = Rates::new(&Limits::default());
        let let_in = (0..10_000).filter(|_| rates.upgrade().is_ok()).count();
        // The burst, and what is let in while the loop runs.
        assert!((4000..10_000).contains(&let_in), "{let_in}");
    }

    #[test]
    fn without_limits_nothing_is_refused() {
        let rates = Rates::new(&Limits { on: false, ..Limits::default() });
        for _ in 0..1000 {
            rates.like(Some(UserId(1)), address(1)).unwrap();
        }
    }
}
