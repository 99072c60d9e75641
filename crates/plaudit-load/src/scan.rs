//! Reads the few fields that must be checked out of a frame's text, byte by byte: no tree, no allocation. It relies on
//! this: JSON without spaces as the server writes it, and a quote inside a text being escaped, so that `"version":` can
//! only be a key. What comes from the golden frames is tested to be what a JSON reader finds.

use memchr::memmem;

/// What kind of message a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message {
    Counts,
    Ok,
    Error,
    Snapshot,
    CommentAdded,
    CommentEdited,
    CommentRemoved,
    /// `message.added`.
    Said,
    PostAdded,
    PostRemoved,
    Resync,
    /// `notification.changed`, `notification.removed`.
    Notification,
    /// `case.changed`.
    Case,
    /// `presence`, `likers`, `liked`, `unread`, `ended`, and what is said in private: nothing to check here.
    Soft,
    Ping,
    Unknown,
}

/// Every message begins with its type.
const TYPE: &[u8] = br#"{"type":""#;

/// Which message it is.
#[inline]
pub(crate) fn message(text: &[u8]) -> Message {
    let Some(rest) = text.strip_prefix(TYPE) else { return Message::Unknown };
    let end = rest.iter().position(|byte| *byte == b'"').unwrap_or(0);
    match &rest[..end] {
        b"counts" => Message::Counts,
        b"ok" => Message::Ok,
        b"error" => Message::Error,
        b"snapshot" => Message::Snapshot,
        b"comment.added" => Message::CommentAdded,
        b"comment.edited" => Message::CommentEdited,
        b"comment.removed" => Message::CommentRemoved,
        b"message.added" => Message::Said,
        b"case.changed" => Message::Case,
        b"notification.changed" | b"notification.removed" => Message::Notification,
        b"post.added" | b"post.edited" => Message::PostAdded,
        b"post.removed" => Message::PostRemoved,
        b"resync" => Message::Resync,
        b"presence"
        | b"likers"
        | b"liked"
        | b"unread"
        | b"ended"
        | b"read"
        | b"conversation.changed"
        | b"conversation.removed"
        | b"message.edited"
        | b"message.removed"
        | b"message.delivery"
        | b"note.added"
        | b"waiting" => Message::Soft,
        b"ping" => Message::Ping,
        _ => Message::Unknown,
    }
}

/// What a `counts` frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) post: u64,
    pub(crate) version: u64,
    pub(crate) likes: u64,
}

