//! Likes over the API: set and never toggled, the silent guest, and who likes a post.

use serde_json::{Value, json};

use super::{check_problem, check_time, check_user, fields, walk};
use crate::support::{Actor, TestApp};

fn users(likers: &[Value]) -> Vec<u64> {
    likers.iter().map(|liker| liker["user"]["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_like_answers_in_exactly_the_documented_shape_and_a_repetition_changes_nothing() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let version = ana.get("/api/posts/1").await.ok()["post"]["version"].as_u64().unwrap();
    let mut last = version;
    for (on, changed, likes) in [
        (false, false, 0),
        (true, true, 1),
        (true, false, 1),
        (true, false, 1),
        (false, true, 0),
        (false, false, 0),
    ] {
        let answer = if on { ana.like(1).await } else { ana.unlike(1).await };
        assert_eq!(fields(&answer), ["changed", "liked", "likes", "post", "version"]);
        last += u64::from(changed);
        let wanted = json!({"post": 1, "liked": on, "changed": changed, "likes": likes, "version": last});
        assert_eq!(answer, wanted);
    }
    let post = ana.get("/api/posts/1").await.ok()["post"].clone();
    assert_eq!((&post["likes"], &post["version"]), (&json!(0), &json!(last)));
}

#[tokio::test]
async fn the_first_like_of_a_visitor_makes_a_guest_who_stands_in_the_list() {
    let app = TestApp::start().await;
    let mut visitor = app.visitor();
    let answer = visitor.put("/api/posts/1/like").await;
    assert_eq!(answer.status, 200);
    let cookie = answer.header("set-cookie").to_owned();
    let token = cookie.strip_prefix("plaudit_session=").and_then(|rest| rest.split(';').next()).unwrap();
    assert_eq!((token.len(), answer.json()["likes"].clone()), (43, json!(1)));
    visitor.token = Some(token.to_owned());
    let me = visitor.get("/api/me").await.ok();
    assert_eq!(fields(&me), ["user"]);
    check_user(&me["user"]);
    assert_eq!((&me["user"]["handle"], &me["user"]["name"]), (&Value::Null, &json!("Guest")));
    let list = app.visitor().get("/api/posts/1/likes").await.ok();
    assert_eq!(list["items"][0]["user"], me["user"]);
    // From now on it is the same guest, with no new cookie.
    let again = visitor.put("/api/posts/1/like").await;
    assert_eq!((again.header("set-cookie"), &again.json()["changed"]), ("", &json!(false)));
    assert_eq!(visitor.unlike(1).await["likes"], 0);
    assert_eq!(visitor.get("/api/posts/1").await.ok()["post"]["liked"], false);
}

#[tokio::test]
async fn without_a_session_nothing_can_be_taken_back_and_no_guest_is_made_in_vain() {
    let app = TestApp::start().await;
    let before = app.dump();
    let visitor = app.visitor();
    for path in ["/api/posts/1/like", "/api/posts/2/like", "/api/posts/0/like"] {
        check_problem(&visitor.delete(path).await, path);
    }
    visitor.delete("/api/posts/1/like").await.refused(401, "no_session");
    for path in ["/api/posts/2/like", "/api/posts/9007199254740991/like", "/api/posts/9007199254740992/like"]
    {
        let refused = visitor.put(path).await;
        assert_eq!(refused.header("set-cookie"), "", "{path}");
        refused.refused(404, "not_found");
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn where_guests_are_off_a_visitor_cannot_like_and_a_guest_from_before_neither() {
    let options =
        plaudit::config::Options { guests: Some(plaudit::domain::Guests::Off), ..Default::default() };
    let app = TestApp::with(options, |_| {}).await;
    let ana = app.member("ana").await;
    let before = app.dump();
    let refused = app.visitor().put("/api/posts/1/like").await;
    assert_eq!(refused.header("set-cookie"), "");
    refused.refused(403, "guests_off");
    app.visitor().delete("/api/posts/1/like").await.refused(401, "no_session");
    assert_eq!(app.dump(), before);
    assert_eq!(ana.like(1).await["likes"], 1);
}

#[tokio::test]
async fn who_likes_a_post_is_listed_newest_first_and_once() {
    let app = TestApp::start().await;
    let mut wanted = Vec::new();
    let mut people: Vec<Actor> = Vec::new();
    for turn in 0..13 {
        app.clock.advance(1);
        let actor = if turn % 2 == 0 { app.guest().await } else { app.member(&format!("user{turn}")).await };
        actor.like(1).await;
        wanted.insert(0, actor.id);
        people.push(actor);
    }
    for limit in [1, 5, 12, 13, 100] {
        assert_eq!(users(&walk(&people[0], "/api/posts/1/likes", limit).await), wanted, "{limit}");
    }
    for liker in walk(&app.visitor(), "/api/posts/1/likes", 100).await {
        assert_eq!(fields(&liker), ["at", "user"]);
        check_user(&liker["user"]);
        check_time(&liker["at"]);
    }
    // Who comes back comes first; who leaves is not shown.
    people[3].unlike(1).await;
    people[5].unlike(1).await;
    people[3].like(1).await;
    wanted.retain(|id| *id != people[3].id && *id != people[5].id);
    wanted.insert(0, people[3].id);
    assert_eq!(users(&walk(&people[0], "/api/posts/1/likes", 4).await), wanted);
}

#[tokio::test]
async fn signing_up_keeps_the_guests_likes_under_the_same_id() {
    let app = TestApp::start().await;
    let mut guest = app.guest().await;
    let (as_guest, old_token) = (guest.id, guest.token.clone());
    let answer = guest.sign_up("ana").await.ok();
    assert_eq!(answer["user"]["id"], as_guest);
    assert_eq!(answer["user"]["kind"], "member");
    assert_ne!(guest.token, old_token, "a new token, so that nobody can have fixed it beforehand");
    assert_eq!(guest.get("/api/posts/1").await.ok()["post"]["liked"], true);
    let likers = walk(&app.visitor(), "/api/posts/1/likes", 100).await;
    assert_eq!((likers.len(), &likers[0]["user"]["handle"]), (1, &json!("ana")));
    let mut old = app.visitor();
    old.token = old_token;
    assert_eq!(old.get("/api/me").await.ok()["user"], Value::Null, "the guest's session has ended");
}

#[tokio::test]
async fn logging_in_takes_over_a_guests_likes() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut guest = app.guest().await;
    guest.log_in("ana").await.ok();
    assert_eq!(guest.id, ana.id);
    let post = guest.get("/api/posts/1").await.ok()["post"].clone();
    assert_eq!((&post["liked"], &post["likes"]), (&json!(true), &json!(1)));
    assert_eq!(users(&walk(&guest, "/api/posts/1/likes", 10).await), [ana.id]);
}

#[tokio::test]
async fn fifty_people_who_like_and_leave_at_once_are_counted_exactly() {
    let app = TestApp::start().await;
    let post = app.member("ana").await.write("Popular").await;
    let tasks: Vec<_> = (0..50)
        .map(|turn| {
            let mut actor = app.visitor();
            tokio::spawn(async move {
                actor.become_guest().await;
                // Retries in between, as from two tabs.
                let (first, second) = tokio::join!(actor.like(post), actor.like(post));
                assert_ne!(first["changed"], second["changed"], "exactly one of them changed something");
                if turn % 5 == 0 {
                    actor.unlike(post).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let shown = app.visitor().get(&format!("/api/posts/{post}")).await.ok()["post"].clone();
    assert_eq!(shown["likes"], 40);
    assert_eq!(shown["version"], 1 + 50 + 10, "every change moved it once, no repetition did");
    assert_eq!(walk(&app.visitor(), &format!("/api/posts/{post}/likes"), 7).await.len(), 40);
}
