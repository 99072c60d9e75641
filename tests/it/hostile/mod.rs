//! Bytes that no well-behaved client sends, to a real server: requests that mean two things, frames that mean none.

mod frames;
mod handshake;
mod http;
mod slow;
