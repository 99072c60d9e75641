//! Raw WebSocket frames: what RFC 6455 forbids closes with its code, what is only odd works.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Actor, PATIENCE, Socket, TestApp, eventually};

/// The key of RFC 6455's own example.
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A masked frame with this first byte.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = head(first, payload.len() as u64);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// A frame's header alone, mask included.
fn head(first: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![first];
    match length {
        0..126 => bytes.push(0x80 | u8::try_from(length).unwrap()),
        126..65_536 => {
            bytes.push(0x80 | 0x7E);
            bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 0x7F);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes
}

/// A connection that is a WebSocket by now.
pub struct Wire(TcpStream);

impl Wire {
    pub async fn open(app: &TestApp, who: Option<&Actor>) -> Self {
        Self::open_with(app, who, &[]).await
    }

    /// Opens; `early` leaves together with the handshake.
    pub async fn open_with(app: &TestApp, who: Option<&Actor>, early: &[u8]) -> Self {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let token = who.and_then(|who| who.token.as_deref());
        let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let head = format!(
            "GET /live HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{bearer}\r\n",
            app.address
        );
        stream.write_all(&[head.as_bytes(), early].concat()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(tokio::time::timeout(PATIENCE, stream.read_u8()).await.unwrap().unwrap());
        }
        assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
        Self(stream)
    }

    async fn send(&mut self, bytes: &[u8]) {
        // The server may hang up before all is sent.
        let _ = self.0.write_all(bytes).await;
    }

    /// The next frame: its first byte and its payload; none at the end.
    async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let read = async {
            let first = self.0.read_u8().await.ok()?;
            let length = match self.0.read_u8().await.ok()? {
                126 => usize::from(self.0.read_u16().await.ok()?),
                127 => usize::try_from(self.0.read_u64().await.ok()?).unwrap(),
                length => usize::from(length),
            };
            assert!(length < 1 << 20, "a server's frame is never masked");
            let mut payload = vec![0; length];
            self.0.read_exact(&mut payload).await.ok()?;
            Some((first, payload))
        };
        tokio::time::timeout(PATIENCE, read).await.expect("a frame or the end in time")
    }

    /// The next frame, which is a text.
    pub async fn text(&mut self) -> Value {
        let (first, payload) = self.frame().await.expect("a text");
        assert_eq!(first, 0x81, "{payload:?}");
        serde_json::from_slice(&payload).unwrap()
    }

    /// The next frame, which is a close frame and the last thing; gives its payload.
    async fn end(&mut self) -> Vec<u8> {
        let (first, payload) = self.frame().await.expect("a close frame");
        assert_eq!(first, 0x88, "{}", String::from_utf8_lossy(&payload));
        assert_eq!(self.frame().await, None, "nothing comes behind a close frame");
        payload
    }

    async fn end_code(&mut self) -> u16 {
        let payload = self.end().await;
        assert!(payload.len() >= 2, "a close frame without a code");
        assert!(std::str::from_utf8(&payload[2..]).is_ok());
        u16::from_be_bytes([payload[0], payload[1]])
    }
}

const LIKE: &[u8] = br#"{"type":"like","ref":1,"post":1,"on":true}"#;

fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(0x88, &[&code.to_be_bytes(), reason].concat())
}

