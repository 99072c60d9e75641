//! Random requests to every call: whatever comes, the answer is one of ours and well formed, and never a failure.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};

use super::bad_input::PATHS;
use super::check_problem;
use crate::support::TestApp;

/// Names and values that somewhere mean something are more likely to hit than any others.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_u64..3).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop_oneof![Just("ana"), Just("correct horse"), Just("k"), Just("x\0y"), Just("\u{202e}")]
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let name = prop_oneof![
            4 => prop_oneof![Just("text"), Just("key"), Just("handle"), Just("password"), Just("name"), Just("bio"),
                Just("parent"), Just("old"), Just("new"), Just("post"), Just("comment"), Just("reason"),
                Just("show_viewing")]
                .prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            4 => prop::collection::btree_map(name, inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => any_json().prop_map(|json| json.to_string().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..64),
        1 => (any_json(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(json, at, byte)| {
            let mut bytes = json.to_string().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes
        }),
    ]
}

#[test]
fn random_bodies_to_every_call_never_fail() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (app, ana) = runtime.block_on(async {
        let app = TestApp::start().await;
        // With a password that no random body has: two calls would end her account or her session with it.
        let mut ana = app.visitor();
        let body = json!({"handle": "ana", "password": "not among the values"});
        ana.token = ana.post("/api/users", &body).await.ok()["token"].as_str().map(str::to_owned);
        (app, ana)
    });
    let calls: Vec<(&str, &str)> =
        PATHS.iter().flat_map(|(path, methods)| methods.iter().map(move |method| (*path, *method))).collect();
    // Sign-ups and logins would end Ana's session; whoever sends them has none.
    let visitor = app.visitor();
    let input = (prop::sample::select(calls), any_body(), any::<bool>());
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(600) });
    let outcome = runner.run(&input, |((path, method), body, as_ana)| {
        let session = path.starts_with("/api/session") || path == "/api/users";
        let who = if as_ana && !session { &ana } else { &visitor };
        let method: Method = method.parse().unwrap();
        let what = format!("{method} {path} with {:?}", String::from_utf8_lossy(&body));
        let answer = runtime.block_on(who.send_body(method, path, Some("application/json"), body));
        if !answer.status.is_success() {
            check_problem(&answer, &what);
        }
        Ok(())
    });
    outcome.unwrap();
    let healthy = runtime.block_on(ana.post("/api/posts", &json!({"text": "still here"})));
    assert_eq!(healthy.status, 201);
    runtime.block_on(async move { drop(app) });
}

#[test]
fn random_paths_and_queries_never_fail() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let app = runtime.block_on(TestApp::start());
    let visitor = app.visitor();
    let piece = prop_oneof![
        Just("api".to_owned()),
        Just("posts".to_owned()),
        Just("users".to_owned()),
        Just("likes".to_owned()),
        Just("comments".to_owned()),
        Just("reports".to_owned()),
        Just("assets".to_owned()),
        "[1-9][0-9]{0,20}",
        "(%[0-9a-f]{2}){1,4}",
        "[!-~]{1,8}",
    ];
    let query = prop_oneof![
        Just(String::new()),
        "\\?(limit|cursor|order|next)=[!-~]{0,12}",
        "\\?(%[0-9a-f]{2}){1,4}"
    ];
    let input = (prop::collection::vec(piece, 0..5), query);
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(400) });
    let outcome = runner.run(&input, |(pieces, query)| {
        let path = format!("/{}{query}", pieces.join("/"));
        let answer = runtime.block_on(visitor.get(&path));
        prop_assert!(answer.status.as_u16() < 500, "{path}: {answer:?}");
        Ok(())
    });
    outcome.unwrap();
    runtime.block_on(async move { drop(app) });
}
