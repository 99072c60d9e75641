//! The site's own address: other names of it, forms from another one, the question OPTIONS, slashes at the end.

use plaudit::config::{Options, Switch};
use reqwest::Method;

use crate::support::TestApp;
use crate::support::process::{Process, command};
use crate::support::raw::{exchange, status};

async fn at(public_url: &str) -> TestApp {
    let (limits, public_url) = (Some(Switch::Off), Some(public_url.parse().unwrap()));
    TestApp::with(Options { limits, public_url, ..Options::default() }, |_| {}).await
}

#[tokio::test]
async fn a_page_under_another_spelling_of_the_sites_name_leads_to_the_public_address() {
    let app = at("https://example.org").await;
    let visitor = app.visitor();
    let get = async |method: Method, path: &str, host: &str| {
        visitor.send(visitor.request(method, path).header("host", host)).await
    };
    for host in ["www.example.org", "example.org.", "WWW.Example.org", "www.example.org:8080"] {
        for method in [Method::GET, Method::HEAD] {
            let answer = get(method, "/posts/1?after=3", host).await;
            let to = answer.header("location");
            assert_eq!((answer.status.as_u16(), to), (307, "https://example.org/posts/1?after=3"), "{host}");
        }
        for other in ["/api/posts/1", "/healthz", "/readyz"] {
            assert_eq!(get(Method::GET, other, host).await.status, 200, "{other} at {host}");
        }
    }
    // A proxy may write its own name, or leave the port out: a redirect would never end.
    for host in [
        "example.org",
        "EXAMPLE.org",
        "example.org:8080",
        "127.0.0.1:8080",
        "plaudit",
        "localhost",
        "other.example",
    ] {
        assert_eq!(get(Method::GET, "/posts/1", host).await.status, 200, "{host}");
    }
}

#[tokio::test]
async fn a_form_from_another_address_is_a_page_that_names_the_expected_one() {
    let app = at("https://example.org").await;
    let ana = app.member("ana").await;
    let before = app.dump();
    let send = async |path: &str, headers: &[(&str, &str)]| {
        let mut request = ana.request(Method::POST, path).body("text=x&on=1");
        request = request.header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        ana.send(request).await
    };
    let here = app.url("");
    for path in ["/posts", "/posts/1/like", "/log-in", "/nowhere"] {
        for headers in [
            &[("origin", here.as_str())][..],
            &[("origin", "null")],
            &[("origin", "https://www.example.org"), ("host", "www.example.org")],
            &[("origin", "https://example.org."), ("host", "example.org.")],
            &[("origin", "https://example.org:8443"), ("host", "example.org")],
            &[("sec-fetch-site", "cross-site")],
            &[("origin", "https://<b>.example")],
        ] {
            let answer = send(path, headers).await;
            assert_eq!(answer.status, 403, "{path} {headers:?}");
            assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path} {headers:?}");
            assert!(
                answer.text.contains("This site is at <bdi>https://example.org</bdi>"),
                "{}",
                answer.text
            );
            assert!(answer.text.contains("public-url"), "who sits at the server is told: {}", answer.text);
            assert!(!answer.text.contains("<b>"), "{}", answer.text);
            let away = [headers, &[("x-forwarded-for", "192.0.2.1")]].concat();
            let told = send(path, &away).await;
            assert!(told.status == 403 && !told.text.contains("public-url"), "{}", told.text);
        }
    }
    let told = send("/posts", &[("origin", &here)]).await.text;
    assert!(told.contains(&format!("from a page at <bdi>{here}</bdi>")), "{told}");
    // Programs and scripts get the same as a problem.
    let like = ana.request(Method::PUT, "/api/posts/1/like").header("origin", &here);
    let problem = ana.send(like).await.refused(403, "bad_origin");
    assert!(problem["detail"].as_str().unwrap().contains("https://example.org"), "{problem}");
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a_slash_at_the_end_of_a_pages_address_leads_to_the_page_without() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    for (path, to) in [
        ("/docs/", "/docs"),
        ("/posts/1/", "/posts/1"),
        ("/log-in/?next=/posts/1", "/log-in?next=/posts/1"),
        ("/@ana/", "/@ana"),
        ("/posts/1/likes/", "/posts/1/likes"),
    ] {
        let answer = visitor.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (308, to), "{path}");
    }
    for path in ["//evil.example/", "/nowhere//", "/\\evil.example/", "/live/", "/api/", "/api/posts/"] {
        let answer = visitor.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (404, ""), "{path}");
    }
    assert_eq!(visitor.post_form("/log-in/", "").await.status, 404);
}