#[tokio::test]
async fn what_the_rfc_forbids_closes_with_its_code_and_nothing_behind_it_is_done() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let fragments = |count: usize| {
        let middle = frame(0x00, b"").repeat(count - 1);
        [frame(0x01, b"{"), middle].concat()
    };
    let mut cases: Vec<(String, Vec<u8>, u16)> = vec![
        ("unmasked".into(), [&[0x81, 42][..], LIKE].concat(), 1002),
        ("unmasked close".into(), vec![0x88, 0], 1002),
        ("RSV1".into(), frame(0xC1, LIKE), 1002),
        ("RSV2".into(), frame(0xA1, LIKE), 1002),
        ("RSV3".into(), frame(0x91, LIKE), 1002),
        ("binary".into(), frame(0x82, LIKE), 1003),
        ("empty binary".into(), frame(0x82, b""), 1003),
        ("continuation of nothing".into(), frame(0x80, LIKE), 1002),
        ("message in a message".into(), [frame(0x01, b"{"), frame(0x81, LIKE)].concat(), 1002),
        ("binary in a message".into(), [frame(0x01, b"{"), frame(0x82, LIKE)].concat(), 1002),
        ("fragmented ping".into(), frame(0x09, b"x"), 1002),
        ("fragmented close".into(), frame(0x08, b""), 1002),
        ("long ping".into(), frame(0x89, &[b'x'; 126]), 1002),
        ("long close".into(), frame(0x88, &[3; 126]), 1002),
        ("half a close code".into(), frame(0x88, &[3]), 1002),
        ("length not minimal".into(), [&[0x81, 0xFE, 0, 5][..], &MASK, b"12345"].concat(), 1002),
        ("length of 2^63".into(), [&[0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0][..], &MASK].concat(), 1002),
        ("16 KiB and one, declared".into(), head(0x81, 16 * 1024 + 1), 1009),
        ("exabytes, declared".into(), head(0x81, u64::MAX >> 1), 1009),
        ("16 KiB and one in parts".into(), [frame(0x01, &[b' '; 16_000]), head(0x80, 385)].concat(), 1009),
        ("65 fragments".into(), fragments(65), 1008),
        ("bad UTF-8".into(), frame(0x81, b"\xff"), 1007),
        ("overlong UTF-8".into(), frame(0x81, b"\xc0\xaf"), 1007),
        ("a surrogate".into(), frame(0x81, b"\xed\xa0\x80"), 1007),
        ("half a character".into(), frame(0x81, b"{\xe2\x82"), 1007),
        ("bad UTF-8 in the first part".into(), frame(0x01, b"\xff"), 1007),
        ("half a character in parts".into(), [frame(0x01, b"\xe2"), frame(0x80, b"\x82")].concat(), 1007),
        ("bad UTF-8 in a reason".into(), close(1000, b"\xff"), 1007),
    ];
    cases.extend(
        [0x83, 0x84, 0x87, 0x8B, 0x8F].map(|first| (format!("opcode {first:x}"), frame(first, b""), 1002)),
    );
    let codes = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];
    cases.extend(codes.map(|code| (format!("close {code}"), close(code, b""), 1002)));
    for (what, bytes, code) in cases {
        let mut wire = Wire::open(&app, Some(&ana)).await;
        wire.send(&[bytes, frame(0x81, LIKE)].concat()).await;
        assert_eq!(wire.end_code().await, code, "{what}");
    }
    assert_eq!(ana.get("/api/posts/1").await.ok()["post"]["likes"], 0, "no like behind a fault was done");
}

#[tokio::test]
async fn a_close_is_echoed_and_what_follows_it_is_not_heard() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    for code in [1000, 1001, 1003, 1007, 1011, 3000, 3999, 4000, 4999] {
        let mut wire = Wire::open(&app, Some(&ana)).await;
        wire.send(&[close(code, b"bye"), frame(0x81, LIKE)].concat()).await;
        assert_eq!(wire.end_code().await, code);
    }
    let mut wire = Wire::open(&app, Some(&ana)).await;
    wire.send(&[frame(0x88, b""), frame(0x81, LIKE)].concat()).await;
    assert_eq!(wire.end().await, Vec::<u8>::new(), "an empty close is echoed empty");
    assert_eq!(ana.get("/api/posts/1").await.ok()["post"]["likes"], 0);
}

#[tokio::test]
async fn a_ping_is_answered_with_its_payload() {
    let app = TestApp::start().await;
    let mut wire = Wire::open(&app, None).await;
    for payload in [&b""[..], b"hello", &[0xff; 125]] {
        wire.send(&frame(0x89, payload)).await;
        assert_eq!(wire.frame().await, Some((0x8A, payload.to_vec())));
    }
    wire.send(&frame(0x8A, b"a pong that nobody asked for")).await;
    wire.send(&frame(0x81, LIKE)).await;
    assert_eq!(wire.text().await["code"], "no_session");
}

