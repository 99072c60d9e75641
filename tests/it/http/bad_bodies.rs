//! Bad JSON to every call that takes any: a bad request with a sentence, and nothing changed.

use reqwest::Method;
use serde_json::{Value, json};

use super::check_problem;
use crate::support::{Actor, TestApp};

/// A call that takes a body.
struct Call {
    method: Method,
    path: &'static str,
    /// One that would work.
    good: Value,
    /// Which of its fields may be left out.
    optional: &'static [&'static str],
    /// Which of them may be null.
    nullable: &'static [&'static str],
}

fn calls() -> Vec<Call> {
    let call = |method, path, good, optional| Call { method, path, good, optional, nullable: &[] };
    vec![
        call(
            Method::POST,
            "/api/users",
            json!({"handle": "ben", "password": "correct horse", "name": "Ben"}),
            &["name"],
        ),
        call(Method::POST, "/api/session", json!({"handle": "ana", "password": "correct horse"}), &[]),
        call(Method::PATCH, "/api/me", json!({"name": "Ana Lima", "bio": "Hello"}), &["name", "bio"]),
        call(Method::PUT, "/api/me/password", json!({"old": "correct horse", "new": "another horse"}), &[]),
        call(Method::DELETE, "/api/me", json!({"password": "correct horse"}), &[]),
        call(Method::PATCH, "/api/me/settings", json!({"show_viewing": false}), &["show_viewing"]),
        call(Method::POST, "/api/posts", json!({"text": "Hello", "key": "k"}), &["key"]),
        Call {
            method: Method::POST,
            path: "/api/posts/1/comments",
            good: json!({"text": "Hello", "key": "k", "parent": 1}),
            optional: &["key", "parent"],
            nullable: &["parent"],
        },
        call(Method::PATCH, "/api/comments/1", json!({"text": "Hello"}), &[]),
        call(Method::POST, "/api/reports", json!({"post": 1, "reason": "Spam"}), &["reason"]),
        call(Method::POST, "/api/reports", json!({"comment": 1, "reason": "Spam"}), &["reason"]),
    ]
}

async fn world() -> (TestApp, Actor) {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    assert_eq!(ana.comment(1, "Here").await, 1);
    (app, ana)
}

async fn refuse_all(
    app: &TestApp,
    ana: &Actor,
    method: Method,
    path: &str,
    bodies: impl IntoIterator<Item = Vec<u8>>,
) {
    let before = app.dump();
    for body in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
        let answer = ana.send_body(method.clone(), path, Some("application/json"), body).await;
        check_problem(&answer, &format!("{method} {path} with {shown:?}"));
        assert_eq!(answer.json()["code"], "bad_request", "{method} {path} with {shown:?}: {answer:?}");
        assert_eq!(answer.header("set-cookie"), "", "{method} {path} with {shown:?}");
    }
    assert_eq!(app.dump(), before, "{path}");
}

