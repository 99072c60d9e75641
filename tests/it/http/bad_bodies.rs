//! Bad JSON to every call that takes any: a bad request with a sentence, and nothing changed.

use serde_json::{Value, json};

use super::check_problem;
use crate::support::{Actor, TestApp};

/// A call that takes a body, one that would work, and which of its fields may be left out.
fn calls() -> [(&'static str, Value, &'static [&'static str]); 3] {
    [
        ("/api/users", json!({"handle": "ben", "password": "correct horse", "name": "Ben"}), &["name"]),
        ("/api/session", json!({"handle": "ana", "password": "correct horse"}), &[]),
        ("/api/posts", json!({"text": "Hello", "key": "k"}), &["key"]),
    ]
}

async fn refuse_all(app: &TestApp, ana: &Actor, path: &str, bodies: impl IntoIterator<Item = Vec<u8>>) {
    let before = app.dump();
    for body in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
        let answer = ana.post_bytes(path, body).await;
        check_problem(&answer, &format!("{path} with {shown:?}"));
        assert_eq!(answer.json()["code"], "bad_request", "{path} with {shown:?}: {answer:?}");
        assert_eq!(answer.header("set-cookie"), "", "{path} with {shown:?}");
    }
    assert_eq!(app.dump(), before, "{path}");
}

#[tokio::test]
async fn what_is_not_one_json_object_is_refused() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    for (path, good, _) in calls() {
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
            "{}",
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
        // The values of a struct in their order: serde would take an array for it.
        let values: Vec<&Value> = good.as_object().unwrap().values().collect();
        bodies.push(json!(values).to_string().into_bytes());
        refuse_all(&app, &ana, path, bodies).await;
    }
}

#[tokio::test]
async fn every_field_with_every_wrong_type_is_refused() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let wrong = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!([]),
        json!(["x"]),
        json!({}),
        json!({"$ne": ""}),
    ];
    for (path, good, optional) in calls() {
        let mut bodies = Vec::new();
        for field in good.as_object().unwrap().keys() {
            for value in &wrong {
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
        refuse_all(&app, &ana, path, bodies).await;
    }
}

#[tokio::test]
async fn strings_that_are_no_text_are_refused() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
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
    for (path, field) in [("/api/posts", "text"), ("/api/users", "name"), ("/api/session", "handle")] {
        let good = calls().into_iter().find(|(call, ..)| *call == path).unwrap().1;
        let rest: Vec<String> = good
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| *name != field)
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        let bodies = lines
            .map(|bad| [format!("{{{},\"{field}\":\"", rest.join(",")).as_bytes(), bad, b"\"}"].concat());
        refuse_all(&app, &ana, path, bodies).await;
    }
}

#[tokio::test]
async fn texts_outside_of_their_bounds_and_control_characters_are_refused() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
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
    refuse_all(&app, &ana, "/api/posts", texts.map(post)).await;
    let long_key = "k".repeat(65);
    let keys = ["", " ", "a b", "a\n", "ä", "a/b", "a.b", "a\0", "k=", &long_key];
    refuse_all(&app, &ana, "/api/posts", keys.map(with_key)).await;
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
    refuse_all(&app, &ana, "/api/users", handles.map(|bad| user(bad, "correct horse", "Ben"))).await;
    let passwords = ["", "1234567", "ééé", &long_password];
    refuse_all(&app, &ana, "/api/users", passwords.map(|bad| user("ben", bad, "Ben"))).await;
    let names = ["", " ", "\n", "a\nb", "a\tb", "a\0b", "a\u{85}", "\u{202e}", "a\r\nb", &long_name];
    refuse_all(&app, &ana, "/api/users", names.map(|bad| user("ben", "correct horse", bad))).await;
    // Just inside of the bounds.
    let good = user(&"b".repeat(30), &"é".repeat(128), &"🎉".repeat(50));
    assert_eq!(app.visitor().post_bytes("/api/users", good).await.status, 201);
}

#[tokio::test]
async fn a_refusal_names_the_field_and_what_is_allowed() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    for (path, body, words) in [
        ("/api/posts", r#"{"text":""}"#, &["text", "1", "500"][..]),
        ("/api/posts", r#"{"text":"x","key":""}"#, &["key", "64"]),
        ("/api/posts", r#"{"text":"a\u0007"}"#, &["text", "U+0007"]),
        ("/api/posts", r#"{"test":"x"}"#, &["test", "text"]),
        ("/api/posts", r#"{"text":5}"#, &["5", "string"]),
        ("/api/posts", r#"{"key":"k"}"#, &["text"]),
        ("/api/users", r#"{"handle":"A","password":"correct horse"}"#, &["handle", "2", "30"]),
        ("/api/users", r#"{"handle":"ben","password":"short"}"#, &["password", "8", "256"]),
    ] {
        let problem = ana.post_bytes(path, body).await.refused(400, "bad_request");
        let detail = problem["detail"].as_str().unwrap();
        assert!(words.iter().all(|word| detail.contains(word)), "{body}: {detail}");
        assert!(!detail.contains("correct horse"), "a password is never said back: {detail}");
    }
}
