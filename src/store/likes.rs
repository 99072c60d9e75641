//! Likes, as every store keeps them.

use async_trait::async_trait;

use super::{NewSession, Waiter};
use crate::domain::{Counts, Cursor, Liked, Liker, Limit, Page, PostId, Result, Session, Timestamp, UserId};

/// A like or unlike.
#[derive(Debug, Clone, Copy)]
pub struct SetLike {
    /// The post.
    pub post: PostId,
    /// Who.
    pub user: UserId,
    /// Whether the user likes it from now on.
    pub on: bool,
    /// Now.
    pub at: Timestamp,
}

/// Who likes what. The guarantees of all writes are those of [`Store`](super::Store).
#[async_trait]
pub trait Likes: Send + Sync + 'static {
    /// Queues a like or unlike; the outcome goes to `waiter` after the commit. `not_found` if the post is not there,
    /// `no_session` if the user is not, or is suspended: its sessions have ended, but a like may be on its way.
    /// A repetition changes nothing: without this guarantee a retry after a lost answer would count twice.
    /// On `Err` nothing was queued and the waiter (dropped here) hears nothing.
    fn set_like(&self, like: SetLike, waiter: Waiter) -> Result<()>;

    /// Makes guest, session and like in one transaction: a guest that likes nothing is never left behind.
    async fn like_as_new_guest(&self, post: PostId, session: NewSession) -> Result<(Session, Liked)>;

    /// Who likes a post, newest first; `not_found` if the post is not there.
    async fn list_likers(&self, post: PostId, after: Option<Cursor>, limit: Limit) -> Result<Page<Liker>>;

    /// The counts of each of these posts and whether the user likes it, in the same order, from one transaction;
    /// none for posts that are not there.
    async fn find_seen(&self, posts: &[PostId], user: UserId) -> Result<Vec<Option<(Counts, bool)>>>;
}