#[tokio::test]
async fn a_load_balancers_options_is_answered() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    for path in ["/", "/healthz", "/readyz"] {
        let answer = visitor.send(visitor.request(Method::OPTIONS, path)).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""), "{path}: {answer:?}");
        assert!(answer.header("allow").contains("GET"), "{path}: {answer:?}");
    }
    for path in ["/?after=1", "/posts/1", "/api/posts", "/live"] {
        let answer = visitor.send(visitor.request(Method::OPTIONS, path)).await;
        assert_eq!(answer.status, 405, "{path}: {answer:?}");
        assert!(answer.header("allow").contains("GET"), "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn http_1_0_needs_no_host() {
    let app = TestApp::start().await;
    for (request, wanted) in [
        ("OPTIONS / HTTP/1.0\r\n\r\n", 204),
        ("GET /healthz HTTP/1.0\r\n\r\n", 200),
        ("GET / HTTP/1.0\r\n\r\n", 200),
        ("GET /healthz HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\n\r\n", 400),
    ] {
        let answer = exchange(app.address, request.as_bytes(), |_| false).await;
        assert_eq!(status(&answer), wanted, "{request}: {answer}");
    }
}

#[tokio::test]
async fn logging_in_with_cookies_blocked_ends_on_a_page_that_says_so() {
    let app = TestApp::start().await;
    let (ana, nobody) = (app.member("ana").await, app.visitor());
    for (path, form) in [
        ("/log-in", "handle=ana&password=correct+horse&next=/posts/1"),
        ("/sign-up", "handle=ben&password=correct+horse&next=/posts/1"),
    ] {
        let answer = nobody.post_form(path, form).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/welcome?next=/posts/1"));
        assert!(answer.header("set-cookie").starts_with("plaudit_session="));
        let page = nobody.get(answer.header("location")).await;
        assert!(page.status == 200 && page.text.contains("did not keep the cookie"), "{}", page.text);
    }
    let kept = ana.get("/welcome?next=/posts/1").await;
    assert_eq!((kept.status.as_u16(), kept.header("location")), (303, "/posts/1"));
    let answer =
        nobody.post_form("/log-in", "handle=ana&password=correct+horse&next=/?after=1%26a=%252f").await;
    assert_eq!(answer.header("location"), "/welcome?next=/?after=1%26a=%252f");
    for next in ["//evil.example", "https://evil.example", ""] {
        assert_eq!(ana.get(&format!("/welcome?next={next}")).await.header("location"), "/");
    }
}

#[tokio::test]
async fn the_log_names_what_a_trusted_proxy_and_a_wrong_public_address_do_and_says_it_once() {
    let here = tempfile::tempdir().unwrap();
    let log = here.path().join("log");
    let mut serve = command(here.path());
    serve.args(["serve", "--listen", "127.0.0.1:0", "--public-url", "https://example.org"]);
    serve.args(["--trusted-proxies", "127.0.0.1"]);
    let process = Process::logging(serve, std::fs::File::create(&log).unwrap());
    let visitor = process.visitor();
    for _ in 0..3 {
        let form = visitor.request(Method::POST, "/log-out").header("origin", "http://192.0.2.7:8080");
        assert_eq!(visitor.send(form).await.status, 403);
        let page = visitor.request(Method::GET, "/").header("x-forwarded-for", "somewhere");
        assert_eq!(visitor.send(page).await.status, 200);
    }
    // Lines are written in their order, so with the last one all are there.
    assert_eq!(process.terminate().await, Some(0));
    let log = std::fs::read_to_string(log).unwrap();
    let lines = |words: &[&str]| {
        let is_meant = |line: &&str| words.iter().all(|word| line.contains(word));
        log.lines().filter(is_meant).count()
    };
    assert_eq!(lines(&["WARN", "https://example.org", "http://192.0.2.7:8080", "public-url"]), 1, "{log}");
    assert_eq!(lines(&["WARN", "somewhere", "trusted proxy"]), 1, "{log}");
}
