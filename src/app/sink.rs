//! The sink: where every committed batch goes, on the writer's thread. First the replies, then the events: so no
//! connection sees a push that contains its own act before the `ok` of that act.

use std::sync::Arc;

use crate::bus::Bus;
use crate::domain::{Liked, Result};
use crate::store::{Batch, ConnectionRef, Sink};

/// Sends outcomes to the connections that wait for them. It must queue them in one step and never block.
pub trait Replies: Send + 'static {
    /// One batch's outcomes, in commit order.
    fn reply(&mut self, outcomes: Vec<(ConnectionRef, Result<Liked>)>);
}

/// The one sink of a node.
pub struct Settler<R> {
    replies: R,
    bus: Arc<dyn Bus>,
}

impl<R: Replies> Settler<R> {
    /// A sink that replies through `replies` and publishes on `bus`.
    pub fn new(replies: R, bus: Arc<dyn Bus>) -> Self {
        Self { replies, bus }
    }
}

impl<R: Replies> Sink for Settler<R> {
    fn settle(&mut self, batch: Batch) {
        if !batch.connections.is_empty() {
            self.replies.reply(batch.connections);
        }
        for wake in batch.requests {
            wake();
        }
        if !batch.events.is_empty() {
            self.bus.publish(&batch.events);
        }
    }
}
