//! The store on `SQLite`: one file, one writer thread, a few readers. `boot()` opens it, `app` and `live` drive it
//! through [`Store`].
//!
//! Surprising: no write runs where it was asked for. It is a closure in the writer's queue, and what it answers leaves
//! only through the sink, after the COMMIT of the batch it fell into.

mod comment_lists;
mod comments;
mod erasure;
mod feed;
mod likes;
mod open;
mod posts;
mod queue;
mod readers;
mod removal;
mod reports;
mod rows;
mod sessions;
mod suspension;
mod sweep;
mod tally;

mod tx;
mod unfinished;
mod users;
mod writer;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use async_trait::async_trait;
use rusqlite::Connection;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

pub use open::{OpenError, SqliteOptions};

use self::queue::{Job, Queue};
use self::readers::Readers;
use self::tx::{Outcome, Tx};
use self::unfinished::Unfinished;
use super::{
    ConnectionRef, Created, Credentials, NewComment, NewMember, NewPost, NewReport, NewSession,
    ProfileChange, SetLike, Sink, Store, Waiter,
};
use crate::domain::{
    Case, Comment, CommentId, CommentTail, Counts, Cursor, Ending, Error, FeedTail, Liked, Liker, Limit,
    Order, Page, Post, PostId, Result, Session, SessionId, Settings, Subject, Timestamp, TokenHash, User,
    UserId,
};

/// The store on one `SQLite` file.
pub struct SqliteStore {
    epoch: String,
    queue: Arc<Queue>,
    readers: Readers,
    commits: Arc<AtomicU64>,
    snapshot_reads: AtomicU64,
    writer: Mutex<Option<thread::JoinHandle<()>>>,
    closed: OnceCell<()>,
}

impl SqliteStore {
    /// Opens the file, creating, migrating and seeding it where needed, and starts the writer, which hands every
    /// batch to `sink`.
    pub fn open(options: &SqliteOptions, sink: Box<dyn Sink>) -> std::result::Result<Arc<Self>, OpenError> {
        open::create_file(&options.path)?;
        let mut connection = open::writer_connection(options)?;
        open::migrate(&mut connection)?;
        let epoch = open::seed(&mut connection, options)?;
        let readers = Readers::open(options)?;
        let commits = Arc::new(AtomicU64::new(0));
        let (queue, jobs) = Queue::new(options.queue_bound);
        let writer = writer::Writer::new(connection, options.clone(), sink, Arc::clone(&commits));
        let thread =
            thread::Builder::new().name("store-writer".to_owned()).spawn(move || writer.run(&jobs))?;
        Ok(Arc::new(Self {
            epoch,
            queue: Arc::new(queue),
            readers,
            commits,
            snapshot_reads: AtomicU64::new(0),
            writer: Mutex::new(Some(thread)),
            closed: OnceCell::new(),
        }))
    }

    /// How many batches were committed since the start; below the number of writes where they gather.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Queues an act and waits for its answer; see [`Queue::write`].
    async fn write<T, F>(&self, act: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        self.queue.write(act).await
    }

    /// Queues what may be too much for one transaction, and carries out the rest in a task of its own: who asked may
    /// go, and it is done all the same.
    async fn decide<F>(&self, act: F) -> Result<JoinHandle<()>>
    where
        F: FnOnce(&mut Tx<'_>) -> Outcome<Option<Unfinished>> + Send + 'static,
    {
        let (queue, decided) = (Arc::clone(&self.queue), self.queue.ask(act)?);
        let task = tokio::spawn(async move {
            let left = decided.await.unwrap_or(Err(Error::Storage))?;
            Ok(tokio::spawn(async move {
                if let Some(work) = left {
                    unfinished::finish(&queue, work).await;
                }
            }))
        });
        task.await.unwrap_or(Err(Error::Storage))
    }

    async fn read<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Outcome<T> + Send + 'static,
    {
        self.readers.run(query).await
    }

    fn note_snapshot_read(&self) {
        self.snapshot_reads.fetch_add(1, Ordering::Relaxed);
    }
}

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
        for work in self.read(|db| unfinished::list(db)).await? {
            unfinished::finish(&self.queue, work).await;
        }
        // Candidates are looked for by a reader and checked again by the writer, a slice at a time: a sweep of a
        // large site holds up no like.
        for ended in sweep::slices(&self.read(move |db| sweep::ended_sessions(db, now)).await?) {
            self.write(move |tx| sweep::remove_sessions(tx, &ended, now)).await?;
        }
        for idle in sweep::slices(&self.read(move |db| sweep::idle_guests(db, now)).await?) {
            self.write(move |tx| sweep::remove_guests(tx, &idle, now)).await?;
        }
        Ok(())
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
        // A cell and not a flag: a second caller waits for the first one's closing too.
        let closing = async {
            self.queue.close();
            let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(writer) = writer
                && !matches!(tokio::task::spawn_blocking(move || writer.join()).await, Ok(Ok(())))
            {
                tracing::error!("the store's writer ended by a panic");
            }
        };
        self.closed.get_or_init(|| closing).await;
    }
}
