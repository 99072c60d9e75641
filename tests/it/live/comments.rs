//! `post:ID/comments`: a stream without a hole, with edits and removals, from the first visit through absences.

use plaudit::domain::{CommentId, Cursor, Limit, Order, PostId, Timestamp, UserId};
use plaudit::store::ProfileChange;
use serde_json::{Value, json};

use crate::support::{Socket, TestApp};

const TOPIC: &str = "post:1/comments";

fn seqs(changes: &Value) -> Vec<u64> {
    changes.as_array().unwrap().iter().map(|change| change["seq"].as_u64().unwrap()).collect()
}

fn told(changes: &Value) -> Vec<String> {
    let words = changes.as_array().unwrap().iter().map(|change| {
        let what = change["comment"]["text"].as_str().map_or(change["id"].to_string(), str::to_owned);
        format!("{} {} {what}", change["type"].as_str().unwrap(), change["seq"])
    });
    words.collect()
}

/// Writes comments with these texts over a socket; gives their ids.
async fn write(socket: &mut Socket, texts: &[&str]) -> Vec<u64> {
    let mut ids = Vec::new();
    for text in texts {
        let ok = socket.comment(1, text, &format!("k-{text}")).await;
        ids.push(ok["comment"]["id"].as_u64().unwrap_or_else(|| panic!("{ok}")));
    }
    ids
}

async fn edit(app: &TestApp, id: u64, text: &str) {
    app.server().store.edit_comment(CommentId(id), text.to_owned(), Timestamp(5), None).await.unwrap();
}

async fn remove(app: &TestApp, id: u64) {
    app.server().store.remove_comment(CommentId(id), Timestamp(6)).await.unwrap();
}

#[tokio::test]
async fn a_comment_its_edit_and_its_removal_arrive_in_order() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut reader = app.visitor().socket().await;
    let snapshot = reader.subscribe(&[TOPIC]).await;
    let wanted = json!({"topic": TOPIC, "seq": 0, "reset": true, "changes": [], "next": null});
    assert_eq!(snapshot[0], wanted);
    let mut socket = ana.socket().await;
    let ok = socket.comment(1, " Hello\r\nworld ", "k1").await;
    let comment = &ok["comment"];
    assert_eq!((&comment["text"], &comment["seq"]), (&json!("Hello\nworld"), &json!(1)));
    let wanted = json!({"type": "comment.added", "topic": TOPIC, "seq": 1, "comment": comment});
    assert_eq!(reader.next().await, wanted, "the same comment as in the answer, and nothing personal");
    let id = comment["id"].as_u64().unwrap();
    edit(&app, id, "Hello").await;
    let edited = reader.next().await;
    assert_eq!((&edited["type"], &edited["seq"]), (&json!("comment.edited"), &json!(2)));
    assert_eq!((&edited["comment"]["text"], &edited["comment"]["seq"]), (&json!("Hello"), &json!(1)));
    assert!(edited["comment"]["edited_at"].is_string());
    remove(&app, id).await;
    let wanted = json!({"type": "comment.removed", "topic": TOPIC, "seq": 3, "id": id});
    assert_eq!(reader.next().await, wanted);
    let snapshot = reader.subscribe(&[TOPIC]).await;
    assert_eq!((&snapshot[0]["seq"], &snapshot[0]["changes"]), (&json!(3), &json!([])));
}

#[tokio::test]
async fn who_comes_back_gets_exactly_what_changed_as_it_stands_now() {
    let mut app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut socket = ana.socket().await;
    let ids = write(&mut socket, &["one", "two", "three", "four"]).await;
    edit(&app, ids[0], "one, edited").await;
    edit(&app, ids[3], "four, edited").await;
    remove(&app, ids[1]).await;
    let first = socket.call(json!({"type": "subscribe", "topics": [{"topic": TOPIC}]})).await;
    let epoch = first["epoch"].as_str().unwrap().to_owned();
    let page = ["comment.added 1 one, edited", "comment.added 3 three", "comment.added 4 four, edited"];
    for restarted in [false, true] {
        if restarted {
            app.restart().await;
        }
        // From what the relay keeps, and from the store.
        for kept in [true, false] {
            let mut watcher = app.visitor().socket().await;
            if kept {
                watcher.subscribe(&[TOPIC]).await;
            }
            let mut socket = app.visitor().socket().await;
            let resumed = socket.resume(&epoch, TOPIC, 2).await;
            assert_eq!(
                (&resumed["reset"], &resumed["seq"], &resumed["next"]),
                (&json!(false), &json!(7), &Value::Null)
            );
            let wanted = [
                "comment.added 3 three".to_owned(),
                "comment.added 4 four, edited".to_owned(),
                "comment.edited 5 one, edited".to_owned(),
                format!("comment.removed 7 {}", ids[1]),
            ];
            assert_eq!(told(&resumed["changes"]), wanted);
            assert!(resumed["changes"][0].get("topic").is_none());
            assert_eq!(told(&socket.resume(&epoch, TOPIC, 7).await["changes"]), Vec::<String>::new());
            for (epoch, since) in [(epoch.as_str(), 8), ("another", 7)] {
                let reset = socket.resume(epoch, TOPIC, since).await;
                assert_eq!((&reset["reset"], &reset["seq"]), (&json!(true), &json!(7)));
                assert_eq!(told(&reset["changes"]), page);
            }
        }
    }
}

