//! Fan-out of shared WebSocket frames to many sockets.
//!
//! The hub owns every upgraded connection. It runs on threads of its own ("shards"; a connection
//! belongs to one), each an edge-triggered epoll loop over raw non-blocking sockets: it does the server
//! side of RFC 6455, hands each complete text message to a [`Service`] (the site, which the hub knows
//! nothing of), keeps topics and their subscribers, and sends frames that were encoded once. No async
//! runtime and no task per connection. A frame is 97 % kernel, so what counts is how many sends there
//! are, and a loop that owns all sockets can gather what one connection is owed into one.
//!
//! # Conformance
//!
//! `cargo run -p plaudit-hub --example echo -- --listen 127.0.0.1:9001` echoes texts and binary messages of up to 16 MiB
//! and 65,536 fragments, for suites such as Autobahn. There is no compression, so cases of `permessage-deflate` are
//! declined in the handshake.
//!
//! # Layout
//!
//! | file | what |
//! |---|---|
//! | `hub` · `handle` | building and running; the way in for everybody else |
//! | `config` · `push` · `service` · `stats` | what may be set, what goes in, what the site answers, what is counted |
//! | `inbox` | the one bounded queue of a shard: order of entry is order on every socket |
//! | `shard` · `read` | the loop; socket to service |
//! | `tempo` | when topics flush |
//! | `shutdown` | a shard's end |
//! | `table` | what a shard owns. Its chapters: `subscribe`, `pass` (topics to sockets), `send`, `close`, `timers` |
//! | `connection` · `topic` · `hold` · `outbox` · `gather` · `wheel` | its data |
//! | `frame` · `decode` | RFC 6455, out and in |

mod config;
mod connection;
mod decode;
mod frame;
mod gather;
mod handle;
mod hold;
mod hub;
mod inbox;
mod outbox;
mod push;
mod read;
mod service;
mod shard;
mod shutdown;
mod stats;
mod table;
mod tempo;
mod topic;
mod wheel;

#[cfg(test)]
mod tests;

pub use config::Config;
pub use frame::Frame;
pub use handle::Handle;
pub use hub::{Hub, Running};
pub use push::{ConnectionId, Delivery, Position, Push, Reply, TopicKey};
pub use service::{Service, Turn};
pub use stats::Stats;
