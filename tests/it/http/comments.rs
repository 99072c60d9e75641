//! Comments over the API: write, answer, list, edit, remove; keys; whose they are, and for how long.

use plaudit::config::{Options, Switch};
use plaudit::domain::Guests;
use reqwest::Method;
use serde_json::{Value, json};

use super::{check_comment, fields, walk};
use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

const COMMENTS: &str = "/api/posts/1/comments";

fn ids(comments: &[Value]) -> Vec<u64> {
    comments.iter().map(|comment| comment["id"].as_u64().unwrap()).collect()
}

async fn edit(actor: &Actor, id: u64, text: &str) -> Answer {
    actor.call(Method::PATCH, &format!("/api/comments/{id}"), &json!({"text": text})).await
}

async fn remove(actor: &Actor, id: u64) -> Answer {
    actor.delete(&format!("/api/comments/{id}")).await
}

async fn listed(app: &TestApp, id: u64) -> Value {
    let all = walk(&app.visitor(), COMMENTS, 100).await;
    all.into_iter().find(|comment| comment["id"] == id).unwrap_or_default()
}

#[tokio::test]
async fn a_new_comment_has_exactly_the_documented_fields_and_moves_the_posts_count() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let before = ana.get("/api/posts/1").await.ok();
    let answer = ana.post(COMMENTS, &json!({"text": " Bravo!\r\nEncore \u{202e}"})).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (201, "application/json"));
    let body = answer.ok();
    assert_eq!(fields(&body), ["comment"]);
    let comment = &body["comment"];
    check_comment(comment);
    assert_eq!((&comment["text"], &comment["post"]), (&json!("Bravo!\nEncore"), &json!(1)));
    assert_eq!((&comment["parent"], &comment["edited_at"]), (&Value::Null, &Value::Null));
    assert_eq!(comment["author"]["handle"], "ana");
    let after = ana.get("/api/posts/1").await.ok();
    assert_eq!((&before["post"]["comments"], &after["post"]["comments"]), (&json!(0), &json!(1)));
    assert!(after["post"]["version"].as_u64() > before["post"]["version"].as_u64());
    assert_eq!(after["post"]["comments_seq"], comment["seq"]);
    assert_eq!(&app.visitor().get(COMMENTS).await.ok()["items"][0], comment, "everybody reads it");
}

#[tokio::test]
async fn a_walk_through_the_list_meets_every_comment_once_in_either_order() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let mut written = Vec::new();
    for turn in 0..23 {
        let who = if turn % 2 == 0 { &ana } else { &ben };
        written.push(who.comment(1, &format!("Number {turn}")).await);
    }
    let elsewhere = ana.write("Another post").await;
    ben.comment(elsewhere, "Not here").await;
    let newest: Vec<u64> = written.iter().rev().copied().collect();
    let visitor = app.visitor();
    for limit in [1, 7, 22, 23, 24, 100] {
        assert_eq!(ids(&walk(&visitor, COMMENTS, limit).await), written, "{limit}");
        assert_eq!(
            ids(&walk(&visitor, &format!("{COMMENTS}?order=oldest"), limit).await),
            written,
            "{limit}"
        );
        assert_eq!(ids(&walk(&visitor, &format!("{COMMENTS}?order=newest"), limit).await), newest, "{limit}");
    }
    assert_eq!(visitor.get(COMMENTS).await.ok()["items"].as_array().unwrap().len(), 20, "the default");
    for comment in walk(&visitor, COMMENTS, 100).await {
        check_comment(&comment);
    }
}

#[tokio::test]
async fn an_answer_names_what_it_answers_one_level_deep_and_on_the_same_post() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let question = ana.comment(1, "How?").await;
    let answered = ben.post(COMMENTS, &json!({"text": "So.", "parent": question})).await.ok();
    assert_eq!(answered["comment"]["parent"], question);
    let answer = answered["comment"]["id"].as_u64().unwrap();
    // As a comment itself shows it: null is no parent.
    let alone = ben.post(COMMENTS, &json!({"text": "Alone.", "parent": null})).await.ok();
    assert_eq!(alone["comment"]["parent"], Value::Null);
    let elsewhere = ana.write("Another post").await;
    let foreign = ana.comment(elsewhere, "Elsewhere").await;
    let removed = ana.comment(1, "Soon gone").await;
    assert_eq!(remove(&ana, removed).await.status, 204);
    let before = app.dump();
    ana.post(COMMENTS, &json!({"text": "x", "parent": answer})).await.refused(400, "bad_request");
    for nothing in [0, foreign, removed, 9_007_199_254_740_991] {
        ana.post(COMMENTS, &json!({"text": "x", "parent": nothing})).await.refused(404, "not_found");
    }
    for no_id in [9_007_199_254_740_992, u64::MAX] {
        ana.post(COMMENTS, &json!({"text": "x", "parent": no_id})).await.refused(400, "bad_request");
    }
    assert_eq!(app.dump(), before);
    assert_eq!(remove(&ana, question).await.status, 204);
    assert_eq!(listed(&app, answer).await["parent"], question, "an answer stays");
}

