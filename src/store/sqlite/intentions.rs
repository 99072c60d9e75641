//! Each intention of [`Store`], on its way to the writer or to a reader: which file carries it out stands here alone.

use std::sync::atomic::Ordering;

use async_trait::async_trait;

use super::queue::Job;
use super::tx::Tx;
use super::{
    SqliteStore, comment_lists, comments, erasure, feed, likes, posts, removal, reports, sessions,
    suspension, sweep, users,
};
use crate::domain::{
    Case, Comment, CommentId, CommentTail, Counts, Cursor, Ending, Error, FeedTail, Liked, Liker, Limit,
    Order, Page, Post, PostId, PostView, Result, Session, SessionId, Settings, Subject, Timestamp, TokenHash,
    User, UserId,
};
use crate::store::{
    ConnectionRef, Created, Credentials, NewComment, NewMember, NewPost, NewReport, NewSession,
    ProfileChange, SetLike, Store, Waiter,
};

#[async_trait]
impl Store for SqliteStore {
    fn epoch(&self) -> &str {
        &self.epoch
    }

    fn set_like(&self, like: SetLike, waiter: Waiter) -> Result<()> {
        self.queue.submit(Job::like(like, waiter))
    }

    async fn like_as_new_guest(&self, post: PostId, session: NewSession) -> Result<(Session, Liked)> {
        self.write(move |tx| likes::like_as_new_guest(tx, post, &session)).await
    }

    async fn create_member(
        &self,
        member: NewMember,
        session: Option<NewSession>,
    ) -> Result<(User, Option<Session>)> {
        self.write(move |tx| users::create_member(tx, &member, session.as_ref())).await
    }

    async fn create_session(
        &self,
        user: UserId,
        session: NewSession,
        replaces: Option<SessionId>,
        checked: Option<String>,
    ) -> Result<Session> {
        self.write(move |tx| {
            users::check_password_is(tx, user, checked.as_deref())?;
            sessions::create_for_member(tx, user, &session, replaces)
        })
        .await
    }

    async fn end_session(&self, session: SessionId) -> Result<()> {
        self.write(move |tx| sessions::end(tx, session)).await
    }

    async fn end_sessions(&self, user: UserId) -> Result<()> {
        self.write(move |tx| sessions::end_all(tx, user, Ending::Ended)).await
    }

    async fn touch_session(&self, session: SessionId, at: Timestamp) -> Result<()> {
        self.write(move |tx| sessions::touch(tx, session, at)).await
    }

    async fn create_post(&self, post: NewPost) -> Result<Created<Post>> {
        self.write(move |tx| posts::create(tx, &post)).await
    }

    async fn remove_post(&self, post: PostId, at: Timestamp) -> Result<()> {
        // Nobody waits for the rest: it reads as gone already.
        self.decide(move |tx| removal::remove(tx, post, at)).await.map(drop)
    }

    async fn create_comment(&self, comment: NewComment) -> Result<Created<Comment>> {
        self.write(move |tx| comments::create(tx, &comment)).await
    }

    fn queue_comment(&self, comment: NewComment, waiter: ConnectionRef) -> Result<()> {
        self.queue.submit(Job::comment(comment, waiter))
    }

    async fn edit_comment(&self, comment: CommentId, text: String, at: Timestamp) -> Result<Comment> {
        self.write(move |tx| comments::edit(tx, comment, &text, at)).await
    }

    async fn remove_comment(&self, comment: CommentId, at: Timestamp) -> Result<()> {
        self.write(move |tx| comments::remove(tx, comment, at)).await
    }

    async fn update_profile(&self, user: UserId, change: ProfileChange) -> Result<User> {
        self.write(move |tx| users::update_profile(tx, user, change)).await
    }

    async fn change_password(
        &self,
        user: UserId,
        password_hash: String,
        session: Option<NewSession>,
        checked: Option<String>,
    ) -> Result<Option<Session>> {
        self.write(move |tx| {
            users::check_password_is(tx, user, checked.as_deref())?;
            users::change_password(tx, user, &password_hash, session.as_ref())
        })
        .await
    }

