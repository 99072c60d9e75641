//! Notifications, as every store keeps them.

use async_trait::async_trait;

use super::ConnectionRef;
use crate::domain::{Cursor, Limit, NotificationPage, NotificationTail, PostId, Result, Timestamp, UserId};

/// What others did that concerns a member. The guarantees of all writes are those of [`Store`](super::Store).
///
/// Posts and comments write them in their own transaction, likes are told by [`tell_likes`](Self::tell_likes). A group
/// collects until it was read or is a day old. What is undone leaves a group that was not read; what is removed or erased
/// leaves every group. A member's number in [`Unreads`](super::Unreads) is that of its groups behind its position.
#[async_trait]
pub trait Notifications: Send + Sync + 'static {
    /// A member's notifications, newest first, from one transaction. The cursor is a notification's `seq`.
    async fn list_notifications(
        &self,
        user: UserId,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<NotificationPage>;

    /// The end of a member's stream `notifications`, from one transaction.
    async fn read_notification_tail(&self, user: UserId) -> Result<NotificationTail>;

    /// How far a member has read its notifications.
    async fn find_notifications_read(&self, user: UserId) -> Result<u64>;

    /// Sets how far a member has read: the maximum of what was and what is given, at most the head.
    async fn read_notifications(&self, user: UserId, read: u64) -> Result<()>;

    /// The same for a connection's command.
    fn queue_notifications_read(&self, user: UserId, read: u64, waiter: ConnectionRef) -> Result<()>;

    /// Mutes a post for a member, or no longer; repeating changes nothing. `not_found` if the post is not there.
    async fn set_mute(&self, user: UserId, post: PostId, on: bool) -> Result<()>;

    /// Tells the authors of posts of the likes that came since the last time: each like once, whatever failed or crashed
    /// in between.
    async fn tell_likes(&self, now: Timestamp) -> Result<()>;
}
