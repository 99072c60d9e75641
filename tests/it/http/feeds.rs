//! Feeds to subscribe to: what an XML parser and a feed reader find in them, and that who has one is not sent it again.

use roxmltree::{Document, Node};
use serde_json::json;

use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

const ATOM: &str = "http://www.w3.org/2005/Atom";

fn all<'a>(node: Node<'a, 'a>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.children().filter(move |child| child.has_tag_name((ATOM, name)))
}

/// The text of the one child of this name.
#[track_caller]
fn text<'a>(node: Node<'a, 'a>, name: &'static str) -> &'a str {
    let found: Vec<_> = all(node, name).collect();
    assert_eq!(found.len(), 1, "one {name} in {node:?}");
    found[0].text().unwrap_or_default()
}

fn link<'a>(node: Node<'a, 'a>, rel: &str) -> &'a str {
    let found = all(node, "link").find(|link| link.attribute("rel") == Some(rel));
    found.and_then(|link| link.attribute("href")).unwrap_or_default()
}

/// Wants what RFC 4287 asks of a feed; gives its entries' ids and titles.
#[track_caller]
fn check(app: &TestApp, answer: &Answer, path: &str) -> Vec<(String, String)> {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/atom+xml; charset=utf-8");
    let document = Document::parse(&answer.text).unwrap_or_else(|error| panic!("{error} in {}", answer.text));
    let feed = document.root_element();
    assert!(feed.has_tag_name((ATOM, "feed")));
    assert_eq!((text(feed, "id"), link(feed, "self")), (app.url(path).as_str(), app.url(path).as_str()));
    assert!(link(feed, "alternate").starts_with(&app.url("/")) && !text(feed, "title").is_empty());
    let mut newest = None;
    let entries = all(feed, "entry").map(|entry| {
        let author = all(entry, "author").next().unwrap();
        assert!(!text(author, "name").is_empty());
        assert_eq!(text(entry, "id"), link(entry, "alternate"));
        let [published, updated]: [jiff::Timestamp; 2] =
            ["published", "updated"].map(|name| text(entry, name).parse().unwrap());
        assert!(published <= updated);
        newest = newest.max(Some(updated));
        (text(entry, "id").to_owned(), text(entry, "title").to_owned())
    });
    let entries: Vec<_> = entries.collect();
    let updated: jiff::Timestamp = text(feed, "updated").parse().unwrap();
    assert!(newest.is_none_or(|newest| newest == updated), "{}", answer.text);
    entries
}

async fn titles(app: &TestApp, path: &str) -> Vec<String> {
    let entries = check(app, &app.visitor().get(path).await, path);
    entries.into_iter().map(|(_, title)| title).collect()
}

#[tokio::test]
async fn the_site_a_member_and_a_conversation_have_a_feed_newest_first() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let post = ana.write("First <b>& \"last\"\nsee https://example.org/?a=1&b=2").await;
    let other = ben.write("Second").await;
    let comment = ben.comment(post, "Said").await;
    let answered = json!({"text": "Answered", "parent": comment});
    ana.post(&format!("/api/posts/{post}/comments"), &answered).await.ok();
    let latest = check(&app, &app.visitor().get("/feed.atom").await, "/feed.atom");
    assert_eq!(latest[0], (app.url(&format!("/posts/{other}")), "Second".to_owned()));
    assert_eq!(latest[1].0, app.url(&format!("/posts/{post}")));
    assert_eq!(titles(&app, "/@ana/feed.atom").await.len(), 1);
    assert_eq!(titles(&app, "/@ben/feed.atom").await, ["Second"]);
    let comments = format!("/posts/{post}/comments.atom");
    assert_eq!(titles(&app, &comments).await, ["Answered", "Said"]);
    assert_eq!(titles(&app, &format!("/posts/{other}/comments.atom")).await, Vec::<String>::new());

    let answer = app.visitor().get("/feed.atom").await;
    let document = Document::parse(&answer.text).unwrap();
    let entry = all(document.root_element(), "entry").nth(1).unwrap();
    let html = "First &#60;b&#62;&#38; &#34;last&#34;<br/>see <a href=\"https://example.org/?a=1&#38;b=2\" \
        rel=\"nofollow ugc\">https://example.org/?a=1&#38;b=2</a>";
    assert_eq!(text(entry, "content"), html, "what people write is text in the feed's HTML too");
    assert_eq!(link(entry, "replies"), app.url(&comments));
    assert_eq!(text(all(entry, "author").next().unwrap(), "uri"), app.url("/@ana"));
    let talk = app.visitor().get(&comments).await.text;
    for answers in [format!("/posts/{post}"), format!("/posts/{post}/comments/{comment}")] {
        assert!(talk.contains(&format!("<thr:in-reply-to ref=\"{}\"", app.url(&answers))), "{talk}");
    }

    for (path, feed) in [
        ("/".to_owned(), "/feed.atom".to_owned()),
        ("/@ANA".to_owned(), "/@ana/feed.atom".to_owned()),
        (format!("/posts/{post}"), comments),
    ] {
        let page = app.visitor().get(&path).await.text;
        let tag = page.split("<link rel=\"alternate\" type=\"application/atom+xml\"").nth(1).unwrap();
        assert!(tag.split('>').next().unwrap().contains(&format!("href=\"{feed}\"")), "{path}");
        assert!(
            page.contains(&format!("<a class=\"quiet feed-link\" href=\"{feed}\"")),
            "{path}: one can see it"
        );
    }
}

