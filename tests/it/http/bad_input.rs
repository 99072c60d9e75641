//! Bad input around the body: ids, methods, cursors, limits, content types. A refusal with a code and a sentence,
//! and nothing changed.

use reqwest::Method;
use serde_json::json;

use super::check_problem;
use crate::support::{Actor, TestApp, raw};

/// Every path of the API with the methods that it has.
pub const PATHS: [(&str, &[&str]); 45] = [
    ("/api/users", &["GET", "POST"]),
    ("/api/users/ana", &["GET"]),
    ("/api/users/ana/posts", &["GET"]),
    ("/api/users/ana/likes", &["GET"]),
    ("/api/users/ana/suspension", &["PUT", "DELETE"]),
    ("/api/session", &["POST", "DELETE"]),
    ("/api/sessions", &["DELETE"]),
    ("/api/me", &["GET", "PATCH", "DELETE"]),
    ("/api/me/password", &["PUT"]),
    ("/api/conversations", &["GET", "POST"]),
    ("/api/conversations/1", &["GET", "DELETE"]),
    ("/api/conversations/1/read", &["PUT"]),
    ("/api/conversations/1/accept", &["PUT"]),
    ("/api/conversations/1/messages", &["GET", "POST"]),
    ("/api/messages/1", &["PATCH", "DELETE"]),
    ("/api/me/blocks", &["GET"]),
    ("/api/users/ana/block", &["PUT", "DELETE"]),
    ("/api/me/settings", &["GET", "PATCH"]),
    ("/api/posts", &["GET", "POST"]),
    ("/api/posts/1", &["GET", "PATCH", "DELETE"]),
    ("/api/posts/1/like", &["PUT", "DELETE"]),
    ("/api/posts/1/likes", &["GET"]),
    ("/api/posts/1/mute", &["PUT", "DELETE"]),
    ("/api/notifications", &["GET"]),
    ("/api/notifications/read", &["PUT"]),
    ("/api/posts/1/comments", &["GET", "POST"]),
    ("/api/posts/1/reports", &["DELETE"]),
    ("/api/comments/1", &["PATCH", "DELETE"]),
    ("/api/comments/1/reports", &["DELETE"]),
    ("/api/messages/1/reports", &["DELETE"]),
    ("/api/reports", &["GET", "POST"]),
    ("/api/openapi.json", &["GET"]),
    ("/api/inboxes", &["GET"]),
    ("/api/inboxes/shop", &["GET", "PATCH"]),
    ("/api/inboxes/shop/agents/ana", &["PUT", "DELETE"]),
    ("/api/inboxes/shop/cases", &["GET", "POST"]),
    ("/api/inboxes/shop/replies", &["GET", "POST"]),
    ("/api/inboxes/shop/stats", &["GET"]),
    ("/api/replies/1", &["PATCH", "DELETE"]),
    ("/api/conversations/1/case", &["GET"]),
    ("/api/conversations/1/customer", &["PATCH"]),
    ("/api/messages/1/send", &["POST"]),
    ("/api/conversations/1/assignee", &["PUT"]),
    ("/api/conversations/1/status", &["PUT"]),
    ("/api/conversations/1/notes", &["GET", "POST"]),
];

/// Every call that takes a body.
const BODIES: [(Method, &str); 10] = [
    (Method::POST, "/api/users"),
    (Method::POST, "/api/session"),
    (Method::PATCH, "/api/me"),
    (Method::DELETE, "/api/me"),
    (Method::PUT, "/api/me/password"),
    (Method::PATCH, "/api/me/settings"),
    (Method::POST, "/api/posts"),
    (Method::POST, "/api/posts/1/comments"),
    (Method::PATCH, "/api/comments/1"),
    (Method::POST, "/api/reports"),
];

async fn world() -> (TestApp, Actor, String) {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let dump = app.dump();
    (app, ana, dump)
}

