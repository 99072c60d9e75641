//! What fits the description of a call is taken, and what does not is refused: at every bound, one value beside it, and
//! with values that the patterns themselves make.

use jsonschema::Validator;
use plaudit::domain::visible::can_be_seen;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use serde_json::{Value, json};

use super::operations;
use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

/// The description, and the questions that one asks it.
struct Document(Value);

impl Document {
    /// What a schema says, with its name where it has one.
    fn resolve<'a>(&'a self, schema: &'a Value) -> (&'a str, &'a Value) {
        if let Some(named) =
            schema["oneOf"].as_array().and_then(|any| any.iter().find(|one| one["type"] != "null"))
        {
            return self.resolve(named);
        }
        match schema["$ref"].as_str() {
            Some(reference) => {
                (reference.rsplit('/').next().unwrap(), self.0.pointer(&reference[1..]).unwrap())
            }
            None => ("", schema),
        }
    }

    /// Judges values by a schema: a library's opinion, not ours.
    fn judge(&self, schema: &Value) -> Validator {
        let schema = json!({"allOf": [schema], "components": self.0["components"]});
        jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
    }

    /// Values to try where a schema stands: at its bounds, beside them, of other kinds.
    fn candidates(&self, schema: &Value, runner: &mut TestRunner) -> Vec<Value> {
        let (_, schema) = self.resolve(schema);
        let mut values = vec![Value::Null, json!(true), json!([]), json!({}), json!(1), json!("x")];
        let bound = |name: &str| schema[name].as_u64();
        match schema["type"].as_str() {
            Some("integer") => {
                for bound in ["minimum", "maximum"].into_iter().filter_map(bound) {
                    values.extend([bound.saturating_sub(1), bound, bound + 1].map(Value::from));
                }
                values.extend([
                    json!(-1),
                    json!(1.5),
                    json!(1.0),
                    json!(1_u64 << 53),
                    json!(u64::MAX),
                    json!(1e300),
                ]);
            }
            Some("string") => {
                let (min, max) = (bound("minLength").unwrap_or(0), bound("maxLength").unwrap_or(40));
                for length in [0, 1, min.saturating_sub(1), min, max / 4, max / 4 + 1, max, max + 1] {
                    let length = usize::try_from(length).unwrap();
                    values.extend(
                        ["a", "q7", "é", "👏"]
                            .map(|fill| Value::from(fill.chars().cycle().take(length).collect::<String>())),
                    );
                }
                values.extend(
                    [" ", " \n ", "a\0bcdefgh", "a\u{7}bcdefgh", "a\u{85}", "one\ntwo", "one two", "Ana"]
                        .map(Value::from),
                );
                values.extend(
                    ["2026-11-27T14:46:00.123Z", "2026-02-31T14:46:00.123Z", "today"].map(Value::from),
                );
                values.extend(schema["enum"].as_array().into_iter().flatten().cloned());
                let pattern = schema["pattern"].as_str().unwrap_or(".*").trim_matches(['^', '$']);
                let (strings, judge) = (string_regex(pattern).unwrap(), self.judge(schema));
                let made = (0..12).map(|_| Value::from(strings.new_tree(runner).unwrap().current()));
                values.extend(made.filter(|value| judge.is_valid(value)));
            }
            _ => {}
        }
        values
    }

    /// A value that would do, other than by chance.
    fn good(&self, name: &str, schema: &Value) -> Value {
        match self.resolve(schema) {
            ("Handle", _) => json!("ana"),
            ("Status", _) => json!("open"),
            ("Role", _) => json!("agent"),
            ("Password", _) => json!("not the right one"),
            ("NewPassword", _) => json!("three quiet words"),
            (_, schema) if schema["type"] == "integer" => json!(1),
            (_, schema) if schema["type"] == "boolean" => json!(true),
            _ if name == "key" => json!("k1"),
            _ => json!("Hello"),
        }
    }

    /// Bodies that differ from a good one in one field.
    fn bodies(&self, schema: &Value, runner: &mut TestRunner) -> Vec<Value> {
        let (_, schema) = self.resolve(schema);
        let fields = schema["properties"].as_object().unwrap();
        let is_required =
            |name: &String| schema["required"].as_array().is_some_and(|all| all.contains(&json!(name)));
        let good: Value = fields
            .iter()
            .filter(|(name, _)| is_required(name) || (schema["oneOf"].is_array() && *name == "post"))
            .map(|(name, schema)| (name.clone(), self.good(name, schema)))
            .collect();
        let mut bodies = vec![good.clone(), json!({}), json!([]), Value::Null, json!("text")];
        let mut with = |name: &str, value: Option<Value>| {
            let mut body = good.as_object().unwrap().clone();
            match value {
                Some(value) => body.insert(name.to_owned(), value),
                None => body.remove(name),
            };
            bodies.push(body.into());
        };
        with("unknown", Some(json!(1)));
        for (name, schema) in fields {
            with(name, None);
            for value in self.candidates(schema, runner) {
                with(name, Some(value));
            }
        }
        bodies
    }
}

/// Which answer is wrong for what fits, and which for what does not.
fn check(call: &Value, answer: &Answer, fits: bool, what: &str) {
    let status = answer.status.as_u16();
    assert!(call["responses"][status.to_string()].is_object(), "{what}: {status} is not listed");
    assert!(status < 500, "{what}: {answer:?}");
    if fits {
        assert!(!matches!(status, 400 | 413 | 415 | 422), "{what} fits, and is refused: {answer:?}");
    } else {
        assert!(status >= 400, "{what} does not fit, and is taken: {answer:?}");
    }
}

