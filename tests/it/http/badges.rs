//! Who speaks in a conversation: the post's author and moderators are marked, the handle stands beside every name.

use serde_json::json;

use crate::support::TestApp;

/// The part of a page that is one comment.
fn said(page: &str, comment: u64) -> &str {
    let from = page.find(&format!("id=\"comment-{comment}\"")).unwrap();
    let rest = &page[from..];
    &rest[..rest.find("</article>").unwrap()]
}

#[tokio::test]
async fn comments_say_whether_the_posts_author_or_a_moderator_speaks() {
    let app = TestApp::start().await;
    let (ana, ben, mia) = (app.member("ana").await, app.member("ben").await, app.member("mia").await);
    app.promote("mia").await;
    let post = ana.write("Hello").await;
    let [by_ana, by_ben, by_mia] =
        [ana.comment(post, "A").await, ben.comment(post, "B").await, mia.comment(post, "C").await];
    let page = ben.get(&format!("/posts/{post}")).await.text;
    for (comment, author, moderator) in [(by_ana, true, false), (by_ben, false, false), (by_mia, false, true)]
    {
        let said = said(&page, comment);
        assert_eq!(said.contains(">Author</span>"), author, "{said}");
        assert_eq!(said.contains(">Moderator</span>"), moderator, "{said}");
    }
    for (comment, handle) in [(by_ana, "ana"), (by_ben, "ben"), (by_mia, "mia")] {
        assert!(said(&page, comment).contains(&format!("<bdi class=\"handle\">@{handle}</bdi>")));
    }
    // Under another's post an author is one like all others.
    let other = ben.write("Mine").await;
    let comment = ana.comment(other, "D").await;
    assert!(!said(&ben.get(&format!("/posts/{other}")).await.text, comment).contains(">Author</span>"));
}

#[tokio::test]
async fn whoever_is_a_moderator_is_one_in_answers_and_in_pushes_as_long_as_it_lasts() {
    let app = TestApp::start().await;
    let (ana, mia) = (app.member("ana").await, app.member("mia").await);
    let post = ana.write("Hello").await;
    let topic = format!("post:{post}/comments");
    let mut reader = app.visitor().socket().await;
    reader.subscribe(&[&topic]).await;
    for (on, wanted) in [(false, json!(null)), (true, json!(true)), (false, json!(null))] {
        let user = app.server().store.find_user("mia").await.unwrap().unwrap();
        app.server().store.set_moderator(user.id, on).await.unwrap();
        mia.comment(post, "Hello").await;
        assert_eq!(reader.next().await["comment"]["author"]["moderator"], wanted);
        let listed = ana.get(&format!("/api/posts/{post}/comments")).await.ok();
        assert_eq!(listed["items"][0]["author"]["moderator"], wanted);
        assert_eq!(listed["items"][0]["author"].as_object().unwrap().contains_key("moderator"), on);
        // What is kept for those who come later is mended too.
        let snapshot = app.visitor().socket().await.subscribe(&[&topic]).await;
        assert_eq!(snapshot[0]["changes"][0]["comment"]["author"]["moderator"], wanted);
    }
}
