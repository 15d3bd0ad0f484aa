//! Puts the routes together and serves them until the forge stops.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use tokio::net::TcpListener;

use super::api_host::from_api_host;
use super::etag::tagged;
use super::faulty::faulty;
use super::gate::{API, gate};
use super::line::{Cut, Lines};
use super::{graphql, html, rest, smart};
use crate::state::ForgeState;

/// Serves until the forge stops and the open requests have ended.
pub(crate) async fn serve(state: Arc<ForgeState>, listener: TcpListener) {
    let stop = state.stop.clone();
    let service = router(state).into_make_service_with_connect_info::<Cut>();
    let served =
        axum::serve(Lines(listener), service).with_graceful_shutdown(stop.cancelled_owned());
    if let Err(error) = served.await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the forge no longer serves"
        );
    }
}

fn router(state: Arc<ForgeState>) -> Router {
    let bytes_max = state.options.limits.request_bytes_max;
    let routes = Router::new()
        .merge(api(&state))
        .route("/api/download/{file}", get(rest::download))
        .merge(smart::routes())
        .merge(html::routes())
        .layer(DefaultBodyLimit::max(bytes_max))
        .layer(middleware::from_fn_with_state(Arc::clone(&state), faulty))
        .layer(middleware::from_fn_with_state(Arc::clone(&state), mark))
        .with_state(state);
    // Around all routes, which are chosen by the path that it gives.
    Router::new()
        .fallback_service(routes)
        .layer(middleware::from_fn(from_api_host))
}

/// What has rates, rights and tags.
fn api(state: &Arc<ForgeState>) -> Router<Arc<ForgeState>> {
    Router::new()
        .nest(API, rest::routes())
        // A nest has no path that ends in its slash.
        .route(&format!("{API}/"), get(rest::root))
        .merge(graphql::routes())
        .layer(middleware::from_fn(tagged))
        .layer(middleware::from_fn_with_state(Arc::clone(state), gate))
}

/// Gives every answer an id by which its request can be found in the log.
async fn mark(State(state): State<Arc<ForgeState>>, request: Request, next: Next) -> Response {
    let count = state.requests.fetch_add(1, Ordering::Relaxed);
    let id = format!("{:04X}:{count:08X}", state.opened);
    tracing::debug!(%id, method = %request.method(), path = request.uri().path(), "request");
    let mut answer = next.run(request).await;
    tracing::debug!(%id, status = answer.status().as_u16(), "answer");
    let headers = answer.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-github-request-id"), id);
    }
    answer
}
