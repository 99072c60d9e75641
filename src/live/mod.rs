//! What is live: events become frames for the hub, and subscribers get snapshots that fit to them without a gap.

pub mod encode;
mod entries;
mod entry;
mod items;
pub mod presence;
mod reads;
pub mod relay;
pub mod snapshot;
mod stream;
mod tail;

pub use relay::Relay;
