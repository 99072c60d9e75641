//! What openapi.json says of refusals, against the refusals that there are.

use reqwest::Method;
use serde_json::{Value, json};

use super::operations;
use crate::support::{Actor, TestApp};

/// What a call of each kind can be refused with, and what some say beside it.
const EVERY: &[u16] = &[400, 401, 409, 500, 503];
const READ: &[u16] = &[429];
const CHANGE: &[u16] = &[403];
const BODY: &[u16] = &[413, 415];

const OWN: [(&str, &[u16]); 69] = [
    ("POST /users", &[201, 409, 429]),
    ("GET /users", &[200]),
    ("GET /users/{handle}", &[200, 404]),
    ("GET /users/{handle}/posts", &[200, 404]),
    ("GET /users/{handle}/likes", &[200, 404]),
    ("PUT /users/{handle}/suspension", &[204, 404]),
    ("DELETE /users/{handle}/suspension", &[204, 404]),
    ("POST /session", &[200, 429]),
    ("DELETE /session", &[204]),
    ("DELETE /sessions", &[204]),
    ("GET /me", &[200]),
    ("PATCH /me", &[200, 429]),
    ("DELETE /me", &[204, 429]),
    ("PUT /me/password", &[200, 429]),
    ("GET /me/settings", &[200, 403]),
    ("PATCH /me/settings", &[200, 429]),
    ("GET /me/blocks", &[200, 403]),
    ("POST /conversations", &[200, 201, 404, 409, 410, 429]),
    ("GET /conversations", &[200, 403]),
    ("GET /conversations/{id}", &[200, 403, 404]),
    ("DELETE /conversations/{id}", &[204, 404]),
    ("PUT /conversations/{id}/read", &[204, 404]),
    ("PUT /conversations/{id}/accept", &[204, 404]),
    ("POST /conversations/{id}/messages", &[200, 201, 404, 409, 410, 429]),
    ("GET /conversations/{id}/messages", &[200, 403, 404]),
    ("GET /inboxes", &[200, 403]),
    ("GET /inboxes/{handle}", &[200, 404]),
    ("PATCH /inboxes/{handle}", &[200, 404]),
    ("PUT /inboxes/{handle}/agents/{agent}", &[204, 404]),
    ("DELETE /inboxes/{handle}/agents/{agent}", &[204, 404]),
    ("GET /inboxes/{handle}/cases", &[200, 403, 404]),
    ("POST /inboxes/{handle}/cases", &[200, 201, 404, 409, 410, 429]),
    ("PATCH /conversations/{id}/customer", &[200, 404]),
    ("POST /messages/{id}/send", &[200, 404, 429]),
    ("GET /inboxes/{handle}/replies", &[200, 403, 404]),
    ("POST /inboxes/{handle}/replies", &[201, 404, 409]),
    ("PATCH /replies/{id}", &[200, 404, 409]),
    ("DELETE /replies/{id}", &[204, 404]),
    ("GET /inboxes/{handle}/stats", &[200, 403, 404]),
    ("GET /conversations/{id}/case", &[200, 403, 404]),
    ("PUT /conversations/{id}/assignee", &[200, 404, 409]),
    ("PUT /conversations/{id}/status", &[200, 404]),
    ("POST /conversations/{id}/notes", &[200, 201, 404, 409, 429]),
    ("GET /conversations/{id}/notes", &[200, 403, 404]),
    ("PATCH /messages/{id}", &[200, 404, 409, 429]),
    ("DELETE /messages/{id}", &[204, 404]),
    ("PUT /users/{handle}/block", &[204, 404, 429]),
    ("DELETE /users/{handle}/block", &[204, 404, 429]),
    ("GET /posts", &[200]),
    ("POST /posts", &[200, 201, 409, 410, 429]),
    ("GET /posts/{id}", &[200, 404]),
    ("PATCH /posts/{id}", &[200, 404, 409, 429]),
    ("DELETE /posts/{id}", &[204, 404]),
    ("PUT /posts/{id}/like", &[200, 404, 429]),
    ("DELETE /posts/{id}/like", &[200, 404, 429]),
    ("GET /posts/{id}/likes", &[200, 404]),
    ("GET /posts/{id}/comments", &[200, 404]),
    ("PUT /posts/{id}/mute", &[204, 404, 429]),
    ("DELETE /posts/{id}/mute", &[204, 404, 429]),
    ("GET /notifications", &[200, 403]),
    ("PUT /notifications/read", &[204]),
    ("POST /posts/{id}/comments", &[200, 201, 404, 409, 410, 429]),
    ("DELETE /posts/{id}/reports", &[204, 404]),
    ("PATCH /comments/{id}", &[200, 404, 409, 429]),
    ("DELETE /comments/{id}", &[204, 404]),
    ("DELETE /comments/{id}/reports", &[204, 404]),
    ("DELETE /messages/{id}/reports", &[204, 404]),
    ("GET /reports", &[200, 403]),
    ("POST /reports", &[201, 404, 429]),
];

async fn document(app: &TestApp) -> Value {
    app.visitor().get("/api/openapi.json").await.json()
}

