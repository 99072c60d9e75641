//! Blocks: whom a member wants to hear nothing of.

use super::{App, Caller};
use crate::domain::{Cursor, Error, Limit, Page, Result, User, UserId};

impl App {
    /// Blocks a member, or no longer.
    pub async fn set_block(&self, caller: &Caller, handle: &str, on: bool) -> Result<()> {
        let me = caller.member()?.user.id;
        let other = self.get_user(handle).await?;
        if other.id == me {
            return Err(Error::bad("This is you: block somebody else."));
        }
        self.rates.settings(me)?;
        self.store.set_block(me, other.id, on).await
    }

    /// Whether the caller blocks a user.
    pub async fn is_blocking(&self, caller: &Caller, other: UserId) -> Result<bool> {
        self.store.find_block(caller.member()?.user.id, other).await
    }

    /// Whom the caller blocks, the latest first.
    pub async fn list_blocks(
        &self,
        caller: &Caller,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<User>> {
        self.store.list_blocks(caller.member()?.user.id, after, limit).await
    }
}
