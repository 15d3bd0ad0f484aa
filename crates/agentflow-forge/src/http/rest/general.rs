//! The forge itself, users and repositories.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::json;

use crate::http::answer::{Answer, Refusal, ok};
use crate::http::auth::bearer;
use crate::http::call::{Call, Caller};
use crate::http::server::RATE_LIMIT;
use crate::http::shape;
use crate::state::ForgeState;
use crate::store::accounts;

pub(super) async fn root(caller: Caller) -> Answer {
    let api = caller.links().api();
    ok(json!({
        "current_user_url": format!("{api}/user"),
        "rate_limit_url": format!("{api}/rate_limit"),
        "repository_url": format!("{api}/repos/{{owner}}/{{repo}}"),
        "user_url": format!("{api}/users/{{user}}"),
    }))
}

pub(super) async fn current_user(caller: Caller) -> Answer {
    ok(shape::private_user(caller.links(), &caller.bearer.user))
}

pub(super) async fn user(caller: Caller) -> Answer {
    let mut conn = caller.state.database.read().await?;
    let user = accounts::user(&mut conn, caller.param("login"))
        .await?
        .ok_or_else(Refusal::not_found)?;
    ok(shape::private_user(caller.links(), &user))
}

/// Needs no token, but refuses a bad one, as GitHub does.
pub(super) async fn rate_limit(State(state): State<Arc<ForgeState>>, headers: HeaderMap) -> Answer {
    if headers.contains_key(axum::http::header::AUTHORIZATION) {
        bearer(&state, &headers).await?;
    }
    let limit = json!({ "limit": RATE_LIMIT, "remaining": RATE_LIMIT, "reset": 4_102_444_800_u64, "used": 0 });
    ok(json!({ "resources": { "core": limit, "search": limit, "graphql": limit }, "rate": limit }))
}

pub(super) async fn repository(call: Call) -> Answer {
    ok(shape::full_repository(
        call.links(),
        &call.repo,
        call.bearer.may_write,
    ))
}
