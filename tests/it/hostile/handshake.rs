//! Handshakes of a WebSocket that are almost right, and what may follow in the same packet.

use super::frames::{KEY, Wire, frame};
use crate::support::TestApp;
use crate::support::raw::{exchange, status};

fn with(lines: &[&str]) -> String {
    format!("GET /live HTTP/1.1\r\nHost: h\r\n{}\r\n\r\n", lines.join("\r\n"))
}

#[tokio::test]
async fn only_a_whole_handshake_opens_a_socket() {
    let app = TestApp::start().await;
    let key = format!("Sec-WebSocket-Key: {KEY}");
    let (upgrade, connection, version) =
        ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13");
    let key = key.as_str();
    for (lines, wanted) in [
        (vec![upgrade, connection, version], 400),
        (vec![upgrade, connection, version, key, key], 400),
        (vec![upgrade, connection, version, "Sec-WebSocket-Key: "], 400),
        (vec![upgrade, connection, version, "Sec-WebSocket-Key: c2hvcnQ="], 400),
        (vec![upgrade, connection, version, "Sec-WebSocket-Key: ***"], 400),
        (vec![upgrade, connection, key], 426),
        (vec![upgrade, connection, key, "Sec-WebSocket-Version: 12"], 426),
        (vec![upgrade, connection, key, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8"], 426),
        (vec![connection, key, version], 426),
        (vec![upgrade, key, version], 426),
        (vec!["Upgrade: h2c", connection, key, version], 426),
        (vec![upgrade, "Connection: close", key, version], 426),
        (vec![upgrade, connection, key, version, "Origin: http://evil.example"], 403),
        (vec![upgrade, connection, key, version, "Origin: null"], 403),
        (vec![upgrade, connection, key, version, "Cookie: plaudit_session=x"], 403),
        (vec![upgrade, connection, key, version, "Authorization: Bearer x"], 401),
    ] {
        let answer = exchange(app.address, with(&lines).as_bytes(), |answer| status(answer) != 0).await;
        assert_eq!(status(&answer), wanted, "{lines:?}: {answer}");
    }
    for request in ["POST /live HTTP/1.1", "GET /live HTTP/1.0", "GET /live/ HTTP/1.1", "GET /Live HTTP/1.1"]
    {
        let lines = with(&[upgrade, connection, version, key]).replace("GET /live HTTP/1.1", request);
        let answer = exchange(app.address, lines.as_bytes(), |answer| status(answer) != 0).await;
        assert!((400..500).contains(&status(&answer)), "{request}: {answer}");
    }
    let good = ["upgrade: h2c, WebSocket", "connection: keep-alive, upgrade", version, key];
    let answer = exchange(app.address, with(&good).as_bytes(), |answer| answer.contains("\r\n\r\n")).await;
    assert_eq!(status(&answer), 101, "{answer}");
    assert!(answer.to_lowercase().contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{answer}");
    assert!(!answer.to_lowercase().contains("sec-websocket-protocol"), "nobody asked for one: {answer}");
}

#[tokio::test]
async fn a_command_in_the_same_packet_as_the_handshake_is_heard() {
    let app = TestApp::start().await;
    let command = br#"{"type":"unsubscribe","ref":7,"topics":["post:1"]}"#;
    let mut wire = Wire::open_with(&app, None, &frame(0x81, command)).await;
    assert_eq!(wire.text().await["ref"], 7);
}
