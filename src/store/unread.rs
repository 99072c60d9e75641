//! Numbers of what is unread, as every store keeps them.

use async_trait::async_trait;

use crate::domain::{Result, Unread, UserId};

/// What users have not read yet. What changes a number changes it in its own transaction.
#[async_trait]
pub trait Unreads: Send + Sync + 'static {
    /// The numbers of these users, in the same order. All are zero for a user whom nothing concerns yet.
    async fn find_unread(&self, users: &[UserId]) -> Result<Vec<Unread>>;

    /// The numbers of one user, for a page's header.
    async fn get_unread(&self, user: UserId) -> Result<Unread>;
}
