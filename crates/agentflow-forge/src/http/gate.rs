//! What every request to the API passes before it is looked at: who is it from, and may there be
//! another one this hour. And what every answer says of both.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::answer::Refusal;
use super::auth::shown_bearer;
use crate::access::Need;
use crate::acting::as_user;
use crate::rates::{Account, Rate, Resource};
use crate::state::ForgeState;
use crate::store::tokens::Bearer;

/// Base of the REST API.
pub(super) const API: &str = "/api/v3";

pub(super) async fn gate(
    State(state): State<Arc<ForgeState>>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let path = path.strip_prefix(API).unwrap_or(&path);
    let method = request.method().clone();
    let limit = state.options.limits.requests_per_hour_max;
    let now = state.options.clock.unix();
    let bearer = match shown_bearer(&state, request.headers()).await {
        Ok(bearer) => bearer,
        Err(refusal) => {
            // Whoever shows a bad token counts as nobody.
            let nobody = (None, resource(path));
            let rate = state.rates.take(nobody, limit, now);
            let mut answer = refusal.into_response();
            tell_rate(answer.headers_mut(), nobody, rate.unwrap_or_else(|it| it));
            return answer;
        }
    };
    let account = (bearer.as_ref().map(|it| it.token_id), resource(path));
    let counted = match path {
        "/rate_limit" => Ok(state.rates.look(account, limit, now)),
        _ => state.rates.take(account, limit, now),
    };
    let (mut answer, mut rate) = match (counted, &bearer) {
        (Err(rate), _) => (exceeded(bearer.as_ref()).into_response(), rate),
        (Ok(rate), None) => (next.run(request).await, rate),
        (Ok(rate), Some(bearer)) => {
            request.extensions_mut().insert(bearer.clone());
            (as_user(bearer.user.id, next.run(request)).await, rate)
        }
    };
    if !matches!(method, Method::GET | Method::HEAD) {
        state.outbox_filled.notify_one();
    }
    if answer.status() == StatusCode::NOT_MODIFIED {
        rate = state.rates.give_back(account, limit, now);
    }
    tell_rate(answer.headers_mut(), account, rate);
    tell_rights(answer.headers_mut(), bearer.as_ref(), &method, path);
    answer
}

fn resource(path: &str) -> Resource {
    if path.starts_with("/search/") {
        Resource::Search
    } else if path.ends_with("/graphql") && !path.starts_with("/repos/") {
        Resource::Graphql
    } else {
        Resource::Core
    }
}

/// GitHub's words, for a user and for nobody.
fn exceeded(bearer: Option<&Bearer>) -> Refusal {
    let whose = match bearer {
        Some(bearer) => format!("user ID {}", bearer.user.id),
        None => "127.0.0.1. (But here's the good news: Authenticated requests get a higher rate \
                 limit. Check out the documentation for more details.)"
            .to_owned(),
    };
    let full_stop = if bearer.is_some() { "." } else { "" };
    let message = format!("API rate limit exceeded for {whose}{full_stop}");
    Refusal::new(StatusCode::FORBIDDEN, message)
}

fn tell_rate(headers: &mut HeaderMap, (_, resource): Account, rate: Rate) {
    for (name, value) in [
        ("x-ratelimit-limit", rate.limit),
        ("x-ratelimit-remaining", rate.remaining()),
        ("x-ratelimit-used", rate.used),
        ("x-ratelimit-reset", rate.reset),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
    headers.insert(
        HeaderName::from_static("x-ratelimit-resource"),
        HeaderValue::from_static(resource.as_str()),
    );
}

/// What the request needed, and for a classic token what it has.
fn tell_rights(headers: &mut HeaderMap, bearer: Option<&Bearer>, method: &Method, path: &str) {
    let mut tell = |name: &'static str, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    let of_repository = path.strip_prefix("/repos/");
    let mut parts = of_repository.unwrap_or_default().splitn(3, '/').skip(2);
    let rest = parts.next().unwrap_or_default();
    match bearer.and_then(|bearer| bearer.grant.scopes()) {
        Some(scopes) => {
            tell("x-oauth-scopes", &scopes.join(", "));
            let accepted = if of_repository.is_some() { "repo" } else { "" };
            tell("x-accepted-oauth-scopes", accepted);
        }
        None if of_repository.is_some() => {
            let need = Need::of(method, rest);
            tell("x-accepted-github-permissions", &need.accepted());
        }
        None => {}
    }
}
