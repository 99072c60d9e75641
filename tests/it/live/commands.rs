//! Bad input over the socket: an `error` with a code and a sentence, nothing changed, the connection stays.

use serde_json::{Value, json};

use crate::support::{Socket, TestApp, Waiting};

async fn refused(socket: &mut Socket, text: &str) -> Value {
    socket.send_text(text).await;
    let error = socket.next().await;
    assert_eq!(error["type"], "error", "{text}: {error}");
    let fields: Vec<&str> = error.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["code", "message", "ref", "retry_after_ms", "type"], "{text}");
    assert!(error["message"].as_str().unwrap().len() > 10, "{text}: {error}");
    error
}

#[tokio::test]
async fn malformed_commands_are_named_and_change_nothing() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let deep = format!("{{\"type\":\"like\",\"ref\":1,\"post\":{}1{}}}", "[".repeat(20), "]".repeat(20));
    let long = format!(r#"{{"type":"subscribe","ref":1,"topics":[{{"topic":"{}"}}]}}"#, "x".repeat(129));
    let many: Vec<Value> = (1..=51).map(|id| json!({"topic": format!("post:{id}")})).collect();
    let many = json!({"type": "subscribe", "ref": 1, "topics": many}).to_string();
    for (text, reference) in [
        ("", Value::Null),
        ("not json", Value::Null),
        ("[]", Value::Null),
        ("42", Value::Null),
        ("{}", Value::Null),
        (r#"{"type":"like"}"#, Value::Null),
        (r#"{"type":"dance","ref":1}"#, json!(1)),
        (r#"{"type":"like","ref":1,"post":1}"#, json!(1)),
        (r#"{"type":"like","ref":1,"post":"1","on":true}"#, json!(1)),
        (r#"{"type":"like","ref":1,"post":-1,"on":true}"#, json!(1)),
        (r#"{"type":"like","ref":1,"post":1.5,"on":true}"#, json!(1)),
        (r#"{"type":"like","ref":1,"post":1e99,"on":true}"#, json!(1)),
        (r#"{"type":"like","ref":1.0,"post":1e400,"on":true}"#, json!(1)),
        (r#"{"type":"like","ref":1,"post":9007199254740992,"on":true}"#, json!(1)),
        (r#"{"type":"comment","ref":1,"post":1,"text":"\ud83d","key":"k"}"#, json!(1)),
        (r#"{"type":"like","ref":1,"post":1,"on":"yes"}"#, json!(1)),
        (r#"{"type":"like","ref":1,"post":1,"on":null}"#, json!(1)),
        (r#"{"type":"like","ref":1,"post":1,"on":true,"user":7}"#, json!(1)),
        (r#"{"type":"like","ref":9007199254740992,"post":1,"on":true}"#, Value::Null),
        (r#"{"type":"like","ref":"1","post":1,"on":true}"#, Value::Null),
        (r#"{"type":"subscribe","ref":1}"#, json!(1)),
        (r#"{"type":"subscribe","ref":1,"topics":[]}"#, json!(1)),
        (r#"{"type":"subscribe","ref":1,"topics":["post:1"]}"#, json!(1)),
        (r#"{"type":"subscribe","ref":1,"topics":[{"topic":"post:1","since":1}]}"#, json!(1)),
        (r#"{"type":"subscribe","ref":1,"topics":[{"topic":"post:1"},{"topic":"post:1"}]}"#, json!(1)),
        (r#"{"type":"unsubscribe","ref":1,"topics":[]}"#, json!(1)),
        (many.as_str(), json!(1)),
        (long.as_str(), json!(1)),
        (deep.as_str(), Value::Null),
    ] {
        // A connection of its own for each: ten mistakes would close it.
        let mut socket = ana.socket().await;
        let error = refused(&mut socket, text).await;
        assert_eq!((&error["code"], &error["ref"]), (&json!("bad_request"), &reference), "{text}");
        socket.flush_out().await;
    }
    assert_eq!(ana.get("/api/posts/1").await.ok()["post"]["likes"], 0);
}

#[tokio::test]
async fn the_tenth_malformed_command_in_ten_seconds_closes_with_4000() {
    let app = TestApp::start().await;
    let mut socket = app.visitor().socket().await;
    for _ in 0..10 {
        socket.send_text("{").await;
    }
    for _ in 0..10 {
        assert_eq!(socket.next().await["code"], "bad_request");
    }
    assert_eq!(socket.closed().await, 4000);
}

#[tokio::test]
async fn what_is_a_command_and_is_refused_is_no_strike() {
    let app = TestApp::start().await;
    let mut ana = app.member("ana").await.socket().await;
    for _ in 0..10 {
        for text in ["", &"x".repeat(1001)] {
            assert_eq!(ana.comment(1, text, "k").await["code"], "bad_request");
        }
        let topics = json!([{"topic": "post:1", "since": 3}]);
        assert_eq!(ana.call(json!({"type": "subscribe", "topics": topics})).await["code"], "bad_request");
    }
    assert_eq!(ana.comment(1, "At last", "k").await["type"], "ok");
}

#[tokio::test]
async fn a_whole_number_is_one_in_any_spelling() {
    let app = TestApp::start().await;
    let mut socket = app.member("ana").await.socket().await;
    // More often than a connection may be wrong.
    for turn in 1..=12 {
        let on = turn % 2 == 1;
        socket.send_text(&format!(r#"{{"type":"like","ref":{turn}.0,"post":1e0,"on":{on}}}"#)).await;
        let answer = socket.until(|message| message["ref"] == turn).await;
        assert_eq!(
            (&answer["type"], &answer["post"], &answer["liked"]),
            (&json!("ok"), &json!(1), &json!(on))
        );
    }
}

#[tokio::test]
async fn half_a_character_is_said_in_words_and_is_no_strike() {
    let app = TestApp::start().await;
    let mut socket = app.member("ana").await.socket().await;
    for reference in 1..=12 {
        let half = format!(r#"{{"type":"comment","ref":{reference},"post":1,"text":"a\ud83d","key":"k"}}"#);
        let error = refused(&mut socket, &half).await;
        assert_eq!((&error["code"], &error["ref"]), (&json!("bad_request"), &json!(reference)));
        assert!(error["message"].as_str().unwrap().contains("half of a character"), "{error}");
    }
    assert_eq!(socket.comment(1, "Whole", "k").await["type"], "ok");
}

#[tokio::test]
async fn unknown_topics_are_refused_each_by_itself() {
    let app = TestApp::start().await;
    let mut socket = app.visitor().socket().await;
    let names = [
        "post:1",
        "post:2",
        "post:0",
        "post:01",
        "feed:home",
        "post:1/likers",
        "post:2/likes",
        "post:2/comments",
        "session:1",
        "🎉",
        "",
    ];
    let topics = socket.subscribe(&names).await;
    assert_eq!(topics[0]["topic"], "post:1");
    for (topic, name) in topics[1..].iter().zip(&names[1..]) {
        assert_eq!(*topic, json!({"topic": name, "error": "not_found"}));
    }
}

#[tokio::test]
async fn a_connection_has_200_subscriptions_and_no_more() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    for number in 2..=201 {
        ana.write(&format!("Post {number}")).await;
    }
    let mut socket = ana.socket().await;
    for start in [1, 51, 101, 151] {
        let names: Vec<String> = (start..start + 50).map(|id| format!("post:{id}")).collect();
        socket.subscribe(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    let refused = socket.call(json!({"type": "subscribe", "topics": [{"topic": "post:201"}]})).await;
    assert_eq!(refused["code"], "bad_request");
    assert!(refused["message"].as_str().unwrap().contains("200"), "the limit is named");
    // Those that are there already may be subscribed again, and one that goes makes room.
    assert_eq!(socket.subscribe(&["post:200"]).await[0]["topic"], "post:200");
    socket.call(json!({"type": "unsubscribe", "topics": ["post:200"]})).await;
    assert_eq!(socket.subscribe(&["post:201"]).await[0]["likes"], 0);
}

#[tokio::test]
async fn sixty_commands_at_once_pass_then_they_are_refused_then_the_connection_is_closed() {
    let app = TestApp::with(plaudit::config::Options::default(), |_| {}).await;
    let mut socket = app.visitor().socket().await;
    for reference in 0..200 {
        socket.send(&json!({"type": "unsubscribe", "ref": reference, "topics": ["post:1"]})).await;
    }
    let (mut passed, mut limited) = (0, 0);
    let code = loop {
        match socket.next_or_close().await {
            Ok(reply) if reply["type"] == "ok" => passed += 1,
            Ok(reply) => {
                assert_eq!(reply["code"], "rate_limited", "{reply}");
                assert!(reply["retry_after_ms"].as_u64().is_some_and(|ms| ms > 0), "{reply}");
                assert!(reply["message"].as_str().unwrap().contains("20 commands a second"), "{reply}");
                limited += 1;
            }
            Err(code) => break code,
        }
    };
    assert_eq!(code, 4101);
    assert_eq!(limited, 100);
    assert!((60..100).contains(&passed), "{passed}");
}

#[tokio::test]
async fn typing_counts_as_any_command_though_nothing_answers_it() {
    let app = TestApp::with(plaudit::config::Options::default(), |_| {}).await;
    let mut ana = app.member("ana").await.socket().await;
    for _ in 0..200 {
        ana.send(&json!({"type": "typing", "topic": "post:1/presence"})).await;
    }
    let mut limited = 0;
    let code = loop {
        match ana.next_or_close().await {
            Ok(refused) => {
                assert_eq!((&refused["code"], &refused["ref"]), (&json!("rate_limited"), &Value::Null));
                limited += 1;
            }
            Err(code) => break code,
        }
    };
    assert_eq!((code, limited), (4101, 100));
}

#[tokio::test]
async fn reconnecting_resets_no_rate_of_a_user() {
    let app = TestApp::with(plaudit::config::Options::default(), |_| {}).await;
    let ana = app.member("ana").await;
    let start = std::time::Instant::now();
    let waiting = Waiting::until("the rate of likes is met");
    let mut liked = 0;
    let refused = loop {
        let answer = ana.socket().await.like(1, liked % 2 == 0).await;
        match answer["message"].as_str() {
            // A fast machine meets the rate of all commands first: it is served again when it is told.
            Some(message) if message.contains("commands a second") => waiting.a_moment().await,
            Some(_) => break answer,
            None => liked += 1,
        }
    };
    // A second gives one back, and a busy machine needs some seconds for this.
    assert!((60..=61 + start.elapsed().as_secs()).contains(&liked), "{liked} likes in {:?}", start.elapsed());
    assert_eq!(refused["code"], "rate_limited");
    assert!(refused["message"].as_str().unwrap().contains("60 likes a minute"), "{refused}");
}
