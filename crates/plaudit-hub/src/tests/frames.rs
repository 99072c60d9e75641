//! Each rule of RFC 6455 for client frames: bytes in, events or the close code out. By the decoder
//! alone and once more through a socket, where the same code must arrive in a close frame.

use super::support::{Client, Got, Stage, masked, text};
use crate::Config;
use crate::decode::{Assembly, Limits, Step, step};

pub(super) const LIMITS: Limits = Limits { message: 16 * 1024, fragments: 64, binary: false };

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Out {
    Text(String),
    Ping(Vec<u8>),
    Pong,
    Close(Option<u16>),
    Fault(u16),
}
use Out::{Close, Fault, Ping, Pong, Text};

/// Decodes as `read` does: keeps what is incomplete, and stops at a close or a fault.
pub(super) fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Out> {
    let mut out = Vec::new();
    let mut kept: Vec<u8> = Vec::new();
    let mut assembly: Option<Assembly> = None;
    for chunk in chunks {
        kept.extend_from_slice(chunk);
        loop {
            let (used, event) = match step(&mut kept, &mut assembly, &LIMITS) {
                Ok((_, Step::More)) => break,
                Ok((used, Step::Fragment)) => (used, None),
                Ok((used, Step::Text(text))) => (used, Some(Text(text.into_owned()))),
                Ok((_, Step::Binary(_))) => panic!("binary is refused by its header"),
                Ok((used, Step::Ping(payload))) => (used, Some(Ping(payload.to_vec()))),
                Ok((used, Step::Pong)) => (used, Some(Pong)),
                Ok((_, Step::Close(code))) => {
                    out.push(Close(code));
                    return out;
                }
                Err(fault) => {
                    out.push(Fault(fault.code));
                    return out;
                }
            };
            out.extend(event);
            kept.drain(..used);
        }
        assert!(kept.len() < LIMITS.message + 14, "more is kept than a frame may be");
    }
    out
}

fn t(text: &str) -> Out {
    Text(text.to_owned())
}

/// A header alone, with a mask and without payload.
fn header(first: u8, length: &[u8]) -> Vec<u8> {
    [&[first], length, &[1, 2, 3, 4]].concat()
}

fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    masked(0x88, &[&code.to_be_bytes(), reason].concat())
}

