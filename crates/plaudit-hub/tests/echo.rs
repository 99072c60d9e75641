//! The echo server that conformance suites are pointed at, asked by a client that is not ours.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../examples/echo.rs"]
#[allow(dead_code, unreachable_pub)]
mod echo;

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use tungstenite::protocol::WebSocketConfig;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use tungstenite::protocol::frame::{Frame, FrameHeader};
use tungstenite::{Message, WebSocket};

const MIB: usize = 1024 * 1024;

/// A client of a server of its own.
fn connect() -> WebSocket<TcpStream> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || echo::serve(&listener));
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let config = WebSocketConfig::default().max_frame_size(Some(32 * MIB)).max_message_size(Some(32 * MIB));
    let url = format!("ws://{address}/");
    tungstenite::client::client_with_config(url, stream, Some(config)).unwrap().0
}

fn fragment(client: &mut WebSocket<TcpStream>, code: Data, last: bool, bytes: &[u8]) {
    client.write(Message::Frame(Frame::message(bytes.to_vec(), OpCode::Data(code), last))).unwrap();
}

/// Sends a message in pieces of so many bytes.
fn in_pieces(client: &mut WebSocket<TcpStream>, code: Data, bytes: &[u8], size: usize) {
    let count = bytes.len().div_ceil(size);
    for (at, piece) in bytes.chunks(size).enumerate() {
        fragment(client, if at == 0 { code } else { Data::Continue }, at == count - 1, piece);
    }
    client.flush().unwrap();
}

/// The code with which the server closes.
fn closes(client: &mut WebSocket<TcpStream>) -> Option<u16> {
    match client.read().unwrap() {
        Message::Close(frame) => frame.map(|frame| frame.code.into()),
        other => panic!("no close: {other:?}"),
    }
}

#[test]
fn texts_come_back_whole_and_in_fragments() {
    let mut client = connect();
    for text in ["", "applause", &"\u{1f44f}".repeat(100_000)] {
        client.send(Message::text(text)).unwrap();
        assert_eq!(client.read().unwrap(), Message::text(text));
    }
    // Pieces of three bytes cut each of these characters.
    let text = "\u{1f44f}\u{e9}x".repeat(1000);
    in_pieces(&mut client, Data::Text, text.as_bytes(), 3);
    assert_eq!(client.read().unwrap(), Message::text(text));
}

#[test]
fn binary_messages_of_16_mib_come_back() {
    let mut client = connect();
    let bytes: Vec<u8> = (0..251).cycle().take(16 * MIB).collect();
    client.send(Message::binary(bytes.clone())).unwrap();
    assert!(client.read().unwrap() == Message::binary(bytes.clone()));
    in_pieces(&mut client, Data::Binary, &bytes, MIB);
    assert!(client.read().unwrap() == Message::binary(bytes.clone()));
    // One byte more is too much, and is refused by the header alone.
    client.send(Message::binary([&bytes[..], &[0]].concat())).ok();
    let mut seen = client.read();
    while seen.as_ref().is_ok_and(|message| !message.is_close()) {
        seen = client.read();
    }
    assert!(
        seen.map_or(
            true,
            |close| matches!(close, Message::Close(Some(frame)) if u16::from(frame.code) == 1009)
        )
    );
}

#[test]
fn a_message_may_have_65_536_fragments() {
    let mut client = connect();
    for code in [Data::Text, Data::Binary] {
        let bytes = b"x".repeat(65_536);
        in_pieces(&mut client, code, &bytes, 1);
        assert!(client.read().unwrap().into_data() == bytes);
    }
    in_pieces(&mut client, Data::Text, &b"x".repeat(65_537), 1);
    assert_eq!(closes(&mut client), Some(1008));
}

#[test]
fn pings_between_fragments_are_all_answered() {
    let mut client = connect();
    fragment(&mut client, Data::Text, false, b"app");
    for number in 0..10_u8 {
        client.write(Message::Ping(vec![number].into())).unwrap();
    }
    fragment(&mut client, Data::Continue, false, b"lau");
    client.write(Message::Ping(b"last".to_vec().into())).unwrap();
    fragment(&mut client, Data::Continue, true, b"se");
    client.flush().unwrap();
    let (mut pongs, mut texts) = (Vec::new(), Vec::new());
    while pongs.len() < 11 || texts.is_empty() {
        match client.read().unwrap() {
            Message::Pong(payload) => pongs.push(payload.to_vec()),
            other => texts.push(other),
        }
    }
    let wanted: Vec<Vec<u8>> = (0..10).map(|number| vec![number]).chain([b"last".to_vec()]).collect();
    assert_eq!((pongs, texts), (wanted, vec![Message::text("applause")]));
}

#[test]
fn close_codes_come_back_and_bad_ones_are_1002() {
    for (code, answer) in [
        (1000, 1000),
        (1001, 1001),
        (1003, 1003),
        (1007, 1007),
        (1011, 1011),
        (3000, 3000),
        (4999, 4999),
        (0, 1002),
        (999, 1002),
        (1004, 1002),
        (1005, 1002),
        (1006, 1002),
        (1015, 1002),
        (2000, 1002),
        (5000, 1002),
    ] {
        let mut client = connect();
        let mut payload = u16::to_be_bytes(code).to_vec();
        payload.extend_from_slice(b"bye");
        let header = FrameHeader { opcode: OpCode::Control(Control::Close), ..FrameHeader::default() };
        let frame = Frame::from_payload(header, payload.into());
        client.send(Message::Frame(frame)).unwrap();
        assert_eq!(closes(&mut client), Some(answer), "{code}");
    }
}

#[test]
fn what_is_not_utf_8_is_1007() {
    for pieces in [&[&b"\xff"[..]][..], &[b"a\xed\xa0\x80"], &[b"\xf0\x9f", b"\x91"], &[b"a\xff", b"b"]] {
        let mut client = connect();
        for (at, piece) in pieces.iter().enumerate() {
            let code = if at == 0 { Data::Text } else { Data::Continue };
            fragment(&mut client, code, at == pieces.len() - 1, piece);
        }
        client.flush().unwrap();
        assert_eq!(closes(&mut client), Some(1007), "{pieces:?}");
    }
    let mut client = connect();
    client.send(Message::binary(b"\xff".to_vec())).unwrap();
    assert_eq!(client.read().unwrap(), Message::binary(b"\xff".to_vec()));
}
