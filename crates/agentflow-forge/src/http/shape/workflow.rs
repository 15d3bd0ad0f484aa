//! The forge's own check of a commit as a workflow run and as its job.

use serde_json::{Value, json};

use super::Links;
use super::check::{head_commit, suite_id};
use super::pull::pull_minimal;
use super::repository::minimal_repository;
use super::user::user;
use crate::git::Commit;
use crate::store::checks::CheckRun;
use crate::store::pulls::Pull;
use crate::store::repositories::Repository;
use crate::time;

/// The forge knows one workflow, which is the repository's own check.
const WORKFLOW_ID: i64 = 1;
const WORKFLOW_FILE: &str = ".ci/run";

pub(in crate::http) fn workflow_run(
    links: Links<'_>,
    repo: &Repository,
    run: &CheckRun,
    commit: &Commit,
    pull: Option<&Pull>,
) -> Value {
    let api = links.repo(repo, &format!("/actions/runs/{}", run.id));
    let suite = suite_id(&run.head_sha);
    let created_at = created_at(run, commit);
    let updated = [&run.completed_at, &run.started_at]
        .into_iter()
        .flatten()
        .next();
    let mut value = json!({
        "id": run.id,
        "name": run.name,
        "node_id": format!("WFR_{}", run.id),
        "check_suite_id": suite,
        "check_suite_node_id": format!("CS_{suite}"),
        "head_branch": pull.map(|pull| &pull.head_ref),
        "head_sha": run.head_sha,
        "path": WORKFLOW_FILE,
        "run_number": run.id,
        "run_attempt": 1,
        "event": "pull_request",
        "display_title": pull.map_or(commit.subject(), |pull| &pull.issue.title),
        "status": run.status,
        "conclusion": run.conclusion,
        "workflow_id": WORKFLOW_ID,
        "url": api,
        "html_url": links.html(repo, &format!("/runs/{}", run.id)),
        "pull_requests": pull.map(|pull| pull_minimal(links, repo, pull)).into_iter().collect::<Vec<_>>(),
        "created_at": created_at,
        "updated_at": updated.unwrap_or(&created_at),
        "run_started_at": run.started_at.as_ref().unwrap_or(&created_at),
        "jobs_url": format!("{api}/jobs"),
        "logs_url": format!("{api}/logs"),
        "check_suite_url": links.repo(repo, &format!("/check-suites/{suite}")),
        "artifacts_url": format!("{api}/artifacts"),
        "cancel_url": format!("{api}/cancel"),
        "rerun_url": format!("{api}/rerun"),
        "previous_attempt_url": null,
        "workflow_url": links.repo(repo, &format!("/actions/workflows/{WORKFLOW_ID}")),
        "head_commit": head_commit(commit),
        "repository": minimal_repository(links, repo),
        "head_repository": minimal_repository(links, repo),
    });
    if let Some(pull) = pull {
        value["actor"] = user(links, &pull.issue.author);
        value["triggering_actor"] = user(links, &pull.issue.author);
    }
    value
}

pub(in crate::http) fn job(
    links: Links<'_>,
    repo: &Repository,
    run: &CheckRun,
    commit: &Commit,
    pull: Option<&Pull>,
) -> Value {
    let api = links.repo(repo, &format!("/actions/jobs/{}", run.id));
    let created_at = created_at(run, commit);
    let started_at = run.started_at.as_ref().unwrap_or(&created_at);
    json!({
        "id": run.id,
        "run_id": run.id,
        "run_url": links.repo(repo, &format!("/actions/runs/{}", run.id)),
        "run_attempt": 1,
        "node_id": format!("CR_{}", run.id),
        "head_sha": run.head_sha,
        "head_branch": pull.map(|pull| &pull.head_ref),
        "url": api,
        "html_url": links.html(repo, &format!("/runs/{}", run.id)),
        "status": run.status,
        "conclusion": run.conclusion,
        "created_at": created_at,
        "started_at": started_at,
        "completed_at": run.completed_at,
        "name": run.name,
        "workflow_name": run.name,
        "steps": [{
            "name": WORKFLOW_FILE, "number": 1, "status": run.status, "conclusion": run.conclusion,
            "started_at": run.started_at, "completed_at": run.completed_at,
        }],
        "check_run_url": links.repo(repo, &format!("/check-runs/{}", run.id)),
        "labels": [],
        "runner_id": null,
        "runner_name": null,
        "runner_group_id": null,
        "runner_group_name": null,
    })
}

/// Checks of an older format did not say when they were queued.
fn created_at(run: &CheckRun, commit: &Commit) -> String {
    let known = run.created_at.clone().or_else(|| run.started_at.clone());
    known.unwrap_or_else(|| time::from_unix(commit.committer.at))
}