#[tokio::test]
async fn the_same_key_gives_the_same_comment_and_means_nothing_to_anybody_else() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let parent = ben.comment(1, "Well?").await;
    let other_post = ana.write("Another post").await;
    let form = json!({"text": "Once", "key": "k-1_A", "parent": parent});
    let first = ana.post(COMMENTS, &form).await;
    assert_eq!(first.status, 201);
    for again in [form.clone(), json!({"text": " Once \r\n", "key": "k-1_A", "parent": parent})] {
        let again = ana.post(COMMENTS, &again).await;
        assert_eq!(again.status, 200);
        assert_eq!(again.json(), first.json());
    }
    for other in
        [json!({"text": "Twice", "key": "k-1_A", "parent": parent}), json!({"text": "Once", "key": "k-1_A"})]
    {
        ana.post(COMMENTS, &other).await.refused(409, "key_reused");
    }
    let elsewhere = format!("/api/posts/{other_post}/comments");
    ana.post(&elsewhere, &json!({"text": "Once", "key": "k-1_A"})).await.refused(409, "key_reused");
    assert_eq!(ben.post(COMMENTS, &form).await.status, 201);
    assert_eq!(app.visitor().get("/api/posts/1").await.ok()["post"]["comments"], 3);
    assert_eq!(remove(&ana, first.json()["comment"]["id"].as_u64().unwrap()).await.status, 204);
    ana.post(COMMENTS, &form).await.refused(410, "gone");
}

#[tokio::test]
async fn the_same_key_sent_ten_times_at_once_makes_one_comment() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let ana = ana.clone();
            tokio::spawn(async move { ana.post(COMMENTS, &json!({"text": "Once", "key": "k"})).await })
        })
        .collect();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap().status.as_u16());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [&[200; 9][..], &[201]].concat());
    assert_eq!(app.visitor().get("/api/posts/1").await.ok()["post"]["comments"], 1);
}

#[tokio::test]
async fn guests_comment_where_they_may_and_nobody_without_a_session() {
    for (guests, status) in [(Guests::Like, 403), (Guests::Comment, 201)] {
        let options = Options { guests: Some(guests), limits: Some(Switch::Off), ..Options::default() };
        let app = TestApp::with(options, |_| {}).await;
        let guest = app.guest().await;
        let before = app.dump();
        app.visitor().post(COMMENTS, &json!({"text": "x"})).await.refused(401, "no_session");
        app.visitor()
            .call(Method::PATCH, "/api/comments/1", &json!({"text": "x"}))
            .await
            .refused(401, "no_session");
        app.visitor().delete("/api/comments/1").await.refused(401, "no_session");
        assert_eq!(app.dump(), before);
        let answer = guest.post(COMMENTS, &json!({"text": "Hello"})).await;
        assert_eq!(answer.status, status, "{answer:?}");
        if status == 403 {
            answer.refused(403, "guests_off");
            continue;
        }
        let comment = answer.json()["comment"].clone();
        check_comment(&comment);
        assert_eq!(
            (&comment["author"]["kind"], &comment["author"]["name"]),
            (&json!("guest"), &json!("Guest"))
        );
        let id = comment["id"].as_u64().unwrap();
        assert_eq!(edit(&guest, id, "Hello!").await.status, 200);
        assert_eq!(remove(&guest, id).await.status, 204);
    }
}

