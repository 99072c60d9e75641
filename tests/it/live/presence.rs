//! `post:ID/presence`: who looks and who writes, as open pages see it.

use std::time::{Duration, Instant};

use plaudit::config::{Options, Switch};
use plaudit::domain::UserId;
use plaudit::live::presence::PresenceTimes;
use plaudit::store::{ProfileChange, SettingsChange};
use serde_json::{Value, json};

use crate::support::{Actor, Socket, TestApp, eventually};

const TOPIC: &str = "post:1/presence";

/// Leaving counts at once, or not as long as any test lasts.
const SOON: Duration = Duration::from_millis(1);
const NEVER: Duration = Duration::from_hours(1);

async fn site(grace: Duration, every: Duration) -> TestApp {
    let options = Options { limits: Some(Switch::Off), ..Options::default() };
    let times = PresenceTimes { grace, every, every_crowded: every, typing: NEVER };
    TestApp::with(options, |parts| parts.presence = times).await
}

fn handles(users: &Value) -> Vec<&str> {
    users.as_array().unwrap().iter().map(|user| user["handle"].as_str().unwrap()).collect()
}

/// Subscribes to the topic; gives how it looks.
async fn look(socket: &mut Socket) -> Value {
    socket.subscribe(&[TOPIC]).await.remove(0)
}

/// Reads until so many look.
async fn until_viewers(socket: &mut Socket, viewers: u64) -> Value {
    socket.until(|push| push["type"] == "presence" && push["viewers"] == viewers).await
}

async fn show_viewing(app: &TestApp, who: &Actor, on: bool) {
    let settings = SettingsChange { shows_viewing: Some(on), ..SettingsChange::default() };
    let change = ProfileChange { settings, ..ProfileChange::default() };
    app.server().store.update_profile(UserId(who.id), change).await.unwrap();
}

#[tokio::test]
async fn distinct_people_count_and_members_have_faces() {
    let app = site(NEVER, SOON).await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let mut first = ana.socket().await;
    let wanted = json!({
        "topic": TOPIC, "viewers": 1, "typing": [],
        "faces": [{"id": ana.id, "handle": "ana", "name": "ana", "bio": "", "kind": "member"}],
    });
    assert_eq!(look(&mut first).await, wanted);
    let mut second = ana.socket().await;
    assert_eq!(look(&mut second).await["viewers"], 1, "two tabs are one person");
    let mut guest = app.guest().await.socket().await;
    assert_eq!(look(&mut guest).await["viewers"], 2);
    let mut nobody = app.visitor().socket().await;
    let seen = look(&mut nobody).await;
    assert_eq!((&seen["viewers"], handles(&seen["faces"])), (&json!(3), vec!["ana"]), "guests are not named");
    let mut last = ben.socket().await;
    let seen = look(&mut last).await;
    assert_eq!((&seen["viewers"], handles(&seen["faces"])), (&json!(4), vec!["ana", "ben"]));
    // Everybody hears of the last one, with its face.
    for socket in [&mut first, &mut second, &mut guest, &mut nobody] {
        let push = until_viewers(socket, 4).await;
        let fields: Vec<&str> = push.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["faces", "topic", "type", "typing", "viewers"]);
        assert_eq!((&push["topic"], handles(&push["faces"])), (&json!(TOPIC), vec!["ana", "ben"]));
    }
}

#[tokio::test]
async fn whoever_unsubscribes_or_closes_leaves_with_the_last_tab() {
    let app = site(SOON, SOON).await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let mut watcher = app.visitor().socket().await;
    look(&mut watcher).await;
    let (mut one, mut two, mut other) = (ana.socket().await, ana.socket().await, ben.socket().await);
    for socket in [&mut one, &mut two, &mut other] {
        look(socket).await;
    }
    until_viewers(&mut watcher, 3).await;
    drop(one);
    two.flush_out().await;
    other.call(json!({"type": "unsubscribe", "topics": [TOPIC]})).await;
    let push = until_viewers(&mut watcher, 2).await;
    assert_eq!(handles(&push["faces"]), ["ana"], "the tab that was closed was not the last");
    drop(two);
    let push = until_viewers(&mut watcher, 1).await;
    assert_eq!(push["faces"], json!([]));
    drop(watcher);
    eventually("a post at which nobody looks costs nothing", async || app.server().relay.rooms() == 0).await;
}