#[tokio::test]
async fn a_long_absence_gives_the_newest_page_and_a_cursor_for_the_rest() {
    let app = TestApp::start().await;
    let mut socket = app.member("ana").await.socket().await;
    let texts: Vec<String> = (1..=210).map(|number| number.to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    write(&mut socket, &texts).await;
    let epoch = app.server().store.epoch().to_owned();
    let snapshot = socket.subscribe(&[TOPIC]).await;
    let page = seqs(&snapshot[0]["changes"]);
    assert_eq!((page.first(), page.last(), page.len()), (Some(&161), Some(&210), 50));
    let cursor = Cursor::parse(snapshot[0]["next"].as_str().unwrap()).unwrap();
    let limit = Limit::new(1).unwrap();
    let older =
        app.server().store.list_comments(PostId(1), Order::Newest, Some(cursor), limit).await.unwrap();
    assert_eq!(older.items[0].seq, 160);
    assert_eq!(socket.resume(&epoch, TOPIC, 9).await["reset"], true, "201 changes");
    let resumed = socket.resume(&epoch, TOPIC, 10).await;
    assert_eq!(seqs(&resumed["changes"]), (11..=210).collect::<Vec<_>>());
}

#[tokio::test]
async fn many_streams_at_once_stay_one_small_reply() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut socket = ana.socket().await;
    let mut topics = Vec::new();
    for number in 0..8 {
        let post = ana.write(&format!("Post {number}")).await;
        for turn in 0..40 {
            let text = "🎉".repeat(1000);
            socket.comment(post, &text, &format!("{post}-{turn}")).await;
        }
        topics.push(json!({"topic": format!("post:{post}/comments"), "since": 0}));
    }
    let snapshot = socket.call(json!({"type": "subscribe", "topics": topics})).await;
    assert!(snapshot.to_string().len() <= 256 * 1024, "{} bytes", snapshot.to_string().len());
    for (number, topic) in snapshot["topics"].as_array().unwrap().iter().enumerate() {
        let shown = seqs(&topic["changes"]);
        assert_eq!((&topic["seq"], shown.last()), (&json!(40), Some(&40)), "{number}");
        assert_eq!(topic["reset"], json!(number > 0), "the first has room for all that changed");
    }
    let nine: Vec<Value> = (1..=9).map(|post| json!({"topic": format!("post:{post}/comments")})).collect();
    let refused = socket.call(json!({"type": "subscribe", "topics": nine})).await;
    assert_eq!(refused["code"], "bad_request");
}

#[tokio::test]
async fn the_same_key_again_adds_nothing_and_the_ok_comes_before_the_push() {
    let app = TestApp::start().await;
    let mut socket = app.member("ana").await.socket().await;
    socket.subscribe(&[TOPIC, "post:1"]).await;
    for turn in 0..30 {
        let command = json!({"type": "comment", "post": 1, "text": "Again", "key": format!("k{turn}")});
        let (ok, before) = socket.call_with_pushes(command.clone()).await;
        let seq = ok["comment"]["seq"].as_u64().unwrap();
        assert!(before.iter().all(|push| push["seq"].as_u64() < Some(seq)), "before {ok}: {before:?}");
        assert_eq!(socket.call(command).await["comment"], ok["comment"]);
    }
    let mut seq = 0;
    while seq < 30 {
        let push = socket.until(|push| push["type"] == "comment.added").await;
        seq = push["seq"].as_u64().unwrap();
    }
    assert_eq!(socket.subscribe(&["post:1"]).await[0]["comments"], 30);
    let other = socket.comment(1, "Another text", "k1").await;
    assert_eq!(other["code"], "key_reused");
}

