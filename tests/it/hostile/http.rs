//! Raw requests: lengths that contradict each other, heads that are too much, targets that lead nowhere. The answer is
//! a refusal or one clear meaning, nothing smuggled is done, and the server goes on.

use crate::support::TestApp;
use crate::support::raw::{self, exchange, status, statuses};

const LIKE: &str = "PUT /api/posts/1/like HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
const LAST: &str = "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

/// Sends it all, reads until the server closes.
async fn send(app: &TestApp, bytes: impl AsRef<[u8]>) -> String {
    exchange(app.address, bytes.as_ref(), |_| false).await
}

/// Sends a request with a like smuggled behind it. Wants one answer, no like, and a connection that closes.
async fn smuggle(app: &TestApp, request: &str, wanted: &[u16]) {
    let before = app.dump();
    let answers = send(app, format!("{request}{LIKE}")).await;
    let given = statuses(&answers);
    assert!(given.len() <= 1, "{request:?} was answered {given:?} times: {answers}");
    let first = given.first().copied().unwrap_or(0);
    assert!(wanted.contains(&first), "{request:?}: {answers:?}");
    assert_eq!(app.dump(), before, "{request:?}");
}

#[tokio::test]
async fn with_both_lengths_the_chunks_win_and_the_connection_closes() {
    let app = TestApp::start().await;
    let head = "POST /api/session HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n";
    for lengths in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 100\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
        "transfer-encoding: Chunked\r\nContent-Length: 0\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: \tchunked \r\nContent-Length: 1\r\n",
    ] {
        // 400: the chunks are read, and {} lacks a handle.
        smuggle(&app, &format!("{head}{lengths}\r\n2\r\n{{}}\r\n0\r\n\r\n"), &[400]).await;
    }
    let wanted =
        format!("{head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n");
    let answer = send(&app, wanted).await;
    assert!(answer.contains("handle"), "the chunks were read as the body: {answer}");
}

#[tokio::test]
async fn other_codings_and_broken_chunks_are_refused_and_close() {
    let app = TestApp::start().await;
    let head = "POST /api/session HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n";
    for coding in [
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding:\r\nContent-Length: 2\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
    ] {
        smuggle(&app, &format!("{head}{coding}\r\n2\r\n{{}}\r\n0\r\n\r\n"), &[400, 501, 0]).await;
    }
    for chunks in [
        "-2\r\n{}\r\n0\r\n\r\n",
        "+2\r\n{}\r\n0\r\n\r\n",
        "0x2\r\n{}\r\n0\r\n\r\n",
        "g\r\n{}\r\n0\r\n\r\n",
        "\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}x0\r\n\r\n",
        "2\r\n{}XX0\r\n\r\n",
        "fffffffffffffffff\r\n{}",
        "00000000000000000000000002\r\n{}\r\n0\r\n\r\n",
    ] {
        let request = format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}");
        let before = app.dump();
        let enough = |answer: &str| status(answer) != 0;
        let answer = exchange(app.address, format!("{request}{LIKE}").as_bytes(), enough).await;
        assert_eq!((status(&answer), statuses(&answer).len()), (400, 1), "{chunks:?}: {answer}");
        assert_eq!(app.dump(), before, "{chunks:?}");
    }
}

#[tokio::test]
async fn lengths_that_differ_or_are_no_numbers_are_refused() {
    let app = TestApp::start().await;
    let head = "POST /api/session HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n";
    for length in [
        "Content-Length: 2\r\nContent-Length: 3\r\n",
        "Content-Length: 2, 3\r\n",
        "Content-Length: 2,3\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: +2\r\n",
        "Content-Length: 0x2\r\n",
        "Content-Length: 2 2\r\n",
        "Content-Length: 2.0\r\n",
        "Content-Length: two\r\n",
        "Content-Length:\r\n",
        "Content-Length: 18446744073709551616\r\n",
        "Content-Length : 2\r\n",
        "Content-Length: 2\r\n Content-Length: 3\r\n",
    ] {
        smuggle(&app, &format!("{head}{length}\r\n{{}}"), &[400]).await;
    }
}

