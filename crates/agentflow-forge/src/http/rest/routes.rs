//! Which path leads where.

use std::sync::Arc;

use axum::Router;
use axum::extract::OriginalUri;
use axum::http::{Method, StatusCode};
use axum::routing::{delete, get, patch, post, put};

use super::{
    archives, assignees, branch_merges, branches, checks, codeowners, collaborators, comments,
    commits, contents, contents_edit, deliveries, general, git_objects, git_refs, git_tags, hooks,
    issue_list, issues, labels, languages, locks, merges, protection, pull_content, pulls,
    reactions, readme, repositories, repository_labels, requested_reviewers, review_comments,
    reviews, search_code, search_issues, statuses, timeline, workflow_runs,
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
        .route("/meta", get(general::meta))
        .route("/user/repos", post(repositories::for_caller))
        .route("/orgs/{org}/repos", post(repositories::for_organization))
        .route("/search/issues", get(search_issues::search))
        .route("/search/code", get(search_code::search))
        .nest("/repos/{owner}/{repo}", repository())
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
}

fn repository() -> Router<Arc<ForgeState>> {
    Router::new()
        .route("/", get(general::repository))
        .merge(issue_routes())
        .merge(code_routes())
        .merge(git_routes())
        .merge(branch_routes())
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
        .route("/issues", get(issue_list::list).post(issues::create))
        .route("/issues/{number}", get(issues::get).patch(issues::edit))
        .route(
            "/issues/{number}/comments",
            get(comments::list).post(comments::create),
        )
        .route("/issues/{number}/events", get(issues::events))
        .route("/issues/{number}/labels", of_issue)
        .route("/issues/{number}/labels/{name}", delete(labels::remove))
        .route("/issues/{number}/timeline", get(timeline::list))
        .route(
            "/issues/{number}/assignees",
            post(assignees::add).delete(assignees::remove),
        )
        .route(
            "/issues/{number}/lock",
            put(locks::lock).delete(locks::unlock),
        )
        .route("/issues/{number}/reactions", post(reactions::to_issue))
        .route("/issues/comments", get(comments::of_repository))
        .route(
            "/issues/comments/{id}",
            get(comments::get)
                .patch(comments::edit)
                .delete(comments::delete),
        )
        .route(
            "/issues/comments/{id}/reactions",
            post(reactions::to_comment),
        )
        .route(
            "/labels",
            get(repository_labels::list).post(repository_labels::create),
        )
        .route(
            "/labels/{name}",
            get(repository_labels::get)
                .patch(repository_labels::edit)
                .delete(repository_labels::delete),
        )
        .route("/collaborators", get(collaborators::list))
        .route("/collaborators/{login}", get(collaborators::check))
        .route(
            "/collaborators/{login}/permission",
            get(collaborators::permission),
        )
}

fn code_routes() -> Router<Arc<ForgeState>> {
    Router::new()
        .route("/contents", get(contents::get))
        .route("/contents/", get(contents::get))
        .route(
            "/contents/{*path}",
            get(contents::get)
                .put(contents_edit::put)
                .delete(contents_edit::delete),
        )
        .route("/readme", get(readme::get))
        .route("/languages", get(languages::get))
        .route("/codeowners/errors", get(codeowners::errors))
        .route("/tarball", get(archives::tarball))
        .route("/tarball/{*name}", get(archives::tarball))
        .route("/zipball", get(archives::zipball))
        .route("/zipball/{*name}", get(archives::zipball))
        .route("/commits", get(commits::list))
        .route("/commits/{*rest}", get(commits::about))
        .route("/compare/{*range}", get(commits::compare))
}

/// git's own objects and refs.
fn git_routes() -> Router<Arc<ForgeState>> {
    Router::new()
        .route("/git/blobs", post(git_objects::create_blob))
        .route("/git/blobs/{sha}", get(git_objects::get_blob))
        .route("/git/trees", post(git_objects::create_tree))
        .route("/git/trees/{*sha}", get(git_objects::get_tree))
        .route("/git/commits", post(git_objects::create_commit))
        .route("/git/commits/{sha}", get(git_objects::get_commit))
        .route("/git/tags", post(git_tags::create))
        .route("/git/tags/{sha}", get(git_tags::get))
        .route("/git/ref/{*name}", get(git_refs::get))
        .route("/git/matching-refs/{*name}", get(git_refs::matching))
        .route("/git/refs", post(git_refs::create))
        .route(
            "/git/refs/{*name}",
            patch(git_refs::update).delete(git_refs::delete),
        )
}

fn branch_routes() -> Router<Arc<ForgeState>> {
    let of_branch = get(branches::about)
        .post(branches::post)
        .put(protection::put)
        .delete(protection::delete);
    Router::new()
        .route("/branches", get(branches::list))
        .route("/branches/{*rest}", of_branch)
        .route("/rules/branches/{*branch}", get(protection::rules))
        .route("/merges", post(branch_merges::merge))
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
        .route(
            "/pulls/{number}/reviews/{id}",
            get(reviews::get).put(reviews::edit),
        )
        .route("/pulls/{number}/reviews/{id}/events", post(reviews::submit))
        .route(
            "/pulls/{number}/reviews/{id}/dismissals",
            put(reviews::dismiss),
        )
        .route("/pulls/{number}/update-branch", put(branch_merges::update))
        .route(
            "/pulls/{number}/reviews/{id}/comments",
            get(review_comments::of_review),
        )
        .route(
            "/pulls/{number}/comments",
            get(review_comments::list).post(review_comments::create),
        )
        .route(
            "/pulls/comments/{id}",
            get(review_comments::get)
                .patch(review_comments::edit)
                .delete(review_comments::delete),
        )
        .route(
            "/pulls/comments/{id}/reactions",
            post(reactions::to_review_comment),
        )
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
        .route("/check-runs/{id}/annotations", get(checks::annotations))
        .route("/check-runs/{id}/rerequest", post(checks::rerequest))
        .route("/check-suites/{id}/check-runs", get(checks::of_suite))
        .route("/statuses/{sha}", post(statuses::create))
        .route("/actions/runs", get(workflow_runs::list))
        .route("/actions/runs/{id}", get(workflow_runs::get))
        .route("/actions/runs/{id}/jobs", get(workflow_runs::jobs))
        .route("/actions/runs/{id}/logs", get(workflow_runs::run_logs))
        .route(
            "/actions/runs/{id}/rerun-failed-jobs",
            post(workflow_runs::rerun_failed),
        )
        .route("/actions/runs/{id}/cancel", post(workflow_runs::cancel))
        .route("/actions/jobs/{id}", get(workflow_runs::job))
        .route("/actions/jobs/{id}/logs", get(workflow_runs::job_log))
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
