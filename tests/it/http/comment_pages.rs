//! Comments on pages without a script: complete and in order, with the forms that each visitor may use, and no more.

use plaudit::config::Options;
use plaudit::domain::Guests;
use reqwest::Method;

use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

/// Ana, a post of hers with the id 2, and Ben.
async fn world() -> (TestApp, Actor, Actor) {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    assert_eq!(ana.write("Mine").await, 2);
    let ben = app.member("ben").await;
    (app, ana, ben)
}

/// Writes a comment by form; gives its id.
async fn say(who: &Actor, form: &str) -> u64 {
    let answer = who.post_form("/posts/2/comments", form.to_owned()).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    answer.header("location").strip_prefix("/posts/2#comment-").unwrap().parse().unwrap()
}

/// A page as it is seen: without its templates.
fn seen(page: &Answer) -> String {
    let mut parts = page.text.split("<template>");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |seen, part| seen + part.split_once("</template>").unwrap().1)
}

/// The comments of a page, in the order of reading.
fn shown(page: &Answer) -> Vec<u64> {
    let seen = seen(page);
    let starts = seen.split("id=\"comment-").skip(1);
    starts.filter_map(|start| start.split('"').next().unwrap().parse().ok()).collect()
}

fn has(page: &Answer, what: &str) -> bool {
    seen(page).contains(what)
}

#[tokio::test]
async fn answers_stand_under_what_they_answer_and_the_page_says_from_where_it_resumes() {
    let (app, ana, ben) = world().await;
    let first = say(&ana, "text=First").await;
    let second = say(&ben, "text=Second").await;
    let answer = say(&ben, &format!("text=To+the+first&parent={first}")).await;
    let page = app.visitor().get("/posts/2").await;
    assert_eq!(shown(&page), [first, answer, second]);
    assert!(has(&page, "<plaudit-comments post=\"2\" seq=\"3\""), "{}", page.text);
    assert!(has(&page, "<span class=\"tally\">3</span>"));
    // A removed comment takes its words along; its answers stay.
    assert_eq!(ana.post_form(&format!("/comments/{first}/delete"), "").await.status, 303);
    let page = app.visitor().get("/posts/2").await;
    assert_eq!(shown(&page), [first, answer, second]);
    assert!(has(&page, "This comment was removed.") && !has(&page, ">First"));
    assert!(has(&page, "seq=\"4\"") && has(&page, "<span class=\"tally\">2</span>"));
}

#[tokio::test]
async fn long_conversations_come_in_pages_and_every_comment_has_an_address() {
    let (app, ana, ben) = world().await;
    let mut all = Vec::new();
    for number in 1..=120 {
        all.push(say(if number % 2 == 0 { &ana } else { &ben }, &format!("text=Number+{number}")).await);
    }
    let late = say(&ben, &format!("text=Late&parent={}", all[3])).await;
    let visitor = app.visitor();
    let newest = visitor.get("/posts/2").await;
    assert_eq!(shown(&newest), [&[all[3]][..], &[late], &all[71..]].concat(), "above it, what it answers");
    let answered = format!("id=\"comment-{}\" data-seq=\"4\" data-earlier", all[3]);
    assert!(has(&newest, &answered) && has(&newest, "Number 4</div>"), "{}", newest.text);
    let mut older = Vec::new();
    let mut page = newest;
    while let Some(at) = page.text.find("\"/posts/2/comments?before=") {
        let path = page.text[at + 1..].split('"').next().unwrap().to_owned();
        if path.ends_with('=') {
            break;
        }
        page = visitor.get(&path).await;
        older.splice(0..0, shown(&page));
    }
    assert_eq!(older, all[..71]);

    for (id, to) in [
        (all[0], format!("/posts/2/comments?before=2#comment-{}", all[0])),
        (all[71], format!("/posts/2#comment-{}", all[71])),
        (late, format!("/posts/2#comment-{late}")),
    ] {
        let found = visitor.get(&format!("/posts/2/comments/{id}")).await;
        assert_eq!((found.status.as_u16(), found.header("location")), (303, to.as_str()));
        let page = visitor.get(to.split('#').next().unwrap()).await;
        assert!(shown(&page).contains(&id), "{to}");
    }
    assert_eq!(visitor.get("/posts/2/comments").await.header("location"), "/posts/2#comments");
}

