//! The one test binary: HTTP and sockets against a real server on a port of its own, the store's contract, the
//! program as a process, and the rules of the house.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, missing_docs, unreachable_pub)]

mod architecture;
mod backup;
mod disk;
mod documents;
mod durability;
mod environment;
mod hostile;
mod http;
mod live;
mod load;
mod logging;
mod operator;
mod program;
mod providers;
mod sms;
mod stopping;
mod store_contract;
mod support;
