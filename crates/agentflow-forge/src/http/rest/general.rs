//! The forge itself, users and repositories.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use serde_json::json;

use crate::http::answer::{Answer, Refusal, ok};
use crate::http::call::{Call, Caller};
use crate::http::shape;
use crate::rates::Resource;
use crate::state::ForgeState;
use crate::store::accounts;
use crate::store::tokens::Bearer;

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

/// Needs no token, and costs nothing.
pub(super) async fn rate_limit(
    State(state): State<Arc<ForgeState>>,
    bearer: Option<Extension<Bearer>>,
) -> Answer {
    let token = bearer.map(|Extension(bearer)| bearer.token_id);
    let limit = state.options.limits.requests_per_hour_max;
    let now = state.options.clock.unix();
    let shown = |resource: Resource| {
        let rate = state.rates.look((token, resource), limit, now);
        json!({
            "limit": rate.limit, "used": rate.used, "remaining": rate.remaining(),
            "reset": rate.reset,
        })
    };
    let core = shown(Resource::Core);
    let resources = json!({
        "core": core, "search": shown(Resource::Search), "graphql": shown(Resource::Graphql),
    });
    ok(json!({ "resources": resources, "rate": core }))
}

pub(super) async fn repository(call: Call) -> Answer {
    ok(shape::full_repository(call.links(), &call.repo, call.role))
}
