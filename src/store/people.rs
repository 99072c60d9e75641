//! People, as every store keeps them: guests, members, accounts.

use std::collections::HashSet;

use async_trait::async_trait;

use super::NewSession;
use crate::domain::{Limit, MessagesFrom, Notify, Result, Session, Settings, Timestamp, User, UserId};

/// A member to be made, from nothing or out of a guest.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Checked in form and not reserved; whether it is free is decided in the transaction.
    pub handle: String,
    /// 1 to 50 characters.
    pub name: String,
    /// Argon2id, as a PHC string.
    pub password_hash: String,
    /// The guest whose row becomes this member, likes and all; its sessions end.
    pub guest: Option<UserId>,
    /// Now.
    pub at: Timestamp,
}

/// What a member changes of itself; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    /// 1 to 50 characters.
    pub name: Option<String>,
    /// Up to 200 characters.
    pub bio: Option<String>,
    /// Its settings.
    pub settings: SettingsChange,
}

/// What a member changes of its settings; what is none stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// Whether others see that it looks at a post.
    pub shows_viewing: Option<bool>,
    /// Whether it is notified of likes,
    pub notify_like: Option<bool>,
    /// of comments,
    pub notify_comment: Option<bool>,
    /// of answers,
    pub notify_answer: Option<bool>,
    /// of mentions.
    pub notify_mention: Option<bool>,
    /// Who may begin a conversation with it.
    pub messages_from: Option<MessagesFrom>,
    /// Whether the other side sees how far it has read.
    pub receipts: Option<bool>,
}

impl SettingsChange {
    /// The settings after it.
    #[must_use]
    pub fn of(self, before: Settings) -> Settings {
        let notify = Notify {
            like: self.notify_like.unwrap_or(before.notify.like),
            comment: self.notify_comment.unwrap_or(before.notify.comment),
            answer: self.notify_answer.unwrap_or(before.notify.answer),
            mention: self.notify_mention.unwrap_or(before.notify.mention),
        };
        Settings {
            shows_viewing: self.shows_viewing.unwrap_or(before.shows_viewing),
            notify,
            messages_from: self.messages_from.unwrap_or(before.messages_from),
            receipts: self.receipts.unwrap_or(before.receipts),
        }
    }
}

/// What a log-in is checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Whose.
    pub user: UserId,
    /// Argon2id, as a PHC string.
    pub password_hash: String,
    /// Whether a moderator has suspended the member.
    pub suspended: bool,
}

/// People and their accounts. The guarantees of all writes are those of [`Store`](super::Store).
#[async_trait]
pub trait People: Send + Sync + 'static {
    /// Makes a member and its first session; `handle_taken` if the handle is another's, or was a deleted account's in the
    /// last 30 days: nobody must pass for somebody who has left.
    /// Without a session (from the command line) pass none.
    async fn create_member(
        &self,
        member: NewMember,
        session: Option<NewSession>,
    ) -> Result<(User, Option<Session>)>;

    /// Changes a member; `no_session` if it is none (any more).
    async fn update_profile(&self, user: UserId, change: ProfileChange) -> Result<User>;

    /// Gives a member another password. Every session of it ends in the same transaction; with `session` a new one
    /// begins, unless the member is suspended: then all of it is `forbidden`. `not_found` if it is no member.
    async fn change_password(
        &self,
        user: UserId,
        password_hash: String,
        session: Option<NewSession>,
        checked: Option<String>,
    ) -> Result<Option<Session>>;

    /// Deletes an account and what it did: posts, comments, likes, reports, name, handle, password, sessions. When
    /// this resolves all of it is gone; after a crash or a failed write in between the next sweep goes on. From the first
    /// moment nobody can log in with it. Its handle is free after 30 days. An account that is not there (any more) is fine.
    async fn erase_user(&self, user: UserId, at: Timestamp, checked: Option<String>) -> Result<()>;

    /// Whether nobody can sign up with this handle at `now`.
    async fn is_handle_taken(&self, handle: &str, now: Timestamp) -> Result<bool>;

    /// Members who are not suspended and whose handle begins so, then those whose name does, in any case of ASCII letters.
    async fn find_members(&self, prefix: &str, limit: Limit) -> Result<Vec<User>>;

    /// Which of these handles are members'.
    async fn find_handles(&self, handles: HashSet<String>) -> Result<HashSet<String>>;

    /// The member with this handle.
    async fn find_user(&self, handle: &str) -> Result<Option<User>>;

    /// What a log-in is checked against; none for users that have no password.
    async fn find_credentials(&self, handle: &str) -> Result<Option<Credentials>>;

    /// A user with its settings, as long as it has an account.
    async fn find_person(&self, user: UserId) -> Result<Option<(User, Settings)>>;
}
