//! What a stream is made of: entries that come, change and go.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use plaudit_protocol as protocol;

use super::tail::Tail;
use crate::domain::{Result, StreamChange, User, UserId};
use crate::live::value::Fix;
use crate::store::Store;

/// A topic's name in a push; none in a snapshot's changes.
pub type Name<'a> = Option<Cow<'a, str>>;

/// An entry of a stream.
pub trait Item: Clone + std::fmt::Debug + Send + Sync + 'static {
    /// Its id.
    fn id(&self) -> u64;

    /// The place of its creation.
    fn seq(&self) -> u64;

    /// From where a list goes on behind it.
    fn cursor(&self) -> u64;

    /// Whom it names, where `mend` has something to keep true about them.
    fn authors(&self) -> impl Iterator<Item = UserId> {
        std::iter::empty()
    }

    /// The length of its texts: it is at least as long when it is encoded.
    fn bytes(&self) -> usize;

    /// The push that says it was added.
    fn added<'a>(&'a self, topic: Name<'a>) -> protocol::Push<'a>;

    /// The push that says it was changed.
    fn edited<'a>(&'a self, topic: Name<'a>, seq: u64) -> protocol::Push<'a>;

    /// The push that says it was removed.
    fn removed(topic: Name<'_>, seq: u64, id: u64) -> protocol::Push<'_>;

    /// Takes what it says beside its own text. True if that was news. Never asked where nothing is kept.
    fn mend(_: &mut Arc<Self>, _: &Fix) -> bool {
        false
    }
}

/// A change of a stream, as an event brings it.
#[derive(Debug, Clone)]
pub enum Change<T> {
    /// The item is this now. It is a new one where `seq` is its own.
    Set {
        /// The change's place.
        seq: u64,
        /// As it is now.
        item: Arc<T>,
    },
    /// The item is gone.
    Removed {
        /// The removal's place.
        seq: u64,
        /// Which.
        id: u64,
    },
}

impl<T> Change<T> {
    /// Its place in the stream.
    pub fn seq(&self) -> u64 {
        match self {
            Self::Set { seq, .. } | Self::Removed { seq, .. } => *seq,
        }
    }
}

impl<T> Change<T> {
    /// Of what an event brings.
    pub fn of<I: Copy>(change: &StreamChange<T, I>, number: impl FnOnce(I) -> u64) -> Self {
        match change {
            StreamChange::Added { seq, item } | StreamChange::Edited { seq, item } => {
                Self::Set { seq: *seq, item: Arc::clone(item) }
            }
            StreamChange::Removed { seq, id } => Self::Removed { seq: *seq, id: number(*id) },
        }
    }
}

impl<T: Item> Change<T> {
    /// The push that tells it.
    pub(in crate::live) fn push<'a>(&'a self, topic: Name<'a>) -> protocol::Push<'a> {
        match self {
            Self::Set { seq, item } if item.seq() == *seq => item.added(topic),
            Self::Set { seq, item } => item.edited(topic, *seq),
            Self::Removed { seq, id } => T::removed(topic, *seq, *id),
        }
    }
}

/// Where the streams of one kind of topic come from.
#[async_trait]
pub trait StreamSource: Send + Sync {
    /// What they are made of.
    type Item: Item;

    /// The end of a topic's stream as it stands in the store; none if there is no such stream.
    async fn read(&self, store: &dyn Store, id: u64) -> Result<Option<Tail<Self::Item>>>;
}

/// The length of what is said of an author.
pub(in crate::live) fn bytes_of(author: &User) -> usize {
    author.name.len() + author.bio.len()
}

/// Only an item that names its author wrongly is copied.
pub(in crate::live) fn mend_author<T: Clone>(
    item: &mut Arc<T>,
    user: &User,
    get: impl FnOnce(&T) -> &User,
    get_mut: impl FnOnce(&mut T) -> &mut User,
) -> bool {
    let wrong = get(item) != user;
    if wrong {
        get_mut(Arc::make_mut(item)).clone_from(user);
    }
    wrong
}
