//! Check runs, their suites, and what commits' checks come to.

use serde_json::{Value, json};

use super::Links;
use super::links::escaped;
use super::repository::minimal_repository;
use super::user::user;
use crate::git::Commit;
use crate::store::accounts::User;
use crate::store::checks::CheckRun;
use crate::store::repositories::Repository;
use crate::store::statuses::Status;
use crate::time;

/// The app that check runs belong to; the forge has one.
const APP_ID: i64 = 1;

pub(in crate::http) fn check_run(
    links: Links<'_>,
    repo: &Repository,
    run: &CheckRun,
    pulls: &[Value],
) -> Value {
    let api = links.repo(repo, &format!("/check-runs/{}", run.id));
    let html_url = links.html(repo, &format!("/runs/{}", run.id));
    json!({
        "id": run.id,
        "node_id": format!("CR_{}", run.id),
        "head_sha": run.head_sha,
        "name": run.name,
        "external_id": run.external_id,
        "url": api,
        "html_url": html_url,
        "details_url": run.details_url.clone().unwrap_or(html_url),
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": run.started_at,
        "completed_at": run.completed_at,
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": run.annotations,
            "annotations_url": format!("{api}/annotations"),
        },
        "check_suite": { "id": suite_id(&run.head_sha) },
        "app": app(links),
        "pull_requests": pulls,
    })
}

/// What a check run says of some lines; absent parts are told as `null`.
pub(in crate::http) fn annotation(
    links: Links<'_>,
    repo: &Repository,
    sha: &str,
    said: &Value,
) -> Value {
    let path = escaped(said["path"].as_str().unwrap_or_default());
    let mut value = said.clone();
    value["blob_href"] = links.html(repo, &format!("/blob/{sha}/{path}")).into();
    value
}

/// All check runs of a commit, which are one suite here.
pub(in crate::http) fn check_suite(
    links: Links<'_>,
    repo: &Repository,
    commit: &Commit,
    runs: &[CheckRun],
    pulls: &[Value],
) -> Value {
    let sha = &commit.sha;
    json!({
        "id": suite_id(sha),
        "node_id": format!("CS_{}", suite_id(sha)),
        "head_branch": null,
        "head_sha": sha,
        "status": suite_status(runs),
        "conclusion": suite_conclusion(runs),
        "url": links.repo(repo, &format!("/check-suites/{}", suite_id(sha))),
        "before": null,
        "after": sha,
        "created_at": runs.iter().find_map(|run| run.started_at.clone()),
        "updated_at": runs.iter().rev().find_map(|run| run.completed_at.clone()),
        "app": app(links),
        "head_commit": head_commit(commit),
        "repository": minimal_repository(links, repo),
        "latest_check_runs_count": runs.len(),
        "check_runs_url": links.repo(repo, &format!("/commits/{sha}/check-runs")),
        "pull_requests": pulls,
    })
}

pub(super) fn head_commit(commit: &Commit) -> Value {
    let person = |who: &crate::git::Person| json!({ "name": who.name, "email": who.email });
    json!({
        "id": commit.sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": time::from_unix(commit.committer.at),
        "author": person(&commit.author),
        "committer": person(&commit.committer),
    })
}

/// A status of the older kind.
pub(in crate::http) fn status(links: Links<'_>, repo: &Repository, status: &Status) -> Value {
    let mut value = brief_status(links, repo, status);
    value["creator"] = user(links, &status.creator);
    value
}

/// The same among all of a commit.
pub(in crate::http) fn brief_status(links: Links<'_>, repo: &Repository, status: &Status) -> Value {
    let creator = user(links, &status.creator);
    json!({
        "id": status.id,
        "node_id": format!("SC_{}", status.id),
        "url": links.repo(repo, &format!("/statuses/{}", status.sha)),
        "avatar_url": creator["avatar_url"],
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": status.created_at,
        "updated_at": status.created_at,
    })
}

/// What is said of a commit beside its statuses.
pub(in crate::http) fn combined_status(links: Links<'_>, repo: &Repository, sha: &str) -> Value {
    json!({
        "sha": sha,
        "repository": minimal_repository(links, repo),
        "commit_url": links.repo(repo, &format!("/commits/{sha}")),
        "url": links.repo(repo, &format!("/commits/{sha}/status")),
    })
}

fn suite_status(runs: &[CheckRun]) -> &'static str {
    if runs.iter().all(CheckRun::is_completed) {
        "completed"
    } else if runs.iter().all(|run| run.status == "queued") {
        "queued"
    } else {
        "in_progress"
    }
}

fn suite_conclusion(runs: &[CheckRun]) -> Option<&'static str> {
    let done = runs.iter().all(CheckRun::is_completed);
    let passed = runs.iter().all(CheckRun::passes);
    done.then_some(if passed { "success" } else { "failure" })
}

/// A number that is the same for a commit whenever it is asked for.
pub(in crate::http) fn suite_id(sha: &str) -> i64 {
    sha.get(..12)
        .and_then(|start| i64::from_str_radix(start, 16).ok())
        .unwrap_or(0)
}

fn app(links: Links<'_>) -> Value {
    let epoch = "1970-01-01T00:00:00Z";
    let owner = User {
        id: 0,
        login: "forge".to_owned(),
    };
    json!({
        "id": APP_ID,
        "node_id": format!("A_{APP_ID}"),
        "slug": "forge",
        "owner": user(links, &owner),
        "name": "forge",
        "description": null,
        "external_url": links.origin(),
        "html_url": links.origin(),
        "created_at": epoch,
        "updated_at": epoch,
        "permissions": { "checks": "write" },
        "events": [],
    })
}
