//! The words of the live protocol: what a client may say, what the server answers and pushes, why it closes.
//!
//! Shared by the server and by whatever speaks to it from outside. The golden frames in `tests/golden/` fix every
//! shape; `browser/test/` replays the same files. Encoding never fails: every type here is plain data.

pub mod close;
mod command;
mod object;
mod push;
mod reply;

pub use command::{Command, Refusal, Subscribe};
pub use object::{
    AgentTyping, Case, Comment, Conversation, Customer, Delivery, Kind, Liker, Message, Mode, Note,
    Notification, Post, Quoted, Seen, User,
};
pub use push::{Presence, Push};
pub use reply::{Changes, ErrorReply, OkReply, Reply, TopicSnapshot};

/// The WebSocket subprotocol, optional in the handshake.
pub const SUBPROTOCOL: &str = "plaudit.v1";

/// A `ref` and a `since` are below this: JavaScript can hold them.
pub const INTEGER_LIMIT: u64 = 1 << 53;

/// Writes a reply or push as the JSON text of one frame.
pub fn encode(message: &impl serde::Serialize) -> String {
    // Maps with string keys and plain data: there is nothing that could fail.
    serde_json::to_string(message).expect("plain data is JSON")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Reads every golden frame as what it says it is, writes it again, and wants the same.
    #[test]
    fn every_golden_frame_reads_and_writes_the_same() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let golden: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let text = golden["frame"].to_string();
            let written = match golden["kind"].as_str().unwrap() {
                "command" => encode(&Command::parse(&text).unwrap()),
                "reply" => encode(&serde_json::from_str::<Reply<'_>>(&text).unwrap()),
                "push" => encode(&serde_json::from_str::<Push<'_>>(&text).unwrap()),
                other => panic!("{}: what is a {other}?", path.display()),
            };
            assert_eq!(
                serde_json::from_str::<Value>(&written).unwrap(),
                golden["frame"],
                "{}",
                path.display()
            );
            seen += 1;
        }
        assert!(seen >= 20, "only {seen} golden frames were found");
    }
}
