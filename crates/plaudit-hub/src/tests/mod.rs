//! The hub's tests, in the library's own test binary: framing by table and by property, and the hub as
//! a whole over loopback sockets. They wait on conditions, never on time.

mod closing;
mod evict;
mod fanout;
mod frames;
mod parts;
mod sequences;
mod slow;
mod snapshots;
mod splits;
pub(crate) mod support;
mod tempo;
mod timers;
