//! What waits for the writer, and in which shape. The store's intentions fill the queue, the writer's thread empties it.
//!
//! A job carries its own answer, and that is `storage` from the start. So an answer that says otherwise can only come
//! from an act that has run, and a batch that fails has nothing to undo but these.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{PoisonError, RwLock};

use tokio::sync::oneshot;

use super::transaction::{Database, Outcome, Transaction as _};
use crate::domain::{Error, Liked, Result};
use crate::store::{Batch, ConnectionRef, Done, SetLike, Waiter};

/// One intention with who waits for it.
pub(super) enum Job<D: Database> {
    /// A like lies in the queue itself: it is what comes by the thousand, and it needs no allocation.
    Like(Like),
    /// Anything else.
    Act(Box<dyn Act<D>>),
}

/// A like with its answer.
pub(super) struct Like {
    what: SetLike,
    waiter: Waiter,
    outcome: Result<Liked>,
}

/// Anything that runs in the writer's transaction.
pub(super) trait Act<D: Database>: Send {
    fn apply(&mut self, tx: &mut D::Tx<'_>) -> Outcome<()>;
    fn answer(&mut self, error: Error);
    fn settle(self: Box<Self>, batch: &mut Batch);
}

struct Request<T, F> {
    act: Option<F>,
    reply: oneshot::Sender<Result<T>>,
    outcome: Result<T>,
}

impl<D, T, F> Act<D> for Request<T, F>
where
    D: Database,
    T: Send + 'static,
    F: FnOnce(&mut D::Tx<'_>) -> Outcome<T> + Send + 'static,
{
    fn apply(&mut self, tx: &mut D::Tx<'_>) -> Outcome<()> {
        if let Some(act) = self.act.take() {
            self.outcome = Ok(act(tx)?);
        }
        Ok(())
    }

    fn answer(&mut self, error: Error) {
        self.outcome = Err(error);
    }

    fn settle(self: Box<Self>, batch: &mut Batch) {
        // Who asked may have gone: the act counts all the same.
        batch.requests.push(Box::new(move || drop(self.reply.send(self.outcome))));
    }
}

/// What a connection waits for: its answer is no future's, it goes to the sink as it is.
struct Command<F> {
    act: Option<F>,
    waiter: ConnectionRef,
    outcome: Result<Done>,
}

impl<D, F> Act<D> for Command<F>
where
    D: Database,
    F: FnOnce(&mut D::Tx<'_>) -> Outcome<Done> + Send + 'static,
{
    fn apply(&mut self, tx: &mut D::Tx<'_>) -> Outcome<()> {
        if let Some(act) = self.act.take() {
            self.outcome = Ok(act(tx)?);
        }
        Ok(())
    }

    fn answer(&mut self, error: Error) {
        self.outcome = Err(error);
    }

    fn settle(self: Box<Self>, batch: &mut Batch) {
        batch.connections.push((self.waiter, self.outcome));
    }
}

impl<D: Database> Job<D> {
    pub(super) fn like(like: SetLike, waiter: Waiter) -> Self {
        Self::Like(Like { what: like, waiter, outcome: Err(Error::Storage) })
    }

    fn act<T, F>(act: F, reply: oneshot::Sender<Result<T>>) -> Self
    where
        T: Send + 'static,
        F: FnOnce(&mut D::Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        Self::Act(Box::new(Request { act: Some(act), reply, outcome: Err(Error::Storage) }))
    }

    /// Does it, inside the batch's transaction.
    pub(super) fn apply(&mut self, tx: &mut D::Tx<'_>) -> Outcome<()> {
        match self {
            Self::Like(job) => {
                job.outcome = Ok(tx.set_like(&job.what)?);
                Ok(())
            }
            Self::Act(act) => act.apply(tx),
        }
    }

    /// Whether a refusal of it leaves nothing to undo, so that it needs no savepoint.
    pub(super) const fn undoes_itself(&self) -> bool {
        matches!(self, Self::Like(_))
    }

    /// Answers it with an error, whatever it was to be answered before.
    pub(super) fn answer(&mut self, error: Error) {
        match self {
            Self::Like(job) => job.outcome = Err(error),
            Self::Act(act) => act.answer(error),
        }
    }

    /// Puts its answer where the sink finds it.
    pub(super) fn settle(self, batch: &mut Batch) {
        match self {
            Self::Like(Like { waiter: Waiter::Connection(to), outcome, .. }) => {
                batch.connections.push((to, outcome.map(Done::Liked)));
            }
            Self::Like(Like { waiter: Waiter::Request(reply), outcome, .. }) => {
                batch.requests.push(Box::new(move || drop(reply.send(outcome))));
            }
            Self::Act(act) => act.settle(batch),
        }
    }
}

/// The way into the queue.
pub(in crate::store) struct Queue<D: Database> {
    /// Behind a lock, so that closing is a border: what was let in before it is settled, nothing is let in after.
    sender: RwLock<Option<SyncSender<Job<D>>>>,
}

impl<D: Database> Queue<D> {
    /// A queue that refuses when `bound` jobs wait.
    pub(super) fn new(bound: usize) -> (Self, Receiver<Job<D>>) {
        let (sender, receiver) = sync_channel(bound);
        (Self { sender: RwLock::new(Some(sender)) }, receiver)
    }

    /// Lets a like in; its outcome goes to `waiter`.
    pub(in crate::store) fn set_like(&self, like: SetLike, waiter: Waiter) -> Result<()> {
        self.submit(Job::like(like, waiter))
    }

    /// Lets a connection's act in; its outcome goes to `waiter` through the sink.
    pub(in crate::store) fn tell<F>(&self, act: F, waiter: ConnectionRef) -> Result<()>
    where
        F: FnOnce(&mut D::Tx<'_>) -> Outcome<Done> + Send + 'static,
    {
        self.submit(Job::Act(Box::new(Command { act: Some(act), waiter, outcome: Err(Error::Storage) })))
    }

    /// Lets a job in, or refuses it as `overloaded`: full, closed, or without a writer.
    fn submit(&self, job: Job<D>) -> Result<()> {
        let sender = self.sender.read().unwrap_or_else(PoisonError::into_inner);
        match &*sender {
            Some(sender) => sender.try_send(job).map_err(|_| Error::Overloaded),
            None => Err(Error::Overloaded),
        }
    }

    /// Lets an act in and waits for the answer that its batch's settling brings. Dropping this future drops the answer
    /// only: what was queued is done.
    pub(in crate::store) async fn write<T, F>(&self, act: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut D::Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        // The sender is only lost with the writer: what became of the write is not known then.
        self.ask(act)?.await.unwrap_or(Err(Error::UnknownOutcome))
    }

    /// Lets an act in; where its answer will be.
    pub(in crate::store) fn ask<T, F>(&self, act: F) -> Result<oneshot::Receiver<Result<T>>>
    where
        T: Send + 'static,
        F: FnOnce(&mut D::Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.submit(Job::act(act, reply))?;
        Ok(answer)
    }

    /// Lets nothing in any more; the writer ends once it has settled what waits.
    pub(in crate::store) fn close(&self) {
        self.sender.write().unwrap_or_else(PoisonError::into_inner).take();
    }
}
