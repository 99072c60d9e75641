//! Reports and the moderators' queue as pages: who sees what, what a decision does, and what nobody else can do.

use serde_json::json;

use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

struct World {
    app: TestApp,
    ana: Actor,
    ben: Actor,
    moderator: Actor,
    /// Ben's.
    post: u64,
    /// Ben's, under that post.
    comment: u64,
}

async fn world() -> World {
    let app = TestApp::start().await;
    let (ana, ben, moderator) = (app.member("ana").await, app.member("ben").await, app.member("mod").await);
    app.promote("mod").await;
    let post = ben.write("Rude <b>words</b>").await;
    let comment =
        ben.post(&format!("/api/posts/{post}/comments"), &json!({"text": "More of them"})).await.ok();
    let comment = comment["comment"]["id"].as_u64().unwrap();
    World { app, ana, ben, moderator, post, comment }
}

#[track_caller]
fn check_redirect(answer: &Answer, to: &str) {
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, to), "{answer:?}");
}

async fn queue(who: &Actor) -> String {
    let answer = who.get("/moderation").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        (answer.header("cache-control"), answer.header("vary").contains("Cookie")),
        ("no-store", true)
    );
    answer.text
}

#[tokio::test]
async fn a_report_shows_what_it_is_about_and_ends_with_thanks() {
    let World { app: _app, ana, moderator, post, comment, .. } = world().await;
    for (what, id, text) in [("post", post, "Rude &#60;b&#62;words"), ("comment", comment, "More of them")] {
        let page = ana.get(&format!("/report?{what}={id}")).await;
        assert!(page.status == 200 && page.text.contains(text), "{page:?}");
        assert!(page.text.contains(&format!("name=\"{what}\" value=\"{id}\"")));
        let answer = ana.post_form("/report", format!("{what}={id}&reason=It+is+%3Cb%3Erude")).await;
        check_redirect(&answer, &format!("/report/thanks?post={post}"));
        assert!(ana.get(answer.header("location")).await.text.contains(&format!("href=\"/posts/{post}\"")));
    }
    let shown = queue(&moderator).await;
    assert_eq!(shown.matches("It is &#60;b&#62;rude").count(), 2);
    assert!(shown.contains("Rude &#60;b&#62;words") && shown.contains("More of them"));
    assert!(shown.contains(&format!("/posts/{post}/comments/{comment}")));
}

