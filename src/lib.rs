//! Plaudit: live likes, comments, viewers and messages for the web. ARCHITECTURE.md is the map.

/// The use cases: may they? then the store; and the sink.
pub mod app;
/// Puts the house together, for `main` and for tests.
pub mod boot;
/// Carries events to the relay of every node.
pub mod bus;
/// The command line.
pub mod cli;
/// Every option.
pub mod config;
/// What a running server does for the command line.
pub mod control;
/// Types, limits and validation.
pub mod domain;
/// What is decided before a use case runs: origins, proxies, connections, rates.
pub mod door;
/// The data folder and its lock.
pub mod folder;
/// Events to frames, snapshots without a gap.
pub mod live;
/// What the command line's roles do.
pub mod roles;
/// Text messages to and from telephones.
pub mod sms;
/// The upgrade, commands and replies.
pub mod socket;
/// Whole intentions with their guarantees.
pub mod store;
/// The API, the pages, the accept loop.
pub mod web;

pub use boot::{Server, boot};
