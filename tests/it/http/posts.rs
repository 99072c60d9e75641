//! Posts over the API: write, show, list, remove; keys; whose they are.

use reqwest::Method;
use serde_json::{Value, json};

use super::{check_post, fields, walk};
use crate::support::TestApp;

fn ids(posts: &[Value]) -> Vec<u64> {
    posts.iter().map(|post| post["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_new_post_has_exactly_the_documented_fields_and_is_the_same_wherever_it_is_read() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let written = ana.post("/api/posts", &json!({"text": "Hello"})).await;
    assert_eq!(written.status, 201);
    assert_eq!(written.header("content-type"), "application/json");
    let written = written.ok();
    assert_eq!(fields(&written), ["post"]);
    let post = &written["post"];
    check_post(post);
    assert_eq!((&post["text"], &post["likes"], &post["comments"]), (&json!("Hello"), &json!(0), &json!(0)));
    assert_eq!((&post["liked"], &post["author"]["handle"]), (&json!(false), &json!("ana")));
    let shown = ana.get(&format!("/api/posts/{}", post["id"])).await;
    assert_eq!(shown.status, 200);
    assert_eq!(shown.ok(), written);
    for list in ["/api/posts", "/api/users/ana/posts"] {
        assert_eq!(&app.visitor().get(list).await.ok()["items"][0], post, "{list}");
    }
}

#[tokio::test]
async fn a_first_start_holds_one_welcome_post() {
    let app = TestApp::start().await;
    let list = app.visitor().get("/api/posts").await.ok();
    assert_eq!((list["items"].as_array().unwrap().len(), &list["next"]), (1, &Value::Null));
    check_post(&list["items"][0]);
    assert_eq!(list["items"][0]["id"], 1);
    assert_eq!(list["items"][0]["author"]["kind"], "member");
}

#[tokio::test]
async fn liked_is_the_callers_own() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    ana.like(1).await;
    for (who, liked) in [(&ana, true), (&ben, false), (&app.visitor(), false)] {
        assert_eq!(who.get("/api/posts/1").await.ok()["post"]["liked"], liked);
        assert_eq!(who.get("/api/posts").await.ok()["items"][0]["liked"], liked);
        assert_eq!(who.get("/api/users/plaudit/posts").await.ok()["items"][0]["liked"], liked);
    }
}

#[tokio::test]
async fn the_same_key_gives_the_same_post_and_means_nothing_to_anybody_else() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let form = json!({"text": "Once", "key": "k-1_A"});
    let first = ana.post("/api/posts", &form).await;
    assert_eq!(first.status, 201);
    // The same text may come with other line ends and spaces around it.
    for again in [form.clone(), json!({"text": " Once \r\n", "key": "k-1_A"})] {
        let again = ana.post("/api/posts", &again).await;
        assert_eq!(again.status, 200);
        assert_eq!(again.json(), first.json());
    }
    ana.post("/api/posts", &json!({"text": "Twice", "key": "k-1_A"})).await.refused(409, "key_reused");
    assert_eq!(ben.post("/api/posts", &form).await.status, 201);
    let id = first.json()["post"]["id"].as_u64().unwrap();
    assert_eq!(ana.delete(&format!("/api/posts/{id}")).await.status, 204);
    ana.post("/api/posts", &form).await.refused(410, "gone");
    assert_eq!(walk(&ana, "/api/users/ana/posts", 100).await, Vec::<Value>::new());
}

#[tokio::test]
async fn the_same_key_sent_ten_times_at_once_makes_one_post() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let form = json!({"text": "Once", "key": "k"});
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let (ana, form) = (ana.clone(), form.clone());
            tokio::spawn(async move { ana.post("/api/posts", &form).await })
        })
        .collect();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap().status.as_u16());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [&[200; 9][..], &[201]].concat());
    assert_eq!(walk(&ana, "/api/users/ana/posts", 100).await.len(), 1);
}

