//! Commands: what a client may say, one JSON object a text frame. Unknown fields are refused, so that a client's
//! mistake shows at once and no field's meaning can change silently.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Number;

use crate::{INTEGER_LIMIT, Mode};

/// A command as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Command {
    /// Asks for snapshots of topics and for what comes after.
    Subscribe {
        /// Echoed in the snapshot.
        #[serde(rename = "ref", deserialize_with = "reference")]
        reference: u64,
        /// The epoch that every `since` belongs to; without it the current one is meant.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        epoch: Option<String>,
        /// 1 to 50.
        #[serde(deserialize_with = "objects")]
        topics: Vec<Subscribe>,
    },
    /// Ends subscriptions.
    Unsubscribe {
        /// Echoed in the `ok`.
        #[serde(rename = "ref", deserialize_with = "reference")]
        reference: u64,
        /// 1 to 50 names.
        topics: Vec<String>,
    },
    /// Sets or takes back a like; never toggles.
    Like {
        /// Echoed in the `ok`.
        #[serde(rename = "ref", deserialize_with = "reference")]
        reference: u64,
        /// The post's id.
        #[serde(deserialize_with = "post")]
        post: u64,
        /// Whether it is liked from now on.
        on: bool,
    },
    /// Writes a comment.
    Comment {
        /// Echoed in the `ok`.
        #[serde(rename = "ref", deserialize_with = "reference")]
        reference: u64,
        /// Under which post.
        #[serde(deserialize_with = "post")]
        post: u64,
        /// 1 to 1,000 characters.
        text: String,
        /// The client's own: the same command again with it adds nothing.
        key: String,
        /// The comment that it answers; null or absent where it stands by itself.
        #[serde(default, deserialize_with = "parent")]
        parent: Option<u64>,
    },
    /// Writes a message.
    Message {
        /// Echoed in the `ok`.
        #[serde(rename = "ref", deserialize_with = "reference")]
        reference: u64,
        /// In which conversation.
        #[serde(deserialize_with = "conversation")]
        conversation: u64,
        /// 1 to 2,000 characters.
        text: String,
        /// The client's own: the same command again with it adds nothing.
        key: String,
        /// Null or absent, but where an agent answers for an inbox.
        #[serde(default, deserialize_with = "seen", skip_serializing_if = "Option::is_none")]
        seen: Option<u64>,
    },
    /// I have read up to here; never back.
    Read {
        /// Echoed in the `ok`.
        #[serde(rename = "ref", deserialize_with = "reference")]
        reference: u64,
        /// `conversation:ID`.
        topic: String,
        /// A position of that topic.
        #[serde(deserialize_with = "read")]
        read: u64,
    },
    /// I am writing now. Holds for 5 s; no reply.
    Typing {
        /// `post:ID/presence`, `conversation:ID/presence` or, for agents, `conversation:ID/agents`.
        topic: String,
        /// Of an agent, and only there: what it writes.
        #[serde(default, deserialize_with = "Mode::present", skip_serializing_if = "Option::is_none")]
        mode: Option<Mode>,
    },
    /// Says that the client is there; never needed.
    Pong {},
}

/// One topic of a `subscribe`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    /// The topic's name.
    pub topic: String,
    /// The position up to which the client knows a stream.
    #[serde(default, deserialize_with = "position", skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
}

/// Why a text is not a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The `ref`, if at least that could be read.
    pub reference: Option<u64>,
    /// What is wrong and what is allowed.
    pub message: String,
    /// Whether it is the text that somebody wrote, and not the program that sends it.
    pub is_text: bool,
}

const TYPES: &str = "subscribe, unsubscribe, like, comment, message, read, typing, pong";
const NO_OBJECT: &str = "Send one JSON object a frame, with a \"type\".";
const HALF: &str =
    "The text holds half of a character (a lone surrogate). Write that character again, or leave it out.";

