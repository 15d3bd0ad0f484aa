//! Gives every successful read a tag of its content, and answers who has that content already.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::answer::Refusal;
use crate::digest::sha256_hex;

pub(super) async fn tagged(request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    let known = request.headers().get_all(header::IF_NONE_MATCH);
    let known: Vec<HeaderValue> = known.iter().cloned().collect();
    let answer = next.run(request).await;
    if answer.status() != StatusCode::OK {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    // The handlers have made the whole body already, within their own limits.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Server Error").into_response();
    };
    let hash = sha256_hex(&bytes);
    let tag = format!("W/\"{hash}\"");
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        parts.headers.insert(header::ETAG, tag);
    }
    tell_reader(&mut parts.headers);
    if known.iter().any(|known| names(known, &hash)) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// The same address answers another reader, or another media type, with another body.
fn tell_reader(headers: &mut HeaderMap) {
    let vary = HeaderValue::from_static("Accept, Authorization");
    headers.insert(header::VARY, vary);
    let private = HeaderValue::from_static("private, max-age=60, s-maxage=60");
    headers.insert(header::CACHE_CONTROL, private);
}

/// Whether the value of an `If-None-Match` names the content, weakly or strongly.
fn names(value: &HeaderValue, hash: &str) -> bool {
    let text = value.to_str().unwrap_or_default();
    text.split(',').map(str::trim).any(|tag| {
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        tag == "*" || tag.trim_matches('"') == hash
    })
}