#[tokio::test]
async fn a_reload_does_not_flicker_for_anybody() {
    let app = site(NEVER, SOON).await;
    let ana = app.member("ana").await;
    let mut watcher = app.member("wim").await.socket().await;
    look(&mut watcher).await;
    let (mut hers, mut nobodys) = (ana.socket().await, app.visitor().socket().await);
    look(&mut hers).await;
    look(&mut nobodys).await;
    let before = until_viewers(&mut watcher, 3).await;
    for _ in 0..10 {
        drop((hers, nobodys));
        eventually("both have gone", async || app.server().hub.connections() == 1).await;
        (hers, nobodys) = (ana.socket().await, app.visitor().socket().await);
        let seen = look(&mut hers).await;
        assert_eq!((&seen["viewers"], &seen["faces"]), (&before["viewers"], &before["faces"]));
        assert_eq!(look(&mut nobodys).await["viewers"], 3);
    }
    // Subscribing again on the same connection does not count twice either.
    assert_eq!(look(&mut hers).await["viewers"], 3);
    let (_, pushed) = watcher.call_with_pushes(json!({"type": "unsubscribe", "topics": ["me"]})).await;
    assert_eq!(pushed, Vec::<Value>::new(), "nothing has changed, so nothing was told");
}

#[tokio::test]
async fn a_first_like_makes_one_person_of_one() {
    let app = site(NEVER, SOON).await;
    let mut nobody = app.visitor().socket().await;
    look(&mut nobody).await;
    drop(nobody);
    eventually("it has gone", async || app.server().hub.connections() == 0).await;
    let mut guest = app.guest().await.socket().await;
    assert_eq!(look(&mut guest).await["viewers"], 1);
}

#[tokio::test]
async fn turning_the_setting_off_holds_at_once_wherever_one_looks() {
    let app = site(NEVER, SOON).await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let other = format!("post:{}/presence", ben.write("Another").await);
    let mut hers = ana.socket().await;
    hers.subscribe(&[TOPIC, &other]).await;
    let mut his = ben.socket().await;
    let seen = his.subscribe(&[TOPIC, &other]).await;
    assert_eq!([0, 1].map(|at| handles(&seen[at]["faces"]).len()), [2, 2]);
    hers.send(&json!({"type": "typing", "topic": TOPIC})).await;
    his.until(|push| handles_of(push, "typing") == ["ana"]).await;
    show_viewing(&app, &ana, false).await;
    let mut fresh = app.visitor().socket().await;
    for seen in fresh.subscribe(&[TOPIC, &other]).await {
        assert_eq!((&seen["viewers"], handles(&seen["faces"])), (&json!(3), vec!["ben"]), "still one viewer");
        assert_eq!(seen["typing"], json!([]));
    }
    let mut open = vec![TOPIC, other.as_str()];
    while !open.is_empty() {
        let push = his.until(|push| handles_of(push, "faces") == ["ben"]).await;
        open.retain(|topic| push["topic"] != **topic);
    }
    // She types unseen, comes back unseen in another tab, and is seen again when she says so.
    hers.send(&json!({"type": "typing", "topic": TOPIC})).await;
    hers.flush_out().await;
    let seen = look(&mut ana.socket().await).await;
    assert_eq!((handles(&seen["faces"]), &seen["typing"]), (vec!["ben"], &json!([])));
    show_viewing(&app, &ana, true).await;
    his.until(|push| handles_of(push, "faces") == ["ana", "ben"]).await;
}

fn handles_of<'a>(push: &'a Value, field: &str) -> Vec<&'a str> {
    if push["type"] == "presence" { handles(&push[field]) } else { Vec::new() }
}

