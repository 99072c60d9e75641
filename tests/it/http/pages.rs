//! Pages: complete without a script, no markup of anybody's in them, and the headers that every answer carries.

use reqwest::Method;
use serde_json::json;

use crate::support::TestApp;
use crate::support::actor::Answer;

/// A tag as a browser reads it: its name and its attributes.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// All opening tags of a page. Reads tags and quotes as HTML does; our pages have no script or style with text inside.
fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some((_, tail)) = rest.split_once('<') {
        rest = tail;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
        let mut tag = Tag { name: rest[..end].to_ascii_lowercase(), attributes: Vec::new() };
        if tag.name.is_empty() {
            continue;
        }
        rest = &rest[end..];
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if rest.is_empty() || rest.starts_with('>') {
                break;
            }
            let end = rest
                .find(|c: char| c.is_ascii_whitespace() || "=>/".contains(c))
                .unwrap_or(rest.len())
                .max(1);
            let name = rest[..end].to_ascii_lowercase();
            rest = &rest[end..];
            let mut value = String::new();
            if let Some(tail) = rest.strip_prefix('=') {
                let quote = tail.chars().next().filter(|c| "\"'".contains(*c));
                let (from, end) = match quote {
                    Some(quote) => (1, tail[1..].find(quote).map_or(tail.len(), |end| end + 1)),
                    None => {
                        (0, tail.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(tail.len()))
                    }
                };
                tail[from..end].clone_into(&mut value);
                rest = &tail[(end + from).min(tail.len())..];
            }
            tag.attributes.push((name, value));
        }
        tags.push(tag);
    }
    tags
}

/// What no page may hold, whatever people write.
#[track_caller]
fn check_harmless(page: &Answer, what: &str) {
    let tags = tags(&page.text);
    assert!(tags.len() > 20, "{what}: this reads no tags");
    for tag in &tags {
        let name = tag.name.as_str();
        assert!(
            !["iframe", "object", "embed", "base", "style", "b", "x"].contains(&name),
            "{what}: <{name}>"
        );
        for (attribute, value) in &tag.attributes {
            assert!(
                !attribute.starts_with("on") || attribute == "on",
                "{what}: <{name} {attribute}={value:?}>"
            );
            assert!(!attribute.contains(['"', '\'', '<']), "{what}: <{name} {attribute}>");
            assert_ne!(attribute, "style", "{what}: <{name} style={value:?}>");
        }
        if name == "script" {
            assert!(
                tag.get("src").is_some_and(|src| src.starts_with("/assets/")),
                "{what}: a script of somebody's"
            );
        }
        if name == "img" {
            let file = tag.get("src").and_then(|src| src.strip_prefix("/avatars/")?.strip_suffix(".svg"));
            let ours = file.is_some_and(|handle| plaudit::domain::user::check_handle(handle).is_ok());
            assert!(ours && tag.get("alt").is_some(), "{what}: a picture of somebody's");
        }
        for target in ["href", "src", "action", "formaction"].into_iter().filter_map(|name| tag.get(name)) {
            let local = (target.starts_with('/') && !target.starts_with("//")) || target.starts_with('#');
            let web = target.starts_with("http://") || target.starts_with("https://");
            assert!(local || web, "{what}: <{name}> leads to {target:?}");
            if web && name == "a" {
                assert_eq!(tag.get("rel"), Some("nofollow ugc noopener noreferrer"), "{what}: {target}");
            }
        }
    }
}

const HOSTILE: [&str; 12] = [
    "<script>alert(1)</script>",
    "</div></article><script src=//evil.example></script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "https://example.org/\"onmouseover=\"alert(1)",
    "https://example.org/'><b>x</b>",
    "javascript:alert(1) JaVaScRiPt://example.org/%0aalert(1) data:text/html,<b> vbscript:x",
    "http://example.org/<script>alert(1)</script>?a=1&b=2#c",
    "</textarea><b>x</b></title><b>x</b>",
    "{{ 7*7 }} {% raw %} <!-- --> <![CDATA[ ]]> &lt;b&gt; &#60;b&#62;",
    "//evil.example \\\\evil.example ftp://evil.example mailto:a@b.example",
    "`${alert(1)}` \\u003cscript\\u003e \u{2028}<x onclick=y>",
];

