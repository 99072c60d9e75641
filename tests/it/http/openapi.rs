//! openapi.json: what it describes is what there is, and what there is fits its description.

mod fits;
mod refusals;

use serde_json::{Value, json};

use super::bad_input::PATHS;
use super::fields;
use crate::support::TestApp;

fn operations(document: &Value) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        all.extend(methods.as_object().unwrap().keys().map(|method| (path.clone(), method.to_uppercase())));
    }
    all.sort();
    all
}

/// Every `$ref` in it.
fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn it_describes_exactly_the_calls_that_there_are() {
    let app = TestApp::start().await;
    let answer = app.visitor().get("/api/openapi.json").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    let document = answer.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."), "{}", document["openapi"]);
    assert_eq!(document["info"]["title"], "Plaudit");
    assert_eq!(document["servers"][0]["url"], "/api");
    let mut wanted = Vec::new();
    for (path, methods) in PATHS.iter().filter(|(path, _)| *path != "/api/openapi.json") {
        let path = path.strip_prefix("/api").unwrap().replace("/1", "/{id}");
        let path = path
            .replace("/agents/ana", "/agents/{agent}")
            .replace("/shop", "/{handle}")
            .replace("/ana", "/{handle}");
        wanted.extend(methods.iter().map(|method| (path.clone(), (*method).to_owned())));
    }
    wanted.sort();
    assert_eq!(operations(&document), wanted);
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for reference in found {
        assert!(
            !document.pointer(&reference[1..]).unwrap_or(&Value::Null).is_null(),
            "{reference} leads nowhere"
        );
    }
}

#[tokio::test]
async fn every_call_has_a_summary_and_says_how_it_can_be_refused() {
    let app = TestApp::start().await;
    let document = app.visitor().get("/api/openapi.json").await.json();
    for (path, method) in operations(&document) {
        let call = &document["paths"][&path][method.to_lowercase()];
        assert!(call["summary"].as_str().is_some_and(|summary| summary.len() > 5), "{method} {path}");
        let responses = call["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}");
        for (status, response) in responses.iter().filter(|(status, _)| status.starts_with('4')) {
            let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{method} {path} {status}");
        }
        if call["requestBody"].is_object() {
            assert!(responses.contains_key("400"), "{method} {path}: a body can be bad");
        }
    }
}

#[tokio::test]
async fn real_answers_have_exactly_the_fields_of_their_schemas() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let document = ana.get("/api/openapi.json").await.json();
    let schema = |name: &str| {
        let mut names = fields(&document["components"]["schemas"][name]["properties"]);
        names.sort_unstable();
        names
    };
    let like = ana.like(1).await;
    let post = ana.get("/api/posts/1").await.ok();
    let likers = ana.get("/api/posts/1/likes").await.ok();
    let problem = ana.get("/api/posts/9").await.refused(404, "not_found");
    assert_eq!(fields(&like), schema("LikeAnswer"));
    assert_eq!(fields(&post["post"]), schema("Post"));
    assert_eq!(fields(&likers["items"][0]), schema("Liker"));
    assert!(fields(&problem).iter().all(|field| schema("Problem").contains(field)), "{problem}");
    let post = ana.write("Reported").await;
    let written = ana.post("/api/posts/1/comments", &json!({"text": "Hello"})).await.ok();
    let settings = ana.get("/api/me/settings").await.ok();
    assert_eq!(fields(&written["comment"]), schema("Comment"));
    assert_eq!(fields(&settings["settings"]), schema("Settings"));
    for subject in [json!({"post": post}), json!({"comment": written["comment"]["id"]})] {
        ana.post("/api/reports", &subject).await.ok();
    }
    // Only a moderator has all fields of a user.
    assert!(!fields(&ana.get("/api/me").await.ok()["user"]).contains(&"moderator"));
    app.promote("ana").await;
    assert_eq!(fields(&ana.get("/api/me").await.ok()["user"]), schema("User"));
    for case in ana.get("/api/reports").await.ok()["items"].as_array().unwrap() {
        assert!(fields(case).iter().all(|field| schema("Complaint").contains(field)), "{case}");
        assert_eq!(fields(&case["latest"]), schema("Report"));
    }
    // Null is not the same as absent.
    for name in ["User", "Post", "Comment", "UserAnswer", "List_Post", "Settings", "LikeAnswer"] {
        let mut required: Vec<&str> = document["components"]["schemas"][name]["required"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        required.sort_unstable();
        let wanted = schema(name).into_iter().filter(|field| *field != "moderator");
        assert_eq!(required, wanted.collect::<Vec<_>>(), "{name}");
    }
    for (name, optional) in [
        ("NewPost", json!(["text"])),
        ("SignUp", json!(["handle", "password"])),
        ("NewComment", json!(["text"])),
        ("EditedComment", json!(["text"])),
        ("ChangedPassword", json!(["old", "new"])),
        ("Farewell", json!(["password"])),
        ("ChangedProfile", Value::Null),
        ("ChangedSettings", Value::Null),
        ("NewReport", Value::Null),
    ] {
        assert_eq!(document["components"]["schemas"][name]["required"], optional, "{name}");
        assert_eq!(document["components"]["schemas"][name]["additionalProperties"], false, "{name}");
    }
}
