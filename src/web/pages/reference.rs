//! The calls of the API in the words of a page (descriptions are HTML already), read from the description of the API: what it does not say, nobody says.

use std::fmt::Write as _;

use serde_json::Value;

/// In the order in which one meets them.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Calls that belong together.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) calls: Vec<Call>,
}

/// One call.
pub(super) struct Call {
    /// For links: `get-posts-id`.
    pub(super) anchor: String,
    pub(super) method: String,
    /// From the site's root: `/api/posts/{id}`.
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) description: String,
    pub(super) session: Session,
    pub(super) parameters: Vec<Field>,
    pub(super) body: Vec<Field>,
    /// What success looks like: status, words, and the shape that comes with it.
    pub(super) answers: Vec<(String, String, Kind)>,
    /// Status and words of each refusal.
    pub(super) refusals: Vec<(String, String)>,
    /// What curl sends, after the address: flags with their values, each on a line of its own.
    pub(super) flags: Vec<String>,
    /// The path with ids in it.
    pub(super) example: String,
}

/// Whether a call needs a session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Session {
    Needed,
    Welcome,
}

impl Session {
    pub(super) fn is_needed(self) -> bool {
        self == Self::Needed
    }
}

/// A parameter, or a field of a body or shape.
pub(super) struct Field {
    pub(super) name: String,
    /// `path`, `query`, or nothing.
    pub(super) place: String,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) description: String,
}

/// What a value is: words, and the shape that they name.
#[derive(Default)]
pub(super) struct Kind {
    pub(super) words: String,
    /// The shape in the words, to lead to; empty: none.
    pub(super) shape: String,
}

/// A shape of the answers: a post, a comment, a problem.
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) fields: Vec<Field>,
}

/// Reads the groups, in the document's order of tags, and the shapes.
pub(super) fn read(document: &Value) -> (Vec<Group>, Vec<Shape>) {
    let mut groups: Vec<Group> = items(&document["tags"])
        .map(|tag| Group {
            name: text(&tag["name"]),
            description: text(&tag["description"]),
            calls: Vec::new(),
        })
        .collect();
    for (path, methods) in entries(&document["paths"]) {
        for (method, call) in entries(methods) {
            let tag = text(&call["tags"][0]);
            if let Some(group) = groups.iter_mut().find(|group| group.name == tag) {
                group.calls.push(self::call(document, path, method, call));
            }
        }
    }
    for group in &mut groups {
        group.calls.sort_by_key(|call| {
            (call.path.clone(), METHODS.iter().position(|method| *method == call.method))
        });
    }
    let calls = || entries(&document["paths"]).flat_map(|(_, methods)| entries(methods));
    let body = |call: &Value| text(&call["requestBody"]["content"]["application/json"]["schema"]["$ref"]);
    let bodies: Vec<String> = calls().map(|(_, call)| body(call)).collect();
    let shapes = entries(&document["components"]["schemas"])
        // Lists and single values are said in words, and bodies stand with their calls.
        .filter(|(name, schema)| {
            !name.starts_with("List_")
                && schema["type"] == "object"
                && !bodies.iter().any(|body| body.rsplit('/').next() == Some(name.as_str()))
        })
        .map(|(name, schema)| Shape {
            name: name.clone(),
            description: html(&schema["description"]),
            // A field of an answer is always there, be it null.
            fields: fields(document, schema)
                .map(|field| Field { required: field.required || field.kind.words.contains("null"), ..field })
                .collect(),
        })
        .collect();
    (groups, shapes)
}

fn call(document: &Value, path: &str, method: &str, call: &Value) -> Call {
    let body = &call["requestBody"]["content"]["application/json"]["schema"];
    let body = resolve(document, body);
    // A call that an empty requirement allows too works without a session.
    let mut schemes = items(&call["security"]).peekable();
    let needed = schemes.peek().is_some() && schemes.all(|scheme| entries(scheme).next().is_some());
    let session = if needed { Session::Needed } else { Session::Welcome };
    let mut flags = Vec::new();
    if method != "get" {
        flags.push(format!("-X {}", method.to_uppercase()));
    }
    if session.is_needed() {
        flags.push("-H \"Authorization: Bearer $TOKEN\"".to_owned());
    }
    if body.is_object() {
        flags.push("-H 'Content-Type: application/json'".to_owned());
        flags.push(format!("-d '{}'", example(document, body)));
    }
    let (answers, refusals): (Vec<_>, Vec<_>) =
        entries(&call["responses"]).partition(|(status, _)| status.starts_with('2'));
    Call {
        anchor: format!("{method}{}", path.replace(['{', '}'], "").replace('/', "-")),
        method: method.to_uppercase(),
        path: format!("/api{path}"),
        summary: text(&call["summary"]),
        description: html(&call["description"]),
        session,
        parameters: items(&call["parameters"])
            .map(|parameter| Field {
                name: text(&parameter["name"]),
                place: text(&parameter["in"]),
                kind: kind(document, &parameter["schema"]),
                required: parameter["required"] == true,
                description: match html(&parameter["description"]) {
                    none if none.is_empty() => described(document, &parameter["schema"]),
                    said => said,
                },
            })
            .collect(),
        body: fields(document, body).collect(),
        answers: answers
            .into_iter()
            .map(|(status, answer)| {
                let schema = &answer["content"]["application/json"]["schema"];
                (status.clone(), html(&answer["description"]), kind(document, schema))
            })
            .collect(),
        refusals: refusals
            .into_iter()
            .map(|(status, answer)| (status.clone(), html(&answer["description"])))
            .collect(),
        flags,
        example: format!(
            "/api{}",
            path.replace("{id}", "42").replace("{handle}", "ana").replace("{agent}", "ben")
        ),
    }
}

