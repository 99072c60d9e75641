//! The pages' forms: bad input comes back as a page with a sentence, nothing changed, and no form leads off the site.

use reqwest::Method;

use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

const FORMS: [(&str, &str); 6] = [
    ("/posts", "text=Hello&key=k"),
    ("/posts/1/like", "on=1"),
    ("/posts/2/delete", ""),
    ("/sign-up", "handle=ben&password=correct+horse&name=Ben"),
    ("/log-in", "handle=ana&password=correct+horse"),
    ("/log-out", ""),
];

/// Ana, and a post of hers, which has the id 2.
async fn world() -> (TestApp, Actor) {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    assert_eq!(ana.write("Mine").await, 2);
    (app, ana)
}

#[track_caller]
fn check_page(answer: &Answer, what: &str) {
    let status = answer.status.as_u16();
    assert!((400..500).contains(&status) && status != 422, "{what}: {answer:?}");
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{what}");
    assert_eq!(answer.header("set-cookie"), "", "{what}");
    assert!(answer.text.contains("<main") && answer.text.len() > 500, "{what}: {answer:?}");
}

#[tokio::test]
async fn every_form_works_and_answers_with_a_redirect_within_the_site() {
    let (app, ana) = world().await;
    for (path, form) in FORMS {
        let answer = ana.post_form(path, form).await;
        assert_eq!(answer.status, 303, "{path}: {answer:?}");
        let to = answer.header("location");
        assert!(to.starts_with('/') && !to.starts_with("//"), "{path} leads to {to}");
    }
    let posts = app.visitor().get("/api/posts").await.ok();
    assert_eq!(
        (posts["items"][0]["text"].as_str(), posts["items"][0]["id"].as_u64()),
        (Some("Hello"), Some(3))
    );
    assert_eq!((posts["items"][1]["likes"].as_u64(), posts["items"].as_array().unwrap().len()), (Some(1), 2));
}

#[tokio::test]
async fn a_visitors_form_like_makes_a_guest_and_a_second_takes_it_back() {
    let app = TestApp::start().await;
    let mut visitor = app.visitor();
    let answer = visitor.post_form("/posts/1/like", "on=1&next=/posts/1").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/posts/1#post-1"));
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    visitor.token = cookie.split(['=', ';']).nth(1).map(str::to_owned);
    assert_eq!(visitor.get("/api/posts/1").await.ok()["post"]["liked"], true);
    assert_eq!(visitor.post_form("/posts/1/like", "on=0").await.status, 303);
    assert_eq!(visitor.get("/api/posts/1").await.ok()["post"]["likes"], 0);
}

#[tokio::test]
async fn a_malformed_form_is_a_page_with_a_sentence_and_changes_nothing() {
    let (app, ana) = world().await;
    let before = app.dump();
    for (path, good) in FORMS {
        let separator = if good.is_empty() { "" } else { "&" };
        let mut bad: Vec<Vec<u8>> = vec![
            format!("{good}{separator}unknown=1").into_bytes(),
            [good.as_bytes(), separator.as_bytes(), b"\xff\xfe=\xff"].concat(),
            b"%ff=%ff".to_vec(),
            b"=".to_vec(),
            b"a[b]=c".to_vec(),
            b"{\"text\":\"x\"}".to_vec(),
            vec![0; 100],
        ];
        for (name, value) in good.split('&').filter_map(|pair| pair.split_once('=')) {
            bad.push(format!("{good}&{name}={value}").into_bytes());
            if !["key", "name"].contains(&name) {
                bad.push(good.replace(&format!("{name}={value}"), "").into_bytes());
            }
            // A handle or password that is only wrong is another matter than a text that can't be kept.
            if path != "/log-in" {
                bad.push(good.replace(&format!("{name}={value}"), &format!("{name}=a%00b")).into_bytes());
                bad.push(
                    good.replace(&format!("{name}={value}"), &format!("{name}={}", "x".repeat(600)))
                        .into_bytes(),
                );
            }
        }
        for body in bad {
            let what = format!("{path} with {:?}", String::from_utf8_lossy(&body));
            // A password may hold anything that has the right length.
            if path == "/sign-up" && what.contains("password=a%00b") {
                continue;
            }
            check_page(&ana.post_form(path, body).await, &what);
        }
        for kind in
            [None, Some("application/json"), Some("multipart/form-data; boundary=x"), Some("text/plain")]
        {
            check_page(&ana.send_body(Method::POST, path, kind, good).await, &format!("{path} as {kind:?}"));
        }
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a_form_for_what_is_not_there_or_not_ones_own_changes_nothing() {
    let (app, ana) = world().await;
    let ben = app.member("ben").await;
    let before = app.dump();
    for id in ["0", "-1", "01", "9", "abc", "%ff", "%00", "9007199254740992", "99999999999999999999"] {
        for (tail, form) in [("like", "on=1"), ("delete", "")] {
            let answer = ana.post_form(&format!("/posts/{id}/{tail}"), form).await;
            check_page(&answer, &format!("{id} {tail}"));
            assert_eq!(answer.status, 404, "{id} {tail}");
        }
    }
    for (who, path, form, status) in [
        (&ben, "/posts/2/delete", "", 403),
        (&app.visitor(), "/posts/2/delete", "", 401),
        (&app.visitor(), "/posts", "text=x", 401),
        (&app.visitor(), "/posts/1/like", "on=0", 401),
        (&ana, "/posts/1/like", "on=2", 400),
        (&ana, "/posts/1/like", "on=true", 400),
        (&app.visitor(), "/log-in", "handle=ana&password=wrong+horse", 401),
        (&app.visitor(), "/log-in", "handle=nobody&password=wrong+horse", 401),
        (&app.visitor(), "/sign-up", "handle=ana&password=correct+horse", 409),
        (&app.visitor(), "/sign-up", "handle=admin&password=correct+horse", 409),
        (&app.visitor(), "/sign-up", "handle=b&password=correct+horse", 400),
        (&app.visitor(), "/sign-up", "handle=ben2&password=short", 400),
    ] {
        let answer = who.post_form(path, form).await;
        check_page(&answer, &format!("{path} {form}"));
        assert_eq!(answer.status, status, "{path} {form}");
        assert!(
            !answer.text.contains("wrong horse") && !answer.text.contains("correct horse"),
            "{path} {form}"
        );
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn no_form_leads_to_another_site() {
    let app = TestApp::start().await;
    app.member("ana").await;
    for next in [
        "//evil.example",
        "https%3A%2F%2Fevil.example",
        "%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "%5C%5Cevil.example",
        "%2F%09%2Fevil.example",
        "%0d%0aSet-Cookie%3Ax%3D1",
        "javascript%3Aalert(1)",
        "%2F..%2F%2Fevil.example",
        "%2F%00",
        "evil.example",
        "",
    ] {
        for (path, form) in [("/posts/1/like", "on=1"), ("/log-in", "handle=ana&password=correct+horse")] {
            let answer = app.visitor().post_form(path, format!("{form}&next={next}")).await;
            assert_eq!(answer.status, 303, "{path} {next}");
            let to = answer.header("location");
            let rest = to.strip_prefix('/').unwrap_or_else(|| panic!("{path} {next} leads to {to}"));
            assert!(
                !rest.starts_with(['/', '\\']) && !to.contains("evil") && !to.contains('\n'),
                "{next}: {to}"
            );
        }
        let page = app.visitor().get(&format!("/log-in?next={next}")).await;
        assert!(page.status == 200 && !page.text.contains("evil.example\""), "{next}");
    }
}