#[tokio::test]
async fn a_feed_follows_edits_and_holds_nothing_that_was_removed() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let (kept, removed) = (ana.write("Kept").await, ana.write("Removed").await);
    let comment = ana.comment(kept, "Not this").await;
    app.clock.advance(60);
    let edited = json!({"text": "Kept, with more"});
    ana.call(reqwest::Method::PATCH, &format!("/api/posts/{kept}"), &edited).await.ok();
    ana.delete(&format!("/api/posts/{removed}")).await.ok();
    ana.delete(&format!("/api/comments/{comment}")).await.ok();
    assert_eq!(titles(&app, "/@ana/feed.atom").await, ["Kept, with more"]);
    assert_eq!(titles(&app, "/feed.atom").await[0], "Kept, with more");
    assert_eq!(titles(&app, &format!("/posts/{kept}/comments.atom")).await, Vec::<String>::new());
    for path in [
        format!("/posts/{removed}/comments.atom"),
        "/posts/0/comments.atom".into(),
        "/posts/x/comments.atom".into(),
        "/@nobody/feed.atom".into(),
        "/@%00/feed.atom".into(),
    ] {
        assert_eq!(app.visitor().get(&path).await.status, 404, "{path}");
    }
    let deletion = json!({"password": "correct horse"});
    ana.call(reqwest::Method::DELETE, "/api/me", &deletion).await.ok();
    assert_eq!(app.visitor().get("/@ana/feed.atom").await.status, 404);
    assert!(!app.visitor().get("/feed.atom").await.text.contains("Kept"));
}

#[tokio::test]
async fn whatever_people_write_it_is_well_formed() {
    let app = TestApp::start().await;
    let mut ana = app.visitor();
    let form = json!({"handle": "ana", "password": "correct horse", "name": "]]> & <a> \"'"});
    ana.token = ana.post("/api/users", &form).await.ok()["token"].as_str().map(str::to_owned);
    for text in
        ["]]></content></entry>", "<![CDATA[ &amp; &bogus; ]]>", "x\u{fffe}\u{ffff}y", "<?xml?> 👏 \u{fdd0}"]
    {
        ana.write(text).await;
        ana.comment(1, text).await;
    }
    assert!(titles(&app, "/feed.atom").await.len() >= 4);
    assert!(titles(&app, "/@ana/feed.atom").await.contains(&"]]></content></entry>".to_owned()));
    assert!(titles(&app, "/posts/1/comments.atom").await.len() >= 3);
}

/// A reader that sends back what it was given.
async fn again(who: &Actor, path: &str, fields: &[(&str, &str)]) -> Answer {
    let mut request = who.request(reqwest::Method::GET, path);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    who.send(request).await
}

#[tokio::test]
async fn who_has_a_feed_is_told_so_until_it_changes_whoever_asks() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    ana.write("First").await;
    let path = "/feed.atom";
    assert_eq!(ana.get(path).await.header("last-modified"), "", "this second is not over");
    app.clock.advance(1);
    let (first, own) = (app.visitor().get(path).await, ana.get(path).await);
    assert_eq!(first.text, own.text, "it is the same for everybody");
    assert_eq!(first.header("cache-control"), "public, no-cache");
    let (tag, date) = (first.header("etag"), first.header("last-modified"));
    for fields in [
        &[("if-none-match", tag)][..],
        &[("if-modified-since", date)],
        &[("if-none-match", tag), ("if-modified-since", "x")],
    ] {
        let known = again(&ana, path, fields).await;
        assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""), "{fields:?}");
        assert_eq!((known.header("etag"), known.header("last-modified")), (tag, date));
    }
    ana.like(1).await;
    assert_eq!(again(&ana, path, &[("if-none-match", tag)]).await.status, 304, "a like is no news");
    let second = ana.write("Second").await;
    for fields in [[("if-none-match", tag)], [("if-modified-since", date)]] {
        assert_eq!(again(&ana, path, &fields).await.status, 200, "{fields:?}");
    }
    app.clock.advance(1);
    let newer = app.visitor().get(path).await;
    ana.delete(&format!("/api/posts/{second}")).await.ok();
    assert_eq!(again(&ana, path, &[("if-modified-since", newer.header("last-modified"))]).await.status, 200);
}