#[tokio::test]
async fn what_people_write_is_text_on_every_page() {
    let app = TestApp::start().await;
    for (turn, text) in HOSTILE.iter().enumerate() {
        let mut ana = app.visitor();
        let name: String = text.chars().filter(|c| *c != '\u{2028}').take(50).collect();
        let form = json!({"handle": format!("user{turn}"), "password": "correct horse", "name": name});
        let answer = ana.post("/api/users", &form).await.ok();
        ana.token = answer["token"].as_str().map(str::to_owned);
        let post = ana.write(text).await;
        ana.like(post).await;
        let stored = ana.get(&format!("/api/posts/{post}")).await.ok();
        assert_eq!(stored["post"]["text"], *text, "stored as it was written");
        for path in [
            format!("/posts/{post}"),
            "/".into(),
            format!("/posts/{post}/likes"),
            "/nothing".into(),
            format!("/@user{turn}"),
        ] {
            for who in [&ana, &app.visitor()] {
                let page = who.get(&path).await;
                assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
                check_harmless(&page, &format!("{path} with {text:?}"));
            }
        }
        ana.delete(&format!("/api/posts/{post}")).await.ok();
    }
}

#[tokio::test]
async fn what_was_typed_comes_back_as_text() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    for text in HOSTILE {
        let typed: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let long = format!("{typed}{}", "x".repeat(600));
        for (who, path, form) in [
            (&app.visitor(), "/log-in", format!("handle={typed}&password=x&next={typed}")),
            (&app.visitor(), "/sign-up", format!("handle={typed}&password=x&name={typed}&next={typed}")),
            (&ana, "/posts", format!("text={long}&key={typed}")),
            (&ana, "/posts/1/like", format!("on={typed}&next={typed}")),
            (&ana, "/posts", format!("{typed}={typed}")),
        ] {
            let page = who.post_form(path, form).await;
            assert!((400..500).contains(&page.status.as_u16()), "{path}: {page:?}");
            check_harmless(&page, &format!("{path} with {text:?}"));
        }
        for path in ["/log-in?next=", "/sign-up?next=", "/?after=", "/posts/1/likes?after=", "/"] {
            check_harmless(&ana.get(&format!("{path}{typed}")).await, &format!("{path}{typed}"));
        }
    }
}

#[tokio::test]
async fn web_addresses_become_links_that_give_nothing_away() {
    let app = TestApp::start().await;
    let post =
        app.member("ana").await.write("See https://example.org/a?b=1&c=2, or http://example.net.").await;
    let page = app.visitor().get(&format!("/posts/{post}")).await.text;
    let rel = r#"rel="nofollow ugc noopener noreferrer""#;
    let links: Vec<String> = tags(&page)
        .iter()
        .filter(|tag| tag.name == "a" && tag.get("href").is_some_and(|href| href.starts_with("http")))
        .map(|tag| tag.get("href").unwrap().replace("&#38;", "&").replace("&amp;", "&"))
        .collect();
    assert_eq!(links, ["https://example.org/a?b=1&c=2", "http://example.net"]);
    assert_eq!(page.matches(rel).count(), 2);
}

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

#[tokio::test]
async fn every_kind_of_answer_carries_the_headers_that_protect_it() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let front = ana.get("/").await.text;
    let script = tags(&front).iter().find(|tag| tag.name == "script").unwrap().get("src").unwrap().to_owned();
    for (method, path, status) in [
        ("GET", "/", 200),
        ("GET", "/posts/1", 200),
        ("GET", "/posts/9", 404),
        ("GET", "/nothing", 404),
        ("GET", "/?after=x", 400),
        ("GET", "/log-out", 303),
        ("POST", "/posts", 400),
        ("DELETE", "/", 405),
        ("GET", "/api/posts", 200),
        ("GET", "/api/posts/9", 404),
        ("GET", "/api/nothing", 404),
        ("PUT", "/api/posts/1/like", 200),
        ("PUT", "/api/posts", 405),
        ("POST", "/api/posts", 400),
        ("GET", "/api/openapi.json", 200),
        ("GET", script.as_str(), 200),
        ("GET", "/assets/000000000000/main.js", 200),
        ("GET", "/assets/000000000000/none.js", 404),
        ("GET", "/assets/00000000000g/main.js", 404),
        ("GET", "/favicon.ico", 200),
        ("GET", "/avatars/ana.svg", 200),
        ("GET", "/avatars/Ana.svg", 404),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/live", 426),
    ] {
        let answer = ana.send(ana.request(method.parse().unwrap(), path)).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {answer:?}");
        assert_eq!(answer.header("content-security-policy"), CSP, "{method} {path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{method} {path}");
        assert_eq!(answer.header("referrer-policy"), "strict-origin-when-cross-origin", "{method} {path}");
        assert_eq!(
            answer.header("strict-transport-security"),
            "",
            "{method} {path}: without https there is no HSTS"
        );
        let cache = answer.header("cache-control");
        match path {
            _ if path == script || path == "/avatars/ana.svg" => {
                assert!(cache.contains("immutable"), "{cache}");
            }
            "/favicon.ico" => assert!(cache.contains("max-age"), "{cache}"),
            _ if path.starts_with("/api") => assert_eq!(cache, "no-store", "{method} {path}"),
            _ => {
                assert!(cache.contains("no-store") || cache.contains("no-cache"), "{method} {path}: {cache}");
            }
        }
    }
    // A refusal at the door is no exception.
    let foreign = ana.request(Method::PUT, "/api/posts/1/like").header("origin", "http://evil.example");
    let foreign = ana.send(foreign).await;
    assert_eq!((foreign.status.as_u16(), foreign.header("content-security-policy")), (403, CSP));
}