    async fn erase_user(&self, user: UserId, at: Timestamp, checked: Option<String>) -> Result<()> {
        let erasing = move |tx: &mut Tx<'_>| {
            users::check_password_is(tx, user, checked.as_deref())?;
            erasure::erase(tx, user, at)
        };
        let rest = self.decide(erasing).await?;
        rest.await.map_err(|_| Error::Storage)
    }

    async fn set_moderator(&self, user: UserId, on: bool) -> Result<()> {
        self.write(move |tx| users::set_moderator(tx, user, on)).await
    }

    async fn set_suspended(&self, user: UserId, on: bool, at: Timestamp) -> Result<()> {
        let rest = self.decide(move |tx| suspension::set(tx, user, on, at)).await?;
        rest.await.map_err(|_| Error::Storage)
    }

    async fn create_report(&self, report: NewReport) -> Result<()> {
        self.write(move |tx| reports::create(tx, &report)).await
    }

    async fn close_reports(&self, subject: Subject) -> Result<()> {
        self.write(move |tx| reports::close(tx, subject)).await
    }

    async fn find_person(&self, user: UserId) -> Result<Option<(User, Settings)>> {
        self.read(move |db| users::find_person(db, user)).await
    }

    async fn list_liked_posts(
        &self,
        user: UserId,
        reader: Option<UserId>,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Post>> {
        self.read(move |db| posts::list_liked(db, user, reader, after, limit)).await
    }

    async fn find_comment(&self, comment: CommentId) -> Result<Option<Comment>> {
        self.read(move |db| comments::find(db, comment)).await
    }

    async fn list_comments(
        &self,
        post: PostId,
        order: Order,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Comment>> {
        self.read(move |db| comment_lists::list(db, post, order, after, limit)).await
    }

    async fn list_cases(&self, after: Option<Cursor>, limit: Limit) -> Result<Page<Case>> {
        self.read(move |db| reports::list(db, after, limit)).await
    }

    async fn read_comment_tail(&self, post: PostId) -> Result<Option<CommentTail>> {
        self.note_snapshot_read();
        self.read(move |db| comment_lists::read_tail(db, post)).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<()> {
        sweep::sweep(self, now).await
    }

    async fn find_session(&self, token: TokenHash, now: Timestamp) -> Result<Option<Session>> {
        self.read(move |db| sessions::find(db, token, now)).await
    }

    async fn find_user(&self, handle: &str) -> Result<Option<User>> {
        let handle = handle.to_owned();
        self.read(move |db| users::find(db, &handle)).await
    }

    async fn find_credentials(&self, handle: &str) -> Result<Option<Credentials>> {
        let handle = handle.to_owned();
        self.read(move |db| users::find_credentials(db, &handle)).await
    }

    async fn find_post(&self, post: PostId, reader: Option<UserId>) -> Result<Option<Post>> {
        self.read(move |db| posts::find(db, post, reader)).await
    }

    async fn view_post(
        &self,
        post: PostId,
        reader: Option<UserId>,
        comments: Limit,
        likers: Limit,
    ) -> Result<Option<PostView>> {
        self.read(move |db| posts::view(db, post, reader, comments, likers)).await
    }

    async fn list_posts(
        &self,
        author: Option<UserId>,
        reader: Option<UserId>,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Post>> {
        self.read(move |db| posts::list(db, author, reader, after, limit)).await
    }

    async fn list_likers(&self, post: PostId, after: Option<Cursor>, limit: Limit) -> Result<Page<Liker>> {
        self.read(move |db| likes::list_likers(db, post, after, limit)).await
    }

    async fn find_counts(&self, posts: &[PostId]) -> Result<Vec<Option<Counts>>> {
        self.note_snapshot_read();
        let posts = posts.to_vec();
        self.read(move |db| posts::find_counts(db, &posts)).await
    }

    async fn find_seen(&self, posts: &[PostId], user: UserId) -> Result<Vec<Option<(Counts, bool)>>> {
        let posts = posts.to_vec();
        self.read(move |db| likes::find_seen(db, &posts, user)).await
    }

    async fn read_feed_tail(&self) -> Result<FeedTail> {
        self.note_snapshot_read();
        self.read(feed::read_tail).await
    }

    fn snapshot_reads(&self) -> u64 {
        self.snapshot_reads.load(Ordering::Relaxed)
    }

    async fn check(&self) -> Result<()> {
        self.write(|tx| tx.execute("UPDATE meta SET checks = checks + 1", [])).await?;
        self.read(|db| Ok(db.query_row("SELECT 1 FROM meta", [], |_| Ok(()))?)).await
    }

    async fn close(&self) {
        self.end().await;
    }
}
