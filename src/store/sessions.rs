//! Sessions, as every store keeps them.

use async_trait::async_trait;

use crate::domain::{Result, Session, SessionId, Timestamp, TokenHash, UserId};

/// A session to be made.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Hash of its token.
    pub token: TokenHash,
    /// Now.
    pub at: Timestamp,
    /// When it ends whatever happens.
    pub ends_at: Timestamp,
}

/// Sessions. The guarantees of all writes are those of [`Store`](super::Store).
#[async_trait]
pub trait Sessions: Send + Sync + 'static {
    /// Makes a session of a member; `replaces` ends in the same transaction. If that was a guest's, all that the guest did
    /// becomes the member's, and the guest is gone: of a post that both like one like is left, and a comment keeps its
    /// place, its time and its text. After a crash in between the next sweep goes on. Without this guarantee one person
    /// counts twice. `not_found` if it is no member, `forbidden` if it is suspended.
    ///
    /// `checked`, here and below, is the hash that a password was checked against: with another one by now it is
    /// `bad_credentials`. Without this guarantee a log-in that is under way while the password changes outlives it.
    async fn create_session(
        &self,
        user: UserId,
        session: NewSession,
        replaces: Option<SessionId>,
        checked: Option<String>,
    ) -> Result<Session>;

    /// Ends one session, if it is still there.
    async fn end_session(&self, session: SessionId) -> Result<()>;

    /// Ends every session of a user.
    async fn end_sessions(&self, user: UserId) -> Result<()>;

    /// Notes that a session was used.
    async fn touch_session(&self, session: SessionId, at: Timestamp) -> Result<()>;

    /// The session of a token, with its user, if it is valid at `now`.
    async fn find_session(&self, token: TokenHash, now: Timestamp) -> Result<Option<Session>>;
}