#[tokio::test]
async fn what_is_not_one_json_object_is_refused() {
    let (app, ana) = world().await;
    for Call { method, path, good, optional, .. } in calls() {
        let text = good.to_string();
        let inside = &text[1..text.len() - 1];
        let nested = |open: &str, close: &str, depth: usize| {
            format!(r#"{{{inside},"x":{}1{}}}"#, open.repeat(depth), close.repeat(depth)).into_bytes()
        };
        let mut bodies: Vec<Vec<u8>> = [
            " ",
            "null",
            "true",
            "42",
            "1e999",
            "\"text\"",
            "[]",
            "{",
            "}",
            "{{}}",
            "{\"\":\"\"}",
            "not json",
            "text=Hello&key=k",
            "<xml/>",
            "NaN",
            "{'text':'x'}",
            "{text:\"x\"}",
            "\u{feff}{}",
            "/**/{}",
        ]
        .map(|body| body.as_bytes().to_vec())
        .to_vec();
        bodies.extend([
            format!("[{text}]").into_bytes(),
            format!("{text}{text}").into_bytes(),
            format!("{text},").into_bytes(),
            format!("{text}\0").into_bytes(),
            format!("\0{text}").into_bytes(),
            format!("\u{feff}{text}").into_bytes(),
            format!("{{{inside},}}").into_bytes(),
            format!("{{{inside},\"x\":1}}").into_bytes(),
            format!("{{{inside},\"__proto__\":{{}}}}").into_bytes(),
            format!("{{{inside},\"\\u0000\":1}}").into_bytes(),
            format!("{{{inside},{inside}}}").into_bytes(),
            text.as_bytes()[..text.len() - 1].to_vec(),
            text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            nested("[", "]", 17),
            nested("{\"a\":", "}", 17),
            nested("[", "]", 9_000),
            "[".repeat(60_000).into_bytes(),
            "{\"a\":".repeat(10_000).into_bytes(),
        ]);
        // Nothing at all, unless nothing is wanted.
        if optional.len() < good.as_object().unwrap().len() {
            bodies.push(b"{}".to_vec());
        }
        // The values of a struct in their order: serde would take an array for it.
        let values: Vec<&Value> = good.as_object().unwrap().values().collect();
        bodies.push(json!(values).to_string().into_bytes());
        refuse_all(&app, &ana, method, path, bodies).await;
    }
}

#[tokio::test]
async fn every_field_with_every_wrong_type_is_refused() {
    let (app, ana) = world().await;
    let wrong = [
        json!(null),
        json!(true),
        json!(7),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!("text"),
        json!([]),
        json!(["x"]),
        json!({}),
        json!({"$ne": ""}),
    ];
    for Call { method, path, good, optional, nullable } in calls() {
        let mut bodies = Vec::new();
        for field in good.as_object().unwrap().keys() {
            let right = |value: &Value| {
                let same_type = match &good[field] {
                    Value::String(_) => value.is_string(),
                    Value::Number(_) => value.is_u64(),
                    _ => value.is_boolean(),
                };
                same_type || value.is_null() && nullable.contains(&field.as_str())
            };
            for value in wrong.iter().filter(|value| !right(value)) {
                let mut bad = good.clone();
                bad[field] = value.clone();
                bodies.push(bad.to_string().into_bytes());
            }
            let mut doubled = good.to_string();
            doubled.truncate(doubled.len() - 1);
            bodies.push(format!("{doubled},\"{field}\":{}}}", good[field]).into_bytes());
            if !optional.contains(&field.as_str()) {
                let mut bad = good.clone();
                bad.as_object_mut().unwrap().remove(field);
                bodies.push(bad.to_string().into_bytes());
            }
            let mut renamed = good.clone();
            let value = renamed.as_object_mut().unwrap().remove(field).unwrap();
            renamed[field.to_uppercase()] = value;
            bodies.push(renamed.to_string().into_bytes());
        }
        refuse_all(&app, &ana, method, path, bodies).await;
    }
}

#[tokio::test]
async fn strings_that_are_no_text_are_refused() {
    let (app, ana) = world().await;
    let lines: [&[u8]; 10] = [
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"abc\xe2\x82",
        b"\\ud800",
        b"\\udc00\\ud800",
        b"\\ud83dx",
        b"\\x41",
        b"\\u00",
    ];
    for (path, field) in [
        ("/api/posts", "text"),
        ("/api/users", "name"),
        ("/api/session", "handle"),
        ("/api/me", "bio"),
        ("/api/me/password", "old"),
        ("/api/posts/1/comments", "text"),
        ("/api/reports", "reason"),
    ] {
        let Call { method, good, .. } = calls().into_iter().find(|call| call.path == path).unwrap();
        let rest: Vec<String> = good
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| *name != field)
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        let bodies = lines
            .map(|bad| [format!("{{{},\"{field}\":\"", rest.join(",")).as_bytes(), bad, b"\"}"].concat());
        refuse_all(&app, &ana, method, path, bodies).await;
    }
}

