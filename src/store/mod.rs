//! The store: whole intentions with their guarantees. `app` drives it; each implementation keeps the same promises.
//!
//! Writes of all callers gather into batches (group commit). After the COMMIT of a batch the writer hands it to
//! the one [`Sink`] that `boot()` gave it; nothing is acknowledged or published anywhere else.

mod batch;
mod inputs;
pub mod sqlite;

use async_trait::async_trait;

pub use self::batch::{Batch, ConnectionRef, Done, Sink, Waiter};
pub use self::inputs::{NewComment, NewMember, NewPost, NewReport, NewSession, ProfileChange, SetLike};
use crate::domain::{
    Case, Comment, CommentId, CommentTail, Counts, Cursor, FeedTail, Liked, Liker, Limit, Order, Page, Post,
    PostId, PostView, Result, Session, SessionId, Settings, Subject, Timestamp, TokenHash, User, UserId,
};

/// What writing with a key led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created<T> {
    /// What stands in the store.
    pub item: T,
    /// False where the key had already made it.
    pub fresh: bool,
}

/// What a log-in is checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Whose.
    pub user: UserId,
    /// Argon2id, as a PHC string.
    pub password_hash: String,
    /// Whether a moderator has suspended the member.
    pub suspended: bool,
}

/// The store. Every `async` write resolves only after the fsync of its commit; if the commit fails each write of the
/// batch is `storage`, nothing of it is kept or published, and reading goes on. When more writes wait than the bound,
/// a write is `overloaded` at once.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Names the lineage of the database; another after a restore.
    fn epoch(&self) -> &str;

    /// Queues a like or unlike; the outcome goes to `waiter` after the commit. `not_found` if the post is not there,
    /// `no_session` if the user is not, or is suspended: its sessions have ended, but a like may be on its way.
    /// A repetition changes nothing: without this guarantee a retry after a lost answer would count twice.
    /// On `Err` nothing was queued and the waiter (dropped here) hears nothing.
    fn set_like(&self, like: SetLike, waiter: Waiter) -> Result<()>;

    /// Makes guest, session and like in one transaction: a guest that likes nothing is never left behind.
    async fn like_as_new_guest(&self, post: PostId, session: NewSession) -> Result<(Session, Liked)>;

    /// Makes a member and its first session; `handle_taken` if the handle is not free.
    /// Without a session (from the command line) pass none.
    async fn create_member(
        &self,
        member: NewMember,
        session: Option<NewSession>,
    ) -> Result<(User, Option<Session>)>;

    /// Makes a session of a member; `replaces` ends in the same transaction. `not_found` if it is no member,
    /// `forbidden` if it is suspended.
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

    /// Writes a post. The same author's same key: the same post (`fresh: false`); with another text `key_reused`;
    /// if it was removed since `gone`. `no_session` if the author may not act (any more).
    async fn create_post(&self, post: NewPost) -> Result<Created<Post>>;

    /// Removes a post: the row stays as a tombstone without its text. Its likes, comments and reports are gone with it
    /// for every reader; where they are many, they are cleared away after this has resolved, or by the next sweep.
    /// `not_found` if it is not there.
    async fn remove_post(&self, post: PostId, at: Timestamp) -> Result<()>;

    /// Writes a comment, with its `seq`, the post's `comments` and version in the same transaction. The same author's
    /// same key: the same comment (`fresh: false`), also if it was edited since; with another first text, post or parent
    /// `key_reused`; if it or its post was removed since `gone`. `not_found` if the post or the parent is not there;
    /// `bad_request` if the parent is itself an answer; `no_session` if the author may not act (any more).
    async fn create_comment(&self, comment: NewComment) -> Result<Created<Comment>>;

    /// The same for a connection's command: queued here, answered through the sink after the commit.
    /// On `Err` nothing was queued and the connection hears nothing.
    fn queue_comment(&self, comment: NewComment, waiter: ConnectionRef) -> Result<()>;

    /// Gives a comment another text and its change a `seq`. The same text again changes nothing. `not_found` if it is
    /// not there (any more), `no_session` if its author may not act (any more).
    async fn edit_comment(&self, comment: CommentId, text: String, at: Timestamp) -> Result<Comment>;

    /// Removes a comment: the row stays as a tombstone without its text. Its answers stay. `not_found` if it is not
    /// there. Open reports of it are closed.
    async fn remove_comment(&self, comment: CommentId, at: Timestamp) -> Result<()>;

    /// Changes a member; `no_session` if it is none (any more).
    async fn update_profile(&self, user: UserId, change: ProfileChange) -> Result<User>;

    /// Gives a member another password. Every session of it ends in the same transaction; with `session` a new one
    /// begins, unless the member is suspended: then all of it is `forbidden`. `not_found` if it is no member.
    async fn change_password(
        &self,
        user: UserId,
        password_hash: String,
        session: Option<NewSession>,
        checked: Option<String>,
    ) -> Result<Option<Session>>;

    /// Deletes an account and what it did: posts, comments, likes, reports, name, handle, password, sessions. When
    /// this resolves all of it is gone; after a crash or a failed write in between the next sweep goes on. From the first
    /// moment nobody can log in with it and its handle is free. An account that is not there (any more) is fine.
    async fn erase_user(&self, user: UserId, at: Timestamp, checked: Option<String>) -> Result<()>;

    /// Makes a member a moderator, or no longer. `not_found` if it is no member.
    async fn set_moderator(&self, user: UserId, on: bool) -> Result<()>;

    /// Suspends a member, or lets it back in. Suspended: its sessions end (`Ending::Suspended`), it cannot log in, and
    /// its likes leave every count and list; let in again they come back to where they stood, and it is in when all of
    /// them are. After a crash in between the next sweep goes on. `not_found` if it is no member.
    async fn set_suspended(&self, user: UserId, on: bool, at: Timestamp) -> Result<()>;

    /// Files a report; one open report of each subject and reporter: with another reason it takes the place of the first
    /// and is the latest. `not_found` if the subject is not there, `no_session` if the reporter may not act (any more).
    async fn create_report(&self, report: NewReport) -> Result<()>;

    /// A moderator has decided that a subject may stay: its open reports are closed. `not_found` if there are none.
    async fn close_reports(&self, subject: Subject) -> Result<()>;

    /// Carries out what was decided and left undone: removals, erasures, suspensions. Removes sessions that ended before
    /// `now`, and guests made more than a day before it who have neither a session nor a like and wrote nothing.
    async fn sweep(&self, now: Timestamp) -> Result<()>;

    /// The session of a token, with its user, if it is valid at `now`.
    async fn find_session(&self, token: TokenHash, now: Timestamp) -> Result<Option<Session>>;

    /// The member with this handle.
    async fn find_user(&self, handle: &str) -> Result<Option<User>>;

    /// What a log-in is checked against; none for users that have no password.
    async fn find_credentials(&self, handle: &str) -> Result<Option<Credentials>>;

    /// A user with its settings, as long as it has an account.
    async fn find_person(&self, user: UserId) -> Result<Option<(User, Settings)>>;

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

    /// A comment, if it and its post are there.
    async fn find_comment(&self, comment: CommentId) -> Result<Option<Comment>>;

    /// The comments of a post; `not_found` if the post is not there. The cursor is a comment's `seq`.
    async fn list_comments(
        &self,
        post: PostId,
        order: Order,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Comment>>;

    /// What is reported and not decided yet, the latest report first. The cursor is a case's place.
    async fn list_cases(&self, after: Option<Cursor>, limit: Limit) -> Result<Page<Case>>;

    /// Who likes a post, newest first; `not_found` if the post is not there.
    async fn list_likers(&self, post: PostId, after: Option<Cursor>, limit: Limit) -> Result<Page<Liker>>;

    /// The counts of each of these posts, in the same order, from one transaction; none for posts that are not there.
    async fn find_counts(&self, posts: &[PostId]) -> Result<Vec<Option<Counts>>>;

    /// The counts of each of these posts and whether the user likes it, in the same order, from one transaction;
    /// none for posts that are not there.
    async fn find_seen(&self, posts: &[PostId], user: UserId) -> Result<Vec<Option<(Counts, bool)>>>;

    /// The end of `feed:latest`, from one transaction: up to 200 changes and the newest 50 posts.
    async fn read_feed_tail(&self) -> Result<FeedTail>;

    /// The end of a post's comments, from one transaction: up to 200 changed comments and the newest 50. None if the
    /// post is not there.
    async fn read_comment_tail(&self, post: PostId) -> Result<Option<CommentTail>>;

    /// How often the database was read for live snapshots (`find_counts`, `read_feed_tail`, `read_comment_tail`): what sharing must keep low.
    fn snapshot_reads(&self) -> u64;

    /// Whether it can be written to and read.
    async fn check(&self) -> Result<()>;

    /// Commits and settles what waits, then puts the log into the database file. Writes after it are `overloaded`.
    async fn close(&self);
}
