//! What tells who asks: cookies beside those of other applications, several of our own, and `Authorization`.

use plaudit::config::Options;
use reqwest::Method;
use reqwest::header::HeaderValue;

use crate::support::raw::{exchange, status};
use crate::support::{Actor, TestApp};

fn bytes(before: &[u8], token: &str, after: &[u8]) -> HeaderValue {
    HeaderValue::from_bytes(&[before, b"plaudit_session=", token.as_bytes(), after].concat()).unwrap()
}

/// The cookie of an actor, sent as the test says and not by itself.
fn take_token(actor: &mut Actor) -> String {
    actor.token.take().unwrap()
}

#[tokio::test]
async fn other_applications_cookies_in_any_bytes_never_hide_the_session() {
    let app = TestApp::start().await;
    let mut ana = app.member("ana").await;
    let token = take_token(&mut ana);
    let before = app.dump();
    for (first, last) in [
        (&b"stadt=K\xf6ln; "[..], &b""[..]),
        ("stadt=Köln; ".as_bytes(), b""),
        (b"", b"; x=\xff\xfe"),
        (b"\xe9=1; =; ;;", b";\xff"),
    ] {
        let cookie = || bytes(first, &token, last);
        let me = ana.send(ana.request(Method::GET, "/api/me").header("cookie", cookie())).await.ok();
        assert_eq!(me["user"]["handle"], "ana");
        let page = ana.send(ana.request(Method::GET, "/").header("cookie", cookie())).await;
        assert!(page.text.contains("data-session=\"member\""), "{}", page.text);
        // Nobody's like would make a guest, whose cookie would take the member's place.
        let like = ana.request(Method::DELETE, "/api/posts/1/like").header("cookie", cookie());
        assert_eq!(ana.send(like).await.header("set-cookie"), "");
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a_socket_reads_cookies_as_every_request_does() {
    let app = TestApp::start().await;
    let mut ana = app.member("ana").await;
    let token = take_token(&mut ana);
    let origin = app.url("");
    let upgrade = |cookie: &[u8]| {
        let head = format!(
            "GET /live HTTP/1.1\r\nHost: {}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: ",
            app.address
        );
        [head.as_bytes(), cookie, b"\r\n\r\n", &subscribe()].concat()
    };
    for cookie in [
        format!("stadt=K\u{f6}ln; plaudit_session={token}").into_bytes(),
        [b"a=\xf6; plaudit_session=x; plaudit_session=".as_slice(), token.as_bytes()].concat(),
    ] {
        let answer = exchange(app.address, &upgrade(&cookie), |text| text.contains("snapshot")).await;
        assert_eq!(status(&answer), 101, "{answer}");
        assert!(answer.contains(r#"{"topic":"me"}"#), "the topic is there for users only: {answer}");
    }
}

/// A masked text frame that subscribes to `me`.
fn subscribe() -> Vec<u8> {
    let text = br#"{"type":"subscribe","ref":1,"topics":[{"topic":"me"}]}"#;
    let mut frame = vec![0x81, 0x80 | u8::try_from(text.len()).unwrap(), 0, 0, 0, 0];
    frame.extend_from_slice(text);
    frame
}

#[tokio::test]
async fn any_good_cookie_counts_wherever_it_stands() {
    let app = TestApp::start().await;
    let mut ana = app.member("ana").await;
    let good = take_token(&mut ana);
    let mut again = app.visitor();
    again.log_in("ana").await.ok();
    again.delete("/api/session").await;
    let ended = take_token(&mut again);
    for cookie in [
        format!("plaudit_session={ended}; plaudit_session={good}"),
        format!("plaudit_session=; plaudit_session={good}"),
        format!("plaudit_session=of-another-application; plaudit_session={good}; plaudit_session="),
        format!("plaudit_session={good}; plaudit_session={ended}"),
        format!("plaudit_session=\"{good}\""),
    ] {
        let me = ana.send(ana.request(Method::GET, "/api/me").header("cookie", &cookie)).await.ok();
        assert_eq!(me["user"]["handle"], "ana", "{cookie}");
    }
}

#[tokio::test]
async fn logging_out_ends_every_session_that_the_browser_holds() {
    let app = TestApp::start().await;
    let form = ("POST", "/log-out");
    for (method, path) in
        [form, ("DELETE", "/api/session"), ("DELETE", "/api/sessions"), ("POST", "/settings/log-out")]
    {
        let mut browser = app.visitor();
        let handle = format!("ana{}", path.len());
        let mut tokens = Vec::new();
        browser.sign_up(&handle).await.ok();
        tokens.push(take_token(&mut browser));
        for _ in 0..2 {
            browser.log_in(&handle).await.ok();
            tokens.push(take_token(&mut browser));
        }
        let cookie = format!(
            "plaudit_session=; plaudit_session={}; plaudit_session={}; x=y; plaudit_session={}",
            tokens[0], tokens[1], tokens[2]
        );
        let mut request = browser.request(method.parse().unwrap(), path).header("cookie", cookie);
        if method == "POST" {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        let answer = browser.send(request).await;
        assert!(answer.status.as_u16() < 400, "{path}: {answer:?}");
        assert!(answer.header("set-cookie").starts_with("plaudit_session=; "), "{answer:?}");
        for token in tokens {
            let bearer = browser.request(Method::GET, "/api/me").bearer_auth(token);
            browser.send(bearer).await.refused(401, "no_session");
        }
    }
}

#[tokio::test]
async fn an_authorization_of_another_scheme_is_as_if_it_were_not_there() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    for other in ["Basic YW5hOmFuYQ==", "Basic", "Negotiate x", "", "Digest username=\"ana\""] {
        let send = async |who: &Actor, path: &str| {
            who.send(who.request(Method::GET, path).header("authorization", other)).await
        };
        assert_eq!(send(&ana, "/api/me").await.ok()["user"]["handle"], "ana", "{other}");
        assert!(send(&app.visitor(), "/api/me").await.ok()["user"].is_null(), "{other}");
        assert!(send(&ana, "/").await.text.contains("data-session=\"member\""), "{other}");
    }
    // Beside a proxy's own scheme the Bearer counts.
    let both = ana.request(Method::GET, "/api/me").header("authorization", "Basic x").bearer_auth("bad");
    ana.send(both).await.refused(401, "no_session");
}

#[tokio::test]
async fn every_401_says_how_to_do_better() {
    let app = TestApp::start().await;
    let nobody = app.visitor();
    let bad = |path: &str| nobody.request(Method::GET, path).header("authorization", "Bearer bad");
    let live = bad("/live")
        .header("upgrade", "websocket")
        .header("connection", "upgrade")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let credentials = serde_json::json!({"handle": "ana", "password": "wrong horse"});
    for answer in [
        nobody.send(bad("/api/me")).await,
        nobody.send(bad("/")).await,
        nobody.send(live).await,
        nobody.post("/api/posts", &serde_json::json!({"text": "x"})).await,
        nobody.post("/api/session", &credentials).await,
        nobody.post_form("/log-in", "handle=ana&password=wrong+horse").await,
        nobody.post_form("/posts", "text=x").await,
    ] {
        assert_eq!(
            (answer.status.as_u16(), answer.header("www-authenticate")),
            (401, "Bearer"),
            "{answer:?}"
        );
    }
    assert_eq!(nobody.get("/api/me").await.header("www-authenticate"), "");
}

#[tokio::test]
async fn visitors_behind_a_proxy_are_told_apart_in_every_spelling() {
    let trusted_proxies = Some(vec!["127.0.0.0/8".parse().unwrap()]);
    let app =
        TestApp::with(Options { trusted_proxies, sign_ups_per_hour: Some(1), ..Options::default() }, |_| {})
            .await;
    let sign_up = async |number: usize, name: &str, value: &[u8]| {
        let body = serde_json::json!({"handle": format!("user{number}"), "password": "correct horse"});
        let visitor = app.visitor();
        let request = visitor.request(Method::POST, "/api/users").header("content-type", "application/json");
        let request = request.header(name, HeaderValue::from_bytes(value).unwrap());
        visitor.send(request.body(body.to_string())).await.status.as_u16()
    };
    let spellings: [(&str, &[u8]); 10] = [
        ("x-forwarded-for", b"192.0.2.1:4711"),
        ("x-forwarded-for", b"\"192.0.2.2\""),
        ("x-forwarded-for", b"192.0.2.3,"),
        ("x-forwarded-for", b"[2001:db8:1::1]:80"),
        ("x-forwarded-for", b"2001:db8:2::1%eth0"),
        ("x-forwarded-for", b"\xff, 192.0.2.4"),
        ("forwarded", b"for=192.0.2.5;proto=https"),
        ("forwarded", b"by=x;For=\"[2001:db8:3::1]:4711\""),
        ("forwarded", b"for=\"\xff\", for=\"192.0.2.6:80\""),
        ("forwarded", b"for=1.2.3.4, for=192.0.2.7, for=127.0.0.9"),
    ];
    for (number, (name, value)) in spellings.iter().enumerate() {
        assert_eq!(sign_up(number, name, value).await, 201, "{}", String::from_utf8_lossy(value));
    }
    // Each of them counts by itself: the same address in another spelling is the same visitor.
    assert_eq!(sign_up(20, "x-forwarded-for", b" 192.0.2.1 ").await, 429);
    assert_eq!(sign_up(21, "forwarded", b"for=192.0.2.4").await, 429);
}

#[tokio::test]
async fn two_sites_on_one_host_with_two_cookie_names_leave_each_others_sessions_alone() {
    let other =
        TestApp::with(Options { cookie_name: Some("other".into()), ..Options::default() }, |_| {}).await;
    let app = TestApp::start().await;
    let mut ana = app.member("ana").await;
    let answer = other.visitor().post("/api/users", &credentials("ana")).await;
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.starts_with("other=") && cookie.contains("HttpOnly"), "{cookie}");
    // A browser sends both to both.
    let theirs = cookie.split(';').next().unwrap();
    let both = format!("plaudit_session={}; {theirs}", take_token(&mut ana));
    for site in [&app, &other] {
        let visitor = site.visitor();
        let me = visitor.send(visitor.request(Method::GET, "/api/me").header("cookie", &both)).await.ok();
        assert_eq!(me["user"]["handle"], "ana");
    }
    let log_out = other.visitor();
    let log_out = log_out.send(log_out.request(Method::DELETE, "/api/session").header("cookie", &both)).await;
    assert!(log_out.header("set-cookie").starts_with("other=; "), "{log_out:?}");
    let still = ana.request(Method::GET, "/api/me").header("cookie", &both);
    assert_eq!(ana.send(still).await.ok()["user"]["handle"], "ana");
}

#[tokio::test]
async fn a_password_is_the_same_on_a_keyboard_that_composes_its_accents_and_on_one_that_does_not() {
    let app = TestApp::start().await;
    let (composed, decomposed) = ("Zo\u{eb} Ma\u{f1}ana", "Zoe\u{308} Man\u{303}ana");
    let with = |password: &str| serde_json::json!({"handle": "zoe", "password": password});
    app.visitor().post("/api/users", &with(composed)).await.ok();
    for password in [composed, decomposed, "Zo\u{eb}\u{a0}Ma\u{f1}ana"] {
        app.visitor().post("/api/session", &with(password)).await.ok();
    }
    app.visitor().post("/api/session", &with("Zoe Manana")).await.refused(401, "bad_credentials");
}

fn credentials(handle: &str) -> serde_json::Value {
    serde_json::json!({"handle": handle, "password": "correct horse"})
}