#[tokio::test]
async fn texts_outside_of_their_bounds_and_control_characters_are_refused() {
    let (app, ana) = world().await;
    let post = |text: &str| json!({"text": text}).to_string().into_bytes();
    let with_key = |key: &str| json!({"text": "x", "key": key}).to_string().into_bytes();
    let long = "é".repeat(501);
    let party = "🎉".repeat(501);
    let family = "👩‍👩‍👧".repeat(101);
    let texts = [
        "",
        " ",
        "\n\t\r\n",
        "\u{202e}\u{2066}",
        "\u{3000}",
        "\0",
        "a\0b",
        "a\u{1}",
        "a\u{8}",
        "a\u{b}",
        "a\u{c}",
        "a\u{1b}[31m",
        "a\u{7f}",
        "a\u{80}",
        "a\u{85}b",
        "a\u{9f}",
        &long,
        &party,
        &family,
    ];
    refuse_all(&app, &ana, Method::POST, "/api/posts", texts.map(post)).await;
    let long_key = "k".repeat(65);
    let keys = ["", " ", "a b", "a\n", "ä", "a/b", "a.b", "a\0", "k=", &long_key];
    refuse_all(&app, &ana, Method::POST, "/api/posts", keys.map(with_key)).await;
    let user = |handle: &str, password: &str, name: &str| {
        json!({"handle": handle, "password": password, "name": name}).to_string().into_bytes()
    };
    let (long_handle, long_password, long_name) = ("a".repeat(31), "é".repeat(129), "ö".repeat(51));
    let handles = [
        "",
        "a",
        "Ben",
        "be n",
        " ben",
        "ben ",
        "be-n",
        "be.n",
        "bén",
        "be\0n",
        "ben\n",
        "@ben",
        "be/n",
        "..",
        "\u{202e}ben",
        "ｂｅｎ",
        &long_handle,
    ];
    refuse_all(&app, &ana, Method::POST, "/api/users", handles.map(|bad| user(bad, "correct horse", "Ben")))
        .await;
    let passwords = ["", "1234567", "ééé", &long_password];
    refuse_all(&app, &ana, Method::POST, "/api/users", passwords.map(|bad| user("ben", bad, "Ben"))).await;
    let names = ["", " ", "\n", "a\nb", "a\tb", "a\0b", "a\u{85}", "\u{202e}", "a\r\nb", &long_name];
    refuse_all(&app, &ana, Method::POST, "/api/users", names.map(|bad| user("ben", "correct horse", bad)))
        .await;
    let set = |field: &str, text: &str| json!({field: text}).to_string().into_bytes();
    let changed_names = names.map(|bad| set("name", bad));
    refuse_all(&app, &ana, Method::PATCH, "/api/me", changed_names).await;
    let long_bio = "ö".repeat(201);
    let bios = ["a\0b", "a\u{1b}[31m", "a\u{9f}", &long_bio].map(|bad| set("bio", bad));
    refuse_all(&app, &ana, Method::PATCH, "/api/me", bios).await;
    let change = |new: &str| json!({"old": "correct horse", "new": new}).to_string().into_bytes();
    refuse_all(&app, &ana, Method::PUT, "/api/me/password", passwords.map(change)).await;
    let (long, long_reason) = ("é".repeat(1001), "é".repeat(501));
    let texts = ["", " ", "\u{202e}\u{2066}", "a\0b", "a\u{7f}", "a\u{85}b", &long];
    for (method, path) in [(Method::POST, "/api/posts/1/comments"), (Method::PATCH, "/api/comments/1")] {
        refuse_all(&app, &ana, method, path, texts.map(|bad| set("text", bad))).await;
    }
    refuse_all(&app, &ana, Method::POST, "/api/posts/1/comments", keys.map(with_key)).await;
    let report = |bad: &str| json!({"post": 1, "reason": bad}).to_string().into_bytes();
    refuse_all(&app, &ana, Method::POST, "/api/reports", ["a\0b", "\u{9b}", &long_reason].map(report)).await;
    let subjects = [json!({}), json!({"reason": "x"}), json!({"post": 1, "comment": 1}), json!({"user": 1})];
    let subjects = subjects.map(|bad| bad.to_string().into_bytes());
    refuse_all(&app, &ana, Method::POST, "/api/reports", subjects).await;
    // Just inside of the bounds.
    for (method, path, body) in [
        (Method::POST, "/api/posts/1/comments", json!({"text": "🎉".repeat(1000), "key": "k".repeat(64)})),
        (Method::PATCH, "/api/comments/1", json!({"text": "🎉".repeat(1000)})),
        (Method::PATCH, "/api/me", json!({"name": "🎉".repeat(50), "bio": "🎉".repeat(200)})),
        (Method::PATCH, "/api/me", json!({"bio": ""})),
        (Method::POST, "/api/reports", json!({"post": 1, "reason": "🎉".repeat(500)})),
        (Method::PUT, "/api/me/password", json!({"old": "correct horse", "new": "é".repeat(128)})),
    ] {
        let answer = ana.call(method, path, &body).await;
        assert!(answer.status.is_success(), "{path}: {answer:?}");
    }
    let good = user(&"b".repeat(30), &"é".repeat(128), &"🎉".repeat(50));
    assert_eq!(app.visitor().post_bytes("/api/users", good).await.status, 201);
}

