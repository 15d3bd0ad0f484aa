//! Lets faults strike: before a request is looked at, or on its answer.

use std::sync::Arc;
use std::time::SystemTime;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Refusal;
use super::gate::API;
use super::line::Cut;
use crate::faults::{MergeRefused, RetryAfter, Trouble};
use crate::state::ForgeState;

pub(super) async fn faulty(
    State(state): State<Arc<ForgeState>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let path = path.strip_prefix(API).unwrap_or(path);
    let Some(trouble) = state.faults.strike(request.method().as_str(), path) else {
        return next.run(request).await;
    };
    match trouble {
        Trouble::Delay(by) => {
            state.options.clock.wait(by).await;
            next.run(request).await
        }
        Trouble::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            let words = status.canonical_reason().unwrap_or("Server Error");
            Refusal::new(status, words).into_response()
        }
        Trouble::DropBefore => cut_off(&cut),
        Trouble::DropAfter => {
            next.run(request).await;
            cut_off(&cut)
        }
        Trouble::SecondaryLimit(retry_after) => secondary_limit(retry_after),
        Trouble::StaleMergeability => stale(next.run(request).await).await,
        Trouble::MergeRefused(why) => merge_refused(why).into_response(),
        Trouble::BadCredentials => Refusal::unauthorized("Bad credentials").into_response(),
    }
}

/// Nobody reads this answer any more.
fn cut_off(cut: &Cut) -> Response {
    cut.cut();
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

fn secondary_limit(retry_after: RetryAfter) -> Response {
    let about = "https://docs.github.com/free-pro-team@latest/rest/overview/\
                 rate-limits-for-the-rest-api#about-secondary-rate-limits";
    let message = "You have exceeded a secondary rate limit. \
                   Please wait a few minutes before you try again.";
    let body = json!({ "documentation_url": about, "message": message });
    let mut answer = (StatusCode::FORBIDDEN, Json(body)).into_response();
    let value = match retry_after {
        RetryAfter::Seconds(seconds) => Some(seconds.to_string()),
        RetryAfter::Date(at) => Some(http_date(at)),
        RetryAfter::Absent => None,
    };
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
        answer.headers_mut().insert(header::RETRY_AFTER, value);
    }
    answer
}

/// As in `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(at: SystemTime) -> String {
    let at = Timestamp::try_from(at).unwrap_or_default();
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The answer as it is while nobody has looked whether the pull request can be merged.
async fn stale(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    // The handlers have made the whole body already, within their own limits.
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let Ok(mut value) = serde_json::from_slice::<Value>(&bytes) else {
        return (parts, bytes).into_response();
    };
    if value.get("mergeable").is_some() {
        value["mergeable"] = Value::Null;
        value["rebaseable"] = Value::Null;
        value["mergeable_state"] = Value::from("unknown");
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    // It is another content than the tag is of.
    parts.headers.remove(header::ETAG);
    (parts, value.to_string()).into_response()
}

fn merge_refused(why: MergeRefused) -> Refusal {
    let (status, message) = match why {
        MergeRefused::BaseModified => (
            StatusCode::METHOD_NOT_ALLOWED,
            "Base branch was modified. Review and try the merge again.",
        ),
        MergeRefused::NotMergeable => (
            StatusCode::METHOD_NOT_ALLOWED,
            "Pull Request is not mergeable",
        ),
        MergeRefused::HeadModified => (
            StatusCode::CONFLICT,
            "Head branch was modified. Review and try the merge again.",
        ),
    };
    Refusal::new(status, message)
}