#[tokio::test]
async fn who_was_hidden_before_it_came_has_no_face_and_a_new_name_shows() {
    let app = site(NEVER, SOON).await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    show_viewing(&app, &ana, false).await;
    let (mut hers, mut his) = (ana.socket().await, ben.socket().await);
    look(&mut hers).await;
    let seen = look(&mut his).await;
    assert_eq!((&seen["viewers"], handles(&seen["faces"])), (&json!(2), vec!["ben"]));
    let change = ProfileChange { name: Some("Benedict".into()), ..ProfileChange::default() };
    app.server().store.update_profile(UserId(ben.id), change).await.unwrap();
    hers.until(|push| push["faces"][0]["name"] == "Benedict").await;
}

#[tokio::test]
async fn typing_shows_until_the_comment_is_there_or_the_page_is_closed() {
    let app = site(NEVER, SOON).await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let (mut hers, mut his) = (ana.socket().await, ben.socket().await);
    look(&mut hers).await;
    look(&mut his).await;
    let typing = json!({"type": "typing", "topic": TOPIC});
    for turn in 0..3 {
        hers.send(&typing).await;
        his.until(|push| handles_of(push, "typing") == ["ana"]).await;
        let ok = hers.comment(1, "There it is", &format!("k{turn}")).await;
        assert_eq!(ok["type"], "ok");
        let snapshot = look(&mut his).await;
        assert_eq!(snapshot["typing"], json!([]), "who has the ok finds it so");
    }
    // By the API too.
    hers.send(&typing).await;
    his.until(|push| handles_of(push, "typing") == ["ana"]).await;
    ana.post("/api/posts/1/comments", &json!({"text": "Hello"})).await.ok();
    his.until(|push| push["type"] == "presence" && push["typing"] == json!([])).await;
    hers.send(&typing).await;
    his.until(|push| handles_of(push, "typing") == ["ana"]).await;
    drop(hers);
    let push = his.until(|push| push["type"] == "presence" && push["typing"] == json!([])).await;
    assert_eq!(handles(&push["faces"]), ["ana", "ben"], "she is in her grace");
    // From a connection that does not look at the post nothing is told.
    ana.socket().await.send(&typing).await;
    assert_eq!(look(&mut his).await["typing"], json!([]));
}

#[tokio::test]
async fn what_is_typed_right_behind_a_comment_is_the_next_one() {
    let app = site(NEVER, SOON).await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let (mut hers, mut his) = (ana.socket().await, ben.socket().await);
    look(&mut hers).await;
    look(&mut his).await;
    for turn in 0..3 {
        let key = format!("k{turn}");
        hers.send(&json!({"type": "comment", "ref": turn, "post": 1, "text": "One", "key": key})).await;
        hers.send(&json!({"type": "typing", "topic": TOPIC})).await;
        hers.until(|reply| reply["type"] == "ok").await;
        hers.flush_out().await;
        assert_eq!(handles(&look(&mut his).await["typing"]), ["ana"]);
        // One that is refused hides nothing of the next one.
        assert_eq!(hers.comment(1, "", "k").await["code"], "bad_request");
        hers.send(&json!({"type": "typing", "topic": TOPIC})).await;
        hers.flush_out().await;
        ana.post("/api/posts/1/comments", &json!({"text": "Two"})).await.ok();
        assert_eq!(look(&mut his).await["typing"], json!([]));
    }
}

#[tokio::test]
async fn typing_ends_by_itself() {
    let times = PresenceTimes { typing: Duration::from_millis(500), every: SOON, ..PresenceTimes::default() };
    let app = TestApp::with(Options::default(), |parts| parts.presence = times).await;
    let mut hers = app.member("ana").await.socket().await;
    let mut his = app.member("ben").await.socket().await;
    look(&mut hers).await;
    look(&mut his).await;
    hers.send(&json!({"type": "typing", "topic": TOPIC})).await;
    his.until(|push| handles_of(push, "typing") == ["ana"]).await;
    his.until(|push| push["type"] == "presence" && push["typing"] == json!([])).await;
}

