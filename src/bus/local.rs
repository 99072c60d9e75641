//! The bus of a single node: a plain call. Order and back-pressure come for free, and there is no queue to bound.

use std::sync::OnceLock;

use super::{Bus, Listener};
use crate::domain::Event;

/// One node's bus.
#[derive(Default)]
pub struct LocalBus {
    listener: OnceLock<Listener>,
}

impl Bus for LocalBus {
    fn listen(&self, listener: Listener) {
        assert!(self.listener.set(listener).is_ok(), "a node has one listener");
    }

    fn publish(&self, events: &[Event]) {
        if let Some(listener) = self.listener.get() {
            listener(events);
        }
    }
}