#[tokio::test]
async fn what_is_no_page_is_a_page_that_says_so() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    for (path, status) in [
        ("/nothing", 404),
        ("/posts/0", 404),
        ("/posts/abc", 404),
        ("/posts/%ff", 404),
        ("/posts/9007199254740992", 404),
        ("/posts/1/likes?after=abc", 400),
        ("/posts/1/likes?after=%ff", 400),
        ("/posts/9/likes", 404),
        ("/?after=0", 400),
        ("/?after=1&after=2", 400),
        ("/?after=%00", 400),
    ] {
        for who in [&ana, &app.visitor()] {
            let answer = who.get(path).await;
            assert_eq!(answer.status.as_u16(), status, "{path}: {answer:?}");
            assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path}");
            assert!(
                answer.text.contains("<main") && answer.text.contains("href=\"/\""),
                "{path} shows no way on"
            );
        }
    }
    for (method, path) in
        [("POST", "/"), ("DELETE", "/posts/1"), ("PUT", "/posts/1/like"), ("PATCH", "/log-in")]
    {
        let answer = ana.send(ana.request(method.parse().unwrap(), path)).await;
        assert_eq!(answer.status, 405, "{method} {path}");
        assert!(answer.header("allow").contains("GET"), "{method} {path}: {answer:?}");
    }
    for path in ["/?utm_source=x", "/?after=1&fbclid=y", "/posts/1?x=y"] {
        assert_eq!(ana.get(path).await.status, 200, "{path}: a campaign's tag is nobody's mistake");
    }
}

#[tokio::test]
async fn assets_are_compressed_and_kept_for_ever_and_nothing_else_is_served() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let front = visitor.get("/").await.text;
    let script = tags(&front).iter().find(|tag| tag.name == "script").unwrap().get("src").unwrap().to_owned();
    let folder = script.strip_suffix("/feed.js").unwrap();
    for coding in ["br", "gzip"] {
        let answer =
            visitor.request(Method::GET, &script).header("accept-encoding", coding).send().await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], coding);
        assert_eq!(answer.headers()["vary"], "Accept-Encoding");
    }
    for name in [
        "test/topic.test.js",
        "../Cargo.toml",
        "..%2fCargo.toml",
        "%2e%2e/Cargo.toml",
        "",
        "main.js/",
        "%00",
        "%ff",
    ] {
        assert_eq!(visitor.get(&format!("{folder}/{name}")).await.status, 404, "{name}");
    }
}

#[tokio::test]
async fn the_files_of_an_older_build_are_those_of_this_one_and_kept_by_nobody() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let folder = visitor.get("/assets/build").await;
    assert_eq!((folder.status.as_u16(), folder.header("cache-control")), (200, "no-store"));
    for file in ["main.js", "post.js", "css/site.css", "icons/plaudit.svg"] {
        let new = visitor.get(&format!("{}/{file}", folder.text)).await;
        let old = visitor.get(&format!("/assets/0123456789ab/{file}")).await;
        assert_eq!(new.header("cache-control"), "public, max-age=31536000, immutable", "{file}");
        assert_eq!(
            (old.header("cache-control"), old.header("content-type")),
            ("no-cache", new.header("content-type"))
        );
        assert_eq!(old.text, new.text, "{file}");
    }
    // A page's script brings the rest of its own build, wherever it was asked for.
    let script = visitor.get("/assets/0123456789ab/post.js").await.text;
    assert!(script.contains(&format!("from\"{}/main.js\"", folder.text)), "{script}");
}