/// The schema of a call's body.
fn body<'a>(document: &'a Value, call: &Value) -> Option<(&'a str, &'a Value)> {
    let reference = call["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str()?;
    let (name, schema) =
        document["components"]["schemas"].as_object()?.get_key_value(reference.rsplit('/').next()?)?;
    Some((name, schema))
}

fn allows_null(schema: &Value) -> bool {
    let is_null = |kind: &Value| kind == "null";
    is_null(&schema["type"])
        || schema["type"].as_array().is_some_and(|types| types.iter().any(is_null))
        || ["oneOf", "anyOf"].iter().any(|of| schema[of].as_array().into_iter().flatten().any(allows_null))
}

async fn send(who: &Actor, method: &str, path: &str, headers: &[(&str, &str)], body: Option<String>) -> u16 {
    let path = format!("/api{}", path.replace("{id}", "1").replace("{handle}", "ana"));
    let mut request = who.request(Method::from_bytes(method.as_bytes()).unwrap(), &path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    who.send(request.body(body.unwrap_or_default())).await.status.as_u16()
}

#[tokio::test]
async fn each_call_lists_what_it_can_answer_and_nothing_else() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let all = operations(&document);
    assert_eq!(all.len(), OWN.len());
    for (path, method) in all {
        let (name, call) = (format!("{method} {path}"), &document["paths"][&path][method.to_lowercase()]);
        let own = OWN.iter().find(|(known, _)| *known == name);
        let mut wanted: Vec<u16> = own.unwrap_or_else(|| panic!("{name} is new")).1.to_vec();
        wanted.extend(EVERY);
        wanted.extend(if method == "GET" { READ } else { CHANGE });
        if call["requestBody"].is_object() {
            wanted.extend(BODY);
        }
        wanted.sort_unstable();
        wanted.dedup();
        let listed: Vec<u16> =
            call["responses"].as_object().unwrap().keys().map(|status| status.parse().unwrap()).collect();
        assert_eq!(listed, wanted, "{name}");
    }
}

#[tokio::test]
async fn whatever_is_sent_the_answer_is_listed() {
    let app = TestApp::start().await;
    let (guest, nobody) = (app.guest().await, app.visitor());
    app.member("ana").await;
    let document = document(&app).await;
    let json = ("content-type", "application/json");
    let long = json!({"text": "x".repeat(70_000)}).to_string();
    for (number, (path, method)) in operations(&document).into_iter().enumerate() {
        let call = &document["paths"][&path][method.to_lowercase()];
        // A new one each time: some calls end a session.
        let member = app.member(&format!("member{number}")).await;
        let mut got = Vec::new();
        got.push(send(&nobody, &method, &path, &[("authorization", "Bearer bad")], None).await);
        got.push(send(&nobody, &method, &path, &[("plaudit-user", "77")], None).await);
        got.push(send(&nobody, &method, &path, &[("plaudit-user", "x")], None).await);
        got.push(send(&nobody, &method, &path, &[("origin", "http://evil.example")], None).await);
        got.push(send(&member, &method, &format!("{path}?cursor=!"), &[json], Some("{}".to_owned())).await);
        got.push(send(&member, &method, &path, &[("content-type", "text/plain")], Some("x".into())).await);
        got.push(send(&member, &method, &path, &[json], Some(long.clone())).await);
        let unknown = path.replace("{id}", "77").replace("{handle}", "nobody").replace("{agent}", "nobody");
        for who in [&nobody, &guest, &member] {
            got.push(send(who, &method, &unknown, &[json], Some("{\"text\":\"x\"}".to_owned())).await);
        }
        for status in got {
            assert!(
                call["responses"][status.to_string()].is_object(),
                "{method} {path}: {status} is not listed"
            );
        }
    }
}

#[tokio::test]
async fn null_is_allowed_exactly_where_it_is_taken() {
    let app = TestApp::start().await;
    let member = app.member("ben").await;
    let mine = member.comment(1, "Mine").await;
    let document = document(&app).await;
    let mut seen = 0;
    for (path, method) in operations(&document) {
        let call = &document["paths"][&path][method.to_lowercase()];
        for parameter in call["parameters"].as_array().into_iter().flatten() {
            assert!(!allows_null(&parameter["schema"]), "{method} {path}: no address says null: {parameter}");
        }
        let Some((name, schema)) = body(&document, call) else { continue };
        for (field, allowed) in schema["properties"].as_object().unwrap() {
            let mut sent = json!({"text": "Hello", "password": "wrong horse", "handle": "cleo", "old": "x", "new": "y",
                    "key": "k1", "to": "ana", "agent": "ana", "expect": "ana", "status": "open", "role": "agent"});
            sent.as_object_mut().unwrap().retain(|known, _| {
                schema["required"].as_array().is_some_and(|all| all.contains(&json!(known)))
            });
            if name == "NewReport" && field != "post" {
                sent["post"] = json!(1);
            }
            sent[field] = Value::Null;
            let path = path.replace("/comments/{id}", &format!("/comments/{mine}"));
            let json = [("content-type", "application/json")];
            let status = send(&member, &method, &path, &json, Some(sent.to_string())).await;
            assert_eq!(status != 400, allows_null(allowed), "{name}.{field}: {status} for {sent}");
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen}");
}

#[tokio::test]
async fn patterns_are_of_the_whole_value() {
    fn check(value: &Value, seen: &mut u32) {
        if let Some(pattern) = value["pattern"].as_str() {
            assert!(pattern.starts_with('^') && pattern.ends_with('$'), "{pattern}");
            *seen += 1;
        }
        let inside = value.as_object().into_iter().flat_map(|fields| fields.values());
        inside.chain(value.as_array().into_iter().flatten()).for_each(|value| check(value, seen));
    }
    let app = TestApp::start().await;
    let mut seen = 0;
    check(&document(&app).await, &mut seen);
    assert!(seen >= 5, "{seen}");
}
