//! A stand-in for a provider of text messages: for trying Plaudit without an account, for tests, for demonstrations.
//!
//! Layout: `world` is what the provider knows (telephones, messages, who has opted out), `api` is what it offers to those who
//! send, after Twilio's Messages resource, `calls` tells the site what has happened, signed as Twilio signs, `phones` is the
//! page with telephones, `faults` is what goes wrong on purpose. Nothing here knows the server's code.

mod api;
mod calls;
mod cli;
mod faults;
mod phones;
mod role;
mod sandbox;
mod world;

pub use faults::{AnswerFault, Faults};
pub use role::run_from;
pub use sandbox::{Sandbox, Settings};
pub use world::{Direction, Message};

#[cfg(test)]
mod tests {
    /// It stands in for somebody else: what it knows of the server is what a provider knows.
    #[test]
    fn this_crate_knows_nothing_of_the_site() {
        let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
        let dependencies = manifest.split_once("[dependencies]").unwrap().1;
        assert!(!dependencies.contains("plaudit"), "{dependencies}");
    }
}
