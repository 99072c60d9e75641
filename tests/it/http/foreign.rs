//! Pages of configured origins: they ask the API with a Bearer and read its answers. Their cookies count for nothing.

use plaudit::config::{Options, Switch};
use reqwest::Method;
use serde_json::json;

use crate::support::actor::Answer;
use crate::support::{Actor, Socket, TestApp};

const SHOP: &str = "https://shop.example";

async fn world() -> (TestApp, Actor) {
    let (limits, origins) = (Some(Switch::Off), Some(vec![SHOP.parse().unwrap()]));
    let app = TestApp::with(Options { limits, origins, ..Options::default() }, |_| {}).await;
    let ana = app.member("ana").await;
    (app, ana)
}

fn names<'a>(answer: &'a Answer, beginning: &'a str) -> Vec<&'a str> {
    answer
        .headers
        .keys()
        .map(reqwest::header::HeaderName::as_str)
        .filter(|name| name.starts_with(beginning))
        .collect()
}

#[tokio::test]
async fn its_cookie_is_ignored_and_its_bearer_counts() {
    let (app, ana) = world().await;
    let mut bare = ana.clone();
    let token = bare.token.take().unwrap();
    let before = app.dump();
    let from_shop = |request: reqwest::RequestBuilder| {
        request
            .header("origin", SHOP)
            .header("sec-fetch-site", "cross-site")
            .header("content-type", "application/json")
    };
    let text = json!({"text": "From the shop"}).to_string();
    let acts = [
        (Method::PUT, "/api/posts/1/like", String::new()),
        (Method::POST, "/api/posts", text.clone()),
        (Method::DELETE, "/api/session", String::new()),
    ];
    for (method, path, body) in acts {
        let answer = ana.send(from_shop(ana.request(method, path)).body(body)).await;
        assert_eq!(answer.header("set-cookie"), "", "{path}");
        answer.refused(401, "no_session");
    }
    let me = ana.send(from_shop(ana.request(Method::GET, "/api/me"))).await;
    assert_eq!(me.header("access-control-allow-origin"), SHOP);
    assert!(me.ok()["user"].is_null());
    assert_eq!(app.dump(), before);
    let post =
        bare.send(from_shop(bare.request(Method::POST, "/api/posts").bearer_auth(&token)).body(text)).await;
    assert_eq!(post.header("access-control-allow-origin"), SHOP);
    assert_eq!(post.ok()["post"]["author"]["handle"], "ana");
    let me = bare.send(from_shop(bare.request(Method::GET, "/api/me").bearer_auth(&token))).await.ok();
    assert_eq!(me["user"]["handle"], "ana");
}

#[tokio::test]
async fn it_logs_in_by_the_token_and_gets_no_cookie() {
    let (app, _) = world().await;
    let nobody = app.visitor();
    for (path, handle, status) in [("/api/session", "ana", 200), ("/api/users", "ben", 201)] {
        let body = json!({"handle": handle, "password": "correct horse"}).to_string();
        let request = nobody.request(Method::POST, path).header("origin", SHOP);
        let answer = nobody.send(request.header("content-type", "application/json").body(body)).await;
        assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (status, ""), "{answer:?}");
        assert!(answer.json()["token"].is_string());
    }
}

#[tokio::test]
async fn its_forms_are_refused() {
    let (app, ana) = world().await;
    let before = app.dump();
    for (path, form) in
        [("/posts/1/like", "on=1"), ("/posts", "text=x"), ("/log-in", "handle=ana&password=correct+horse")]
    {
        let request = ana.request(Method::POST, path).header("origin", SHOP);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        let answer = ana.send(request).await;
        assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (403, ""), "{path}");
        assert!(names(&answer, "access-control-").is_empty(), "{answer:?}");
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a_preflight_is_answered_for_exactly_the_configured_origins_and_never_for_credentials() {
    let (app, _) = world().await;
    let visitor = app.visitor();
    let ask = async |path: &str, origin: &str| {
        let request = visitor.request(Method::OPTIONS, path).header("origin", origin);
        let request = request.header("access-control-request-method", "PUT");
        visitor
            .send(request.header("access-control-request-headers", "authorization,content-type,plaudit-user"))
            .await
    };
    for path in ["/api/posts/1/like", "/api/me", "/api/nowhere"] {
        let answer = ask(path, SHOP).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("access-control-allow-origin")),
            (204, SHOP),
            "{answer:?}"
        );
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            assert!(answer.header("access-control-allow-methods").contains(method), "{answer:?}");
        }
        for header in ["authorization", "content-type", "plaudit-user"] {
            assert!(answer.header("access-control-allow-headers").contains(header), "{answer:?}");
        }
        assert!(answer.header("vary").to_lowercase().contains("origin"), "{answer:?}");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
    for (path, origin) in [
        ("/api/me", "https://evil.example"),
        ("/api/me", "https://shop.example:8443"),
        ("/api/me", "http://shop.example"),
        ("/api/me", "null"),
        ("/api/me", &app.url("")),
        ("/", SHOP),
        ("/live", SHOP),
    ] {
        let answer = ask(path, origin).await;
        assert!(names(&answer, "access-control-").is_empty(), "{path} {origin}: {answer:?}");
    }
    // The answers of the calls themselves likewise.
    let get = async |origin: &str| {
        visitor.send(visitor.request(Method::GET, "/api/posts").header("origin", origin)).await
    };
    assert_eq!(get(SHOP).await.header("access-control-allow-origin"), SHOP);
    assert!(names(&get("https://evil.example").await, "access-control-").is_empty());
    // A refusal can be read as well.
    let missing = visitor.request(Method::GET, "/api/posts/99").header("origin", SHOP);
    assert_eq!(visitor.send(missing).await.header("access-control-allow-origin"), SHOP);
}

#[tokio::test]
async fn its_sockets_know_nobody_by_the_cookie() {
    let (app, ana) = world().await;
    let base = app.url("");
    let token = ana.token.clone().unwrap();
    let cookie = format!("plaudit_session={token}");
    let mut by_cookie = Socket::open_with(&base, &[("origin", SHOP), ("cookie", &cookie)]).await.unwrap();
    assert_eq!(by_cookie.like(1, true).await["code"], "no_session");
    let bearer = format!("Bearer {token}");
    let headers = [("origin", SHOP), ("cookie", cookie.as_str()), ("authorization", bearer.as_str())];
    let mut by_bearer = Socket::open_with(&base, &headers).await.unwrap();
    assert_eq!(by_bearer.like(1, true).await["liked"], true);
}
