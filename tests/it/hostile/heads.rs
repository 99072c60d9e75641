//! Heads that are too much, or no heads at all: refused with a sentence for whoever reads it, and a line in the log.

use std::fs::File;

use crate::support::TestApp;
use crate::support::process::{Process, command};
use crate::support::raw::{exchange, status, statuses};

/// Sends it all, reads until the server closes.
async fn send(app: &TestApp, bytes: impl AsRef<[u8]>) -> String {
    exchange(app.address, bytes.as_ref(), |_| false).await
}

/// A request with so many headers.
fn many(path: &str, count: usize) -> String {
    let headers: String = "X-Many: a\r\n".repeat(count - 2);
    format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{headers}\r\n")
}

/// A request with a cookie of so many bytes.
fn long(path: &str, bytes: usize) -> String {
    let cookie = "a".repeat(bytes);
    format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nCookie: a={cookie}\r\n\r\n")
}

#[tokio::test]
async fn a_hundred_headers_and_32_kib_of_them_are_fine() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/", "/api/posts"] {
        for bytes in [many(path, 100), long(path, 32 * 1024)] {
            assert_eq!(status(&send(&app, &bytes).await), 200, "{path}, {} bytes", bytes.len());
        }
    }
    let page = send(&app, many(&format!("/{}", "a".repeat(8 * 1024)), 100)).await;
    assert_eq!(status(&page), 404, "{page}");
}

#[tokio::test]
async fn more_than_that_is_refused_with_a_sentence_that_says_what_is_allowed() {
    let app = TestApp::start().await;
    let address = format!("/{}", "a".repeat(60_000));
    let refused = [
        ("101 headers", many("/", 101)),
        ("1000 headers", many("/", 1000)),
        ("40 KiB", long("/", 40 * 1024)),
        ("1 MiB", long("/", 1 << 20)),
        ("a long address", many(&address, 2)),
        // It is refused as soon as it is too long, not read on.
        ("no end", format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(1 << 20))),
    ];
    let counted = refused.len();
    for (what, bytes) in refused {
        let answer = send(&app, bytes).await;
        assert!(matches!(status(&answer), 431 | 414), "{what}: {answer}");
        assert!(answer.contains("content-type: text/plain; charset=utf-8\r\n"), "{what}: {answer}");
        let (head, sentence) = answer.split_once("\r\n\r\n").unwrap();
        assert!(sentence.contains("100 headers") && sentence.contains("40 KiB"), "{what}: {answer}");
        assert!(head.contains(&format!("content-length: {}\r\n", sentence.len())), "{what}: {answer}");
        assert!(head.contains("connection: close\r\n"), "{what}: {answer}");
    }
    let answer = send(&app, many("/api/posts", 101)).await;
    assert!(answer.contains("content-type: application/problem+json\r\n"), "{answer}");
    let problem: serde_json::Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!((&problem["status"], &problem["code"]), (&431.into(), &"too_large".into()));
    let metrics = app.visitor().get("/metrics").await.text;
    assert!(metrics.contains(&format!("plaudit_refused_heads_total {}\n", counted + 1)), "{metrics}");
}

#[tokio::test]
async fn what_is_no_request_is_told_so() {
    let app = TestApp::start().await;
    for bytes in ["nonsense\r\n\r\n", "GET / HTTP/1.1\r\nNo colon\r\n\r\n", "GET / HTTP/7.0\r\n\r\n"] {
        let answer = send(&app, bytes).await;
        assert_eq!(statuses(&answer), [400], "{bytes:?}: {answer}");
        assert!(answer.contains("This request cannot be read"), "{bytes:?}: {answer}");
    }
    let answer = send(&app, "GET /api/posts HTTP/1.1\r\nNo colon\r\n\r\n").await;
    assert!(answer.contains("\"code\":\"bad_request\""), "{answer}");
    // Behind an answer of ours, too, which stays whole.
    let first = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";
    let answers = send(&app, format!("{first}GET / HTTP/1.1\r\nNo colon\r\n\r\n")).await;
    assert_eq!(statuses(&answers), [200, 400], "{answers}");
    assert!(answers.contains("\r\n\r\nok\nHTTP/1.1 400"), "{answers}");
    assert!(answers.ends_with("malformed.\n"), "{answers}");
}

#[tokio::test]
async fn a_refusal_before_the_request_is_read_is_logged_once_in_a_while() {
    let here = tempfile::tempdir().unwrap();
    let path = here.path().join("log");
    let mut serve = command(here.path());
    serve.args(["--listen", "127.0.0.1:0", "--data", "data"]);
    let process = Process::logging(serve, File::create(&path).unwrap());
    for _ in 0..5 {
        assert_eq!(status(&exchange(process.address, many("/", 101).as_bytes(), |_| false).await), 431);
    }
    assert_eq!(process.terminate().await, Some(0));
    let log = std::fs::read_to_string(path).unwrap();
    assert_eq!(log.matches("a request was refused before it was read").count(), 1, "{log}");
    assert!(log.contains("status=431") && log.contains("peer=127.0.0.1"), "{log}");
}
