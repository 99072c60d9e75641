//! Requests and frames, as simple as they can be: one thread a connection, blocking.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// A request.
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) token: Option<String>,
}

/// Reads a request and drops its body.
pub(super) fn read_request(stream: &mut TcpStream) -> Option<Asked> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    stream.read_exact(&mut vec![0; length]).ok()?;
    let mut words = head.split(' ');
    Some(Asked {
        method: words.next()?.to_owned(),
        path: words.next()?.to_owned(),
        token: header("authorization").and_then(|value| Some(value.strip_prefix("Bearer ")?.to_owned())),
    })
}

/// Writes an answer.
pub(super) fn write_answer(
    stream: &mut TcpStream,
    status: u16,
    body: &Value,
    cookie: Option<&str>,
) -> Option<()> {
    let body = if body.is_null() { String::new() } else { reorder(&body.to_string()) };
    let cookie =
        cookie.map(|token| format!("Set-Cookie: plaudit_session={token}; Path=/\r\n")).unwrap_or_default();
    let text = format!("HTTP/1.1 {status} X\r\n{cookie}Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).ok()
}

/// Answers an upgrade; the load always asks with the key of RFC 6455's example.
pub(super) fn accept(stream: &mut TcpStream) -> Option<()> {
    let answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                  Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    stream.write_all(answer.as_bytes()).ok()
}

/// Reads a masked text that fits into one frame.
pub(super) fn read_text(stream: &mut TcpStream) -> Option<String> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).ok()?;
    let length = match head[1] & 0x7f {
        126 => {
            let mut length = [0; 2];
            stream.read_exact(&mut length).ok()?;
            usize::from(u16::from_be_bytes(length))
        }
        length => usize::from(length),
    };
    let mut mask = [0; 4];
    stream.read_exact(&mut mask).ok()?;
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).ok()?;
    payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    (head[0] == 0x81).then(|| String::from_utf8(payload).ok())?
}

/// Sends texts, in one piece: whoever reads the first has the others too. Whoever is gone does not matter here.
pub(super) fn send(peer: &Mutex<TcpStream>, texts: &[&str]) {
    let mut frames = Vec::new();
    for text in texts {
        plaudit_load::write_plain(&mut frames, text.as_bytes());
    }
    let _ = peer.lock().unwrap_or_else(PoisonError::into_inner).write_all(&frames);
}

/// `"type"` and `"topic"` first, as the server writes them: a JSON tree has its own order.
pub(super) fn reorder(text: &str) -> String {
    fn write(value: &Value, out: &mut String) {
        match value {
            Value::Object(map) => {
                const ORDER: [&str; 12] = [
                    "type", "ref", "topic", "id", "post", "version", "likes", "comments", "liked", "changed",
                    "seq", "reset",
                ];
                let place = |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
                let mut fields: Vec<_> = map.iter().collect();
                fields.sort_by_key(|(key, _)| place(key));
                let fields: Vec<String> = fields
                    .into_iter()
                    .map(|(key, value)| {
                        let mut text = format!("\"{key}\":");
                        write(value, &mut text);
                        text
                    })
                    .collect();
                let _ = write!(out, "{{{}}}", fields.join(","));
            }
            Value::Array(values) => {
                let values: Vec<String> = values
                    .iter()
                    .map(|value| {
                        let mut text = String::new();
                        write(value, &mut text);
                        text
                    })
                    .collect();
                let _ = write!(out, "[{}]", values.join(","));
            }
            plain => out.push_str(&plain.to_string()),
        }
    }
    let mut out = String::new();
    write(&serde_json::from_str(text).expect("JSON of our own"), &mut out);
    out
}
