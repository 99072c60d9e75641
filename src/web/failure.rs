//! The answer to a request that nobody answered: its handler panicked, or took too long.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt as _;
use http::StatusCode;

use super::error::problem;
use super::pages::error::unknown;
use super::patience::within;

/// Runs the request, for so long at most.
pub(super) async fn answer(State(patience): State<Duration>, request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    match within(patience, AssertUnwindSafe(next.run(request)).catch_unwind()).await {
        Some(Ok(response)) => response,
        Some(Err(panic)) => {
            // Our mistake: it is logged with its request, and never shown.
            tracing::error!(panic = words(&*panic), "a handler panicked");
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            if api { problem(status, "internal", MISTAKE.to_owned(), None) } else { unknown(status, MISTAKE) }
        }
        None => {
            tracing::error!(seconds = patience.as_secs(), "a request was not answered in time");
            let status = StatusCode::SERVICE_UNAVAILABLE;
            if api { problem(status, "storage", LATE.to_owned(), None) } else { unknown(status, LATE) }
        }
    }
}

// What was begun may have been done, or be done yet: neither says that nothing was changed.
pub(super) const MISTAKE: &str =
    "A mistake of ours, not yours, and it has been noted. Look whether it was done before you repeat it.";
const LATE: &str = "This was not answered in time. Look whether it was done before you repeat it.";

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    async fn mistaken() -> &'static str {
        panic!("a secret of ours")
    }

    /// What these handlers get for an answer.
    async fn ask(path: &str) -> (StatusCode, String) {
        let handlers = || {
            Router::new().route("/mistaken", get(mistaken)).route("/slow", get(std::future::pending::<&str>))
        };
        let router =
            handlers().nest("/api", handlers()).layer(from_fn_with_state(Duration::from_millis(10), answer));
        let answer = router.oneshot(http::Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_panic_is_a_500_that_shows_nothing_of_it() {
        for (path, says) in [("/mistaken", "<!doctype html>"), ("/api/mistaken", r#""code":"internal""#)] {
            let (status, body) = ask(path).await;
            assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
            assert!(body.contains(says) && body.contains(MISTAKE) && !body.contains("secret"), "{body}");
        }
    }

    #[tokio::test]
    async fn what_takes_too_long_is_a_503_that_says_so() {
        for (path, says) in [("/slow", "<!doctype html>"), ("/api/slow", r#""code":"storage""#)] {
            let (status, body) = ask(path).await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
            assert!(body.contains(says) && body.contains(LATE), "{body}");
        }
    }
}