#[tokio::test]
async fn a_whole_number_is_one_in_any_spelling() {
    let (_app, ana) = world().await;
    for parent in ["1", "1.0", "1e0", "10E-1", "null"] {
        let body = format!(r#"{{"text":"An answer","parent":{parent}}}"#);
        let answer = ana.post_bytes("/api/posts/1/comments", body).await;
        assert_eq!(answer.status, 201, "{parent}: {answer:?}");
        let wanted = if parent == "null" { Value::Null } else { json!(1) };
        assert_eq!(answer.json()["comment"]["parent"], wanted, "{parent}");
    }
    for body in [r#"{"post":1.0}"#, r#"{"comment":1e0}"#] {
        let answer = ana.post_bytes("/api/reports", body).await;
        assert_eq!(answer.status, 201, "{body}: {answer:?}");
    }
}

#[tokio::test]
async fn a_refusal_names_the_field_and_what_is_allowed() {
    let (_app, ana) = world().await;
    for (path, body, words) in [
        ("/api/posts", r#"{"text":""}"#, &["text", "1", "500"][..]),
        ("/api/posts", r#"{"text":"x","key":""}"#, &["key", "64"]),
        ("/api/posts", r#"{"text":"a\u0007"}"#, &["text", "U+0007"]),
        ("/api/posts", r#"{"test":"x"}"#, &["test", "text"]),
        ("/api/posts", r#"{"text":5}"#, &["5", "string"]),
        ("/api/posts", r#"{"key":"k"}"#, &["text"]),
        ("/api/users", r#"{"handle":"A","password":"correct horse"}"#, &["handle", "2", "30"]),
        ("/api/users", r#"{"handle":"ben","password":"short"}"#, &["password", "8", "256"]),
        ("/api/posts/1/comments", r#"{"text":""}"#, &["text", "1", "1000"]),
        ("/api/posts/1/comments", r#"{"text":"x","parent":"1"}"#, &["whole", "2^53-1"]),
        ("/api/reports", r#"{"reason":"x"}"#, &["post", "comment"]),
        ("/api/reports", r#"{"post":1.5}"#, &["whole", "2^53-1"]),
        ("/api/reports", r#"{"post":1e400}"#, &["whole", "2^53-1"]),
        ("/api/reports", r#"{"comment":9007199254740992}"#, &["whole", "2^53-1"]),
        ("/api/posts", r#"{"text":"half \ud83d"}"#, &["half of a character"]),
        ("/api/posts/1/comments", r#"{"text":"\udc4f half"}"#, &["half of a character"]),
    ] {
        let problem = ana.post_bytes(path, body).await.refused(400, "bad_request");
        let detail = problem["detail"].as_str().unwrap();
        assert!(words.iter().all(|word| detail.contains(word)), "{body}: {detail}");
        assert!(!detail.contains("correct horse"), "a password is never said back: {detail}");
    }
}
