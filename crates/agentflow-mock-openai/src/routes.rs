//! Which path is whose, and what every request goes through first: the limit of its size, the
//! list of what was seen, the key, the log.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use secrecy::{ExposeSecret, SecretString};

use crate::refusal::Refusal;
use crate::seen::label_of;
use crate::server::Mock;
use crate::{chat, embeddings, models};

pub(crate) fn router(mock: Arc<Mock>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(chat::complete))
        .route("/v1/embeddings", post(embeddings::embed))
        .route("/v1/models", get(models::list))
        .route("/v1/models/{*name}", get(models::show))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&mock), enter))
        .with_state(mock)
}

async fn enter(State(mock): State<Arc<Mock>>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let label = label_of(request.headers());
    let answer = match admit(&mock, request).await {
        Ok(request) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    let status = answer.status().as_u16();
    let label = label.map(tracing::field::display);
    tracing::info!(label, "{method} {path} {status}");
    answer
}

/// The request with its whole body, if it may go on.
async fn admit(mock: &Mock, request: Request) -> Result<Request, Refusal> {
    let (parts, body) = request.into_parts();
    let bytes_max = mock.request_bytes_max;
    let read = to_bytes(body, bytes_max).await;
    let bytes = read.as_deref().unwrap_or_default();
    mock.seen
        .add(&parts.method, parts.uri.path(), &parts.headers, bytes);
    if let Some(key) = &mock.key {
        check_key(key, &parts.headers)?;
    }
    let bytes = read.map_err(|error| Refusal::unread(bytes_max, &error))?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

fn check_key(key: &SecretString, headers: &HeaderMap) -> Result<(), Refusal> {
    let shown = headers.get(AUTHORIZATION);
    let shown = shown.and_then(|shown| shown.as_bytes().strip_prefix(b"Bearer "));
    match shown {
        Some(shown) if shown == key.expose_secret().as_bytes() => Ok(()),
        Some(_) => Err(Refusal::unauthorized("the API key is not this server's")),
        None => Err(Refusal::unauthorized(
            "no API key was sent; send it as `Authorization: Bearer KEY`",
        )),
    }
}

async fn unknown(method: Method, uri: Uri) -> Refusal {
    Refusal::unknown_path(&method, uri.path())
}

async fn unknown_method(method: Method, uri: Uri) -> Refusal {
    Refusal::unknown_method(&method, uri.path())
}