#[tokio::test]
async fn a_command_works_in_64_parts_with_pings_between_and_16_kib_long() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut wire = Wire::open(&app, Some(&ana)).await;
    let mut bytes = Vec::new();
    for at in 0..64 {
        let part = LIKE.get(at..=at).unwrap_or_default();
        let first = [u8::from(at == 0), if at == 63 { 0x80 } else { 0 }].iter().sum();
        bytes.extend(frame(first, part));
    }
    bytes.splice(7..7, frame(0x89, b"between"));
    wire.send(&bytes).await;
    assert_eq!(wire.frame().await, Some((0x8A, b"between".to_vec())));
    assert_eq!(wire.text().await["changed"], true);
    let mut long = LIKE.to_vec();
    long.resize(16 * 1024, b' ');
    wire.send(&frame(0x81, &long)).await;
    assert_eq!(wire.text().await["changed"], false);
    // A character cut in two by a fragment's end is whole again.
    let bytes = [frame(0x01, b"{\"type\":\"\xe2\x82"), frame(0x80, b"\xac\",\"ref\":5}")].concat();
    wire.send(&bytes).await;
    assert_eq!(wire.text().await["ref"], 5);
}

#[tokio::test]
async fn two_commands_in_one_packet_and_one_byte_by_byte_are_the_same() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut wire = Wire::open(&app, Some(&ana)).await;
    let off = br#"{"type":"like","ref":2,"post":1,"on":false}"#;
    wire.send(&[frame(0x81, LIKE), frame(0x81, off)].concat()).await;
    let (first, second) = (wire.text().await, wire.text().await);
    assert_eq!((&first["ref"], &first["likes"].as_u64().is_some()), (&1.into(), &true));
    assert_eq!((&second["ref"], &second["likes"]), (&2.into(), &0.into()));
    for byte in frame(0x81, LIKE) {
        wire.send(&[byte]).await;
    }
    assert_eq!(wire.text().await["likes"], 1);
}

#[tokio::test]
async fn a_hundred_connections_full_of_garbage_leave_a_healthy_server_and_every_place_free() {
    const PLACES: u32 = 40;
    // Limits stay on, since they count the places; one address has them all.
    let options = plaudit::config::Options { connections_per_address: Some(PLACES), ..Default::default() };
    let app = TestApp::with(options, |_| {}).await;
    let ana = app.member("ana").await;
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed.to_le_bytes()
    };
    for round in 0..4 {
        let mut wires = Vec::new();
        for _ in 0..25 {
            let mut wire = Wire::open(&app, Some(&ana)).await;
            let garbage: Vec<u8> = (0..64).flat_map(|_| random()).collect();
            // Some are garbage from the first byte, some after a good start, some look like the start of a frame.
            wire.send(&[head(0x81, 5000), head(0x01, 9), frame(0x8A, b""), Vec::new()][round]).await;
            wire.send(&garbage).await;
            wires.push(wire);
        }
        // Half of them hang up at once and rudely, half wait for what comes.
        for (turn, mut wire) in wires.into_iter().enumerate() {
            if turn % 2 == 0 {
                // What it has not read makes a reset of its end.
                drop(wire);
            } else {
                let _ = wire.0.shutdown().await;
                while wire.frame().await.is_some() {}
            }
        }
    }
    // The actor's own connections hold places too, until it is gone.
    let base = app.url("");
    drop(ana);
    let mut sockets = Vec::new();
    eventually("every place is free again", async || {
        while let Ok(socket) = Socket::open_with(&base, &[]).await {
            sockets.push(socket);
        }
        sockets.len() == PLACES as usize
    })
    .await;
    let mut last = sockets.pop().unwrap();
    last.flush_out().await;
    assert_eq!(app.server().hub.stats().panics, 0);
    drop((last, sockets));
    eventually("the site is served again", async || {
        let answer = app.visitor().request(reqwest::Method::GET, "/readyz").send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    })
    .await;
}
