//! The page with telephones, and what it asks for. Only JSON is taken, so no form of another site can write here.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use futures_util::stream::{Stream, unfold};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::sandbox::Shared;
use crate::world::is_number;

const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The page's files stand at the paths of their sources, so that one import is right in both places.
const FILES: [(&str, &str, &str); 5] = [
    ("/", "text/html; charset=utf-8", include_str!("../page/page.html")),
    ("/crates/plaudit-sandbox/page/page.css", "text/css; charset=utf-8", include_str!("../page/page.css")),
    (
        "/crates/plaudit-sandbox/page/page.js",
        "text/javascript; charset=utf-8",
        include_str!("../page/page.js"),
    ),
    ("/browser/icons/plaudit.svg", "image/svg+xml", include_str!("../../../browser/icons/plaudit.svg")),
    (
        "/browser/page/segments.js",
        "text/javascript; charset=utf-8",
        include_str!("../../../browser/page/segments.js"),
    ),
];

pub(crate) fn routes() -> Router<Arc<Shared>> {
    let mut router = Router::new()
        .route("/events", get(events))
        .route("/phones", post(add))
        .route("/phones/{number}", put(switch).delete(remove))
        .route("/phones/{number}/messages", post(text));
    for (path, kind, file) in FILES {
        let headers = [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::CACHE_CONTROL, "no-cache"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        router = router.route(path, get(move || async move { (headers, file) }));
    }
    router
}

/// Everything, then what changes. A page that falls behind gets everything again.
async fn events(State(shared): State<Arc<Shared>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let news = shared.world.news.subscribe();
    let stream = unfold((shared, news, true), |(shared, mut news, first)| async move {
        let data = if first { shared.world.snapshot() } else { next(&shared, &mut news).await? };
        Some((Ok(Event::default().data(data)), (shared, news, false)))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

async fn next(shared: &Shared, news: &mut Receiver<String>) -> Option<String> {
    match news.recv().await {
        Ok(news) => Some(news),
        Err(RecvError::Lagged(_)) => {
            // What is behind the snapshot in the queue is in the snapshot too: it changes nothing twice.
            *news = shared.world.news.subscribe();
            Some(shared.world.snapshot())
        }
        Err(RecvError::Closed) => None,
    }
}

#[derive(Deserialize)]
struct Add {
    number: Option<String>,
}

async fn add(State(shared): State<Arc<Shared>>, Json(add): Json<Add>) -> Response {
    let number =
        add.number.map(|number| number.split_whitespace().collect::<String>()).filter(|n| !n.is_empty());
    if number.as_ref().is_some_and(|number| !is_number(number) || number == shared.world.number()) {
        return bad("A number is + and 2 to 15 digits, the first not 0, and not the site's own.");
    }
    match shared.world.add_phone(number.as_deref()) {
        Some(number) => (StatusCode::CREATED, Json(json!({"number": number}))).into_response(),
        None => bad("There are no more numbers of its own for a telephone: give it one."),
    }
}

#[derive(Deserialize)]
struct Switch {
    on: bool,
}

async fn switch(
    State(shared): State<Arc<Shared>>,
    Path(number): Path<String>,
    Json(switch): Json<Switch>,
) -> Response {
    found(shared.world.switch(&number, switch.on))
}

async fn remove(State(shared): State<Arc<Shared>>, Path(number): Path<String>) -> Response {
    found(shared.world.remove_phone(&number))
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

async fn text(
    State(shared): State<Arc<Shared>>,
    Path(number): Path<String>,
    Json(Text { text }): Json<Text>,
) -> Response {
    if !is_number(&number) || number == shared.world.number() {
        return bad("There is no such telephone.");
    }
    if text.chars().count() > 1_600 {
        return bad("A text has at most 1,600 characters.");
    }
    let sid = shared.text(&number, &text);
    (StatusCode::CREATED, Json(json!({"sid": sid}))).into_response()
}

fn found(found: bool) -> Response {
    if found {
        StatusCode::NO_CONTENT.into_response()
    } else {
        (StatusCode::NOT_FOUND, Json(json!({"message": "There is no such telephone."}))).into_response()
    }
}

fn bad(words: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"message": words}))).into_response()
}
