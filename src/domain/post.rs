//! Posts, and the feed of the latest ones as a stream of changes.

use std::sync::Arc;

use super::{Comment, Error, Liker, Page, Result, StreamChange, Timestamp, User, text};

/// A post's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PostId(pub u64);

impl PostId {
    /// Takes an id from outside: 1 to 2^53 − 1. No post has another.
    pub fn new(id: u64) -> Result<Self> {
        if (1..super::ID_LIMIT).contains(&id) { Ok(Self(id)) } else { Err(Error::no_post()) }
    }
}

/// A post with its counts, as one reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The id.
    pub id: PostId,
    /// Who wrote it.
    pub author: User,
    /// 1 to 500 characters, raw.
    pub text: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When its text was last changed; none if it never was.
    pub edited_at: Option<Timestamp>,
    /// How many like it.
    pub likes: u64,
    /// How many comments it has.
    pub comments: u64,
    /// Moves whenever `likes` or `comments` change.
    pub version: u64,
    /// Its place in `feed:latest`.
    pub seq: u64,
    /// The head of its comments.
    pub comments_seq: u64,
    /// Whether the reader likes it; false where nobody in particular reads.
    pub liked: bool,
}

/// The text that an edit began from, by its `edited_at`: none inside for one that was never edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base(pub Option<Timestamp>);

impl Base {
    /// Whether an edit that began from here is news to a text that stands like this; `superseded` if it would undo
    /// another edit.
    pub fn check(self, edited_at: Option<Timestamp>) -> Result<()> {
        if self.0 == edited_at { Ok(()) } else { Err(Error::Superseded) }
    }
}

/// A post's text can be changed for so many seconds.
pub const EDIT_SECONDS: i64 = 15 * 60;

/// A post has at most so many characters.
pub const TEXT_LIMIT: usize = 500;

/// A post's text as it will be stored.
pub fn normalize_post(text: &str) -> Result<String> {
    text::normalize("text", text, 1, TEXT_LIMIT)
}

/// One change of `feed:latest`.
pub type FeedChange = StreamChange<Post, PostId>;

/// What a post's page shows, read in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostView {
    /// The post as its reader sees it.
    pub post: Post,
    /// Its newest comments, newest first.
    pub comments: Page<Comment>,
    /// The latest likes, newest first.
    pub likers: Page<Liker>,
}

/// The end of `feed:latest`, read in one transaction: enough for any first visit and any short absence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedTail {
    /// The head: the last `seq` that was given.
    pub seq: u64,
    /// Every change after this `seq` is in `changes`.
    pub since: u64,
    /// What changed after `since`, by `seq`.
    pub changes: Vec<FeedChange>,
    /// The newest posts that are still there, oldest first.
    pub page: Vec<Arc<Post>>,
    /// Whether there are older posts than those of `page`.
    pub more: bool,
}