/// Reads a `counts` frame. In one go where it is written as the golden frame is, which is what a flood consists of.
#[inline]
pub(crate) fn counts(text: &[u8]) -> Option<Counts> {
    let in_one_go = || {
        let rest = text.strip_prefix(br#"{"type":"counts","topic":"post:"#)?;
        let (post, rest) = leading(rest)?;
        let (version, rest) = leading(rest.strip_prefix(br#"","version":"#)?)?;
        let (likes, _) = leading(rest.strip_prefix(br#","likes":"#)?)?;
        Some(Counts { post, version, likes })
    };
    in_one_go().or_else(|| {
        Some(Counts { post: topic_id(text)?, version: number(text, b"\"version\":")?, likes: likes(text)? })
    })
}

/// The number behind a key's first place.
#[inline]
pub(crate) fn number(text: &[u8], key: &[u8]) -> Option<u64> {
    leading(after(text, key)?).map(|(number, _)| number)
}

/// Whether what stands behind a key's first place is `true`.
pub(crate) fn flag(text: &[u8], key: &[u8]) -> Option<bool> {
    let rest = after(text, key)?;
    Some(rest.starts_with(b"true"))
}

/// The short text behind a key's first place; one without escapes.
pub(crate) fn word<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a str> {
    let rest = after(text, key)?.strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', rest)?;
    std::str::from_utf8(&rest[..end]).ok()
}

/// `"ref":` of a reply; none where it is null.
#[inline]
pub(crate) fn reference(text: &[u8]) -> Option<u64> {
    number(text, b"\"ref\":")
}

/// `"likes":`.
pub(crate) fn likes(text: &[u8]) -> Option<u64> {
    number(text, b"\"likes\":")
}

/// The post of `"topic":"post:42…"`.
#[inline]
pub(crate) fn topic_id(text: &[u8]) -> Option<u64> {
    number(text, br#""topic":"post:"#)
}

/// The states of posts in a snapshot, in the order of the reply.
pub(crate) fn states(snapshot: &[u8]) -> impl Iterator<Item = Counts> {
    memmem::find_iter(snapshot, br#"{"topic":"post:"#).filter_map(|at| {
        let entry = &snapshot[at..];
        let post = topic_id(entry)?;
        // A stream or presence of the same post has a longer name, and no version of its own.
        let (_, rest) = leading(&entry[br#"{"topic":"post:"#.len()..])?;
        let (version, rest) = leading(rest.strip_prefix(br#"","version":"#)?)?;
        let (likes, _) = leading(rest.strip_prefix(br#","likes":"#)?)?;
        Some(Counts { post, version, likes })
    })
}

/// Where a stream stands in a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stream<'a> {
    pub(crate) seq: u64,
    pub(crate) reset: bool,
    /// The changes, without the brackets.
    pub(crate) changes: &'a [u8],
}

/// A stream of this name in a snapshot.
pub(crate) fn stream<'a>(snapshot: &'a [u8], topic: &str) -> Option<Stream<'a>> {
    let mut key = Vec::with_capacity(topic.len() + 12);
    for part in [&b"{\"topic\":\""[..], topic.as_bytes(), b"\",\"seq\":"] {
        key.extend_from_slice(part);
    }
    let (seq, rest) = leading(after(snapshot, &key)?)?;
    let changes = after(rest, b"\"changes\":[")?;
    // Further topics may follow.
    let end = memmem::find(changes, b"],\"next\":").unwrap_or(changes.len());
    let changes = &changes[..end];
    Some(Stream { seq, reset: rest.starts_with(b",\"reset\":true"), changes })
}

/// The `seq` of each change of a stream, in their order.
pub(crate) fn change_seqs(changes: &[u8]) -> impl Iterator<Item = u64> {
    // Each change begins with its type and its seq; the seq of a comment or post inside of it follows another key.
    memmem::find_iter(changes, br#"{"type":""#).filter_map(|at| number(&changes[at..], b"\"seq\":"))
}

#[inline]
fn after<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    memmem::find(text, key).map(|at| &text[at + key.len()..])
}

/// The digits at the beginning, and what follows.
#[inline]
pub(crate) fn leading(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // 2^64 has 20 digits; ids and counts have at most 16.
    if digits == 0 || digits > 19 {
        return None;
    }
    let number = text[..digits].iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
    Some((number, &text[digits..]))
}

#[cfg(test)]
mod tests {
    use plaudit_protocol::{Push, Reply, TopicSnapshot};
    use serde_json::Value;

    use super::*;

    /// The golden frames whose name contains a word, as the text that the server writes.
    fn golden(word: &str) -> Vec<String> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../plaudit-protocol/tests/golden");
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if !path.file_name().unwrap().to_str().unwrap().contains(word) {
                continue;
            }
            let golden: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let text = golden["frame"].to_string();
            // Through our types, which write the fields in the order in which the server does.
            found.push(match golden["kind"].as_str().unwrap() {
                "reply" => reply(&text),
                "push" => plaudit_protocol::encode(&serde_json::from_str::<Push<'_>>(&text).unwrap()),
                _ => continue,
            });
        }
        assert!(!found.is_empty(), "no golden frame is called {word}");
        found
    }

    /// A reply as the server writes it, the changes of its streams included.
    fn reply(text: &str) -> String {
        let mut reply = serde_json::from_str::<Reply<'_>>(text).unwrap();
        if let Reply::Snapshot { topics, .. } = &mut reply {
            for topic in topics {
                let TopicSnapshot::Stream { changes, .. } = topic else { continue };
                let pushes: Vec<Push<'_>> = serde_json::from_str(changes.0.get()).unwrap();
                changes.0 = std::borrow::Cow::Owned(serde_json::value::to_raw_value(&pushes).unwrap());
            }
        }
        plaudit_protocol::encode(&reply)
    }

    fn tree(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn every_golden_frame_is_known_and_its_fields_are_what_a_json_reader_finds() {
        for text in golden("-") {
            let (bytes, tree) = (text.as_bytes(), tree(&text));
            assert_ne!(message(bytes), Message::Unknown, "{text}");
            for (key, name) in [(&b"\"ref\":"[..], "ref"), (b"\"seq\":", "seq"), (b"\"version\":", "version")]
            {
                if let Some(wanted) = tree.get(name) {
                    assert_eq!(number(bytes, key), wanted.as_u64(), "{name} of {text}");
                }
            }
        }
    }

    #[test]
    fn counts_are_read_in_any_order_of_their_fields() {
        let [text] = &golden("push-counts")[..] else { panic!() };
        let wanted = Counts { post: 42, version: 813, likes: 42 };
        assert_eq!(counts(text.as_bytes()), Some(wanted));
        let turned = br#"{"type":"counts","likes":42,"comments":3,"version":813,"topic":"post:42"}"#;
        assert_eq!(counts(turned), Some(wanted));
        for cut in 0..text.len() - 20 {
            let cut = &text.as_bytes()[..cut];
            assert!(counts(cut).is_none_or(|counts| counts.post <= 42 && counts.version <= 813), "{cut:?}");
        }
        assert_eq!(counts(br#"{"type":"counts","topic":"post:x","version":1,"likes":1}"#), None);
        assert_eq!(counts(b""), None);
    }

    #[test]
    fn snapshots_give_their_posts_and_streams() {
        for text in golden("reply-snapshot") {
            let Reply::Snapshot { topics, .. } = serde_json::from_str(&text).unwrap() else { panic!() };
            let wanted: Vec<Counts> = topics
                .iter()
                .filter_map(|topic| match topic {
                    TopicSnapshot::Post { topic, version, likes, .. } => {
                        let post = topic.strip_prefix("post:").unwrap().parse().unwrap();
                        Some(Counts { post, version: *version, likes: *likes })
                    }
                    _ => None,
                })
                .collect();
            assert_eq!(states(text.as_bytes()).collect::<Vec<_>>(), wanted, "{text}");
            for topic in &topics {
                let TopicSnapshot::Stream { topic, seq, reset, changes, .. } = topic else { continue };
                let found = stream(text.as_bytes(), topic).unwrap();
                assert_eq!((found.seq, found.reset), (*seq, *reset), "{text}");
                let seqs: Vec<u64> = tree(changes.0.get())
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|change| change["seq"].as_u64().unwrap())
                    .collect();
                assert_eq!(change_seqs(found.changes).collect::<Vec<_>>(), seqs, "{text}");
            }
        }
        assert_eq!(stream(golden("reply-snapshot-post")[0].as_bytes(), "feed:latest"), None);
    }

    #[test]
    fn words_and_flags_are_read() {
        let error = golden("reply-error-rate");
        assert_eq!(word(error[0].as_bytes(), b"\"code\":"), Some("rate_limited"));
        let again = golden("reply-ok-like-again");
        assert_eq!(flag(again[0].as_bytes(), b"\"changed\":"), Some(false));
        assert_eq!(flag(again[0].as_bytes(), b"\"liked\":"), Some(true));
        assert_eq!(flag(again[0].as_bytes(), b"\"nothing\":"), None);
        let unreadable = golden("reply-error-unreadable");
        assert_eq!(reference(unreadable[0].as_bytes()), None);
    }

    #[test]
    fn a_key_inside_a_text_is_not_a_key() {
        let text = serde_json::json!({"text": r#"","version":99,"likes":98"#}).to_string();
        assert_eq!(number(text.as_bytes(), b"\"version\":"), None);
        assert_eq!(likes(text.as_bytes()), None);
    }
}
