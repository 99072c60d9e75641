//! What every case works with: a store, a sink that writes down what it is given, and short words for common acts.
//!
//! The sink can be held. The writer then stands inside `settle`, and all that is submitted meanwhile becomes the next
//! batch: so a test decides what is committed together without any sleeping.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use async_trait::async_trait;
use plaudit::domain::session::LIFE_SECONDS;
use plaudit::domain::{
    Comment, CommentId, Counts, EndReason, Event, Liked, Liker, Limit, Online, Order, Post, PostId, Result,
    SessionId, Subject, Timestamp, TokenHash, UserId,
};
use plaudit::store::{
    Batch, ConnectionRef, Done, NewComment, NewMember, NewPost, NewReport, NewSession, SetLike, Sink, Store,
    Waiter,
};
use tokio::sync::oneshot;

/// The moment at which the cases play.
pub(super) const NOW: Timestamp = Timestamp(1_800_000_000_000);
/// The event that closes these sessions' connections.
pub(super) fn ended_event(sessions: &[SessionId]) -> Event {
    Event::SessionsEnded { sessions: sessions.to_vec(), why: EndReason::Ended }
}
/// What a new database is called.
pub(super) const EPOCH: &str = "e9och";

/// One kind of store and where its data lies.
#[async_trait]
pub(super) trait Fixture: Send + Sync {
    /// Opens the data, made before or not, as a process that starts with `epoch` would.
    async fn open_as(&self, epoch: &str) -> World;
    /// Makes every COMMIT with a new like in it fail, in the database itself.
    async fn break_commits(&self);
    /// Takes that back.
    async fn mend_commits(&self);
    /// The data as it would be found if the process were killed now.
    async fn killed(&self) -> Box<dyn Fixture>;

    /// Opens the data.
    async fn open(&self) -> World {
        self.open_as(EPOCH).await
    }
}

/// One batch as the sink got it.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    pub(super) connections: Vec<(ConnectionRef, Result<Done>)>,
    pub(super) requests: usize,
    pub(super) events: Vec<Event>,
}

#[derive(Default)]
struct Log {
    held: bool,
    entered: usize,
    settled: Vec<Settled>,
}

/// What the sink has seen; also its brake.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<(Mutex<Log>, Condvar)>);

impl Sink for Seen {
    fn settle(&mut self, batch: Batch) {
        let (log, changed) = &*self.0;
        let mut log = log.lock().unwrap();
        log.entered += 1;
        changed.notify_all();
        let mut log = changed.wait_while(log, |log| log.held).unwrap();
        let requests = batch.requests.len();
        log.settled.push(Settled { connections: batch.connections, requests, events: batch.events });
        drop(log);
        batch.requests.into_iter().for_each(|wake| wake());
    }
}

impl Seen {
    /// Every batch since the last call.
    pub(super) fn take(&self) -> Vec<Settled> {
        std::mem::take(&mut self.0.0.lock().unwrap().settled)
    }

    /// Every event since the last call.
    pub(super) fn take_events(&self) -> Vec<Event> {
        self.take().into_iter().flat_map(|batch| batch.events).collect()
    }

    /// The same without what members are told for themselves.
    pub(super) fn take_public_events(&self) -> Vec<Event> {
        public(self.take_events())
    }

    /// Lets the writer go on.
    pub(super) fn release(&self) {
        self.0.0.lock().unwrap().held = false;
        self.0.1.notify_all();
    }
}

/// Events without what members are told for themselves.
pub(super) fn public(events: Vec<Event>) -> Vec<Event> {
    let private =
        |event: &Event| matches!(event, Event::NotificationChanged { .. } | Event::UnreadChanged { .. });
    events.into_iter().filter(|event| !private(event)).collect()
}

/// A store at work.
pub(super) struct World {
    pub(super) store: Arc<dyn Store>,
    pub(super) seen: Seen,
    /// Who has an open socket.
    pub(super) online: Online,
    /// How many batches were committed.
    pub(super) commits: Box<dyn Fn() -> u64 + Send + Sync>,
    tokens: AtomicU64,
}

impl World {
    pub(super) fn new(
        store: Arc<dyn Store>,
        seen: Seen,
        online: Online,
        commits: Box<dyn Fn() -> u64 + Send + Sync>,
    ) -> Self {
        Self { store, seen, online, commits, tokens: AtomicU64::new(0) }
    }

    /// Stops the writer inside the sink. Whatever is submitted until `release` becomes one batch.
    pub(super) fn hold(&self) {
        // An unlike of nothing is refused and changes nothing, but it brings the writer to the sink.
        drop(self.hold_with(|| self.submit(UserId(1), PostId(u64::from(u32::MAX)), false)));
    }

    /// Stops the writer inside the sink with the batch that `submit` makes: committed, and nobody knows it yet.
    pub(super) fn hold_with<T>(&self, submit: impl FnOnce() -> T) -> T {
        let (log, changed) = &*self.seen.0;
        let entered = {
            let mut log = log.lock().unwrap();
            log.held = true;
            log.entered
        };
        let submitted = submit();
        drop(changed.wait_while(log.lock().unwrap(), |log| log.entered == entered).unwrap());
        submitted
    }

