//! `/docs`: every call that there is, in words, with addresses that work when they are copied.

use std::collections::HashSet;

use crate::support::TestApp;

/// The values of an attribute all over a page.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    page.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test]
async fn every_call_is_shown_with_its_address_and_its_refusals() {
    let app = TestApp::start().await;
    let document = app.visitor().get("/api/openapi.json").await.json();
    let answer = app.visitor().get("/docs").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/html; charset=utf-8"));
    let page = answer.text;
    assert!(page.contains("href=\"/api/openapi.json\""));
    assert_eq!(app.visitor().get("/openapi.json").await.json(), document);
    let below = app.visitor().get("/api/docs").await;
    assert_eq!((below.status.as_u16(), below.header("location")), (308, "/docs"));
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, call) in methods.as_object().unwrap() {
            let address =
                format!("<b class=\"method\">{}</b> <code>/api{path}</code>", method.to_uppercase());
            let (_, rest) = page.split_once(&address).unwrap_or_else(|| panic!("no {address}"));
            let part = rest.split("</details>").next().unwrap();
            for status in call["responses"].as_object().unwrap().keys() {
                assert!(part.contains(&format!("<b>{status}</b>")), "{address} says nothing of {status}");
            }
            for parameter in call["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().unwrap();
                assert!(part.contains(&format!("<code>{name}</code>")), "{address} says nothing of {name}");
            }
            let example = path.replace("{id}", "42").replace("{handle}", "ana").replace("{agent}", "ben");
            assert!(part.contains(&format!("curl {}", app.url(&format!("/api{example}")))), "{part}");
            assert_eq!(
                part.contains("-H 'Content-Type") || part.contains("-H &#39;Content-Type"),
                call["requestBody"].is_object(),
                "{address}"
            );
        }
    }
    for word in ["plaudit.v1", "comment.added", "4005", "rate_limited", "<code class=\"language-json\">"] {
        assert!(page.contains(word), "nothing of {word}");
    }
}

#[tokio::test]
async fn its_links_lead_to_places_that_are_there_once() {
    let app = TestApp::start().await;
    let page = app.visitor().get("/docs").await.text;
    let ids = values(&page, "id");
    let once: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(once.len(), ids.len(), "an id stands there twice");
    let places: Vec<&str> =
        values(&page, "href").into_iter().filter_map(|href| href.strip_prefix('#')).collect();
    assert!(places.len() > 40, "{places:?}");
    for place in places {
        assert!(once.contains(place), "#{place} leads nowhere");
    }
}

#[tokio::test]
async fn its_examples_do_what_they_say() {
    let app = TestApp::start().await;
    let page = app.visitor().get("/docs").await.text.replace("&#39;", "'").replace("&#34;", "\"");
    let example = |call: &str| -> String {
        let (_, rest) = page.split_once(&format!("<code>{call}</code>")).unwrap();
        rest.split("-d '").nth(1).unwrap().split('\'').next().unwrap().to_owned()
    };
    let mut ana = app.visitor();
    let answer = ana.post_bytes("/api/users", example("/api/users")).await;
    ana.token = answer.ok()["token"].as_str().map(str::to_owned);
    ana.post_bytes("/api/posts", example("/api/posts")).await.ok();
    ana.post_bytes("/api/posts/1/comments", example("/api/posts/{id}/comments")).await.ok();
    ana.post_bytes("/api/session", example("/api/session")).await.ok();
}
