//! Notifications: list them, say how far they are read, mute a post, and tell likes once a second.

use super::rights::member;
use super::{Actor, App, Caller};
use crate::domain::{Cursor, Limit, NotificationPage, PostId, Result};
use crate::store::ConnectionRef;

impl App {
    /// The caller's notifications, newest first.
    pub async fn list_notifications(
        &self,
        caller: &Caller,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<NotificationPage> {
        self.store.list_notifications(caller.member()?.user.id, after, limit).await
    }

    /// The caller has read its notifications up to here; never back.
    pub async fn read_notifications(&self, caller: &Caller, read: u64) -> Result<()> {
        self.store.read_notifications(caller.member()?.user.id, read).await
    }

    /// The same as a connection's command.
    pub fn read_notifications_from_connection(
        &self,
        actor: Option<Actor>,
        read: u64,
        waiter: ConnectionRef,
    ) -> Result<()> {
        self.store.queue_notifications_read(member(actor)?, read, waiter)
    }

    /// Mutes a post for the caller, or no longer.
    pub async fn set_mute(&self, caller: &Caller, post: PostId, on: bool) -> Result<()> {
        let me = caller.member()?.user.id;
        self.rates.settings(me)?;
        self.store.set_mute(me, post, on).await
    }

    /// Tells authors of the likes that have come since the last time. Called once a second.
    pub async fn tell_likes(&self) -> Result<()> {
        self.store.tell_likes(self.clock.now()).await
    }
}
