//! What the relay keeps of a topic while somebody is subscribed: a stream's end, a state's last value, or nothing.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use crate::domain::{Counts, PostId, User};

/// What is kept of one topic. `stream` and `state` are the two engines that have something to keep.
pub trait Value: Any + Debug + Send {
    /// A read of the store starts: what comes from now on can be missed by it.
    fn start_reading(&mut self) {}

    /// The read is over. Unless it was finished, it has come to nothing.
    fn stop_reading(&mut self) {}

    /// Keeps true what it says beside its own changes.
    fn mend(&mut self, _fix: &Fix) {}

    /// About how much memory it takes, where that has to be bounded.
    fn bytes(&self) -> usize {
        0
    }

    /// Forgets what it knows; the next who asks reads it again.
    fn forget(&mut self) {}
}

/// What the relay keeps of a topic while somebody is subscribed.
#[derive(Debug)]
pub enum Keeps {
    /// Nothing: nobody has to know that somebody is.
    Nothing,
    /// Only that somebody is. So it is where one user alone subscribes: to keep the end of every member's streams would
    /// cost more than their connections do, and nobody would share the read that it spares.
    Listeners,
    /// What answers everybody who comes after the first.
    Value(Box<dyn Value>),
}

impl Keeps {
    /// This value.
    pub fn value(value: impl Value) -> Self {
        Self::Value(Box::new(value))
    }
}

/// What changes about entries of a stream without being a change of the stream.
#[derive(Debug, Clone)]
pub enum Fix {
    /// The counts of a post.
    Counts(PostId, Counts),
    /// The head of a post's comments.
    CommentsSeq(PostId, u64),
    /// An author is called something else.
    Author(Arc<User>),
}

impl Fix {
    /// Two of the same key are about the same thing: the later one counts.
    pub(super) fn key(&self) -> (u8, u64) {
        let kind = match self {
            Self::Counts(..) => 0,
            Self::CommentsSeq(..) => 1,
            Self::Author(_) => 2,
        };
        (kind, self.item())
    }

    /// Which item it is about; of an author's, which author.
    pub(super) fn item(&self) -> u64 {
        match self {
            Self::Counts(PostId(id), _) | Self::CommentsSeq(PostId(id), _) => *id,
            Self::Author(user) => user.id.0,
        }
    }
}