#[tokio::test]
async fn a_page_offers_what_its_visitor_may_do() {
    let (app, ana, ben) = world().await;
    let by_ben = say(&ben, "text=Ben+says").await;
    let offers = |page: &Answer| {
        let tail = |tail: &str| has(page, &format!("/comments/{by_ben}/{tail}\""));
        let write = has(page, "action=\"/posts/2/comments\"");
        let report = has(page, &format!("/report?comment={by_ben}\""));
        (write, tail("answer"), tail("edit"), tail("delete"), report)
    };
    assert_eq!(offers(&ana.get("/posts/2").await), (true, true, false, true, true), "the post's author");
    assert_eq!(offers(&ben.get("/posts/2").await), (true, true, true, true, false), "the comment's author");
    let eve = app.member("eve").await;
    assert_eq!(offers(&eve.get("/posts/2").await), (true, true, false, false, true), "somebody else");
    for who in [app.visitor(), app.guest().await] {
        let page = who.get("/posts/2").await;
        assert_eq!(offers(&page), (false, false, false, false, false), "nobody or a guest");
        assert!(has(&page, "href=\"/sign-up?next=%2Fposts%2F2\""), "is invited instead");
    }
    app.clock.advance(15 * 60 + 1);
    assert_eq!(offers(&ben.get("/posts/2").await), (true, true, false, true, false), "a quarter later");
    assert_eq!(ben.get(&format!("/comments/{by_ben}/edit")).await.status, 403);
}

#[tokio::test]
async fn guests_write_where_they_may() {
    let options = Options { guests: Some(Guests::Comment), ..Options::default() };
    let app = TestApp::with(options, |_| {}).await;
    let guest = app.guest().await;
    assert!(has(&guest.get("/posts/1").await, "action=\"/posts/1/comments\""));
    let said = guest.post_form("/posts/1/comments", "text=From+a+guest").await;
    assert_eq!(said.status, 303, "{said:?}");
    let page = app.visitor().get("/posts/1").await;
    assert!(has(&page, "From a guest") && has(&page, "src=\"/avatars/guest.svg\""));
    assert!(!has(&page, "action=\"/posts/1/comments\""), "who has no session is no guest yet");
}

#[tokio::test]
async fn an_edit_is_marked_and_a_form_sent_twice_says_it_once() {
    let (_app, ana, ben) = world().await;
    let said = say(&ben, "text=Helo&key=k1").await;
    assert_eq!(say(&ben, "text=Helo&key=k1").await, said);
    let form = ben.get(&format!("/comments/{said}/edit")).await;
    assert!(has(&form, ">\nHelo</textarea>"), "{}", form.text);
    assert!(has(&ben.get("/posts/2").await, "<span class=\"edited\" hidden>"));
    let edited = ben.post_form(&format!("/comments/{said}/edit"), "text=Hello").await;
    assert_eq!(edited.header("location"), format!("/posts/2/comments/{said}"));
    let page = ana.get("/posts/2").await;
    assert!(has(&page, "Hello") && has(&page, "<span class=\"edited\"> · edited"), "{}", page.text);
    let others = ana.post_form(&format!("/comments/{said}/edit"), "text=Mine+now").await;
    assert_eq!(others.status, 403);
    assert!(!has(&ana.get("/posts/2").await, "Mine now"));
}

