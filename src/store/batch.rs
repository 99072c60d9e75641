//! What a commit leads to: who waits for it, what they are told, what happened; and where all of that goes.

use tokio::sync::oneshot;

use crate::domain::{Comment, Event, Liked, Message, Result};

/// Which command of which connection waits for an outcome. Opaque here: `socket` gives it a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionRef {
    /// The connection.
    pub connection: u64,
    /// The `ref` of its command.
    pub reference: u64,
}

/// Who waits for a like's outcome.
#[derive(Debug)]
pub enum Waiter {
    /// A future of a request. It may have been dropped meanwhile; the like counts all the same.
    Request(oneshot::Sender<Result<Liked>>),
    /// A connection: its reply goes through the hub, in order with the pushes. No task, no allocation.
    Connection(ConnectionRef),
}

/// What a connection's command led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// A like or unlike.
    Liked(Liked),
    /// A comment; boxed, since likes come by the thousand.
    Commented(Box<Comment>),
    /// A message.
    Messaged(Box<Message>),
    /// It is read up to there.
    Read,
}

/// One committed (or failed) batch.
pub struct Batch {
    /// Replies to connections, in commit order.
    pub connections: Vec<(ConnectionRef, Result<Done>)>,
    /// Wakes the futures that wait, in commit order.
    pub requests: Vec<Box<dyn FnOnce() + Send>>,
    /// What the batch changed, in commit order, one `CountsChanged` per post. Empty when the commit failed.
    pub events: Vec<Event>,
}

/// Where every batch goes after its COMMIT: the replies leave before any push of the events.
/// Called on the writer's thread, which starts the next batch only afterwards: so batches never overtake each other.
pub trait Sink: Send + 'static {
    /// Takes one batch.
    fn settle(&mut self, batch: Batch);
}