#[tokio::test]
async fn its_author_edits_a_comment_within_15_minutes() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let id = ana.comment(1, "Helo").await;
    let before = listed(&app, id).await;
    app.clock.advance(60);
    let answer = edit(&ana, id, " Hello ").await;
    assert_eq!(answer.status, 200);
    let edited = answer.json()["comment"].clone();
    check_comment(&edited);
    assert_eq!((&edited["text"], &edited["id"]), (&json!("Hello"), &json!(id)));
    assert!(edited["edited_at"].as_str() > before["created_at"].as_str(), "{edited}");
    for same in ["created_at", "seq", "parent", "post", "author"] {
        assert_eq!(edited[same], before[same], "{same}");
    }
    assert_eq!(listed(&app, id).await, edited);
    let post = app.visitor().get("/api/posts/1").await.ok();
    assert_eq!(post["post"]["comments"], 1, "an edit is no further comment");
    assert!(post["post"]["comments_seq"].as_u64() > edited["seq"].as_u64(), "and has a seq of its own");
    // To the second: at 15 minutes it still works, after them no more.
    app.clock.advance(14 * 60);
    assert_eq!(edit(&ana, id, "At the last moment").await.status, 200);
    app.clock.advance(1);
    let dump = app.dump();
    let refused = edit(&ana, id, "Too late").await.refused(403, "forbidden");
    assert!(refused["detail"].as_str().unwrap().contains("15 minutes"), "{refused}");
    assert_eq!(app.dump(), dump);
    assert_eq!(remove(&ana, id).await.status, 204, "it may be removed for ever");
    edit(&ana, id, "Gone").await.refused(404, "not_found");
}

#[tokio::test]
async fn other_peoples_comments_are_theirs() {
    let app = TestApp::start().await;
    let (ana, ben, eva) = (app.member("ana").await, app.member("ben").await, app.member("eva").await);
    app.member("mod").await;
    app.promote("mod").await;
    let mut moderator = app.visitor();
    moderator.log_in("mod").await.ok();
    let guest = app.guest().await;
    let post = ana.write("Mine").await;
    let id = ben.comment(post, "Ben's").await;
    let before = app.dump();
    // Not even the post's author or a moderator puts words into somebody's mouth.
    for who in [&ana, &eva, &moderator, &guest] {
        edit(who, id, "Eva's").await.refused(403, "forbidden");
    }
    for who in [&eva, &guest] {
        remove(who, id).await.refused(403, "forbidden");
    }
    for who in [&app.visitor()] {
        edit(who, id, "x").await.refused(401, "no_session");
        remove(who, id).await.refused(401, "no_session");
    }
    assert_eq!(app.dump(), before);
    // Its author, the post's author and a moderator may remove it.
    for who in [&ben, &ana, &moderator] {
        let id = ben.comment(post, "Ben's").await;
        let removed = remove(who, id).await;
        assert_eq!((removed.status.as_u16(), removed.text.as_str()), (204, ""));
        remove(who, id).await.refused(404, "not_found");
    }
    // Ana's right ends at her own posts.
    let elsewhere = ben.comment(1, "Ben's").await;
    remove(&ana, elsewhere).await.refused(403, "forbidden");
}

#[tokio::test]
async fn what_is_removed_is_gone_with_its_text_and_its_place_in_the_count() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let post = ana.write("Under which it stands").await;
    let (first, second) = (ana.comment(post, "First words").await, ana.comment(post, "Second words").await);
    assert_eq!(remove(&ana, first).await.status, 204);
    let comments = format!("/api/posts/{post}/comments");
    assert_eq!(ids(&walk(&ana, &comments, 100).await), [second]);
    assert_eq!(ana.get(&format!("/api/posts/{post}")).await.ok()["post"]["comments"], 1);
    assert!(!app.dump().contains("First words"), "the text is gone from every row");
    // With its post goes every comment.
    assert_eq!(ana.delete(&format!("/api/posts/{post}")).await.status, 204);
    ana.get(&comments).await.refused(404, "not_found");
    ana.post(&comments, &json!({"text": "x"})).await.refused(404, "not_found");
    edit(&ana, second, "x").await.refused(404, "not_found");
    remove(&ana, second).await.refused(404, "not_found");
    crate::support::eventually("the texts are gone", async || !app.dump().contains("Second words")).await;
}

#[tokio::test]
async fn the_documented_pattern_of_texts_holds_for_comments() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let thousand = "🎉".repeat(1000);
    for (sent, kept) in [
        ("a\tb\rc", "a\tb\nc"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("\u{2066}x\u{2069} ", "x"),
        (thousand.as_str(), thousand.as_str()),
    ] {
        let answer = ana.post(COMMENTS, &json!({"text": sent})).await.ok();
        assert_eq!(answer["comment"]["text"], kept, "{sent:?}");
    }
}
