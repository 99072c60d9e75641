//! The HTTP API and the pages as docs/protocol.md promises them: shapes, statuses, refusals, limits.

mod addresses;
mod avatars;
mod bad_bodies;
mod bad_input;
mod badges;
mod blocks;
mod comment_pages;
mod comments;
mod common_passwords;
mod conversations;
mod credentials;
mod docs_page;
mod editing;
mod edits;
mod feeds;
mod foreign;
mod forms;
mod guests_who_write;
mod inbox_contact;
mod inbox_pages;
mod inboxes;
mod likes;
mod limits;
mod metrics;
mod moderation;
mod moderation_pages;
mod openapi;
mod origins;
mod page_user;
mod pages;
mod people;
mod posts;
mod profile;
mod profile_pages;
mod random;
mod seen;
mod settings_pages;
mod sms;
mod twice;

use std::collections::HashSet;

use serde_json::Value;

use crate::support::Actor;
use crate::support::actor::Answer;

/// Every code of the contract with its status.
pub const CODES: [(&str, u16); 16] = [
    ("bad_request", 400),
    ("no_session", 401),
    ("bad_credentials", 401),
    ("forbidden", 403),
    ("bad_origin", 403),
    ("guests_off", 403),
    ("not_found", 404),
    ("method_not_allowed", 405),
    ("handle_taken", 409),
    ("key_reused", 409),
    ("gone", 410),
    ("too_large", 413),
    ("media_type", 415),
    ("rate_limited", 429),
    ("overloaded", 503),
    ("storage", 503),
];

/// The names of an object's fields, sorted.
#[track_caller]
pub fn fields(object: &Value) -> Vec<&str> {
    let mut fields: Vec<&str> = object
        .as_object()
        .unwrap_or_else(|| panic!("no object: {object}"))
        .keys()
        .map(String::as_str)
        .collect();
    fields.sort_unstable();
    fields
}

/// Wants a user in exactly the documented shape.
#[track_caller]
pub fn check_user(user: &Value) {
    assert_eq!(fields(user), ["bio", "handle", "id", "kind", "name"], "{user}");
    assert!(user["id"].as_u64().is_some_and(|id| (1..1 << 53).contains(&id)), "{user}");
    match user["kind"].as_str() {
        Some("guest") => {
            assert_eq!((&user["handle"], &user["name"]), (&Value::Null, &"Guest".into()), "{user}");
        }
        Some("member") => assert!(user["handle"].is_string() && user["name"].is_string(), "{user}"),
        _ => panic!("which kind? {user}"),
    }
    assert!(user["bio"].is_string(), "{user}");
}

/// Wants a post in exactly the documented shape.
#[track_caller]
pub fn check_post(post: &Value) {
    let wanted = [
        "author",
        "comments",
        "comments_seq",
        "created_at",
        "edited_at",
        "id",
        "liked",
        "likes",
        "seq",
        "text",
        "version",
    ];
    assert_eq!(fields(post), wanted, "{post}");
    check_user(&post["author"]);
    check_time(&post["created_at"]);
    assert!(post["text"].is_string() && post["liked"].is_boolean(), "{post}");
    for number in ["comments", "comments_seq", "id", "likes", "seq", "version"] {
        assert!(post[number].is_u64(), "{number} of {post}");
    }
}

/// Wants a comment in exactly the documented shape.
#[track_caller]
pub fn check_comment(comment: &Value) {
    let wanted = ["author", "created_at", "edited_at", "id", "parent", "post", "seq", "text"];
    assert_eq!(fields(comment), wanted, "{comment}");
    check_user(&comment["author"]);
    check_time(&comment["created_at"]);
    assert!(comment["text"].is_string(), "{comment}");
    for number in ["id", "post", "seq"] {
        assert!(comment[number].is_u64(), "{number} of {comment}");
    }
    assert!(comment["parent"].is_null() || comment["parent"].is_u64(), "{comment}");
    if !comment["edited_at"].is_null() {
        check_time(&comment["edited_at"]);
    }
}

/// Wants RFC 3339 in UTC.
#[track_caller]
pub fn check_time(time: &Value) {
    let text = time.as_str().unwrap_or_default();
    assert!(text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok(), "{time}");
}

/// Wants a refusal of the API: well formed, one of the documented codes with its status, a sentence; never ours.
#[track_caller]
pub fn check_problem(answer: &Answer, what: &str) {
    let status = answer.status.as_u16();
    assert!((400..500).contains(&status) && status != 422, "{what}: {answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json", "{what}: {answer:?}");
    let problem = answer.json();
    let names: HashSet<&str> = fields(&problem).into_iter().collect();
    let always = ["type", "title", "status", "code", "detail"];
    assert!(always.iter().all(|name| names.contains(name)), "{what}: {problem}");
    assert!(
        names.iter().all(|name| always.contains(name) || *name == "retry_after_ms"),
        "{what}: an unknown field in {problem}"
    );
    let code = problem["code"].as_str().unwrap();
    assert!(CODES.contains(&(code, status)), "{what}: {problem} with {status}");
    assert_eq!(problem["status"], status, "{what}");
    assert_eq!(names.contains("retry_after_ms"), status == 429 || status == 503, "{what}: {problem}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.len() > 10 && detail.ends_with('.'), "{what}: {detail:?} does not help");
    assert!(
        !detail.contains("rusqlite") && !detail.contains("panicked"),
        "{what}: {detail:?} shows our inside"
    );
}

/// Follows `next` from the first page to the last; gives all items. Pages hold `limit` items but for the last.
pub async fn walk(actor: &Actor, path: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    let separator = if path.contains('?') { '&' } else { '?' };
    loop {
        let page = actor.get(&format!("{path}{separator}limit={limit}{cursor}")).await.ok();
        assert_eq!(fields(&page), ["items", "next"]);
        let part = page["items"].as_array().unwrap();
        items.extend(part.iter().cloned());
        let Some(next) = page["next"].as_str() else {
            assert_eq!(page["next"], Value::Null);
            return items;
        };
        assert_eq!(part.len(), limit, "only the last page may be short");
        assert!(next.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)), "{next}");
        cursor = format!("&cursor={next}");
    }
}