#[tokio::test]
async fn under_a_churn_of_visitors_there_is_one_frame_an_interval_and_the_last_is_true() {
    let every = Duration::from_millis(200);
    let app = site(SOON, every).await;
    let mut watcher = app.visitor().socket().await;
    look(&mut watcher).await;
    let begin = Instant::now();
    let base = app.url("");
    let churn = tokio::spawn(async move {
        let mut socket = Socket::open(&base, None).await;
        for _ in 0..200 {
            look(&mut socket).await;
            socket.call(json!({"type": "unsubscribe", "topics": [TOPIC]})).await;
        }
        look(&mut socket).await;
        let mut second = Socket::open(&base, None).await;
        look(&mut second).await;
        (socket, second)
    });
    let mut frames = 0;
    let last = loop {
        let push = watcher.until(|push| push["type"] == "presence").await;
        frames += 1;
        if push["viewers"] == 3 {
            break begin.elapsed();
        }
    };
    let most = last.as_millis() / every.as_millis() + 2;
    assert!(frames <= most, "{frames} frames in {last:?}");
    drop(churn.await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_crowd_only_the_number_is_told() {
    let app = site(SOON, Duration::from_millis(50)).await;
    let ana = app.member("ana").await;
    let mut hers = ana.socket().await;
    look(&mut hers).await;
    let mut crowd = Vec::new();
    for _ in 0..204 {
        let mut socket = app.visitor().socket().await;
        look(&mut socket).await;
        crowd.push(socket);
    }
    let mut late = app.member("ben").await.socket().await;
    let seen = look(&mut late).await;
    assert_eq!((&seen["viewers"], &seen["faces"], &seen["typing"]), (&json!(206), &json!([]), &json!([])));
    until_viewers(&mut hers, 206).await;
    crowd.truncate(10);
    let push = until_viewers(&mut hers, 12).await;
    let faces = if handles(&push["faces"]).len() == 2 {
        push
    } else {
        hers.until(|push| handles_of(push, "faces").len() == 2).await
    };
    assert_eq!(handles(&faces["faces"]), ["ana", "ben"], "whoever came in the crowd has its face back");
}

#[tokio::test]
async fn a_removed_post_ends_it_and_what_is_not_there_leaves_nothing_behind() {
    let app = site(NEVER, SOON).await;
    let ana = app.member("ana").await;
    let post = ana.write("Hello").await;
    let topic = format!("post:{post}/presence");
    let (mut hers, mut nobody) = (ana.socket().await, app.visitor().socket().await);
    hers.subscribe(&[&topic]).await;
    nobody.subscribe(&[&topic]).await;
    assert_eq!(app.server().relay.rooms(), 1);
    ana.delete(&format!("/api/posts/{post}")).await.ok();
    for socket in [&mut hers, &mut nobody] {
        let last = socket.until(|push| push["type"] != "presence").await;
        assert_eq!(last, json!({"type": "post.removed", "topic": topic}));
        assert_eq!(socket.subscribe(&[&topic]).await[0], json!({"topic": topic, "error": "not_found"}));
    }
    assert_eq!(app.server().relay.rooms(), 0);
    // More unknown posts than one may subscribe to, and then one that is there.
    for start in (1000..1400).step_by(50) {
        let names: Vec<String> = (start..start + 50).map(|id| format!("post:{id}/presence")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for (name, topic) in names.iter().zip(nobody.subscribe(&names).await) {
            assert_eq!(topic, json!({"topic": name, "error": "not_found"}));
        }
    }
    assert_eq!(app.server().relay.rooms(), 0);
    assert_eq!(look(&mut nobody).await["viewers"], 1);
    assert_eq!(app.server().relay.rooms(), 1);
}

#[tokio::test]
async fn it_is_right_again_after_a_restart() {
    let mut app = site(NEVER, SOON).await;
    let ana = app.member("ana").await;
    for _ in 0..2 {
        let (mut hers, mut nobody) = (ana.socket().await, app.visitor().socket().await);
        look(&mut hers).await;
        let seen = look(&mut nobody).await;
        assert_eq!((&seen["viewers"], handles(&seen["faces"])), (&json!(2), vec!["ana"]));
        app.restart().await;
    }
}
