//! What is live: events become frames for the hub, and subscribers get snapshots that fit to them without a gap.

pub mod encode;
mod entries;
mod feed;
pub mod relay;
pub mod snapshot;

pub use relay::Relay;