#[tokio::test]
async fn what_is_no_id_is_not_found_and_so_is_an_id_of_nothing() {
    let (app, ana, before) = world().await;
    for id in [
        "0",
        "00",
        "01",
        "-1",
        "-0",
        "+1",
        "1.0",
        "1e0",
        "0x1",
        "2",
        "4294967297",
        "9007199254740991",
        "9007199254740992",
        "9223372036854775808",
        "18446744073709551617",
        "99999999999999999999999999999999",
        "%00",
        "1%00",
        "1%0a",
        "%201",
        "1%20",
        "%2B1",
        "%ff",
        "%c0%b1",
        "%ed%a0%80",
        "%",
        "%zz",
        "%EF%BC%91",
        "%D9%A1",
        "1%2flike",
        "1%2f..%2f1",
        "null",
        "undefined",
        "NaN",
        "1;1",
        "1,1",
        "1'--",
        "{id}",
        "*",
        &"1".repeat(5000),
    ] {
        for (method, noun, tail) in [
            (Method::GET, "posts", ""),
            (Method::DELETE, "posts", ""),
            (Method::PUT, "posts", "/like"),
            (Method::DELETE, "posts", "/like"),
            (Method::GET, "posts", "/likes"),
            (Method::GET, "posts", "/comments"),
            (Method::POST, "posts", "/comments"),
            (Method::PATCH, "comments", ""),
            (Method::DELETE, "comments", ""),
        ] {
            let path = format!("/api/{noun}/{id}{tail}");
            for who in [&ana, &app.visitor()] {
                let body =
                    if [Method::POST, Method::PATCH].contains(&method) { r#"{"text":"x"}"# } else { "" };
                let answer = who.send_body(method.clone(), &path, Some("application/json"), body).await;
                check_problem(&answer, &format!("{method} {path}"));
                // Without a session that question comes first where only a session could do anything.
                let needs_session = ![Method::GET, Method::PUT].contains(&method);
                let wanted = if who.token.is_none() && needs_session { [401, 404] } else { [404, 404] };
                assert!(wanted.contains(&answer.status.as_u16()), "{method} {path}: {answer:?}");
            }
        }
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a_wrong_method_is_405_and_allow_names_the_right_ones() {
    let (app, ana, before) = world().await;
    for (path, methods) in PATHS {
        let mut allowed: Vec<&str> = methods.to_vec();
        if methods.contains(&"GET") {
            allowed.push("HEAD");
        }
        for method in
            ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "G"]
        {
            if allowed.contains(&method) {
                continue;
            }
            let request =
                ana.request(method.parse().unwrap(), path).header("content-type", "application/json");
            let answer = ana.send(request.body(if method == "HEAD" { "" } else { "{}" })).await;
            assert_eq!(answer.status, 405, "{method} {path}: {answer:?}");
            let named: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
            assert!(
                allowed.iter().all(|method| named.contains(method)),
                "{path}: {named:?} lacks some of {allowed:?}"
            );
            assert!(
                named.iter().all(|method| allowed.contains(method)),
                "{path}: {named:?} is more than {allowed:?}"
            );
            if method != "HEAD" {
                check_problem(&answer, &format!("{method} {path}"));
            }
        }
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn an_unknown_call_is_not_found_in_the_apis_own_words() {
    let (app, ana, before) = world().await;
    for path in
        ["/api", "/api/", "/api/nothing", "/api/posts/1/like/", "/api/posts/", "/api/Posts", "/api//posts"]
    {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let answer = ana.send(ana.request(method.clone(), path)).await;
            assert_eq!(answer.status, 404, "{method} {path}: {answer:?}");
            check_problem(&answer, path);
        }
    }
    // What comes later is not there yet, in the same words.
    for (method, path) in [
        (Method::GET, "/api/comments/1"),
        (Method::GET, "/api/sms"),
        (Method::PUT, "/api/users/ana/follow"),
        (Method::POST, "/api/conversations"),
    ] {
        check_problem(&ana.send(ana.request(method, path)).await, path);
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn bad_cursors_and_limits_are_refused_by_every_list() {
    let (app, ana, _) = world().await;
    // One of the lists is for moderators.
    app.promote("ana").await;
    let before = app.dump();
    for query in [
        "limit=0",
        "limit=-1",
        "limit=101",
        "limit=abc",
        "limit=1.5",
        "limit=1e1",
        "limit=",
        "limit",
        "limit=%00",
        "limit=%ff",
        "limit=18446744073709551616",
        "limit=1&limit=2",
        "limit=20&",
        "cursor=",
        "cursor=abc",
        "cursor=0",
        "cursor=-1",
        "cursor=1%00",
        "cursor=%ff",
        "cursor=9007199254740992",
        "cursor=99999999999999999999",
        "cursor=1&cursor=1",
        "cursor=null",
        "cursor[]=1",
        "offset=1",
        "limit=1&page=2",
        "LIMIT=1",
    ] {
        for list in [
            "/api/posts",
            "/api/users/ana/posts",
            "/api/users/ana/likes",
            "/api/posts/1/likes",
            "/api/posts/1/comments",
            "/api/reports",
        ] {
            let answer = ana.get(&format!("{list}?{query}")).await;
            // An empty pair between two & is nothing at all.
            if query == "limit=20&" {
                assert!(answer.status.is_success() || answer.status == 400, "{answer:?}");
                continue;
            }
            check_problem(&answer, &format!("{list}?{query}"));
            answer.refused(400, "bad_request");
        }
    }
    for good in ["limit=1", "limit=100", "limit=%31", "cursor=1", "cursor=9007199254740991&limit=5", ""] {
        assert_eq!(ana.get(&format!("/api/posts?{good}")).await.status, 200, "{good}");
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn an_order_is_oldest_or_newest() {
    let (app, ana, before) = world().await;
    for query in [
        "order=",
        "order",
        "order=Oldest",
        "order=random",
        "order=oldest,newest",
        "order=%00",
        "order=%ff",
        "order=oldest&order=newest",
        "order[]=oldest",
        "sort=oldest",
    ] {
        let answer = ana.get(&format!("/api/posts/1/comments?{query}")).await;
        check_problem(&answer, query);
        answer.refused(400, "bad_request");
    }
    let problem = ana.get("/api/posts/1/comments?order=best").await.refused(400, "bad_request");
    let detail = problem["detail"].as_str().unwrap();
    assert!(["order", "oldest", "newest"].iter().all(|word| detail.contains(word)), "{detail}");
    for good in ["order=oldest", "order=newest", "order=newest&limit=5&cursor=7"] {
        assert_eq!(ana.get(&format!("/api/posts/1/comments?{good}")).await.status, 200, "{good}");
    }
    ana.get("/api/posts?order=oldest").await.refused(400, "bad_request");
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_415_and_no_body_is_a_bad_request() {
    let (app, ana, before) = world().await;
    for (method, path) in BODIES {
        for kind in [
            None,
            Some(""),
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some("multipart/form-data; boundary=x"),
            Some("application/jsonp"),
            Some("application/problem+json"),
            Some("text/json"),
            Some("application"),
            Some("json"),
            Some("*/*"),
        ] {
            let answer = ana.send_body(method.clone(), path, kind, r#"{"text":"x"}"#).await;
            check_problem(&answer, &format!("{method} {path} as {kind:?}"));
            answer.refused(415, "media_type");
        }
        let twice = ana.request(method.clone(), path).header("content-type", "application/json");
        let twice = twice.header("content-type", "text/plain").body("{}");
        ana.send(twice).await.refused(415, "media_type");
        for kind in [None, Some("text/plain"), Some("application/json")] {
            ana.send_body(method.clone(), path, kind, "").await.refused(400, "bad_request");
        }
    }
    assert_eq!(app.dump(), before);
    for (turn, kind) in
        ["application/json", "Application/JSON; charset=utf-8", "application/json ;x=y"].iter().enumerate()
    {
        let answer =
            ana.send_body(Method::POST, "/api/posts", Some(kind), format!(r#"{{"text":"{turn}"}}"#)).await;
        assert_eq!(answer.status, 201, "{kind}");
    }
}

#[tokio::test]
async fn where_no_body_is_wanted_any_body_is_ignored() {
    let (_app, ana, _) = world().await;
    for (method, path) in [
        (Method::PUT, "/api/posts/1/like"),
        (Method::DELETE, "/api/posts/1/like"),
        (Method::GET, "/api/me"),
        (Method::GET, "/api/posts"),
        (Method::DELETE, "/api/session"),
    ] {
        let answer = ana.send_body(method.clone(), path, Some("image/png"), "\u{0}not json").await;
        assert!(answer.status.is_success(), "{method} {path}: {answer:?}");
    }
}

#[tokio::test]
async fn a_body_of_64_kib_is_read_and_one_byte_more_is_413() {
    let (app, ana, before) = world().await;
    let padded = |length: usize| {
        let text = json!({"text": "x"}).to_string();
        format!("{text}{}", " ".repeat(length - text.len()))
    };
    for (method, path) in BODIES {
        let json = Some("application/json");
        let answer = ana.send_body(method.clone(), path, json, padded(64 * 1024 + 1)).await;
        check_problem(&answer, path);
        answer.refused(413, "too_large");
        // Without a length: the bytes are counted as they come.
        let part = || hyper::body::Frame::data(bytes::Bytes::from_static(&[b' '; 1024]));
        let parts = futures_util::stream::iter((0..66).map(move |_| Ok::<_, std::io::Error>(part())));
        let stream = reqwest::Body::wrap(http_body_util::StreamBody::new(parts));
        let answer = ana.send_body(method, path, json, stream).await;
        answer.refused(413, "too_large");
    }
    // Declared, and never sent: it is not waited for.
    for (path, kind) in
        [("/api/session", "application/json"), ("/log-in", "application/x-www-form-urlencoded")]
    {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: 65537\r\n\r\n"
        );
        let begun = std::time::Instant::now();
        let answer = raw::exchange(app.address, head.as_bytes(), |text| text.contains("\r\n\r\n")).await;
        assert_eq!(raw::status(&answer), 413, "{answer}");
        assert!(begun.elapsed() < std::time::Duration::from_secs(15), "a body is waited for 30 s");
    }
    // Whoever is still sending reads the answer all the same.
    let megabyte = 1_000_000;
    let mut upload = format!("POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: {megabyte}\r\n");
    upload.push_str("Content-Type: application/json\r\n\r\n");
    upload.push_str(&" ".repeat(megabyte));
    let mut stream = tokio::net::TcpStream::connect(app.address).await.unwrap();
    for piece in upload.as_bytes().chunks(16 * 1024) {
        tokio::io::AsyncWriteExt::write_all(&mut stream, piece).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(raw::status(&raw::read(&mut stream, |text| text.contains("\r\n\r\n")).await), 413);
    for path in ["/posts", "/sign-up", "/log-in"] {
        let answer = ana.post_form(path, format!("text={}", "x".repeat(64 * 1024))).await;
        assert_eq!(answer.status, 413, "{path}");
    }
    assert_eq!(app.dump(), before);
    assert_eq!(ana.post_bytes("/api/posts", padded(64 * 1024)).await.status, 201);
}
