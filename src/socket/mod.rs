//! Sockets: the upgrade, what a connection may say, and the replies. Registers and replies; never publishes.

pub mod commands;
mod connection;
pub mod replies;
mod subscribe;
pub mod upgrade;
mod viewing;

pub use commands::Commands;
pub use connection::Connection;
