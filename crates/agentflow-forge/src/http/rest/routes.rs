//! Which path leads where.

use std::sync::Arc;

use axum::Router;
use axum::extract::OriginalUri;
use axum::http::{Method, StatusCode};
use axum::routing::{delete, get, post, put};

use super::{
    branches, checks, comments, commits, contents, deliveries, general, hooks, issues, labels,
    merges, pull_content, pulls, requested_reviewers, review_comments, reviews,
};
use crate::http::answer::Refusal;
use crate::state::ForgeState;

/// Everything below `/api/v3`.
pub(in crate::http) fn routes() -> Router<Arc<ForgeState>> {
    Router::new()
        .route("/", get(general::root))
        .route("/user", get(general::current_user))
        .route("/users/{login}", get(general::user))
        .route("/rate_limit", get(general::rate_limit))
        .nest("/repos/{owner}/{repo}", repository())
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
}

fn repository() -> Router<Arc<ForgeState>> {
    Router::new()
        .route("/", get(general::repository))
        .merge(issue_routes())
        .merge(code_routes())
        .merge(pull_routes())
        .merge(check_routes())
        .merge(hook_routes())
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
}

fn issue_routes() -> Router<Arc<ForgeState>> {
    let of_issue = get(labels::list)
        .post(labels::add)
        .put(labels::set)
        .delete(labels::clear);
    Router::new()
        .route("/issues", get(issues::list).post(issues::create))
        .route("/issues/{number}", get(issues::get).patch(issues::edit))
        .route(
            "/issues/{number}/comments",
            get(comments::list).post(comments::create),
        )
        .route("/issues/{number}/events", get(issues::events))
        .route("/issues/{number}/labels", of_issue)
        .route("/issues/{number}/labels/{name}", delete(labels::remove))
        .route(
            "/issues/comments/{id}",
            get(comments::get).patch(comments::edit),
        )
}

fn code_routes() -> Router<Arc<ForgeState>> {
    Router::new()
        .route("/contents", get(contents::get))
        .route("/contents/", get(contents::get))
        .route("/contents/{*path}", get(contents::get))
        .route("/branches", get(branches::list))
        .route("/branches/{*branch}", get(branches::get))
        .route("/git/ref/{*name}", get(branches::get_ref))
        .route("/git/refs/{*name}", delete(branches::delete_ref))
        .route("/commits", get(commits::list))
        .route("/commits/{*rest}", get(commits::about))
        .route("/compare/{*range}", get(commits::compare))
}

fn pull_routes() -> Router<Arc<ForgeState>> {
    let reviewers = get(requested_reviewers::list)
        .post(requested_reviewers::add)
        .delete(requested_reviewers::remove);
    Router::new()
        .route("/pulls", get(pulls::list).post(pulls::create))
        .route("/pulls/{number}", get(pulls::get).patch(pulls::edit))
        .route("/pulls/{number}/files", get(pull_content::files))
        .route("/pulls/{number}/commits", get(pull_content::commits))
        .route(
            "/pulls/{number}/merge",
            put(merges::merge).get(merges::is_merged),
        )
        .route(
            "/pulls/{number}/reviews",
            get(reviews::list).post(reviews::create),
        )
        .route("/pulls/{number}/reviews/{id}", get(reviews::get))
        .route(
            "/pulls/{number}/reviews/{id}/comments",
            get(review_comments::of_review),
        )
        .route("/pulls/{number}/comments", get(review_comments::list))
        .route(
            "/pulls/{number}/comments/{id}/replies",
            post(review_comments::reply),
        )
        .route("/pulls/{number}/requested_reviewers", reviewers)
}

fn check_routes() -> Router<Arc<ForgeState>> {
    Router::new()
        .route("/check-runs", post(checks::create))
        .route("/check-runs/{id}", get(checks::get).patch(checks::edit))
}

fn hook_routes() -> Router<Arc<ForgeState>> {
    let one = get(hooks::get).patch(hooks::edit).delete(hooks::delete);
    let config = get(hooks::config).patch(hooks::edit_config);
    Router::new()
        .route("/hooks", get(hooks::list).post(hooks::create))
        .route("/hooks/{hook}", one)
        .route("/hooks/{hook}/config", config)
        .route("/hooks/{hook}/pings", post(hooks::ping))
        .route("/hooks/{hook}/deliveries", get(deliveries::list))
        .route("/hooks/{hook}/deliveries/{delivery}", get(deliveries::get))
        .route(
            "/hooks/{hook}/deliveries/{delivery}/attempts",
            post(deliveries::attempt),
        )
}

/// Says which route the forge does not have, so that nobody takes it for a missing thing.
async fn unknown(method: Method, OriginalUri(uri): OriginalUri) -> Refusal {
    let path = uri.path();
    Refusal::new(
        StatusCode::NOT_FOUND,
        format!("Not Found: this forge has no route {method} {path}"),
    )
}