#[tokio::test]
async fn what_is_refused_comes_back_to_its_form_with_what_was_typed() {
    let (app, ana, ben) = world().await;
    let said = say(&ben, "text=Hello&key=k1").await;
    let answer = say(&ana, &format!("text=Yes&parent={said}")).await;
    let before = app.dump();
    let long = "x".repeat(1001);
    for (path, form, status, sentence) in [
        ("/posts/2/comments", format!("text={long}&key=k2"), 400, "1 to 1000 characters, this has 1001."),
        ("/posts/2/comments", "text=+%0d%0a+&key=k2".to_owned(), 400, "1 to 1000 characters, this has 0."),
        ("/posts/2/comments", "text=Another&key=k1".to_owned(), 409, "already used"),
        ("/posts/2/comments", format!("text=Deeper&parent={answer}"), 400, "answer"),
        ("/posts/2/comments", format!("text={long}&parent={said}"), 400, "1 to 1000 characters"),
        (&format!("/comments/{said}/edit"), format!("text={long}"), 400, "1 to 1000 characters"),
    ] {
        let page = ben.post_form(path, form.clone()).await;
        assert_eq!(page.status, status, "{path} {form:.60}");
        let typed = form.split(['=', '&']).nth(1).unwrap();
        assert!(has(&page, &format!(">\n{typed}</textarea>")) || typed.starts_with('+'), "{form:.60}");
        let shown = page.text.split("id=\"comment-error\" role=\"alert\">").nth(1).unwrap_or_default();
        assert!(shown.split('<').next().unwrap().contains(sentence), "{form:.60}: {shown:.200}");
        // The key of a text that was refused for good is not kept.
        assert!(!has(&page, "value=\"k1\"") && !has(&page, "value=\"k2\""), "{form:.60}");
    }
    for (who, path, form, status) in [
        (&app.visitor(), "/posts/2/comments".to_owned(), "text=x".to_owned(), 401),
        (&app.guest().await, "/posts/2/comments".to_owned(), "text=x".to_owned(), 403),
        (&app.visitor(), format!("/comments/{said}/edit"), "text=x".to_owned(), 401),
        (&app.visitor(), format!("/comments/{said}/delete"), String::new(), 401),
        (&app.member("eve").await, format!("/comments/{said}/delete"), String::new(), 403),
        (&ben, "/posts/9/comments".to_owned(), "text=x".to_owned(), 404),
        (&ben, "/posts/1/comments".to_owned(), format!("text=x&parent={said}"), 404),
        (&ben, "/posts/2/comments".to_owned(), "text=x&parent=no".to_owned(), 404),
        (&ben, "/posts/2/comments".to_owned(), "text=x&unknown=1".to_owned(), 400),
        (&ben, "/posts/2/comments".to_owned(), "text=%00".to_owned(), 400),
    ] {
        let page = who.post_form(&path, form.clone()).await;
        assert_eq!(page.status.as_u16(), status, "{path} {form}: {page:?}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.text.contains("<main"));
    }
    let people = |dump: &str| dump.lines().filter(|line| line.contains("comment")).count();
    assert_eq!(people(&app.dump()), people(&before), "nothing was written");
    for id in ["0", "01", "9", "abc", "%ff", "9007199254740992"] {
        for path in [
            format!("/comments/{id}/answer"),
            format!("/comments/{id}/edit"),
            format!("/posts/2/comments/{id}"),
            format!("/posts/1/comments/{said}"),
        ] {
            assert_eq!(ben.get(&path).await.status, 404, "{path}");
        }
        assert_eq!(ben.post_form(&format!("/comments/{id}/delete"), "").await.status, 404);
    }
    for before in ["0", "x", "%ff", "1&before=2"] {
        assert_eq!(ben.get(&format!("/posts/2/comments?before={before}")).await.status, 400, "{before}");
    }
    let opened = ben.send(ben.request(Method::GET, &format!("/comments/{said}/delete"))).await;
    assert_eq!(opened.header("location"), format!("/posts/2/comments/{said}"));
}

#[tokio::test]
async fn what_people_write_is_text_wherever_it_stands() {
    let app = TestApp::start().await;
    for (turn, text) in [
        "<script>alert(1)</script>",
        "</textarea><img src=x onerror=alert(1)>",
        "\"><b>x</b>",
        "' onmouseover='alert(1)",
        "https://example.org/\"onmouseover=\"alert(1)",
        "{{ 7*7 }} <!-- </article></li></ol></section>",
    ]
    .iter()
    .enumerate()
    {
        let mut ana = app.visitor();
        let name: String = text.chars().take(50).collect();
        let form =
            serde_json::json!({"handle": format!("user{turn}"), "password": "correct horse", "name": name});
        ana.token = ana.post("/api/users", &form).await.ok()["token"].as_str().map(str::to_owned);
        let typed: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let said = ana.post_form("/posts/1/comments", format!("text={typed}")).await;
        let id = said.header("location").rsplit_once('-').unwrap().1.to_owned();
        let typed_again = format!("text={typed}{}", "x".repeat(1000));
        for page in [
            ana.get("/posts/1").await,
            app.visitor().get("/posts/1").await,
            app.visitor().get("/posts/1/comments?before=99").await,
            ana.get(&format!("/comments/{id}/answer")).await,
            ana.get(&format!("/comments/{id}/edit")).await,
            ana.post_form("/posts/1/comments", typed_again.clone()).await,
            ana.post_form(&format!("/comments/{id}/edit"), typed_again).await,
        ] {
            assert!(page.text.contains("<main") && page.text.contains("class=\"said"), "{text}: {page:?}");
            for harm in ["<script>alert", "<img src=x", "<b>x", "onmouseover=\"", "onmouseover='", "<!-- <"] {
                assert!(!page.text.contains(harm), "{text}: {harm}");
            }
        }
    }
}

#[tokio::test]
async fn without_a_script_a_time_has_a_clock_and_a_form_can_be_left() {
    let (app, ana, _) = world().await;
    let said = say(&ana, "text=Hello").await;
    let page = app.visitor().get("/posts/2").await;
    let times = seen(&page).matches("21 Sep 2026<noscript>, 14:13 UTC</noscript></time>").count();
    assert_eq!(times, 2, "of the post and of the comment: {}", page.text);
    for form in ["edit", "answer"] {
        let form = ana.get(&format!("/comments/{said}/{form}")).await;
        let cancel = format!("<a class=\"quiet cancel\" href=\"/posts/2/comments/{said}\">Cancel</a>");
        assert!(has(&form, &cancel), "{}", form.text);
    }
    assert!(!has(&ana.get("/posts/2").await, "<a class=\"quiet cancel\""));
}