#[tokio::test]
async fn only_its_author_removes_a_post_and_only_once() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let path = format!("/api/posts/{}", ana.write("Mine").await);
    let before = app.dump();
    ben.delete(&path).await.refused(403, "forbidden");
    app.visitor().delete(&path).await.refused(401, "no_session");
    ben.delete("/api/posts/1").await.refused(403, "forbidden");
    assert_eq!(app.dump(), before);
    let removed = ana.delete(&path).await;
    assert_eq!((removed.status.as_u16(), removed.text.as_str()), (204, ""));
    ana.delete(&path).await.refused(404, "not_found");
    ben.delete(&path).await.refused(404, "not_found");
    ana.get(&path).await.refused(404, "not_found");
    ana.get(&format!("{path}/likes")).await.refused(404, "not_found");
    ana.put(&format!("{path}/like")).await.refused(404, "not_found");
    assert!(!app.dump().contains("Mine"), "the text of a removed post is gone from every row");
}

#[tokio::test]
async fn a_guest_and_a_visitor_write_nothing() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let before = app.dump();
    guest.post("/api/posts", &json!({"text": "x"})).await.refused(403, "guests_off");
    app.visitor().post("/api/posts", &json!({"text": "x"})).await.refused(401, "no_session");
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a_walk_through_the_lists_meets_every_post_once_and_newest_first() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let mut of_ana = Vec::new();
    for turn in 0..24 {
        if turn % 2 == 0 {
            of_ana.insert(0, ana.write(&format!("Post {turn}")).await);
        } else {
            ben.write(&format!("Post {turn}")).await;
        }
    }
    let visitor = app.visitor();
    for limit in [1, 7, 12, 24, 25, 100] {
        assert_eq!(
            ids(&walk(&visitor, "/api/posts", limit).await),
            (1..=25).rev().collect::<Vec<_>>(),
            "{limit}"
        );
        assert_eq!(ids(&walk(&visitor, "/api/users/ana/posts", limit).await), of_ana, "{limit}");
    }
    let twenty = visitor.get("/api/posts").await.ok();
    assert_eq!(twenty["items"].as_array().unwrap().len(), 20, "the default");
}

#[tokio::test]
async fn what_is_written_and_removed_meanwhile_moves_nothing_on_the_pages_that_follow() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    for turn in 0..9 {
        ana.write(&format!("Post {turn}")).await;
    }
    let first = ana.get("/api/posts?limit=4").await.ok();
    ana.write("Later").await;
    // The item that the cursor stands on, and one behind it.
    ana.delete("/api/posts/7").await.ok();
    ana.delete("/api/posts/5").await.ok();
    let cursor = first["next"].as_str().unwrap();
    let second = ana.get(&format!("/api/posts?limit=10&cursor={cursor}")).await.ok();
    assert_eq!(ids(first["items"].as_array().unwrap()), [10, 9, 8, 7]);
    assert_eq!(ids(second["items"].as_array().unwrap()), [6, 4, 3, 2, 1]);
    assert_eq!(second["next"], Value::Null);
}

#[tokio::test]
async fn head_answers_as_get_does_without_the_body() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    for path in
        ["/api/posts", "/api/posts/1", "/api/me", "/api/openapi.json", "/api/posts/9", "/", "/posts/1", "/no"]
    {
        let get = visitor.get(path).await;
        let head = visitor.send(visitor.request(Method::HEAD, path)).await;
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
}

#[tokio::test]
async fn texts_are_kept_as_written_but_for_line_ends_outer_space_and_bidi_overrides() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let five_hundred = "🎉".repeat(500);
    for (sent, kept) in [
        ("  a\r\nb\rc\n\n", "a\nb\nc"),
        ("a\tb", "a\tb"),
        ("<b>&amp;'\"`</b>", "<b>&amp;'\"`</b>"),
        ("\u{202e}evil\u{202c} \u{2066}x\u{2069}", "evil x"),
        ("e\u{301} \u{200d} 👩‍👩‍👧", "e\u{301} \u{200d} 👩‍👩‍👧"),
        (five_hundred.as_str(), five_hundred.as_str()),
        ("\u{feff}x\u{fffd}", "\u{feff}x\u{fffd}"),
    ] {
        let answer = ana.post("/api/posts", &json!({"text": sent})).await.ok();
        assert_eq!(answer["post"]["text"], kept, "{sent:?}");
    }
}
