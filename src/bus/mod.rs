//! The bus: carries events from the sink to the relay of every node.

pub mod local;

use crate::domain::Event;

/// What listens on a node: its relay.
pub type Listener = Box<dyn Fn(&[Event]) + Send + Sync>;

/// Promises: the events of one publisher arrive in the order of its calls (a count would otherwise go back), and a
/// listener that is slow slows the publisher down instead of growing a queue. It may lose events only where the
/// listener can notice it by `seq` or `version`.
pub trait Bus: Send + Sync + 'static {
    /// Sets the listener of this node; once, before the first publish.
    fn listen(&self, listener: Listener);

    /// Publishes what one commit changed.
    fn publish(&self, events: &[Event]);
}