    /// Submits a like or unlike and does not wait.
    pub(super) fn submit(&self, user: UserId, post: PostId, on: bool) -> oneshot::Receiver<Result<Liked>> {
        let (reply, outcome) = oneshot::channel();
        self.store.set_like(SetLike { post, user, on, at: NOW }, Waiter::Request(reply)).unwrap();
        outcome
    }

    pub(super) async fn like(&self, user: UserId, post: PostId) -> Result<Liked> {
        self.submit(user, post, true).await.unwrap()
    }

    pub(super) async fn unlike(&self, user: UserId, post: PostId) -> Result<Liked> {
        self.submit(user, post, false).await.unwrap()
    }

    /// A session to be made, with a token that nobody has yet.
    pub(super) fn session_at(&self, at: Timestamp) -> NewSession {
        let token = token(self.tokens.fetch_add(1, Ordering::Relaxed));
        NewSession { token, at, ends_at: at.plus_seconds(LIFE_SECONDS) }
    }

    /// A guest who likes `post`, and its session.
    pub(super) async fn guest(&self, post: PostId) -> (UserId, SessionId) {
        let (session, _) = self.store.like_as_new_guest(post, self.session_at(NOW)).await.unwrap();
        (session.user.id, session.id)
    }

    pub(super) async fn member(&self, handle: &str) -> UserId {
        self.store.create_member(sign_up(handle, None), None).await.unwrap().0.id
    }

    pub(super) async fn members(&self, count: usize) -> Vec<UserId> {
        let mut users = Vec::new();
        for number in 0..count {
            users.push(self.member(&format!("member_{number}")).await);
        }
        users
    }

    pub(super) async fn post(&self, author: UserId, text: &str) -> Post {
        self.store.create_post(writing(author, text, None)).await.unwrap().item
    }

    pub(super) async fn comment(&self, post: PostId, author: UserId, text: &str) -> Comment {
        self.store.create_comment(commenting(post, author, text)).await.unwrap().item
    }

    pub(super) async fn answer(&self, post: PostId, author: UserId, parent: CommentId) -> Result<Comment> {
        let answer = NewComment { parent: Some(parent), ..commenting(post, author, "An answer") };
        Ok(self.store.create_comment(answer).await?.item)
    }

    /// Every comment of a post that is there, oldest first.
    pub(super) async fn comments(&self, post: PostId) -> Vec<Comment> {
        let (mut comments, mut after) = (Vec::new(), None);
        loop {
            let limit = Limit::new(100).unwrap();
            let page = self.store.list_comments(post, Order::Oldest, after, limit).await.unwrap();
            comments.extend(page.items);
            after = page.next;
            if after.is_none() {
                return comments;
            }
        }
    }

    /// The post that every new database has.
    pub(super) async fn welcome(&self) -> PostId {
        self.store.list_posts(None, None, None, Limit::default()).await.unwrap().items.last().unwrap().id
    }

    pub(super) async fn counts(&self, post: PostId) -> Option<Counts> {
        self.store.find_counts(&[post]).await.unwrap()[0]
    }

    /// What a user likes, newest post first.
    pub(super) async fn liked(&self, user: UserId) -> Vec<PostId> {
        let page = self.store.list_liked_posts(user, None, None, Limit::new(100).unwrap()).await.unwrap();
        page.items.into_iter().map(|post| post.id).collect()
    }

    /// Everybody who likes a post, newest first.
    pub(super) async fn likers(&self, post: PostId) -> Vec<UserId> {
        let page = self.store.list_likers(post, None, Limit::new(100).unwrap()).await.unwrap();
        page.items.into_iter().map(|Liker { user, .. }| user.id).collect()
    }
}

/// The token of a world's session, counted from 0.
pub(super) fn token(number: u64) -> TokenHash {
    let mut token = [7; 32];
    token[..8].copy_from_slice(&number.to_le_bytes());
    TokenHash(token)
}

pub(super) fn sign_up(handle: &str, guest: Option<UserId>) -> NewMember {
    NewMember {
        handle: handle.to_owned(),
        name: handle.to_uppercase(),
        password_hash: format!("$argon2id$of {handle}"),
        guest,
        at: NOW,
    }
}

pub(super) fn commenting(post: PostId, author: UserId, text: &str) -> NewComment {
    NewComment { post, parent: None, author, text: text.to_owned(), key: None, at: NOW }
}

pub(super) fn report(subject: Subject, reporter: UserId, reason: &str) -> NewReport {
    NewReport { subject, reporter, reason: reason.to_owned(), at: NOW }
}

pub(super) fn writing(author: UserId, text: &str, key: Option<&str>) -> NewPost {
    NewPost { author, text: text.to_owned(), key: key.map(str::to_owned), at: NOW }
}