#[tokio::test]
async fn a_head_that_is_not_one_is_refused_and_closes() {
    let app = TestApp::start().await;
    for head in [
        "GET /healthz HTTP/1.1\r\nHost: h\r\nX-A: a\r\n folded\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: h\r\nX-A: a\r\n\tfolded\r\n\r\n",
        "GET /healthz HTTP/1.1\r\n Host: h\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost : h\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: h\r\nNo colon\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: h\r\n: nothing\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: h\r\nX-\0: a\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: h\r\nX-A: a\0b\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: h\r\nX-A: a\rX-B: b\r\n\r\n",
        "GET /health\0z HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /health z HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET  /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /healthz\r\n",
        "GET /healthz\r\n\r\n",
        "GET /healthz HTTP/1.1 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /healthz HTTP/2.0\r\nHost: h\r\n\r\n",
        "GET /healthz HTTP/1.9\r\nHost: h\r\n\r\n",
        "GET /healthz http/1.1\r\nHost: h\r\n\r\n",
        "G(T /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3} a TLS hello\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "GET http:// HTTP/1.1\r\nHost: h\r\n\r\n",
    ] {
        // Closed without a word is as clear as 400.
        smuggle(&app, head, &[400, 404, 414, 505, 0]).await;
    }
    assert_eq!(status(&send(&app, LAST).await), 200, "and the server goes on");
}

#[tokio::test]
async fn exactly_one_host_is_wanted() {
    let app = TestApp::start().await;
    for hosts in [
        "",
        "Host:\r\n",
        "Host: \r\n",
        "Host: a\r\nHost: b\r\n",
        "Host: a\r\nhost: a\r\n",
        "Host: \u{e9}\r\n",
    ] {
        for (method, path) in
            [("GET", "/healthz"), ("GET", "/"), ("PUT", "/api/posts/1/like"), ("GET", "/live")]
        {
            smuggle(&app, &format!("{method} {path} HTTP/1.1\r\n{hosts}\r\n"), &[400]).await;
        }
    }
    let answer = send(&app, "GET /healthz HTTP/1.1\r\n\r\n").await;
    assert!(answer.contains("application/problem+json") && answer.contains("Host"), "{answer}");
}

