//! The store: whole intentions with their guarantees, a trait for each noun. `app` and `live` drive it; each kind of
//! store keeps the same promises, and `tests/it/store_contract` runs on all of them.
//!
//! Writes of all callers gather into batches ([`group_commit`]). After the COMMIT of a batch the writer hands it to
//! the one [`Sink`] that `boot()` gave it; nothing is acknowledged or published anywhere else.

mod batch;
mod blocks;
mod comments;
mod conversations;
mod group_commit;
mod inboxes;
mod likes;
mod maintenance;
mod moderation;
mod notifications;
mod people;
mod posts;
mod sessions;
mod sms;
pub mod sqlite;
mod unread;

pub use self::batch::{Batch, ConnectionRef, Done, Sink, Waiter};
pub use self::blocks::Blocks;
pub use self::comments::{Comments, NewComment};
pub use self::conversations::{Conversations, NewMessage, To};
pub use self::inboxes::{Assignment, InboxChange, Inboxes, NewInbox, NewNote};
pub use self::likes::{Likes, SetLike};
pub use self::maintenance::Maintenance;
pub use self::moderation::{Moderation, NewReport};
pub use self::notifications::Notifications;
pub use self::people::{Credentials, NewMember, People, ProfileChange, SettingsChange};
pub use self::posts::{NewPost, Posts};
pub use self::sessions::{NewSession, Sessions};
pub use self::sms::{FirstSms, IncomingSms, OutgoingSms, Redaction, Sms, SmsOutcome, SmsReport};
pub use self::unread::Unreads;

/// What writing with a key led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created<T> {
    /// What stands in the store.
    pub item: T,
    /// False where the key had already made it.
    pub fresh: bool,
}

/// The store: all nouns. Every `async` write resolves only after the fsync of its commit. If the commit fails, each
/// write of the batch is `storage`, nothing of it is published and reading goes on; nothing of it is kept either, unless
/// the answer says that this is not known. When more writes wait than the bound, a write is `overloaded` at once.
///
/// Nothing in these traits assumes that one process alone writes to the database.
pub trait Store:
    Likes
    + Posts
    + Comments
    + Conversations
    + Inboxes
    + Sms
    + Sessions
    + People
    + Unreads
    + Notifications
    + Blocks
    + Moderation
    + Maintenance
{
}

impl<T> Store for T where
    T: Likes
        + Posts
        + Comments
        + Conversations
        + Inboxes
        + Sms
        + Sessions
        + People
        + Unreads
        + Notifications
        + Blocks
        + Moderation
        + Maintenance
{
}