/// A password is counted in bytes, which JSON Schema cannot do: fewer characters may be enough.
fn is_enough_in_bytes(document: &Document, schema: &Value, body: &Value) -> bool {
    let (_, schema) = document.resolve(schema);
    let fields = schema["properties"].as_object().into_iter().flatten();
    let mut new = fields.filter(|(_, schema)| document.resolve(schema).0 == "NewPassword");
    new.any(|(name, schema)| {
        let fits = document.judge(schema).is_valid(&body[name]);
        !fits && body[name].as_str().is_some_and(|new| (8..=256).contains(&new.len()) && !new.is_ascii())
    })
}

fn encoded(value: &Value) -> String {
    let encode = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    written(value).bytes().map(encode).collect()
}

/// A moderator, a post and a comment of its own: nothing that one call does spoils the next.
async fn begin(app: &TestApp, number: usize) -> (Actor, String, String) {
    let handle = format!("member{number}");
    let member = app.member(&handle).await;
    app.promote(&handle).await;
    let post = member.write("Mine").await;
    let comment = member.comment(post, "Mine").await;
    (member, post.to_string(), comment.to_string())
}

#[tokio::test]
async fn a_body_is_taken_exactly_where_it_fits() {
    let app = TestApp::start().await;
    let document = Document(app.visitor().get("/api/openapi.json").await.json());
    let mut runner = TestRunner::default();
    let (mut taken, mut refused) = (0, 0);
    for (number, (path, method)) in operations(&document.0).into_iter().enumerate() {
        let call = &document.0["paths"][&path][method.to_lowercase()];
        let schema = &call["requestBody"]["content"]["application/json"]["schema"];
        if schema.is_null() {
            continue;
        }
        let (member, post, comment) = begin(&app, number).await;
        let address = path.replace("/posts/{id}", &format!("/posts/{post}"));
        let address = format!("/api{}", address.replace("{id}", &comment));
        let judge = document.judge(schema);
        for body in document.bodies(schema, &mut runner) {
            let fits = judge.is_valid(&body);
            let answer = member.call(Method::from_bytes(method.as_bytes()).unwrap(), &address, &body).await;
            if !fits && is_enough_in_bytes(&document, schema, &body) {
                continue;
            }
            check(call, &answer, fits, &format!("{method} {path} {body}"));
            if fits { taken += 1 } else { refused += 1 }
        }
    }
    assert!(taken > 300 && refused > 600, "{taken} fit, {refused} do not");
}

#[tokio::test]
async fn an_address_is_taken_exactly_where_it_fits() {
    let app = TestApp::start().await;
    app.member("ana").await;
    let document = Document(app.visitor().get("/api/openapi.json").await.json());
    let mut runner = TestRunner::default();
    let (mut taken, mut refused) = (0, 0);
    let mut members = 0;
    for (path, method) in operations(&document.0) {
        let call = &document.0["paths"][&path][method.to_lowercase()];
        for parameter in call["parameters"].as_array().into_iter().flatten() {
            let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
            let (member, ..) = begin(&app, members).await;
            members += 1;
            let judge = document.judge(schema);
            for value in document.candidates(schema, &mut runner) {
                // An address holds texts, and without one it is another address. A whole number stands there in digits.
                if value.as_str() == Some("") || value.is_array() || value.is_object() || value.is_f64() {
                    continue;
                }
                let is_text = document.resolve(schema).1["type"] == "string";
                let fits =
                    judge.is_valid(&if is_text { Value::from(written(&value)) } else { value.clone() });
                let address = match parameter["in"].as_str() {
                    Some("path") => path.replace(&format!("{{{name}}}"), &encoded(&value)),
                    _ => format!(
                        "{}?{name}={}",
                        path.replace("{id}", "1").replace("{handle}", "ana"),
                        encoded(&value)
                    ),
                };
                let body = if call["requestBody"].is_object() { "{}" } else { "" };
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                let answer = member
                    .send_body(method.clone(), &format!("/api{address}"), Some("application/json"), body)
                    .await;
                let what = format!("{method} {address}");
                if body.is_empty() || !fits {
                    check(call, &answer, fits, &what);
                }
                if fits { taken += 1 } else { refused += 1 }
            }
        }
    }
    assert!(taken > 100 && refused > 300, "{taken} fit, {refused} do not");
}

/// A value as it stands in an address.
fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[tokio::test]
async fn a_text_needs_something_that_can_be_seen() {
    let app = TestApp::start().await;
    let document = app.visitor().get("/api/openapi.json").await.json();
    for name in ["PostText", "CommentText", "Name"] {
        let pattern = document["components"]["schemas"][name]["pattern"].as_str().unwrap();
        let pattern = regex::Regex::new(pattern).unwrap();
        for c in '\0'..=char::MAX {
            let text = c.encode_utf8(&mut [0; 4]).to_owned();
            // What Unicode keeps for invisible characters to come is taken as invisible here too.
            assert!(!pattern.is_match(&text) || can_be_seen(&text), "{name}: U+{:X} fits", u32::from(c));
            let is_reserved = matches!(c, '\u{fff0}'..='\u{fff8}' | '\u{e0000}'..='\u{e0fff}' | '\u{2065}');
            assert!(
                pattern.is_match(&text) || !can_be_seen(&text) || is_reserved,
                "{name}: U+{:X}",
                u32::from(c)
            );
        }
    }
}
