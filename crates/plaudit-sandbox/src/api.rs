//! What the provider offers to those who send, after Twilio's Messages resource.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::faults::AnswerFault;
use crate::sandbox::Shared;
use crate::world::{Direction, Message, is_number, new_sid, now};

/// Whoever hangs hangs until the caller has had enough.
const HANG: Duration = Duration::from_mins(2);
/// Twilio's limit of a text.
const LONGEST: usize = 1_600;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/2010-04-01/Accounts/{account}/Messages.json", post(create).get(list))
        .route("/2010-04-01/Accounts/{account}/Messages/{sid}", get(one).post(update).delete(delete))
}

type Fields = HashMap<String, String>;

async fn create(
    State(shared): State<Arc<Shared>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    shared.world.count("sends");
    if !may(&shared, &account, &headers) {
        return refused(StatusCode::UNAUTHORIZED, 20003, "Authenticate");
    }
    let fault = shared.world.next_answer();
    if let Some(fault) = fault.filter(|fault| !fault.takes()) {
        return wrong(fault).await;
    }
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let (to, from, body) = (field("To"), field("From"), field("Body"));
    let bad = |code, words| refused(StatusCode::BAD_REQUEST, code, words);
    if !is_number(to) {
        return bad(21211, "Invalid 'To' Phone Number");
    } else if from != shared.world.number() {
        return bad(21659, "'From' is not a number of this account");
    } else if body.is_empty() {
        return bad(21602, "Message body is required.");
    } else if body.chars().count() > LONGEST {
        return bad(21617, "The concatenated message body exceeds the 1600 character limit");
    } else if shared.world.has_opted_out(to) {
        return bad(21610, "Attempt to send to unsubscribed recipient");
    }
    let message = Message {
        sid: new_sid(),
        direction: Direction::OutboundApi,
        from: from.to_owned(),
        to: to.to_owned(),
        body: body.to_owned(),
        status: "queued",
        error_code: None,
        at: now(),
        told: None,
        callback: fields.get("StatusCallback").filter(|url| !url.is_empty()).cloned(),
    };
    // Whoever is written to first has a telephone from now on.
    shared.world.add_phone(Some(to));
    shared.world.add(message.clone());
    shared.calls.say("a text came from the site");
    let answer = (StatusCode::CREATED, Json(shown(&message, &account)));
    let faults = shared.world.faults();
    if faults.early {
        shared.calls.deliver(message, faults).await;
    } else {
        let shared = shared.clone();
        tokio::spawn(async move { shared.calls.deliver(message, faults).await });
    }
    match fault {
        Some(fault) => wrong(fault).await,
        None => answer.into_response(),
    }
}

/// The newest first.
async fn list(
    State(shared): State<Arc<Shared>>,
    Path(account): Path<String>,
    Query(query): Query<Fields>,
    headers: HeaderMap,
) -> Response {
    shared.world.count("lists");
    if !may(&shared, &account, &headers) {
        return refused(StatusCode::UNAUTHORIZED, 20003, "Authenticate");
    }
    let number = |name: &str, usual: usize| query.get(name).map_or(Some(usual), |value| value.parse().ok());
    let (Some(page), Some(size)) = (number("Page", 0), number("PageSize", 50)) else {
        return refused(StatusCode::BAD_REQUEST, 20001, "Page and PageSize are numbers");
    };
    let size = size.clamp(1, 1000);
    let since = query.get("DateSent>").map_or(Some(i64::MIN), |day| {
        // A day, or a moment.
        let moment = if day.contains('T') { day.clone() } else { format!("{day}T00:00:00Z") };
        moment.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
    });
    let Some(since) = since else { return refused(StatusCode::BAD_REQUEST, 20001, "DateSent is a day") };
    let is = |name: &str, value: &str| query.get(name).is_none_or(|wanted| wanted == value);
    let messages = shared.world.messages();
    let found = messages.iter().rev().filter(|m| m.at >= since && is("To", &m.to) && is("From", &m.from));
    let mut found = found.skip(page.saturating_mul(size));
    let shown: Vec<_> = found.by_ref().take(size).map(|message| shown(message, &account)).collect();
    let next = found.next().map(|_| {
        let mut next = url::form_urlencoded::Serializer::new(String::new());
        let kept = query.iter().filter(|(name, _)| *name != "Page");
        let query = next.extend_pairs(kept).append_pair("Page", &(page + 1).to_string()).finish();
        format!("/2010-04-01/Accounts/{account}/Messages.json?{query}")
    });
    Json(json!({"messages": shown, "page": page, "page_size": size, "next_page_uri": next})).into_response()
}