#[tokio::test]
async fn a_hosts_name_is_never_markup() {
    let app = TestApp::start().await;
    for host in ["\"><script>alert(1)</script>", "x'onload='y", "<b>", "a b"] {
        let answer = send(&app, format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await;
        assert!(matches!(status(&answer), 200 | 400), "{answer}");
        assert!(!answer.contains("<script>alert") && !answer.contains("<b>"), "{host}: {answer}");
    }
}

#[tokio::test]
async fn odd_targets_lead_nowhere_and_never_out_of_the_house() {
    let app = TestApp::start().await;
    let before = app.dump();
    for target in [
        "//",
        "///etc/passwd",
        "/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/../../Cargo.toml",
        "/assets/x/%2e%2e%2f%2e%2e%2fCargo.toml",
        "/assets/%00/main.js",
        "/posts/%00",
        "/posts/%ff%fe",
        "/posts/%",
        "/posts/%zz",
        "/api/posts/%ff",
        "/api/posts/1%2flike",
        "/api/users/%ed%a0%80",
        "/\u{e9}",
        "/?after=%ff",
        "/?%",
        "/?after=1&after=1",
        "/a\\b",
        "/;",
        "/posts/1;x",
        "/posts/1/",
        "/%2f",
        "/~",
        "/{id}",
        "/posts/{id}",
        "/api/{*rest}",
        "*",
        "?",
        "/#",
        "healthz",
        "healthz:80",
    ] {
        for method in ["GET", "POST", "DELETE", "OPTIONS"] {
            let answer =
                send(&app, format!("{method} {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
                    .await;
            let status = status(&answer);
            assert!((200..500).contains(&status), "{method} {target}: {answer}");
            // Without its fragment that one is the front page.
            let is_health_check = (method, target) == ("OPTIONS", "/#");
            assert!(status >= 400 || method == "GET" || is_health_check, "{method} {target}: {answer}");
            assert!(!answer.contains("root:") && !answer.contains("[workspace]"), "{target}");
        }
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn odd_methods_and_forms_of_target_are_answered_and_do_nothing() {
    let app = TestApp::start().await;
    let before = app.dump();
    for request in [
        "OPTIONS * HTTP/1.1\r\nHost: h\r\n",
        "TRACE / HTTP/1.1\r\nHost: h\r\nCookie: plaudit_session=secret\r\n",
        "TRACE /api/posts HTTP/1.1\r\nHost: h\r\nCookie: plaudit_session=secret\r\n",
        "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n",
        "CONNECT / HTTP/1.1\r\nHost: h\r\n",
        "CONNECT /live HTTP/1.1\r\nHost: h\r\n",
        "put /api/posts/1/like HTTP/1.1\r\nHost: h\r\n",
        "PUT /api/posts/1/like/ HTTP/1.1\r\nHost: h\r\n",
        "BREW /posts/1 HTTP/1.1\r\nHost: h\r\n",
        "POST /live HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n",
    ] {
        let answer = send(&app, format!("{request}Connection: close\r\n\r\n")).await;
        assert!((400..500).contains(&status(&answer)), "{request}: {answer}");
        assert!(!answer.contains("secret"), "{request} is echoed: {answer}");
    }
    let absolute = "GET http://elsewhere.example/healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    assert!(
        matches!(status(&send(&app, absolute).await), 200 | 400 | 404 | 421),
        "a proxy's form of a target"
    );
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn http_1_0_is_answered_and_closed() {
    let app = TestApp::start().await;
    let answer = send(&app, "GET /healthz HTTP/1.0\r\nHost: h\r\n\r\n").await;
    assert_eq!((status(&answer), statuses(&answer).len()), (200, 1), "{answer}");
    smuggle(
        &app,
        "POST /api/session HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        &[400, 0],
    )
    .await;
}

#[tokio::test]
async fn pipelined_requests_are_answered_one_by_one_and_in_order() {
    let app = TestApp::start().await;
    let token = app.member("ana").await.token.unwrap();
    let act = |method: &str, path: &str| {
        format!("{method} {path} HTTP/1.1\r\nHost: h\r\nCookie: plaudit_session={token}\r\n\r\n")
    };
    let requests: String = [
        act("PUT", "/api/posts/1/like"),
        act("DELETE", "/api/posts/1/like"),
        act("GET", "/api/posts/9"),
        act("PUT", "/api/posts/1/like"),
        LAST.to_owned(),
    ]
    .concat();
    for bytes in [requests.clone(), requests.replace("\r\n", "\n")] {
        let answers = send(&app, bytes).await;
        assert_eq!(statuses(&answers), [200, 200, 404, 200, 200], "{answers}");
        let order: Vec<usize> = [r#""likes":1"#, r#""likes":0"#, "not_found", "ok\n"]
            .iter()
            .map(|text| answers.find(text).unwrap())
            .collect();
        assert!(order.is_sorted(), "{answers}");
    }
}

#[tokio::test]
async fn a_thousand_pipelined_requests_and_a_client_that_reads_none_hurt_nobody() {
    use tokio::io::AsyncWriteExt as _;
    let app = TestApp::start().await;
    let mut stream = tokio::net::TcpStream::connect(app.address).await.unwrap();
    let request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(1000);
    // What the server does not take is its good right.
    let _ =
        tokio::time::timeout(std::time::Duration::from_secs(1), stream.write_all(request.as_bytes())).await;
    assert_eq!(app.visitor().get("/readyz").await.status, 200);
    drop(stream);
    assert_eq!(app.visitor().get("/").await.status, 200);
}

#[tokio::test]
async fn a_declared_length_of_a_terabyte_allocates_nothing_and_is_413_after_64_kib() {
    let app = TestApp::start().await;
    let token = app.member("ana").await.token.unwrap();
    let head = format!(
        "POST /api/posts HTTP/1.1\r\nHost: h\r\nCookie: plaudit_session={token}\r\n\
         Content-Type: application/json\r\nContent-Length: 1099511627776\r\n\r\n"
    );
    let answer =
        exchange(app.address, [head.as_bytes(), " ".repeat(70_000).as_bytes()].concat().as_slice(), |_| {
            false
        })
        .await;
    assert!(matches!(status(&answer), 413), "{answer}");
    assert!(answer.contains("too_large"), "{answer}");
}

#[tokio::test]
async fn who_closes_its_side_after_the_request_is_answered() {
    let app = TestApp::start().await;
    let body = r#"{"handle":"ana","password":"correct horse"}"#;
    let head = "POST /api/users HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nConnection: close";
    let mut stream = tokio::net::TcpStream::connect(app.address).await.unwrap();
    let request = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    tokio::io::AsyncWriteExt::shutdown(&mut stream).await.unwrap();
    let answer = raw::read(&mut stream, |_| false).await;
    assert_eq!(raw::status(&answer), 201, "{answer}");
}
