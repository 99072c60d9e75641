//! Requests from other sites' pages: refused on the API and on forms, whoever is logged in, and nothing changed.

use plaudit::config::Options;
use reqwest::Method;

use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// Every request that changes something.
const ACTS: [(&str, &str, &str, &str); 26] = [
    ("PUT", "/api/posts/1/like", "", ""),
    ("DELETE", "/api/posts/1/like", "", ""),
    ("POST", "/api/posts", JSON, r#"{"text":"x"}"#),
    ("DELETE", "/api/posts/2", "", ""),
    ("POST", "/api/users", JSON, r#"{"handle":"eve","password":"correct horse"}"#),
    ("POST", "/api/session", JSON, r#"{"handle":"ana","password":"correct horse"}"#),
    ("DELETE", "/api/session", "", ""),
    ("DELETE", "/api/sessions", "", ""),
    ("POST", "/api/posts/2/comments", JSON, r#"{"text":"x"}"#),
    ("PATCH", "/api/comments/1", JSON, r#"{"text":"x"}"#),
    ("DELETE", "/api/comments/1", "", ""),
    ("PATCH", "/api/me", JSON, r#"{"name":"Eve"}"#),
    ("PUT", "/api/me/password", JSON, r#"{"old":"correct horse","new":"another horse"}"#),
    ("DELETE", "/api/me", JSON, r#"{"password":"correct horse"}"#),
    ("PATCH", "/api/me/settings", JSON, r#"{"show_viewing":false}"#),
    ("POST", "/api/reports", JSON, r#"{"post":1}"#),
    ("DELETE", "/api/posts/2/reports", "", ""),
    ("DELETE", "/api/comments/1/reports", "", ""),
    ("PUT", "/api/users/ben/suspension", "", ""),
    ("DELETE", "/api/users/ben/suspension", "", ""),
    ("POST", "/posts", FORM, "text=x"),
    ("POST", "/posts/1/like", FORM, "on=1"),
    ("POST", "/posts/2/delete", FORM, ""),
    ("POST", "/sign-up", FORM, "handle=eve&password=correct+horse"),
    ("POST", "/log-in", FORM, "handle=ana&password=correct+horse"),
    ("POST", "/log-out", FORM, ""),
];

async fn act(who: &Actor, act: (&str, &str, &str, &str), headers: &[(&str, &str)]) -> Answer {
    let (method, path, kind, body) = act;
    let mut request = who.request(method.parse().unwrap(), path).body(body.to_owned());
    if !kind.is_empty() {
        request = request.header("content-type", kind);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    who.send(request).await
}

async fn world(options: Options) -> (TestApp, Actor) {
    let limits = Some(plaudit::config::Switch::Off);
    let app = TestApp::with(Options { limits, ..options }, |_| {}).await;
    let ana = app.member("ana").await;
    assert_eq!(ana.write("Mine").await, 2);
    // With everything there that she could change or decide.
    app.member("ben").await;
    let comment = ana.post("/api/posts/2/comments", &serde_json::json!({"text": "Mine too"})).await.ok();
    assert_eq!(comment["comment"]["id"], 1);
    for subject in [serde_json::json!({"post": 2}), serde_json::json!({"comment": 1})] {
        ana.post("/api/reports", &subject).await.ok();
    }
    app.promote("ana").await;
    (app, ana)
}

async fn all_refused(app: &TestApp, who: &[&Actor], headers: &[(&str, &str)]) {
    let before = app.dump();
    for one in ACTS {
        for who in who {
            let answer = act(who, one, headers).await;
            assert_eq!(answer.header("set-cookie"), "", "{one:?} {headers:?}");
            assert_eq!(answer.status, 403, "{one:?} {headers:?}: {answer:?}");
            if one.1.starts_with("/api") {
                answer.refused(403, "bad_origin");
            }
        }
    }
    assert_eq!(app.dump(), before, "{headers:?}");
}

#[tokio::test]
async fn no_other_sites_page_changes_anything() {
    let (app, ana) = world(Options::default()).await;
    let port = app.address.port();
    let own = app.url("");
    for origin in [
        "null",
        "",
        "http://evil.example",
        "https://evil.example",
        &format!("https://127.0.0.1:{port}"),
        "http://127.0.0.1",
        &format!("http://127.0.0.1:{}", port - 1),
        &format!("http://localhost:{port}"),
        &format!("{own}.evil.example"),
        &format!("{own}@evil.example"),
        &format!("http://evil.example/{own}"),
        &format!("{own}/"),
        &format!("{own} http://evil.example"),
        &format!("ws://127.0.0.1:{port}"),
        "file://",
        "chrome-extension://abc",
    ] {
        all_refused(&app, &[&ana, &app.visitor()], &[("origin", origin)]).await;
    }
    let twice = [("origin", own.as_str()), ("origin", "http://evil.example")];
    all_refused(&app, &[&ana], &twice).await;
    for site in ["cross-site", "same-site", "", "nonsense"] {
        all_refused(&app, &[&ana, &app.visitor()], &[("sec-fetch-site", site)]).await;
        all_refused(&app, &[&ana], &[("sec-fetch-site", site), ("origin", &own)]).await;
    }
}

#[tokio::test]
async fn a_foreign_origin_is_refused_with_a_bearer_too() {
    let (app, mut ana) = world(Options::default()).await;
    let bearer = format!("Bearer {}", ana.token.take().unwrap());
    all_refused(&app, &[&ana], &[("authorization", &bearer), ("origin", "http://evil.example")]).await;
}

#[tokio::test]
async fn our_own_pages_and_scripts_without_an_origin_may_act() {
    let (app, _) = world(Options::default()).await;
    let own = app.url("");
    for (turn, headers) in [
        &[][..],
        &[("origin", own.as_str())],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
        &[("origin", own.as_str()), ("sec-fetch-site", "same-origin")],
    ]
    .into_iter()
    .enumerate()
    {
        let mut ana = app.visitor();
        ana.log_in("ana").await.ok();
        let post = format!("{{\"text\":\"{turn}\"}}");
        for one in [
            ("PUT", "/api/posts/1/like", "", ""),
            ("POST", "/posts/1/like", FORM, "on=0"),
            ("POST", "/api/posts", JSON, post.as_str()),
            ("DELETE", "/api/session", "", ""),
        ] {
            let answer = act(&ana, one, headers).await;
            assert!(answer.status.as_u16() < 400, "{one:?} {headers:?}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn with_a_public_url_scheme_host_and_port_are_its_own_and_the_host_counts_for_nothing() {
    let public = "https://example.org:8443".parse().unwrap();
    let shop = "https://shop.example".parse().unwrap();
    let options = Options { public_url: Some(public), origins: Some(vec![shop]), ..Options::default() };
    let (app, ana) = world(options).await;
    let by_host = app.url("");
    for origin in [
        by_host.as_str(),
        "https://example.org",
        "http://example.org:8443",
        "https://example.org:443",
        "https://EXAMPLE.org:8443",
        "https://a.example.org:8443",
        "https://shop.example:444",
        "http://shop.example",
    ] {
        all_refused(&app, &[&ana], &[("origin", origin)]).await;
    }
    let like = ("PUT", "/api/posts/1/like", "", "");
    assert_eq!(act(&ana, like, &[("origin", "https://example.org:8443")]).await.status, 200);
    let from_shop = [("origin", "https://shop.example"), ("sec-fetch-site", "cross-site")];
    let mut bare = ana.clone();
    let bearer = format!("Bearer {}", bare.token.take().unwrap());
    let with_bearer = [from_shop.as_slice(), &[("authorization", bearer.as_str())]].concat();
    assert_eq!(
        act(&bare, like, &with_bearer).await.status,
        200,
        "a configured origin is cross-site by nature"
    );
}

#[tokio::test]
async fn reading_is_free_and_no_get_changes_anything() {
    let (app, ana) = world(Options::default()).await;
    let before = app.dump();
    let foreign = [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")];
    for path in [
        "/",
        "/posts/1",
        "/posts/1/likes",
        "/posts/1/like",
        "/posts/2/delete",
        "/posts",
        "/sign-up",
        "/log-in",
        "/log-out",
        "/api/me",
        "/api/posts",
        "/api/posts/1",
        "/api/posts/1/likes",
        "/api/posts/2/comments",
        "/api/me/settings",
        "/api/reports",
        "/api/users/ana",
        "/api/users/ana/likes",
        "/api/openapi.json",
        "/healthz",
        "/readyz",
    ] {
        for method in [Method::GET, Method::HEAD] {
            let answer = act(&ana, (method.as_str(), path, "", ""), &foreign).await;
            assert!(answer.status.as_u16() < 400, "{method} {path}: {answer:?}");
            assert_eq!(answer.header("set-cookie"), "", "{path}");
            assert_eq!(
                answer.header("access-control-allow-origin"),
                "",
                "{path}: no other site reads answers"
            );
        }
    }
    // What a GET must not do, it does not do by another name either.
    for path in ["/posts/1/like?on=1", "/posts/2/delete?", "/api/posts/1/like?_method=PUT"] {
        let answer = ana.send(ana.request(Method::GET, path).header("x-http-method-override", "PUT")).await;
        assert!(answer.status.as_u16() < 500, "{path}");
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a_preflight_is_answered_without_leave() {
    let (_app, ana) = world(Options::default()).await;
    for path in ["/api/posts", "/api/posts/1/like", "/"] {
        let headers = [("origin", "http://evil.example"), ("access-control-request-method", "PUT")];
        let answer = act(&ana, ("OPTIONS", path, "", ""), &headers).await;
        assert!(
            answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")),
            "{answer:?}"
        );
        assert!(answer.status.as_u16() < 500, "{answer:?}");
    }
}
