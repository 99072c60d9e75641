//! Every route. What all of them share stands around them, outermost last.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use http::{HeaderName, StatusCode};
use tower::util::BoxCloneSyncService;
use tower::{ServiceBuilder, ServiceExt as _};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;

use super::guard::guard;
use super::{Site, api, assets, failure, hooks, metrics, pages};

/// All that a request goes through.
pub type Http = BoxCloneSyncService<Request, Response, Infallible>;

/// A request is answered within this time; else it is refused.
const PATIENCE: Duration = Duration::from_mins(1);

/// The whole of HTTP. `socket` is the route of `/live`, which `boot()` brings.
///
/// The layers stand around the router and not in it: there they would be boxed and copied with every route, for every
/// request.
pub fn router(site: Site, socket: Router) -> Http {
    let request_id = HeaderName::from_static("x-request-id");
    let routes = Router::new()
        .nest("/api", api::routes())
        // A nest does not reach the bare folder with its slash.
        .route("/api/", any(api::not_found))
        .route("/openapi.json", get(api::show_document))
        .merge(pages::routes())
        .merge(assets::routes())
        .merge(hooks::routes())
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::show))
        .fallback(pages::not_found)
        .with_state(site.clone())
        .merge(socket);
    // Assets are compressed once, at the start; what is small gains nothing.
    let compressible = DefaultPredicate::new()
        .and(NotForContentType::new("text/javascript"))
        .and(NotForContentType::new("text/css"));
    let layered = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(request_id.clone(), MakeRequestUuid))
        .layer(TraceLayer::new_for_http())
        .layer(PropagateRequestIdLayer::new(request_id))
        .layer(from_fn_with_state(site, guard))
        .layer(from_fn_with_state(PATIENCE, failure::answer))
        .layer(CompressionLayer::new().compress_when(compressible))
        .service(routes);
    BoxCloneSyncService::new(layered.map_response(|response| response.map(Body::new)))
}

/// Whether the process can serve: it is not about to stop, the store writes and reads, and the hub sends.
async fn ready(State(site): State<Site>) -> Response {
    if site.is_draining() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response();
    }
    if !site.is_live() {
        tracing::error!("a thread of the hub does not answer");
        return (StatusCode::SERVICE_UNAVAILABLE, "the hub does not answer\n").into_response();
    }
    match site.app().check().await {
        Ok(()) => "ok\n".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response(),
    }
}
