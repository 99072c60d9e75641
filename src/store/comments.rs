//! Comments, as every store keeps them.

use async_trait::async_trait;

use super::{ConnectionRef, Created};
use crate::domain::{
    Base, Comment, CommentId, CommentTail, Cursor, Limit, Order, Page, PostId, Result, Timestamp, UserId,
};

/// A comment to be written.
#[derive(Debug, Clone)]
pub struct NewComment {
    /// Under which post.
    pub post: PostId,
    /// The comment it answers.
    pub parent: Option<CommentId>,
    /// Who writes it.
    pub author: UserId,
    /// 1 to 1,000 characters.
    pub text: String,
    /// The client's key: the same key by the same author is the same comment.
    pub key: Option<String>,
    /// Now.
    pub at: Timestamp,
}

/// The comments of posts. The guarantees of all writes are those of [`Store`](super::Store).
#[async_trait]
pub trait Comments: Send + Sync + 'static {
    /// Writes a comment, with its `seq`, the post's `comments` and version in the same transaction. The same author's
    /// same key: the same comment (`fresh: false`), also if it was edited since; with another first text, post or parent
    /// `key_reused`; if it or its post was removed since `gone`. `not_found` if the post or the parent is not there;
    /// `bad_request` if the parent is itself an answer; `no_session` if the author may not act (any more).
    async fn create_comment(&self, comment: NewComment) -> Result<Created<Comment>>;

    /// The same for a connection's command: queued here, answered through the sink after the commit.
    /// On `Err` nothing was queued and the connection hears nothing.
    fn queue_comment(&self, comment: NewComment, waiter: ConnectionRef) -> Result<()>;

    /// Gives a comment another text and its change a `seq`. The same text again changes nothing. With a
    /// `base` that is not the text of now any more it is `superseded`. `not_found` if it is
    /// not there (any more), `no_session` if its author may not act (any more).
    async fn edit_comment(
        &self,
        comment: CommentId,
        text: String,
        at: Timestamp,
        base: Option<Base>,
    ) -> Result<Comment>;

    /// Removes a comment: the row stays as a tombstone without its text. Its answers stay. `not_found` if it is not
    /// there. Open reports of it are closed.
    async fn remove_comment(&self, comment: CommentId, at: Timestamp) -> Result<()>;

    /// A comment, if it and its post are there.
    async fn find_comment(&self, comment: CommentId) -> Result<Option<Comment>>;

    /// Those of these comments that are there, their posts too, in the same order.
    async fn find_comments(&self, comments: &[CommentId]) -> Result<Vec<Comment>>;

    /// The comments of a post; `not_found` if the post is not there. The cursor is a comment's `seq`.
    async fn list_comments(
        &self,
        post: PostId,
        order: Order,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Comment>>;

    /// The end of a post's comments, from one transaction. None if the post is not there.
    async fn read_comment_tail(&self, post: PostId) -> Result<Option<CommentTail>>;
}
