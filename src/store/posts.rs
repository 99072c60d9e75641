//! Posts and the feed of the latest ones, as every store keeps them.

use async_trait::async_trait;

use super::Created;
use crate::domain::{
    Base, Counts, Cursor, FeedTail, Limit, Page, Post, PostId, PostView, Result, Timestamp, UserId,
};

/// A post to be written.
#[derive(Debug, Clone)]
pub struct NewPost {
    /// Who writes it.
    pub author: UserId,
    /// 1 to 500 characters.
    pub text: String,
    /// The client's key: the same key by the same author is the same post.
    pub key: Option<String>,
    /// Now.
    pub at: Timestamp,
}

/// Posts. The guarantees of all writes are those of [`Store`](super::Store).
#[async_trait]
pub trait Posts: Send + Sync + 'static {
    /// Writes a post. The same author's same key: the same post (`fresh: false`); with another text `key_reused`;
    /// if it was removed since `gone`. `no_session` if the author may not act (any more).
    async fn create_post(&self, post: NewPost) -> Result<Created<Post>>;

    /// Gives a post another text, and its change a place in `feed:latest`. The same text again changes nothing. With a
    /// `base` that is not the text of now any more it is `superseded`. `not_found` if it is not there (any more),
    /// `no_session` if its author may not act (any more).
    async fn edit_post(&self, post: PostId, text: String, at: Timestamp, base: Option<Base>) -> Result<Post>;

    /// Removes a post: the row stays as a tombstone without its text. Its likes, comments and reports are gone with it
    /// for every reader; where they are many, they are cleared away after this has resolved, or by the next sweep.
    /// `not_found` if it is not there.
    async fn remove_post(&self, post: PostId, at: Timestamp) -> Result<()>;

    /// A post as `reader` sees it.
    async fn find_post(&self, post: PostId, reader: Option<UserId>) -> Result<Option<Post>>;

    /// A post as `reader` sees it, its newest comments and its latest likes, from one transaction.
    async fn view_post(
        &self,
        post: PostId,
        reader: Option<UserId>,
        comments: Limit,
        likers: Limit,
    ) -> Result<Option<PostView>>;

    /// Posts, newest first, all or one author's, as `reader` sees them. The cursor is a post's id.
    async fn list_posts(
        &self,
        author: Option<UserId>,
        reader: Option<UserId>,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Post>>;

    /// What a user likes, newest post first, as `reader` sees it. The cursor is a post's id.
    async fn list_liked_posts(
        &self,
        user: UserId,
        reader: Option<UserId>,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Post>>;

    /// The counts of each of these posts, in the same order, from one transaction; none for posts that are not there.
    async fn find_counts(&self, posts: &[PostId]) -> Result<Vec<Option<Counts>>>;

    /// The end of `feed:latest`, from one transaction.
    async fn read_feed_tail(&self) -> Result<FeedTail>;
}
