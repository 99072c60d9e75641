//! Profiles: what a member wrote and likes, as everybody sees it.

use serde_json::json;

use crate::support::{Actor, TestApp};

/// The ids of the posts on a page, from its top.
fn posts(page: &str) -> Vec<u64> {
    let cards = page.split(r#"<article class="post" id="post-"#).skip(1);
    cards.filter_map(|card| card.split('"').next()?.parse().ok()).filter(|id| *id > 0).collect()
}

async fn page(who: &Actor, path: &str) -> String {
    let answer = who.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    assert_eq!(answer.header("cache-control"), "private, no-cache", "{path}");
    answer.text
}

#[tokio::test]
async fn a_profile_shows_its_members_posts_newest_first_in_pages() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let mut mine = Vec::new();
    for number in 0..25 {
        mine.insert(0, ana.write(&format!("Thought {number}")).await);
        ben.write("Something else").await;
    }
    let first = page(&app.visitor(), "/@ana").await;
    assert_eq!(posts(&first), mine[..20]);
    let next = format!("/@ana?after={}", mine[19]);
    assert!(first.contains(&format!(r#"rel="next" href="{next}""#)), "{first}");
    let second = page(&app.visitor(), &next).await;
    assert_eq!(posts(&second), mine[20..]);
    assert!(!second.contains(r#"rel="next""#) && second.contains(r#"href="/@ana">Latest"#));
    assert_eq!(posts(&page(&ben, "/@ana?limit=100").await), mine);
    assert_eq!(app.visitor().get("/@ana?limit=101").await.status, 400);
    assert_eq!(app.visitor().get("/@ana?after=x").await.status, 400);
}

#[tokio::test]
async fn an_at_may_be_written_with_a_percent_sign() {
    let app = TestApp::start().await;
    app.member("ana").await.write("Hello").await;
    for tail in ["", "/likes"] {
        let plain = page(&app.visitor(), &format!("/@ana{tail}")).await;
        assert_eq!(page(&app.visitor(), &format!("/%40ana{tail}")).await, plain);
    }
    assert_eq!(app.visitor().get("/%40nobody").await.status, 404);
}

#[tokio::test]
async fn what_a_member_likes_stands_newest_post_first_whoever_asks() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let mut liked = Vec::new();
    for number in 0..22 {
        let post = ben.write(&format!("Thought {number}")).await;
        ben.write("Not liked").await;
        ana.like(post).await;
        liked.insert(0, post);
    }
    ben.like(liked[1]).await;
    let first = page(&ben, "/@ana/likes").await;
    assert_eq!(posts(&first), liked[..20]);
    assert_eq!(first.matches(r#"aria-pressed="true""#).count(), 1, "what is pressed is the visitor's own");
    let next = format!("/@ana/likes?after={}", liked[19]);
    assert!(first.contains(&format!(r#"rel="next" href="{next}""#)), "{first}");
    assert_eq!(posts(&page(&app.visitor(), &next).await), liked[20..]);
    ana.unlike(liked[0]).await;
    assert_eq!(posts(&page(&ben, "/@ana/likes").await)[0], liked[1]);
    assert_eq!(posts(&page(&ana, "/@ben/likes").await), [liked[1]]);
    app.member("cyd").await;
    assert!(page(&ana, "/@cyd/likes").await.contains("has not liked anything so far"));
}

#[tokio::test]
async fn only_its_owner_is_offered_to_edit_a_profile() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let own = page(&ana, "/@ana").await;
    assert!(own.contains("Edit profile") && own.contains("The stage is yours"));
    for other in [&ben, &app.visitor()] {
        let theirs = page(other, "/@ana").await;
        assert!(!theirs.contains("Edit profile") && theirs.contains("has not posted anything so far"));
    }
}

#[tokio::test]
async fn who_has_no_profile_is_not_found_and_capitals_do_no_harm() {
    let app = TestApp::start().await;
    app.member("ana").await;
    for path in
        ["/@nobody", "/@a", "/@", "/@ana/x", "/@%00", "/@%ff", "/@ana%2flikes", "/@nobody/likes", "/@guest"]
    {
        let answer = app.visitor().get(path).await;
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
        assert!(answer.text.contains("<main"), "{path}");
    }
    assert!(page(&app.visitor(), "/@Ana").await.contains(r#"<link rel="canonical" href="http://"#));
}

#[tokio::test]
async fn names_lead_to_profiles_wherever_they_stand() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let post = ana.write("Mine").await;
    ana.like(post).await;
    for path in ["/".to_owned(), format!("/posts/{post}"), format!("/posts/{post}/likes"), "/@ana".into()] {
        let page = page(&app.visitor(), &path).await;
        assert!(page.contains(r#"<a class="author" href="/@ana">"#), "{path}");
    }
    assert!(
        page(&ana, "/").await.contains(r#"<a class="me" href="/@ana">"#),
        "the header leads to one's own"
    );
}

#[tokio::test]
async fn previews_get_the_beginning_of_the_text_in_words_of_open_graph() {
    let app = TestApp::start().await;
    let mut ana = app.visitor();
    let form = json!({"handle": "ana", "password": "correct horse", "name": "\"Ana\" <b>"});
    ana.token = ana.post("/api/users", &form).await.ok()["token"].as_str().map(str::to_owned);
    let text = format!("<script>\"a\"\n{}", "long words ".repeat(30));
    let post = ana.write(&text).await;
    let meta = |page: &str, name: &str| -> String {
        let (_, rest) = page
            .split_once(&format!("\"{name}\" content=\""))
            .unwrap_or_else(|| panic!("no {name} in {page}"));
        rest.split('"').next().unwrap().to_owned()
    };
    let article = page(&app.visitor(), &format!("/posts/{post}")).await;
    let description = meta(&article, "og:description");
    assert!(description.starts_with("&#60;script&#62;&#34;a&#34; long words"), "{description}");
    assert!(description.ends_with("long words…") && !description.contains('\n'), "{description}");
    assert_eq!(description, meta(&article, "description"));
    assert!(meta(&article, "og:title").starts_with("&#34;Ana&#34; &#60;b&#62;: "));
    assert_eq!(meta(&article, "og:type"), "article");
    assert_eq!(meta(&article, "og:url"), app.url(&format!("/posts/{post}")));
    assert_eq!(meta(&article, "og:site_name"), "Plaudit");
    assert_eq!(meta(&article, "twitter:card"), "summary");
    let stored = ana.get(&format!("/api/posts/{post}")).await.ok()["post"].clone();
    assert_eq!(meta(&article, "article:published_time"), stored["created_at"].as_str().unwrap());
    assert!(!article.contains("article:modified_time"));
    let edited = json!({"text": "Edited"});
    let edited = ana.call(reqwest::Method::PATCH, &format!("/api/posts/{post}"), &edited).await.ok();
    let article = page(&app.visitor(), &format!("/posts/{post}")).await;
    assert_eq!(meta(&article, "article:modified_time"), edited["post"]["edited_at"].as_str().unwrap());
    for path in ["/".to_owned(), "/@ana".into(), format!("/posts/{post}")] {
        let page = page(&app.visitor(), &path).await;
        assert!(page.contains(&format!("<link rel=\"canonical\" href=\"{}\">", app.url(&path))), "{path}");
        for name in ["description", "og:title", "og:description", "og:url", "og:type", "og:site_name"] {
            assert!(!meta(&page, name).is_empty(), "{path}: {name}");
        }
    }
    let profile = page(&app.visitor(), "/@ana").await;
    assert_eq!(meta(&profile, "og:type"), "profile");
    assert_eq!(meta(&profile, "profile:username"), "ana");
    assert_eq!(meta(&profile, "og:url"), app.url("/@ana"));
    assert_eq!(meta(&profile, "og:title"), "&#34;Ana&#34; &#60;b&#62; (@ana)");
    assert_eq!(meta(&page(&app.visitor(), "/").await, "og:type"), "website");
}
