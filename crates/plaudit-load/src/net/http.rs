//! HTTP/1.1 as text: the requests that a load needs, and answers read out of a buffer. Used by the client that waits
//! for its answers and by the connections of a load alike.

use std::fmt::Write as _;

/// An answer in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
    /// The session that it sets.
    pub(crate) cookie: Option<&'a str>,
    /// Head and body.
    pub(crate) size: usize,
}

/// What the beginning of a buffer is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ParsedAnswer<'a> {
    Answer(Answer<'a>),
    /// More is needed.
    Partial,
    Wrong(&'static str),
}

/// The cookie of a session.
const COOKIE: &str = "plaudit_session=";

/// Reads one answer from the beginning of `bytes`.
pub(crate) fn parse_answer(bytes: &[u8]) -> ParsedAnswer<'_> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response.parse(bytes) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return ParsedAnswer::Partial,
        Err(_) => return ParsedAnswer::Wrong("an answer that is no HTTP"),
    };
    let status = response.code.unwrap_or(0);
    let (mut length, mut cookie) = (None, None);
    for header in response.headers.iter() {
        let value = std::str::from_utf8(header.value).unwrap_or_default();
        if header.name.eq_ignore_ascii_case("content-length") {
            length = value.parse::<usize>().ok();
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            return ParsedAnswer::Wrong("an answer in chunks, which this client does not read");
        } else if header.name.eq_ignore_ascii_case("set-cookie") && value.starts_with(COOKIE) {
            cookie = value[COOKIE.len()..].split(';').next();
        }
    }
    let length = match (length, status) {
        (Some(length), _) => length,
        (None, 100..=199 | 204 | 304) => 0,
        (None, _) => return ParsedAnswer::Wrong("an answer without a length"),
    };
    match bytes.get(head..head + length) {
        Some(body) => ParsedAnswer::Answer(Answer { status, body, cookie, size: head + length }),
        None => ParsedAnswer::Partial,
    }
}

/// A request, with a session and a JSON body where there are any.
pub(crate) fn request(
    method: &str,
    path: &str,
    host: &str,
    token: Option<&str>,
    body: Option<&str>,
) -> Vec<u8> {
    let mut text = String::with_capacity(192 + body.map_or(0, str::len));
    let _ = write!(text, "{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
    if let Some(token) = token {
        let _ = write!(text, "Authorization: Bearer {token}\r\n");
    }
    match body {
        Some(body) => {
            let length = body.len();
            let _ = write!(text, "Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}");
        }
        None => text.push_str("\r\n"),
    }
    text.into_bytes()
}

/// The key of RFC 6455's example and what a server answers to it: a load needs no secret here.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &[u8] = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The request that opens a WebSocket.
pub(crate) fn upgrade(path: &str, host: &str, token: Option<&str>, protocol: Option<&str>) -> Vec<u8> {
    let mut text = String::with_capacity(256);
    let _ = write!(
        text,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n"
    );
    if let Some(protocol) = protocol {
        let _ = write!(text, "Sec-WebSocket-Protocol: {protocol}\r\n");
    }
    if let Some(token) = token {
        let _ = write!(text, "Authorization: Bearer {token}\r\n");
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// What became of an upgrade.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Upgraded {
    /// Frames begin behind so many bytes.
    Open(usize),
    /// More is needed.
    Partial,
    /// The status of the refusal; 0 for what is no answer to an upgrade.
    Refused(u16),
}

/// Reads the answer to an upgrade.
pub(crate) fn parse_upgrade(bytes: &[u8]) -> Upgraded {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response.parse(bytes) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Upgraded::Partial,
        Err(_) => return Upgraded::Refused(0),
    };
    if response.code != Some(101) {
        return Upgraded::Refused(response.code.unwrap_or(0));
    }
    let accepted = |header: &&httparse::Header<'_>| header.name.eq_ignore_ascii_case("sec-websocket-accept");
    match response.headers.iter().find(accepted) {
        Some(header) if header.value == ACCEPT => Upgraded::Open(head),
        _ => Upgraded::Refused(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_when_all_of_its_body_is_there() {
        let text = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: plaudit_session=abc; Path=/\r\n\r\nhelloHTTP";
        for cut in 0..text.len() - 4 {
            assert_eq!(parse_answer(&text[..cut]), ParsedAnswer::Partial, "{cut}");
        }
        let answer = Answer { status: 200, body: b"hello", cookie: Some("abc"), size: text.len() - 4 };
        assert_eq!(parse_answer(text), ParsedAnswer::Answer(answer));
    }

    #[test]
    fn answers_without_a_body_and_without_a_length() {
        let ParsedAnswer::Answer(answer) = parse_answer(b"HTTP/1.1 204 No Content\r\n\r\n") else { panic!() };
        assert_eq!((answer.status, answer.body.len()), (204, 0));
        for wrong in
            ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "hello\r\n"]
        {
            assert!(matches!(parse_answer(wrong.as_bytes()), ParsedAnswer::Wrong(_)), "{wrong}");
        }
    }

    #[test]
    fn a_request_carries_session_and_body() {
        let text = String::from_utf8(request("POST", "/api/posts", "h:1", Some("t"), Some("{}"))).unwrap();
        assert_eq!(
            text,
            "POST /api/posts HTTP/1.1\r\nHost: h:1\r\nAuthorization: Bearer t\r\n\
             Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        );
    }

    #[test]
    fn an_upgrade_is_only_what_answers_its_key() {
        let answer =
            "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
        assert_eq!(parse_upgrade(answer.as_bytes()), Upgraded::Open(answer.len()));
        assert_eq!(parse_upgrade(&answer.as_bytes()[..40]), Upgraded::Partial);
        assert_eq!(parse_upgrade(answer.replace("s3p", "s3q").as_bytes()), Upgraded::Refused(0));
        assert_eq!(parse_upgrade(b"HTTP/1.1 503 Busy\r\n\r\n"), Upgraded::Refused(503));
    }
}