#[tokio::test]
async fn a_comment_that_may_not_be_is_refused_by_its_code() {
    let app = TestApp::start().await;
    let member = app.member("ana").await;
    let mut ana = member.socket().await;
    let parent = ana.comment(1, "A question", "q").await["comment"]["id"].as_u64().unwrap();
    let answer = json!({"type": "comment", "post": 1, "text": "An answer", "key": "a", "parent": parent});
    let answer = ana.call(answer).await["comment"].clone();
    assert_eq!(answer["parent"], json!(parent));
    let comment = |text: &str, key: &str, post: u64, parent: Value| json!({"type": "comment", "post": post, "text": text, "key": key, "parent": parent});
    let long = "x".repeat(1001);
    for (command, code) in [
        (comment(" \n ", "k", 1, Value::Null), "bad_request"),
        (comment(&long, "k", 1, Value::Null), "bad_request"),
        (comment("\u{0}", "k", 1, Value::Null), "bad_request"),
        (comment("x", "", 1, Value::Null), "bad_request"),
        (comment("x", &"k".repeat(65), 1, Value::Null), "bad_request"),
        (comment("x", "not a key", 1, Value::Null), "bad_request"),
        (comment("x", "k", 1, answer["id"].clone()), "bad_request"),
        (comment("x", "k", 1, json!(parent + 77)), "not_found"),
        (comment("x", "k", 1, json!(0)), "not_found"),
        (comment("x", "k", 77, Value::Null), "not_found"),
        (comment("x", "k", 0, Value::Null), "not_found"),
    ] {
        let refused = ana.call(command.clone()).await;
        assert_eq!((&refused["type"], &refused["code"]), (&json!("error"), &json!(code)), "{command}");
        assert!(refused["message"].as_str().unwrap().len() > 10);
    }
    let mut nobody = app.visitor().socket().await;
    assert_eq!(nobody.comment(1, "Hi", "k").await["code"], "no_session");
    let mut guest = app.guest().await.socket().await;
    assert_eq!(guest.comment(1, "Hi", "k").await["code"], "guests_off");
    assert_eq!(nobody.subscribe(&[TOPIC]).await[0]["seq"], 2, "none of them took a place");
}

#[tokio::test]
async fn where_guests_may_comment_they_do() {
    let guests = Some(plaudit::domain::Guests::Comment);
    let options = plaudit::config::Options { guests, ..Default::default() };
    let app = TestApp::with(options, |_| {}).await;
    let mut guest = app.guest().await.socket().await;
    let author = guest.comment(1, "Hi", "k").await["comment"]["author"].clone();
    assert_eq!((&author["kind"], &author["name"]), (&json!("guest"), &json!("Guest")));
}

#[tokio::test]
async fn what_a_guest_wrote_is_the_members_as_soon_as_it_signs_up() {
    let guests = Some(plaudit::domain::Guests::Comment);
    let options = plaudit::config::Options { guests, ..Default::default() };
    let app = TestApp::with(options, |_| {}).await;
    let mut guest = app.guest().await;
    guest.socket().await.comment(1, "Hi", "k").await;
    // The end of the comments is kept as long as somebody is subscribed.
    let mut reader = app.visitor().socket().await;
    let author = |snapshot: &Value| snapshot["changes"][0]["comment"]["author"]["handle"].clone();
    assert_eq!(author(&reader.subscribe(&[TOPIC]).await[0]), Value::Null);
    guest.sign_up("gus").await.ok();
    let mut other = app.visitor().socket().await;
    assert_eq!(author(&other.subscribe(&[TOPIC]).await[0]), "gus");
    assert_eq!(author(&other.resume(app.server().store.epoch(), TOPIC, 0).await), "gus");
}

#[tokio::test]
async fn a_minute_holds_twenty_comments_of_a_user() {
    let app = TestApp::with(plaudit::config::Options::default(), |_| {}).await;
    let mut ana = app.member("ana").await.socket().await;
    let mut written = 0;
    let refused = loop {
        let answer = ana.comment(1, "Hi", &format!("k{written}")).await;
        if answer["type"] == "error" {
            break answer;
        }
        written += 1;
    };
    assert!((20..=22).contains(&written), "{written}");
    assert_eq!(refused["code"], "rate_limited");
    assert!(
        refused["retry_after_ms"].as_u64() > Some(0) && refused["message"].as_str().unwrap().contains("20")
    );
}

#[tokio::test]
async fn a_removed_post_ends_each_of_its_topics_with_a_word_of_its_own() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let post = ana.write("Hello").await;
    let topics = [format!("post:{post}"), format!("post:{post}/comments")];
    let mut sockets = Vec::new();
    for topic in &topics {
        let mut socket = app.visitor().socket().await;
        socket.subscribe(&[topic]).await;
        sockets.push((socket, topic));
    }
    ana.delete(&format!("/api/posts/{post}")).await.ok();
    for (socket, topic) in &mut sockets {
        assert_eq!(socket.next().await, json!({"type": "post.removed", "topic": topic}));
        let refused = json!({"topic": topic, "error": "not_found"});
        assert_eq!(socket.subscribe(&[topic]).await[0], refused, "alone, by one without a session");
        assert_eq!(ana.socket().await.subscribe(&[topic]).await[0], refused, "and with one");
        let unknown = topic.replace(&post.to_string(), "777");
        assert_eq!(socket.subscribe(&[&unknown]).await[0]["error"], "not_found");
    }
}