async fn one(
    State(shared): State<Arc<Shared>>,
    Path((account, sid)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    changed(&shared, &account, &sid, &headers, |_| ())
}

/// `Body=` erases the text; nothing else can be changed.
async fn update(
    State(shared): State<Arc<Shared>>,
    Path((account, sid)): Path<(String, String)>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    if fields.get("Body").is_none_or(|body| !body.is_empty()) {
        return refused(StatusCode::BAD_REQUEST, 20001, "Only an empty Body can be set");
    }
    changed(&shared, &account, &sid, &headers, |message| message.body.clear())
}

async fn delete(
    State(shared): State<Arc<Shared>>,
    Path((account, sid)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if !may(&shared, &account, &headers) {
        return refused(StatusCode::UNAUTHORIZED, 20003, "Authenticate");
    }
    if shared.world.delete(sid.trim_end_matches(".json")) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        refused(StatusCode::NOT_FOUND, 20404, "The requested resource was not found")
    }
}

fn changed(
    shared: &Shared,
    account: &str,
    sid: &str,
    headers: &HeaderMap,
    change: impl FnOnce(&mut Message),
) -> Response {
    if !may(shared, account, headers) {
        return refused(StatusCode::UNAUTHORIZED, 20003, "Authenticate");
    }
    match shared.world.change(sid.trim_end_matches(".json"), change) {
        Some(message) => Json(shown(&message, account)).into_response(),
        None => refused(StatusCode::NOT_FOUND, 20404, "The requested resource was not found"),
    }
}

/// Basic authentication: the account's name and the secret.
fn may(shared: &Shared, account: &str, headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let wanted = BASE64_STANDARD.encode(format!("{account}:{}", shared.calls.secret));
    given.strip_prefix("Basic ") == Some(wanted.as_str())
}

async fn wrong(fault: AnswerFault) -> Response {
    match fault {
        AnswerFault::HangBefore | AnswerFault::HangAfter => {
            sleep(HANG).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        AnswerFault::BreakBefore | AnswerFault::BreakAfter => {
            let broken =
                futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("broken on purpose"))]);
            (StatusCode::CREATED, Body::from_stream(broken)).into_response()
        }
        AnswerFault::TooMany(seconds) => {
            let refused = refused(StatusCode::TOO_MANY_REQUESTS, 20429, "Too Many Requests");
            ([(header::RETRY_AFTER, seconds.to_string())], refused).into_response()
        }
        AnswerFault::ErrorBefore => refused(StatusCode::SERVICE_UNAVAILABLE, 20503, "Service Unavailable"),
        AnswerFault::ErrorAfter => refused(StatusCode::INTERNAL_SERVER_ERROR, 20500, "Internal Server Error"),
    }
}

fn refused(status: StatusCode, code: u32, words: &str) -> Response {
    (status, Json(json!({"code": code, "message": words, "status": status.as_u16(), "more_info": ""})))
        .into_response()
}

fn shown(message: &Message, account: &str) -> Value {
    let at = Timestamp::from_millisecond(message.at).unwrap_or_default();
    let date = rfc2822::to_string(&at.to_zoned(jiff::tz::TimeZone::UTC)).unwrap_or_default();
    let path = format!("/2010-04-01/Accounts/{account}/Messages/{}", message.sid);
    json!({
        "account_sid": account, "api_version": "2010-04-01", "body": message.body, "date_created": date,
        "date_sent": date, "date_updated": date, "direction": message.direction, "error_code": message.error_code,
        "error_message": null, "from": message.from, "messaging_service_sid": null, "num_media": "0",
        "num_segments": "1", "price": null, "price_unit": "USD", "sid": message.sid, "status": message.status,
        "subresource_uris": {"media": format!("{path}/Media.json")}, "to": message.to, "uri": format!("{path}.json"),
    })
}
