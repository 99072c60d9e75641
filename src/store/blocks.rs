//! Blocks, as every store keeps them.

use async_trait::async_trait;

use crate::domain::{Cursor, Limit, Page, Result, User, UserId};

/// Who wants to hear nothing of whom. The guarantees of all writes are those of [`Store`](super::Store).
#[async_trait]
pub trait Blocks: Send + Sync + 'static {
    /// Blocks a user, or no longer; repeating changes nothing. `no_session` if the blocker may not act (any more),
    /// `not_found` if the other one has no account (any more).
    async fn set_block(&self, user: UserId, blocked: UserId, on: bool) -> Result<()>;

    /// Whether a user blocks another.
    async fn find_block(&self, user: UserId, blocked: UserId) -> Result<bool>;

    /// Whom a user blocks, the latest first.
    async fn list_blocks(&self, user: UserId, after: Option<Cursor>, limit: Limit) -> Result<Page<User>>;
}
