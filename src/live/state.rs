//! The engine of states: what is absolute, and of which the latest wins. It keeps the last value of a topic, so that all
//! who come share one read of the store.

use std::fmt::Debug;

use async_trait::async_trait;

use super::value::Value;
use crate::domain::Result;
use crate::store::Store;

/// A value that says how new it is.
pub trait Versioned: Clone + Debug + Send + Sync + 'static {
    /// Grows with every change.
    fn version(&self) -> u64;
}

/// Where the values of one kind of topic come from.
#[async_trait]
pub trait StateSource: Send + Sync {
    /// What a topic's value is.
    type Value: Versioned;

    /// The values of these topics as they stand in the store, in the same order; none for those that are not there.
    async fn read(&self, store: &dyn Store, ids: &[u64]) -> Result<Vec<Option<Self::Value>>>;
}

/// What is known of one topic.
#[derive(Debug, Default)]
pub enum State<V> {
    /// Nothing: somebody has to read the store.
    #[default]
    Unknown,
    /// This.
    Known(V),
    /// That it is not there. It never comes back: ids are not given twice.
    Missing,
}

impl<V: Versioned> State<V> {
    /// Takes a value unless a newer one is known. True if it is news.
    pub fn take(&mut self, value: V) -> bool {
        match self {
            Self::Known(known) if known.version() >= value.version() => false,
            // Of what was removed nothing more is told.
            Self::Missing => false,
            Self::Known(_) | Self::Unknown => {
                *self = Self::Known(value);
                true
            }
        }
    }

    /// The topic has just come to be.
    pub fn begin(&mut self, value: V) {
        if !matches!(self, Self::Known(_)) {
            *self = Self::Known(value);
        }
    }

    /// The topic is gone.
    pub fn end(&mut self) {
        *self = Self::Missing;
    }
}

impl<V: Versioned> Value for State<V> {}