impl Command {
    /// Reads one text frame.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if !is_object(text) {
            return Err(Refusal { reference: None, message: NO_OBJECT.into(), is_text: false });
        }
        Like::read(text).map_or_else(|| Self::parse_any(text), Ok)
    }

    fn parse_any(text: &str) -> Result<Self, Refusal> {
        serde_json::from_str(text).map_err(|error| refuse(text, &error))
    }
}

/// What comes most often, without the tree that serde makes of a tagged object first.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Like<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(rename = "ref", deserialize_with = "reference")]
    reference: u64,
    #[serde(deserialize_with = "post")]
    post: u64,
    on: bool,
}

impl Like<'_> {
    /// None for everything that is no well-formed like, and for one that is written strangely.
    fn read(text: &str) -> Option<Command> {
        let Like { kind, reference, post, on } = serde_json::from_str(text).ok()?;
        (kind == "like").then_some(Command::Like { reference, post, on })
    }
}

fn refuse(text: &str, error: &serde_json::Error) -> Refusal {
    #[derive(Deserialize)]
    struct Envelope {
        #[serde(rename = "ref", default)]
        reference: serde_json::Value,
        #[serde(rename = "type", default)]
        kind: serde_json::Value,
    }
    // A second, tolerant look, only after a failure: which command was meant, and by which `ref`?
    let Ok(envelope) = serde_json::from_str::<Envelope>(text) else {
        return Refusal { reference: None, message: NO_OBJECT.into(), is_text: false };
    };
    let reference = envelope.reference.as_number().and_then(to_integer);
    let known = envelope.kind.as_str().is_some_and(|kind| TYPES.split(", ").any(|known| known == kind));
    // serde's sentence names the field; its position in the text helps nobody here.
    let why = error.to_string();
    let why = why.split(" at line ").next().unwrap_or_default();
    let is_text = known && (why.contains("surrogate") || why.contains("hex escape"));
    let message = if !known {
        format!("\"type\" is one of {TYPES}.")
    } else if is_text {
        HALF.to_owned()
    } else if why == "number out of range" {
        "This command holds a number that is too large: they are whole, from 0 to 2^53-1.".to_owned()
    } else {
        format!("This command is not well formed: {why}.")
    };
    Refusal { reference, message, is_text }
}

/// Null is not the same as absent: a client that sends it has lost something.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// serde reads a struct from an array too; in this protocol an object is an object.
fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

fn objects<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Subscribe>, D::Error> {
    struct Object(Subscribe);
    struct ObjectVisitor;
    impl<'de> Visitor<'de> for ObjectVisitor {
        type Value = Object;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(r#"an object like {"topic":"post:42"}"#)
        }
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object, A::Error> {
            Subscribe::deserialize(MapAccessDeserializer::new(map)).map(Object)
        }
    }
    impl<'de> Deserialize<'de> for Object {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(ObjectVisitor)
        }
    }
    let objects = Vec::<Object>::deserialize(deserializer)?;
    Ok(objects.into_iter().map(|object| object.0).collect())
}

fn reference<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    integer(deserializer, "`ref` is a whole number from 0 to 2^53-1")
}

fn post<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    integer(deserializer, "`post` is a whole number from 1 to 2^53-1")
}

fn conversation<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    integer(deserializer, "`conversation` is a whole number from 1 to 2^53-1")
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    integer(deserializer, "`read` is a whole number from 0 to 2^53-1")
}

fn parent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    integer_or_null(deserializer, "`parent` is null or a whole number from 1 to 2^53-1")
}

fn seen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    integer_or_null(deserializer, "`seen` is null or a whole number from 0 to 2^53-1")
}

fn integer_or_null<'de, D: Deserializer<'de>>(
    deserializer: D,
    allowed: &str,
) -> Result<Option<u64>, D::Error> {
    let number = Option::<Number>::deserialize(deserializer).map_err(|_| D::Error::custom(allowed))?;
    number.map(|number| to_integer(&number).ok_or_else(|| D::Error::custom(allowed))).transpose()
}

