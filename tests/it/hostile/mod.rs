//! Bytes that no well-behaved client sends, to a real server: requests that mean two things, frames that mean none.

mod frames;
mod handshake;
mod heads;
mod http;
#[cfg(target_os = "linux")]
mod paused;
mod slow;
mod unread;
