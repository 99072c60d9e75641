//! What hyper says to a request that it can't read is a status and nothing else. Here it gets a sentence, and the log a
//! line.

use std::fmt::Write as _;
use std::time::Duration;

use http::StatusCode;

use super::error::Problem;
use super::server::{HEADER_BYTES, HEADER_COUNT};
use crate::door::Peer;
use crate::door::seldom::Seldom;

/// hyper's own answers have no body, and say so.
const EMPTY: &str = "content-length: 0\r\n";

/// When a refusal was logged.
static COMPLAINT: Seldom = Seldom::every(Duration::from_mins(1));

/// The whole of a refusal whose bare `head` hyper writes; none if that is no such head. `opening` are the first bytes of
/// what was refused.
pub(super) fn complete(head: &[u8], opening: &[u8], peer: Peer) -> Option<Vec<u8>> {
    let head = str::from_utf8(head).ok().filter(|head| head.ends_with("\r\n\r\n"))?;
    let status = head.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()?;
    let (code, sentence) = sentence(status)?;
    let (line, rest) = head.split_once(EMPTY)?;
    if COMPLAINT.is_due() {
        tracing::warn!(
            status = status.as_u16(),
            peer = %peer.0,
            "a request was refused before it was read: {sentence} This is said once a minute at most"
        );
    }
    let (kind, body) = if is_for_programs(opening) {
        ("application/problem+json", Problem::text(status, code, sentence, None))
    } else {
        ("text/plain; charset=utf-8", format!("{sentence}\n"))
    };
    let mut whole = format!("{line}content-type: {kind}\r\ncontent-length: {}\r\n", body.len());
    let _ = write!(whole, "cache-control: no-store\r\nx-content-type-options: nosniff\r\n{rest}");
    if !opening.starts_with(b"HEAD ") {
        whole.push_str(&body);
    }
    Some(whole.into_bytes())
}

/// The code and the sentence of a refusal.
fn sentence(status: StatusCode) -> Option<(&'static str, String)> {
    let kib = HEADER_BYTES / 1024;
    match status {
        StatusCode::BAD_REQUEST => Some((
            "bad_request",
            "This request cannot be read: its first line or one of its headers is malformed.".to_owned(),
        )),
        StatusCode::URI_TOO_LONG | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Some((
            "too_large",
            format!(
                "A request may have {HEADER_COUNT} headers, and {kib} KiB together with its address; this one has more. In a \
                 browser it is most often cookies: delete those of this host."
            ),
        )),
        _ => None,
    }
}

/// Whether the request is one of the API, as far as its first bytes say.
fn is_for_programs(opening: &[u8]) -> bool {
    let target = opening.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    target.starts_with(b"/api/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(head: &str, opening: &str) -> Option<String> {
        let whole = complete(head.as_bytes(), opening.as_bytes(), Peer([192, 0, 2, 1].into()));
        whole.map(|whole| String::from_utf8(whole).unwrap())
    }

    #[test]
    fn only_a_bare_refusal_is_completed() {
        let bare = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: now\r\n\r\n";
        assert!(said(bare, "GET /").unwrap().contains("malformed"));
        for other in [
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 5\r\n\r\nwords",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 5\r\n\r\n",
            "words",
            "",
        ] {
            assert_eq!(said(other, "GET /"), None, "{other:?}");
        }
    }

    #[test]
    fn a_refused_head_request_gets_no_body() {
        let bare = "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n\r\n";
        assert!(said(bare, "HEAD /api/posts").unwrap().ends_with("\r\n\r\n"));
        assert!(said(bare, "GET /api/posts").unwrap().ends_with('}'));
        assert!(said(bare, "GET /posts/1").unwrap().ends_with("host.\n"));
    }
}