/// Null is refused here too.
fn position<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    integer(deserializer, "`since` is a whole number from 0 to 2^53-1").map(Some)
}

fn integer<'de, D: Deserializer<'de>>(deserializer: D, allowed: &str) -> Result<u64, D::Error> {
    let number = Number::deserialize(deserializer).ok();
    number.as_ref().and_then(to_integer).ok_or_else(|| D::Error::custom(allowed))
}

/// A whole number in any spelling of JSON (`7`, `7.0`, `7e0`), if JavaScript can hold it.
fn to_integer(number: &Number) -> Option<u64> {
    // A float is written without a point where it is whole. The sum makes 0 of -0.
    let integer = number.as_u64().or_else(|| (number.as_f64()? + 0.0).to_string().parse().ok());
    integer.filter(|integer| *integer < INTEGER_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Refusal {
        Command::parse(text).unwrap_err()
    }

    #[test]
    fn a_refusal_carries_the_ref_where_it_can_be_read() {
        assert_eq!(refusal(r#"{"type":"like","ref":3,"post":"x","on":true}"#).reference, Some(3));
        assert_eq!(refusal(r#"{"type":"dance","ref":4}"#).reference, Some(4));
        assert_eq!(refusal(r#"{"type":"like","ref":-1,"post":1,"on":true}"#).reference, None);
        assert_eq!(refusal(r#"{"type":"like","ref":9007199254740992,"post":1,"on":true}"#).reference, None);
        assert_eq!(refusal("[1]").reference, None);
        assert_eq!(refusal("not json").reference, None);
        assert_eq!(refusal("").reference, None);
    }

    #[test]
    fn a_whole_number_is_one_in_any_spelling() {
        let like = |number: &str| {
            Command::parse(&format!(r#"{{"type":"like","ref":{number},"post":{number},"on":true}}"#))
        };
        for (number, integer) in [
            ("7", 7),
            ("7.0", 7),
            ("7e0", 7),
            ("0.7e1", 7),
            ("70E-1", 7),
            ("-0", 0),
            ("9007199254740991", INTEGER_LIMIT - 1),
            ("9007199254740991.0", INTEGER_LIMIT - 1),
        ] {
            let wanted = Command::Like { reference: integer, post: integer, on: true };
            assert_eq!(like(number), Ok(wanted), "{number}");
        }
        for text in [
            r#"{"type":"comment","ref":1.0,"post":2e0,"text":"x","key":"k","parent":3.0}"#,
            r#"{"type":"subscribe","ref":1e0,"topics":[{"topic":"feed:latest","since":10e1}]}"#,
        ] {
            assert!(Command::parse(text).is_ok(), "{text}");
        }
        for number in
            ["1.5", "1e400", "-1", "9007199254740992", "9007199254740993.0", "1e300", "\"1\"", "null"]
        {
            let text = format!(r#"{{"type":"like","ref":3.0,"post":{number},"on":true}}"#);
            let Refusal { reference, message, is_text } = refusal(&text);
            assert_eq!((reference, is_text), (Some(3), false), "{text}");
            assert!(message.contains("whole") && message.contains("2^53-1"), "{text}: {message}");
        }
    }

    #[test]
    fn half_a_character_is_a_matter_of_the_text() {
        for half in [r"\ud83d", r"\ud83dx", r"\udc4f", r"\ud83d\ud83d", r"\ud83d\n"] {
            let text = format!(r#"{{"type":"comment","ref":4,"post":1,"text":"a{half}","key":"k"}}"#);
            let wanted = Refusal { reference: Some(4), message: HALF.to_owned(), is_text: true };
            assert_eq!(refusal(&text), wanted, "{half}");
        }
        let whole = r#"{"type":"comment","ref":4,"post":1,"text":"\ud83d\udc4f","key":"k"}"#;
        assert!(Command::parse(whole).is_ok());
    }

    #[test]
    fn wrong_types_missing_and_unknown_fields_are_refused() {
        for bad in [
            r#"{"type":"like","ref":1,"post":1}"#,
            r#"{"type":"like","post":1,"on":true}"#,
            r#"{"type":"like","ref":1,"post":1,"on":1}"#,
            r#"{"type":"like","ref":1,"post":1.5,"on":true}"#,
            r#"{"type":"like","ref":1,"post":-1,"on":true}"#,
            r#"{"type":"like","ref":1,"post":99999999999999999999999,"on":true}"#,
            r#"{"type":"like","ref":1,"post":1,"on":true,"extra":1}"#,
            r#"{"type":"like","ref":1,"post":1,"on":true,"on":false}"#,
            r#"{"type":"subscribe","ref":1,"topics":["post:1"]}"#,
            r#"{"type":"subscribe","ref":1,"topics":[{"topic":"feed:latest","since":null}]}"#,
            r#"{"type":"subscribe","ref":1,"topics":[{"topic":"feed:latest","since":9007199254740992}]}"#,
            r#"{"type":"subscribe","ref":1,"epoch":null,"topics":[{"topic":"feed:latest"}]}"#,
            r#"{"type":"subscribe","ref":1,"topics":[{"topic":"post:1","x":1}]}"#,
            r#"{"type":"subscribe","ref":1,"topics":[["post:1"]]}"#,
            r#"["like",1,1,true]"#,
            r#"{"type":"pong","x":1}"#,
            r#"{"type":"comment","ref":1,"post":1,"text":"x"}"#,
            r#"{"type":"comment","ref":1,"post":1,"text":"x","key":null}"#,
            r#"{"type":"comment","ref":1,"post":1,"text":"x","key":"k","parent":"1"}"#,
            r#"{"type":"typing"}"#,
            r#"{"type":"typing","topic":"post:1/presence","ref":1}"#,
            r#"{"type":"typing","topic":"conversation:1/agents","mode":null}"#,
            r#"{"type":"like","ref":1,"post":1,"on":true}{}"#,
        ] {
            assert!(Command::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_like_reads_the_same_by_its_short_way() {
        let like = r#"{"type":"like","ref":7,"post":42,"on":true}"#;
        assert_eq!(Like::read(like), Some(Command::Like { reference: 7, post: 42, on: true }));
        // Whatever it takes, the long way takes alike; whatever it leaves, the long way decides on.
        for text in [
            like,
            r#" { "on" : false, "post" : 1 , "ref":0, "type":"like" } "#,
            r#"{"type":"like","ref":9007199254740991,"post":42,"on":true}"#,
            r#"{"type":"like","ref":9007199254740992,"post":42,"on":true}"#,
            r#"{"type":"like","ref":7.0,"post":42e0,"on":true}"#,
            r#"{"type":"like","ref":7.5,"post":42,"on":true}"#,
            r#"{"type":"li\u006be","ref":7,"post":42,"on":true}"#,
            r#"{"type":"like","type":"like","ref":7,"post":42,"on":true}"#,
            r#"{"type":"like","ref":7,"post":42,"on":true,"on":true}"#,
            r#"{"type":"like","ref":7,"post":42,"on":true,"key":"k"}"#,
            r#"{"type":"like","ref":7,"post":42,"on":1}"#,
            r#"{"type":"like","ref":7,"post":-1,"on":true}"#,
            r#"{"type":"like","ref":7,"post":42,"on":true} {}"#,
            r#"{"type":"typing","ref":7,"post":42,"on":true}"#,
            r#"["like",7,42,true]"#,
        ] {
            if let Some(command) = Like::read(text).filter(|_| is_object(text)) {
                assert_eq!(Ok(command), Command::parse_any(text), "{text}");
            }
            if is_object(text) {
                assert_eq!(Command::parse(text), Command::parse_any(text), "{text}");
            }
        }
    }
}
