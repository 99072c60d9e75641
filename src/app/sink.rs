//! The sink: where every committed batch goes, on the writer's thread. A connection's reply leaves before any push that
//! contains its act, and after the relay's entries know of it: who has an answer finds it in every later snapshot.

use std::sync::Arc;

use super::sms::Waker;
use crate::bus::Bus;
use crate::domain::{Event, Result};
use crate::door::session_cache::SessionCache;
use crate::store::{Batch, ConnectionRef, Done, Sink};

/// Sends outcomes to the connections that wait for them. It must never block.
pub trait Replies: Send + 'static {
    /// One batch's outcomes, in commit order. They go before the first push that is published behind this call.
    fn stage(&mut self, outcomes: Vec<(ConnectionRef, Result<Done>)>);

    /// Sends those that no push has sent: nobody here wanted to know of this batch.
    fn release(&mut self);
}

/// The one sink of a node.
pub struct Settler<R> {
    replies: R,
    bus: Arc<dyn Bus>,
    sessions: Arc<SessionCache>,
    sms: Waker,
}

impl<R: Replies> Settler<R> {
    /// A sink that replies through `replies`, publishes on `bus`, and keeps `sessions` true, and wakes who sends text messages.
    pub fn new(replies: R, bus: Arc<dyn Bus>, sessions: Arc<SessionCache>, sms: Waker) -> Self {
        Self { replies, bus, sessions, sms }
    }
}

impl<R: Replies> Sink for Settler<R> {
    fn settle(&mut self, batch: Batch) {
        // First of all: who hears that a session has ended must not get in with it any more.
        batch.events.iter().for_each(|event| self.sessions.apply(event));
        self.replies.stage(batch.connections);
        if !batch.events.is_empty() {
            self.bus.publish(&batch.events);
        }
        self.replies.release();
        if batch.events.iter().any(|event| matches!(event, Event::SmsQueued)) {
            self.sms.wake();
        }
        for wake in batch.requests {
            wake();
        }
    }
}