/// Name, bytes, what comes of them.
pub(super) fn table() -> Vec<(&'static str, Vec<u8>, Vec<Out>)> {
    let long = "x".repeat(16 * 1024);
    let euro = "€".as_bytes();
    let fragment = |first, payload: &[u8]| masked(first, payload);
    let mut rows = vec![
        ("text", text("hello"), vec![t("hello")]),
        ("empty text", text(""), vec![t("")]),
        (
            "125, 126 and 127 bytes",
            [125, 126, 127].map(|n| text(&long[..n])).concat(),
            vec![t(&long[..125]), t(&long[..126]), t(&long[..127])],
        ),
        ("the longest message", text(&long), vec![t(&long)]),
        ("two frames in one", [text("a"), text("b")].concat(), vec![t("a"), t("b")]),
        ("one byte over, declared alone", header(0x81, &[0xFE, 0x40, 0x01]), vec![Fault(1009)]),
        ("64 KiB declared", header(0x81, &[0xFF, 0, 0, 0, 0, 0, 1, 0, 0]), vec![Fault(1009)]),
        ("8 EiB declared", header(0x81, &[0xFF, 0x7F, 255, 255, 255, 255, 255, 255, 255]), vec![Fault(1009)]),
        ("the top bit of a length", vec![0x81, 0xFF, 0x80], vec![Fault(1002)]),
        ("125 in 16 bits", header(0x81, &[0xFE, 0, 125]), vec![Fault(1002)]),
        ("65,535 in 64 bits", header(0x81, &[0xFF, 0, 0, 0, 0, 0, 0, 255, 255]), vec![Fault(1002)]),
        ("unmasked", vec![0x81, 0x01, b'a'], vec![Fault(1002)]),
        ("unmasked, empty", vec![0x81, 0x00], vec![Fault(1002)]),
        ("RSV1", vec![0xC1], vec![Fault(1002)]),
        ("RSV2", vec![0xA1], vec![Fault(1002)]),
        ("RSV3 on a control frame", vec![0x99], vec![Fault(1002)]),
        ("binary", masked(0x82, b"a"), vec![Fault(1003)]),
        ("binary in fragments", masked(0x02, b"a"), vec![Fault(1003)]),
        ("ping", masked(0x89, b"payload"), vec![Ping(b"payload".to_vec())]),
        ("ping of 125", masked(0x89, &[7; 125]), vec![Ping(vec![7; 125])]),
        ("ping of 126", header(0x89, &[0xFE, 0, 126]), vec![Fault(1002)]),
        ("ping in fragments", masked(0x09, b""), vec![Fault(1002)]),
        ("pong unasked", masked(0x8A, b"?"), vec![Pong]),
        ("continuation of nothing", masked(0x80, b"a"), vec![Fault(1002)]),
        (
            "continuation after a whole message",
            [text("a"), masked(0x80, b"b")].concat(),
            vec![t("a"), Fault(1002)],
        ),
        ("a message inside of a message", [fragment(0x01, b"a"), text("b")].concat(), vec![Fault(1002)]),
        (
            "binary inside of a message",
            [fragment(0x01, b"a"), masked(0x82, b"b")].concat(),
            vec![Fault(1002)],
        ),
        (
            "fragments",
            [fragment(0x01, b"a"), fragment(0x00, b""), fragment(0x80, b"b")].concat(),
            vec![t("ab")],
        ),
        (
            "a character over three fragments, a ping between",
            [
                fragment(0x01, &euro[..1]),
                masked(0x89, b"p"),
                fragment(0, &euro[1..2]),
                fragment(0x80, &euro[2..]),
            ]
            .concat(),
            vec![Ping(b"p".to_vec()), t("€")],
        ),
        (
            "fragments up to the limit together",
            [fragment(0x01, &[b'x'; 8 * 1024]), fragment(0x80, &[b'x'; 8 * 1024])].concat(),
            vec![t(&long)],
        ),
        (
            "fragments over the limit together",
            [fragment(0x01, &[b'x'; 16 * 1024]), header(0x80, &[0x81])].concat(),
            vec![Fault(1009)],
        ),
        ("64 fragments", many_fragments(64), vec![t("")]),
        ("65 fragments", many_fragments(65), vec![Fault(1008)]),
        ("not UTF-8", masked(0x81, &[0xFF]), vec![Fault(1007)]),
        ("a surrogate", masked(0x81, &[0xED, 0xA0, 0x80]), vec![Fault(1007)]),
        ("overlong", masked(0x81, &[0xC0, 0xAF]), vec![Fault(1007)]),
        ("half a character", masked(0x81, &euro[..2]), vec![Fault(1007)]),
        (
            "half a character, fragmented",
            [fragment(1, &euro[..2]), fragment(0x80, b"")].concat(),
            vec![Fault(1007)],
        ),
        ("not UTF-8 in the first fragment", fragment(0x01, &[b'a', 0xFF]), vec![Fault(1007)]),
        ("close without a code", masked(0x88, b""), vec![Close(None)]),
        ("close with half a code", masked(0x88, b"\x03"), vec![Fault(1002)]),
        ("close with a reason", close(1000, "gut €".as_bytes()), vec![Close(Some(1000))]),
        ("close with a bad reason", close(1000, &[0xFF]), vec![Fault(1007)]),
        ("close of 126", header(0x88, &[0xFE, 0, 126]), vec![Fault(1002)]),
        ("nothing after a close", [close(1001, b""), text("a")].concat(), vec![Close(Some(1001))]),
        ("a message before a fault", [text("a"), vec![0xF1]].concat(), vec![t("a"), Fault(1002)]),
    ];
    for opcode in (3..8).chain(11..16) {
        rows.push(("unknown opcode", vec![0x80 | opcode], vec![Fault(1002)]));
    }
    for code in [1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999] {
        rows.push(("valid close code", close(code, b""), vec![Close(Some(code))]));
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535] {
        rows.push(("invalid close code", close(code, b""), vec![Fault(1002)]));
    }
    rows
}

fn many_fragments(count: usize) -> Vec<u8> {
    let firsts = (0..count).map(|at| match at {
        0 => 0x01,
        last if last == count - 1 => 0x80,
        _ => 0x00,
    });
    firsts.flat_map(|first| masked(first, b"")).collect()
}

#[test]
fn every_frame_of_the_table_is_judged_as_the_rfc_says() {
    for (name, bytes, expected) in table() {
        assert_eq!(decode([&bytes[..]]), expected, "{name}: {bytes:x?}");
    }
}

#[test]
fn every_frame_of_the_table_is_judged_alike_through_a_socket() {
    let mut stage = Stage::new(Config::default());
    for (name, bytes, expected) in table() {
        let mut client: Client = stage.connect();
        client.send_bytes(&bytes);
        let code = match expected.last() {
            Some(Close(code)) => *code,
            Some(Fault(code)) => Some(*code),
            _ => {
                client.send_bytes(&close(1000, b""));
                Some(1000)
            }
        };
        let got = loop {
            match client.next() {
                Got::Close(code) => break code,
                Got::Pong(payload) => assert!(expected.contains(&Ping(payload)), "{name}"),
                other => panic!("{name}: {other:?}"),
            }
        };
        assert_eq!(got, code, "{name}: {bytes:x?}");
        assert_eq!(client.next(), Got::End, "{name}: the hub hangs up behind its close frame");
    }
}

#[test]
fn a_server_frame_takes_the_shortest_header() {
    for (length, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
        let frame = crate::Frame::text("x".repeat(length));
        assert_eq!(frame.as_bytes().len(), length + header);
        assert_eq!(frame.as_bytes()[0], 0x81);
    }
}
