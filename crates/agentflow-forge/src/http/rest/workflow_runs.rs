//! The forge's own checks as workflow runs with one job each. A run, its job and its check run
//! have the same number.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::archives::redirect;
use crate::checks;
use crate::downloads::{ArchiveFormat, Download};
use crate::git::TreeChange;
use crate::http::answer::{Answer, Refusal, ok};
use crate::http::call::{Call, WriteCall};
use crate::http::{page, shape};
use crate::store::checks::{self as store, CheckRun};
use crate::store::pulls::{self, Pull};

pub(super) async fn list(call: Call) -> Answer {
    let mut conn = call.state.database.read().await?;
    let mut runs = store::all(&mut conn, call.repo.id, call.asked("head_sha")).await?;
    let pulls = pulls::all(&mut conn, call.repo.id).await?;
    drop(conn);
    runs.reverse();
    let suite = call.asked("check_suite_id").map(str::to_owned);
    let mut values = Vec::new();
    for run in runs.iter().filter(|run| run.is_ci) {
        let of_pull = pulls.iter().find(|pull| pull.head_sha == run.head_sha);
        let by_status =
            |wanted: &str| wanted == run.status || run.conclusion.as_deref() == Some(wanted);
        let by_branch = |wanted: &str| of_pull.is_some_and(|pull| pull.head_ref == wanted);
        let by_suite = |wanted: &String| *wanted == shape::suite_id(&run.head_sha).to_string();
        let by_actor = |wanted: &str| of_pull.is_some_and(|pull| pull.issue.author.login == wanted);
        if call.asked("status").is_none_or(by_status)
            && call.asked("branch").is_none_or(by_branch)
            && call
                .asked("event")
                .is_none_or(|event| event == "pull_request")
            && call.asked("actor").is_none_or(by_actor)
            && suite.as_ref().is_none_or(by_suite)
        {
            values.push(shown(&call, run, of_pull).await?);
        }
    }
    page::counted(&call, "workflow_runs", values)
}

pub(super) async fn get(call: Call) -> Answer {
    let run = known(&call).await?;
    let pull = pull_of(&call, &run).await?;
    ok(shown(&call, &run, pull.as_ref()).await?)
}

async fn known(call: &Call) -> Result<CheckRun, Refusal> {
    let id = call.number("id")?;
    let mut conn = call.state.database.read().await?;
    let found = store::find(&mut conn, call.repo.id, id).await?;
    found.filter(|run| run.is_ci).ok_or_else(Refusal::not_found)
}

async fn pull_of(call: &Call, run: &CheckRun) -> Result<Option<Pull>, Refusal> {
    let mut conn = call.state.database.read().await?;
    let pulls = pulls::all(&mut conn, call.repo.id).await?;
    Ok(pulls.into_iter().find(|pull| pull.head_sha == run.head_sha))
}

async fn shown(call: &Call, run: &CheckRun, pull: Option<&Pull>) -> Result<Value, Refusal> {
    let commit = call.git().commit(&run.head_sha).await?;
    Ok(shape::workflow_run(
        call.links(),
        &call.repo,
        run,
        &commit,
        pull,
    ))
}

pub(super) async fn jobs(call: Call) -> Answer {
    let run = known(&call).await?;
    let value = shown_job(&call, &run).await?;
    page::counted(&call, "jobs", vec![value])
}

pub(super) async fn job(call: Call) -> Answer {
    let run = known(&call).await?;
    ok(shown_job(&call, &run).await?)
}

async fn shown_job(call: &Call, run: &CheckRun) -> Result<Value, Refusal> {
    let commit = call.git().commit(&run.head_sha).await?;
    let pull = pull_of(call, run).await?;
    Ok(shape::job(
        call.links(),
        &call.repo,
        run,
        &commit,
        pull.as_ref(),
    ))
}

pub(super) async fn job_log(call: Call) -> Answer {
    let run = known(&call).await?;
    let log = log(&run)?;
    redirect(&call, Download::Text(log), &format!("{}.txt", run.name)).await
}

pub(super) async fn run_logs(call: Call) -> Answer {
    let run = known(&call).await?;
    let git = call.git();
    // git packs trees, so the log becomes one. Nothing refers to it.
    let blob = git.new_blob(log(&run)?.as_bytes()).await?;
    let file = TreeChange {
        path: format!("0_{}.txt", run.name),
        to: Some(("100644".to_owned(), blob)),
    };
    let scratch = call.state.layout.scratch();
    let download = Download::Archive {
        repo_id: call.repo.id,
        tree: git.new_tree(None, &[file], &scratch).await?,
        format: ArchiveFormat::Zip,
        name: String::new(),
    };
    redirect(&call, download, &format!("logs_{}.zip", run.id)).await
}

/// What the check wrote, or else why it wrote nothing.
fn log(run: &CheckRun) -> Result<String, Refusal> {
    if !run.is_completed() {
        return Err(Refusal::not_found());
    }
    let said = run.text.clone().or_else(|| run.summary.clone());
    Ok(said.unwrap_or_default())
}

pub(super) async fn rerun_failed(WriteCall(call): WriteCall) -> Answer {
    let run = known(&call).await?;
    if !run.is_completed() {
        let message = "This workflow is already running";
        return Err(Refusal::new(StatusCode::FORBIDDEN, message));
    }
    if run.passes() {
        let message = "The workflow run has no failed jobs.";
        return Err(Refusal::new(StatusCode::FORBIDDEN, message));
    }
    checks::rerun(&call.state, &run).await?;
    Ok((StatusCode::CREATED, Json(json!({}))).into_response())
}

pub(super) async fn cancel(WriteCall(call): WriteCall) -> Answer {
    let run = known(&call).await?;
    if !checks::cancel(&call.state, &run, &call.bearer.user).await? {
        let message = "Cannot cancel a workflow run that is completed.";
        return Err(Refusal::new(StatusCode::CONFLICT, message));
    }
    Ok((StatusCode::ACCEPTED, Json(json!({}))).into_response())
}