fn fields<'a>(document: &'a Value, schema: &'a Value) -> impl Iterator<Item = Field> + 'a {
    let required: Vec<String> = items(&schema["required"]).map(text).collect();
    entries(&schema["properties"]).map(move |(name, property)| Field {
        name: name.clone(),
        place: String::new(),
        kind: kind(document, property),
        required: required.contains(name),
        description: described(document, property),
    })
}

/// What a value means: as it is said where it stands, or else of its kind. A shape is described where it is led to.
fn described(document: &Value, schema: &Value) -> String {
    let one = items(&schema["oneOf"]).find(|one| one["type"] != "null").unwrap_or(schema);
    let kind = Some(resolve(document, one)).filter(|kind| kind["type"] != "object");
    let mut said =
        [Some(schema), Some(one), kind].into_iter().flatten().map(|schema| html(&schema["description"]));
    said.find(|said| !said.is_empty()).unwrap_or_default()
}

/// What a schema allows, in a few words.
fn kind(document: &Value, schema: &Value) -> Kind {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        if let Some(item) = name.strip_prefix("List_") {
            return Kind { words: "list of".to_owned(), shape: item.to_owned() };
        }
        let named = resolve(document, schema);
        return if named["type"] == "object" {
            Kind { words: String::new(), shape: name.to_owned() }
        } else {
            kind(document, named)
        };
    }
    if let Some(one) = items(&schema["oneOf"]).find(|one| one["type"] != "null") {
        let Kind { words, shape } = kind(document, one);
        return Kind { words: format!("null or {words}"), shape };
    }
    if schema["type"] == "array" {
        let Kind { words, shape } = kind(document, &schema["items"]);
        return Kind { words: format!("array of {words}"), shape };
    }
    let types: Vec<String> = match &schema["type"] {
        Value::Array(types) => types.iter().map(text).collect(),
        one => vec![text(one)],
    };
    let values: Vec<String> = items(&schema["enum"]).map(text).collect();
    let mut words = if values.is_empty() { types.join(" or ") } else { values.join(" or ") };
    for (limit, says) in [("minimum", "from"), ("maximum", "to"), ("default", "default")] {
        if let Some(value) = schema.get(limit).filter(|value| **value != 0 && **value != "") {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let _ = write!(words, ", {says} {value}");
        }
    }
    if let Some(max) = schema["maxLength"].as_u64() {
        let _ = write!(words, ", {} to {max} characters", schema["minLength"].as_u64().unwrap_or(0));
    }
    // A pattern of one class is easy to read; others are said in the description.
    if let Some(pattern) =
        schema["pattern"].as_str().filter(|pattern| pattern.len() < 25 && !pattern.contains('\\'))
    {
        // People need not be told that a pattern is of the whole.
        let _ = write!(words, ", {}", pattern.trim_start_matches('^').trim_end_matches('$'));
    }
    Kind { words, shape: String::new() }
}

/// A body that would be taken: what is required, or else the first field.
fn example(document: &Value, schema: &Value) -> String {
    let required: Vec<String> = items(&schema["required"]).map(text).collect();
    let chosen = entries(&schema["properties"])
        .enumerate()
        .filter(|(at, (name, _))| required.contains(name) || (required.is_empty() && *at == 0));
    let parts: Vec<String> = chosen
        .map(|(_, (name, property))| {
            let kind = resolve(document, property);
            let value = match (name.as_str(), text(&kind["type"]).as_str()) {
                _ if kind["enum"][0].is_string() => kind["enum"][0].to_string(),
                ("handle", _) => "\"ana\"".to_owned(),
                ("password" | "old" | "new", _) => "\"three quiet words\"".to_owned(),
                (_, "boolean") => "true".to_owned(),
                (_, "string") => "\"Hello\"".to_owned(),
                _ => "42".to_owned(),
            };
            format!("\"{name}\": {value}")
        })
        .collect();
    format!("{{{}}}", parts.join(", "))
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    reference.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

/// A description, which is Markdown of our own sources.
fn html(value: &Value) -> String {
    super::docs::inline(value.as_str().unwrap_or_default())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
