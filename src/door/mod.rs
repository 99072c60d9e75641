//! The door: what is decided before a use case runs. Which pages may act, which proxies are believed, how many
//! connections and acts there may be, and which session a token belongs to.
//!
//! It decides over plain values. `web` reads them from the headers of a request; `app` asks for the rates, the failed
//! log-ins and the kept sessions.

pub mod attempts;
pub mod connections;
mod hops;
pub mod limits;
pub mod origins;
pub mod proxies;
pub mod seldom;
pub mod session_cache;

use std::net::IpAddr;

use connections::Connections;
use origins::Origins;
use proxies::Proxies;

/// The socket's other end, as the accept loop sees it: a client or a proxy.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// What every request and every connection of a server passes.
pub struct Door {
    /// Which pages may act.
    pub origins: Origins,
    /// Who may speak for others.
    pub proxies: Proxies,
    /// How many are in.
    pub connections: Connections,
}