#[tokio::test]
async fn a_new_name_shows_in_what_is_kept_in_memory() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut socket = ana.socket().await;
    socket.comment(1, "Hi", "k").await;
    ana.write("Hello").await;
    let mut reader = app.visitor().socket().await;
    reader.subscribe(&[TOPIC, "feed:latest"]).await;
    let before = app.server().store.snapshot_reads();
    let change = ProfileChange { name: Some("Anastasia".into()), ..ProfileChange::default() };
    app.server().store.update_profile(UserId(ana.id), change).await.unwrap();
    let snapshot = app.visitor().socket().await.subscribe(&[TOPIC, "feed:latest"]).await;
    assert_eq!(snapshot[0]["changes"][0]["comment"]["author"]["name"], "Anastasia");
    assert_eq!(snapshot[1]["changes"][1]["post"]["author"]["name"], "Anastasia");
    assert_eq!(snapshot[1]["changes"][0]["post"]["author"]["handle"], "plaudit");
    assert_eq!(app.server().store.snapshot_reads(), before, "from memory");
}

#[tokio::test]
async fn posts_in_the_feed_keep_the_count_and_the_head_of_their_comments() {
    let app = TestApp::start().await;
    let mut socket = app.member("ana").await.socket().await;
    let mut reader = app.visitor().socket().await;
    reader.subscribe(&["feed:latest", "post:1"]).await;
    let ids = write(&mut socket, &["one", "two", "three"]).await;
    remove(&app, ids[0]).await;
    let counts = reader.until(|push| push["comments"] == 2).await;
    assert_eq!(counts["type"], "counts");
    let post = &app.visitor().socket().await.subscribe(&["feed:latest"]).await[0]["changes"][0]["post"];
    assert_eq!(
        (&post["comments"], &post["comments_seq"], &post["version"]),
        (&json!(2), &json!(4), &counts["version"])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_that_come_back_at_once_read_the_database_once() {
    let app = TestApp::start().await;
    let mut ana = app.member("ana").await.socket().await;
    write(&mut ana, &["one", "two", "three"]).await;
    let epoch = app.server().store.epoch().to_owned();
    let mut sockets = Vec::new();
    for _ in 0..300 {
        sockets.push(app.visitor().socket().await);
    }
    // One stays, so that the entry lives through the crowd.
    let mut first = app.visitor().socket().await;
    first.subscribe(&["me"]).await;
    let before = app.server().store.snapshot_reads();
    let mut tasks = Vec::new();
    for (number, mut socket) in sockets.into_iter().enumerate() {
        let epoch = epoch.clone();
        tasks.push(tokio::spawn(async move {
            let since = u64::try_from(number % 3).unwrap();
            let resumed = socket.resume(&epoch, TOPIC, since).await;
            assert_eq!(seqs(&resumed["changes"]), (since + 1..=3).collect::<Vec<_>>());
            socket
        }));
    }
    let mut sockets = Vec::new();
    for task in tasks {
        sockets.push(task.await.unwrap());
    }
    assert_eq!(app.server().store.snapshot_reads() - before, 1, "reads for a post that nobody watched yet");
    // With another write in between they are served from memory too.
    write(&mut ana, &["four"]).await;
    for socket in &mut sockets[..50] {
        let resumed = socket.resume(&epoch, TOPIC, 3).await;
        assert_eq!(told(&resumed["changes"]), ["comment.added 4 four"]);
    }
    assert_eq!(app.server().store.snapshot_reads() - before, 1);
}

#[tokio::test]
async fn typing_is_for_members_and_names_a_posts_viewers() {
    let app = TestApp::start().await;
    let mut ana = app.member("ana").await.socket().await;
    let mut nobody = app.visitor().socket().await;
    let mut guest = app.guest().await.socket().await;
    let typing = |topic: &str| json!({"type": "typing", "topic": topic});
    for topic in ["post:1", "post:1/comments", "feed:latest", "me", "post:x/presence", ""] {
        ana.send(&typing(topic)).await;
        let refused = ana.next().await;
        assert_eq!((&refused["code"], &refused["ref"]), (&json!("bad_request"), &Value::Null), "{topic}");
    }
    nobody.send(&typing("post:1/presence")).await;
    assert_eq!(nobody.next().await["code"], "no_session");
    guest.send(&typing("post:1/presence")).await;
    let refused = guest.next().await;
    assert_eq!((&refused["code"], &refused["ref"]), (&json!("guests_off"), &Value::Null));
    // Of a post that is not there, or that one does not view: ignored.
    for topic in ["post:1/presence", "post:777/presence"] {
        ana.send(&typing(topic)).await;
    }
    let (_, pushed) = ana.call_with_pushes(json!({"type": "unsubscribe", "topics": ["me"]})).await;
    assert_eq!(pushed, Vec::<Value>::new());
}
