//! Measures a Plaudit site from outside: many viewers, many likes, and a proof that all of it arrived.
//!
//! Layout: `net` is one thread's loop over thousands of sockets, `scan` reads the few fields of a frame that must be
//! checked, `crowd` likes and watches and compares, `drive` presses, `scenario` says how, `out` shows what came out.
//! `site` is the server under load; `client` and `people` prepare it by its API. Nothing here knows the server's code:
//! it speaks what docs/protocol.md says.

mod cli;
mod client;
mod compare;
mod crowd;
mod drive;
mod faults;
mod latency;
mod machine;
mod measure;
mod net;
mod out;
mod people;
mod pin;
mod report;
mod role;
mod rounds;
mod scan;
mod scenario;
mod site;
mod usage;

pub use cli::{Cli, LoadArgs};
pub use net::write_plain;
pub use role::{measure, run, run_from};

#[cfg(test)]
mod tests {
    /// It measures from outside: what it knows of the server is its protocol.
    #[test]
    fn this_crate_knows_neither_the_site_nor_the_hub() {
        let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
        for line in manifest.lines().filter(|line| line.starts_with("plaudit")) {
            assert!(line.starts_with("plaudit-protocol"), "{line}");
        }
    }
}