#[tokio::test]
async fn a_reason_that_is_too_long_is_kept_and_said_so() {
    let World { app, ana, post, .. } = world().await;
    let before = app.dump();
    let long = "x".repeat(501);
    let answer = ana.post_form("/report", format!("post={post}&reason={long}")).await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.text.contains(&long)
            && answer.text.contains("role=\"alert\">0 to 500 characters, this has 501.")
    );
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn only_members_report_and_only_what_is_there() {
    let World { app, ana, post, comment, .. } = world().await;
    let guest = app.guest().await;
    let before = app.dump();
    for who in [&guest, &app.visitor()] {
        check_redirect(
            &who.get(&format!("/report?post={post}")).await,
            &format!("/log-in?next=%2Freport%3Fpost%3D{post}"),
        );
        let status = who.post_form("/report", format!("comment={comment}")).await.status;
        assert!(status == 401 || status == 403, "{status}");
        assert!(!who.get(&format!("/posts/{post}")).await.text.contains(&format!("/report?post={post}")));
    }
    for (query, status) in [
        ("post=99", 404),
        ("comment=99", 404),
        ("post=0", 404),
        ("comment=x", 404),
        ("", 400),
        ("post=1&comment=1", 400),
    ] {
        for answer in [ana.get(&format!("/report?{query}")).await, ana.post_form("/report", query).await] {
            assert_eq!(answer.status, status, "{query}: {answer:?}");
            assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        }
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn the_queue_is_for_moderators_and_nobody_else_learns_of_it() {
    let World { app, ana, ben, moderator, post, .. } = world().await;
    ana.post_form("/report", format!("post={post}&reason=secret")).await;
    let guest = app.guest().await;
    let before = app.dump();
    for who in [&ana, &ben, &guest] {
        let answer = who.get("/moderation").await;
        assert!(answer.status == 403 && !answer.text.contains("secret"), "{answer:?}");
        for act in ["keep", "remove", "suspend"] {
            let answer = who.post_form("/moderation", format!("post={post}&act={act}")).await;
            assert_eq!(answer.status, 403, "{act}: {answer:?}");
        }
        assert_eq!(who.post_form("/@ben/suspension", "on=1").await.status, 403);
        assert!(
            !who.get("/").await.text.contains("href=\"/moderation\"")
                && !who.get("/@ben").await.text.contains("/suspension\"")
        );
    }
    check_redirect(&app.visitor().get("/moderation").await, "/log-in?next=%2Fmoderation");
    check_redirect(
        &app.visitor().post_form("/moderation", format!("post={post}&act=keep")).await,
        "/log-in?next=%2Fmoderation",
    );
    check_redirect(&app.visitor().post_form("/@ben/suspension", "on=1").await, "/log-in?next=%2Fmoderation");
    assert!(moderator.get("/").await.text.contains("href=\"/moderation\""));
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn the_sites_own_profile_is_there_for_moderators_too() {
    let World { app: _app, moderator, .. } = world().await;
    for path in ["/@plaudit", "/@plaudit/likes"] {
        let answer = moderator.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.text.contains("/suspension\""), "{path}: nobody suspends it");
    }
}

#[tokio::test]
async fn a_decision_removes_or_lets_stay_and_says_so() {
    let World { app, ana, moderator, post, comment, .. } = world().await;
    assert!(queue(&moderator).await.contains("Nothing to decide"));
    for (what, id) in [("post", post), ("comment", comment)] {
        ana.post_form("/report", format!("{what}={id}")).await;
        moderator.post_form("/report", format!("{what}={id}&reason=Yes")).await;
    }
    let shown = queue(&moderator).await;
    assert_eq!(shown.matches("<h2 class=\"told-title\">2 reports</h2>").count(), 2);
    // What takes something away asks once more, and is the one that looks like it.
    let asks = |button: &str| {
        let before = shown.split_once(button).unwrap_or_else(|| panic!("no {button}")).0;
        before.matches("<details ").count() - before.matches("</details>").count()
    };
    assert_eq!([asks("value=\"remove\""), asks("value=\"suspend\""), asks("value=\"keep\"")], [1, 1, 0]);
    assert!(shown.contains("<button class=\"button ghost\" type=\"submit\" name=\"act\" value=\"keep\">"));
    check_redirect(
        &moderator.post_form("/moderation", format!("comment={comment}&act=remove")).await,
        "/moderation?done=remove",
    );
    assert_eq!(app.visitor().get(&format!("/api/posts/{post}")).await.ok()["post"]["comments"], 0);
    check_redirect(
        &moderator.post_form("/moderation", format!("post={post}&act=keep")).await,
        "/moderation?done=keep",
    );
    assert!(queue(&moderator).await.contains("Nothing to decide"));
    assert_eq!(app.visitor().get(&format!("/posts/{post}")).await.status, 200);
    // Whoever is second hears that it is over.
    for (what, id, act) in [("post", post, "keep"), ("comment", comment, "remove")] {
        let answer = moderator.post_form("/moderation", format!("{what}={id}&act={act}")).await;
        check_redirect(&answer, "/moderation?done=over");
    }
    assert!(moderator.get("/moderation?done=over").await.text.contains("class=\"note\""));
    assert!(!moderator.get("/moderation?done=x").await.text.contains("class=\"note\""));
}

#[tokio::test]
async fn who_is_suspended_can_not_log_in_until_let_back_in() {
    let World { app, ana, ben, moderator, post, .. } = world().await;
    ana.post_form("/report", format!("post={post}")).await;
    check_redirect(
        &moderator.post_form("/moderation", format!("post={post}&act=suspend")).await,
        "/moderation?done=suspend",
    );
    assert!(ben.get("/api/me").await.ok()["user"].is_null(), "the session is over");
    let answer = app.visitor().post_form("/log-in", "handle=ben&password=correct+horse").await;
    assert!(answer.status == 403 && answer.text.contains("This account is suspended"), "{answer:?}");
    assert!(moderator.get("/@ben").await.text.contains("Let back in"));
    assert!(!ana.get("/@ben").await.text.contains("Let back in"));
    check_redirect(&moderator.post_form("/@ben/suspension", "on=0").await, "/@ben");
    let answer = app.visitor().post_form("/log-in", "handle=ben&password=correct+horse").await;
    check_redirect(&answer, "/welcome?next=/");
    assert!(!moderator.get("/@ben").await.text.contains("Let back in"));
    let answer = moderator.post_form("/@mod/suspension", "on=1").await;
    assert_eq!(answer.status, 403, "moderators are the operator's: {answer:?}");
    for (path, form) in [
        ("/@ben/suspension", "on=2"),
        ("/@ben/suspension", ""),
        ("/moderation", "post=2&act=delete"),
        ("/moderation", "act=keep"),
    ] {
        assert_eq!(moderator.post_form(path, form).await.status, 400, "{path} {form}");
    }
    assert_eq!(moderator.post_form("/@nobody/suspension", "on=1").await.status, 404);
}

#[tokio::test]
async fn the_queue_follows_what_was_decided_about_an_author() {
    let World { app, ana, moderator, post, comment, .. } = world().await;
    let welcome = 1;
    let own = moderator.write("By a moderator").await;
    for form in [
        format!("post={post}"),
        format!("comment={comment}"),
        format!("post={welcome}"),
        format!("post={own}"),
    ] {
        assert_eq!(ana.post_form("/report", form).await.status, 303);
    }
    let offers = async || {
        let shown = queue(&moderator).await;
        ["value=\"suspend\"", "value=\"restore\"", "Suspend @ben now"].map(|what| shown.matches(what).count())
    };
    // Neither a moderator nor the site itself can be suspended, so nobody is offered to.
    assert_eq!(offers().await, [2, 0, 2]);
    moderator.post_form("/moderation", format!("post={post}&act=suspend")).await;
    assert_eq!(offers().await, [0, 2, 0], "in every case of that author");
    let listed = moderator.get("/api/reports").await.ok();
    let suspended = listed["items"].as_array().unwrap().iter().filter(|case| case["suspended"] == true);
    assert_eq!(suspended.count(), 2);
    check_redirect(
        &moderator.post_form("/moderation", format!("comment={comment}&act=restore")).await,
        "/moderation?done=restore",
    );
    assert_eq!(offers().await, [2, 0, 2]);
    assert!(queue(&moderator).await.contains("data-state=\""));
    let answer = ana.post_form("/moderation", format!("post={post}&act=restore")).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    let answer = app.visitor().post_form("/log-in", "handle=ben&password=correct+horse").await;
    check_redirect(&answer, "/welcome?next=/");
}

#[tokio::test]
async fn every_reason_stands_in_the_queue_the_newest_first_and_many_are_folded() {
    let World { app, moderator, post, .. } = world().await;
    for number in 1..=23 {
        let member = app.member(&format!("reader{number}")).await;
        let reason = if number == 22 { String::new() } else { format!("Reason+{number}.") };
        assert_eq!(member.post_form("/report", format!("post={post}&reason={reason}")).await.status, 303);
    }
    let shown = queue(&moderator).await;
    assert!(
        shown.contains("<h2 class=\"told-title\">23 reports</h2>") && shown.contains(", without a reason")
    );
    let (open, folded) = shown.split_once("<details class=\"more-told\">").unwrap();
    let reasons = |part: &str| -> Vec<String> {
        part.split("Reason ").skip(1).map(|rest| rest.split('.').next().unwrap().to_owned()).collect()
    };
    assert_eq!(reasons(open), ["23", "21"]);
    assert_eq!(reasons(folded), (3..=20).rev().map(|number| number.to_string()).collect::<Vec<_>>());
    assert!(folded.contains("Show 18 more</summary>") && folded.contains("And 2 before these."));
    let case = &moderator.get("/api/reports").await.ok()["items"][0];
    assert_eq!((&case["latest"]["reason"], case["reports"].as_u64()), (&json!("Reason 23."), Some(23)));
    let earlier = case["earlier"].as_array().unwrap();
    assert_eq!(
        (earlier.len(), &earlier[0]["reason"], &earlier[1]["reason"]),
        (20, &json!(""), &json!("Reason 21."))
    );
}

#[tokio::test]
async fn a_moderator_is_offered_to_remove_what_others_wrote() {
    let World { app, ana, moderator, post, .. } = world().await;
    let offered = async |who: &Actor| {
        !who.get(&format!("/posts/{post}")).await.text.contains("<details class=\"remove\" hidden>")
    };
    assert!(offered(&moderator).await);
    assert!(!offered(&ana).await && !offered(&app.visitor()).await);
    assert_eq!(moderator.post_form(&format!("/posts/{post}/delete"), "").await.status, 303);
    assert_eq!(app.visitor().get(&format!("/posts/{post}")).await.status, 404);
}

#[tokio::test]
async fn no_foreign_page_reports_or_decides() {
    let World { app, ana, moderator, post, .. } = world().await;
    ana.post_form("/report", format!("post={post}")).await;
    let before = app.dump();
    for (who, path, form) in [
        (&ana, "/report", format!("post={post}&reason=again")),
        (&moderator, "/moderation", format!("post={post}&act=remove")),
        (&moderator, "/@ben/suspension", "on=1".to_owned()),
    ] {
        for (name, value) in [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")] {
            let request = who.request(reqwest::Method::POST, path).header(name, value);
            let request =
                request.header("content-type", "application/x-www-form-urlencoded").body(form.clone());
            assert_eq!(who.send(request).await.status, 403, "{path} with {name}");
        }
    }
    assert_eq!(app.dump(), before);
}
