//! Takes queued checks one after another, runs them, and writes down what came of them.
//!
//! A check is started only after its row says so. One that is cut off by a kill or a shutdown
//! goes back into the queue and runs again from the start.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::again::cancelled;
use super::runner::{CheckJob, CheckReport, CheckStatus};
use crate::error::ForgeError;
use crate::git::EntryKind;
use crate::state::ForgeState;
use crate::store::checks::{self, CheckRun};
use crate::store::repositories::{self, Repository};
use crate::time;

/// The file of a commit that is its check.
const CI_FILE: &str = ".ci/run";
/// Wait after the queue itself failed.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Puts checks that a kill cut off, or that could not be run, back into the queue.
pub(crate) async fn heal(state: &ForgeState) -> Result<(), ForgeError> {
    let mut tx = state.database.write().await?;
    let requeued = checks::requeue_started(&mut tx).await?;
    tx.commit().await?;
    if requeued > 0 {
        tracing::info!(requeued, "checks that were cut off run again");
    }
    Ok(())
}

/// Works on the queue until the forge stops.
pub(crate) async fn work(state: Arc<ForgeState>) {
    while !state.stop.is_cancelled() {
        let waker = state.check_queued.notified();
        let next = take(&state).await;
        match next {
            Ok(Some(run)) => {
                // Another worker may find the next one meanwhile.
                state.check_queued.notify_one();
                let run = run_one(&state, run).await;
                write_down(&state, &run).await;
            }
            Ok(None) => tokio::select! {
                () = waker => {}
                () = state.stop.cancelled() => {}
            },
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the queue of checks cannot be read"
                );
                pause(&state, RETRY_AFTER).await;
            }
        }
    }
}

async fn pause(state: &ForgeState, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = state.stop.cancelled() => {}
    }
}

async fn take(state: &ForgeState) -> Result<Option<CheckRun>, ForgeError> {
    let mut tx = state.database.write().await?;
    let run = checks::take_queued(&mut tx).await?;
    tx.commit().await?;
    state.outbox_filled.notify_one();
    Ok(run)
}

/// The row as it is after the run: completed, or queued again if the forge stops.
async fn run_one(state: &ForgeState, mut run: CheckRun) -> CheckRun {
    let result = tokio::select! {
        result = check(state, &run) => result,
        by = cancelled(state, &run) => by.map(|by| Verdict::cancelled(&by)),
        () = state.stop.cancelled() => {
            run.status = "queued".to_owned();
            run.started_at = None;
            return run;
        }
    };
    let verdict = result.unwrap_or_else(|error| Verdict::not_run(&error));
    run.status = "completed".to_owned();
    run.conclusion = Some(verdict.conclusion.to_owned());
    run.title = Some(verdict.title);
    run.summary = Some(verdict.summary);
    run.text = verdict.text;
    run.completed_at = Some(time::now());
    run
}

/// Tries until it holds; a forge that stops first runs the check again when it is next opened.
async fn write_down(state: &ForgeState, run: &CheckRun) {
    while let Err(error) = save(state, run).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a check's result cannot be written down"
        );
        if state.stop.is_cancelled() {
            return;
        }
        pause(state, RETRY_AFTER).await;
    }
    state.check_completed.notify_waiters();
    state.outbox_filled.notify_one();
}

async fn save(state: &ForgeState, run: &CheckRun) -> Result<(), ForgeError> {
    let mut tx = state.database.write().await?;
    checks::save(&mut tx, run).await?;
    Ok(tx.commit().await?)
}

/// Waits until the queue is empty and nothing runs, or the forge stops.
pub(crate) async fn settle(state: &ForgeState) -> Result<(), ForgeError> {
    loop {
        // Made before the look at the queue, so that no completion slips in between.
        let completed = state.check_completed.notified();
        let mut conn = state.database.read().await?;
        let waiting = checks::unfinished_ci(&mut conn).await?;
        drop(conn);
        if waiting == 0 {
            return Ok(());
        }
        tokio::select! {
            () = completed => {}
            () = state.stop.cancelled() => return Ok(()),
        }
    }
}

async fn check(state: &ForgeState, run: &CheckRun) -> Result<Verdict, ForgeError> {
    let mut conn = state.database.read().await?;
    let repo = repositories::by_id(&mut conn, run.repo_id).await?;
    drop(conn);
    let entry = state.repo(&repo).entry(&run.head_sha, CI_FILE).await?;
    let command: &[&str] = match entry.map(|entry| entry.kind) {
        None => return Ok(Verdict::nothing_to_run()),
        Some(EntryKind::Executable) => &["./.ci/run"],
        Some(EntryKind::File) => &["sh", ".ci/run"],
        Some(_) => return Ok(Verdict::not_a_file()),
    };
    let scratch = state.layout.scratch();
    let checkout = tempfile::Builder::new()
        .prefix("check-")
        .tempdir_in(&scratch)
        .map_err(ForgeError::io(scratch))?;
    check_out(state, &repo, &run.head_sha, checkout.path()).await?;
    let limits = &state.options.limits;
    let job = CheckJob {
        repository: &repo.full_name(),
        head_sha: &run.head_sha,
        workdir: checkout.path(),
        command,
        time_limit: limits.check_time_max,
        output_bytes_max: limits.check_output_bytes_max,
    };
    Ok(match state.options.check_runner.run(job).await {
        Ok(report) => Verdict::of(&report),
        Err(error) => Verdict::not_run(&error),
    })
}

/// Makes a work tree that shares nothing with the forge's repository, so that a check cannot harm it.
async fn check_out(
    state: &ForgeState,
    repo: &Repository,
    sha: &str,
    dir: &Path,
) -> Result<(), ForgeError> {
    let source = state.repo(repo);
    let source = source.dir().to_string_lossy();
    let checkout = state.git.at(dir);
    checkout.bytes(&["init", "--quiet", "--template="]).await?;
    checkout
        .bytes(&["fetch", "--quiet", "--depth=1", "--", &source, sha])
        .await?;
    checkout
        .bytes(&["checkout", "--quiet", "--detach", sha])
        .await?;
    Ok(())
}

/// What a check run says when it is completed.
struct Verdict {
    conclusion: &'static str,
    title: String,
    summary: String,
    text: Option<String>,
}

impl Verdict {
    fn of(report: &CheckReport) -> Self {
        let (conclusion, title) = match report.status {
            CheckStatus::Exited(0) => ("success", "checks passed".to_owned()),
            CheckStatus::Exited(code) => ("failure", format!("checks failed with status {code}")),
            CheckStatus::Signalled(signal) => {
                ("failure", format!("checks were ended by signal {signal}"))
            }
            CheckStatus::TimedOut => ("timed_out", "checks took too long".to_owned()),
        };
        let seconds = report.duration.as_secs_f64();
        let summary = format!("`{CI_FILE}`: {title} after {seconds:.1} s");
        Self {
            conclusion,
            title,
            summary,
            text: Some(report.output.to_string()),
        }
    }

    fn nothing_to_run() -> Self {
        Self {
            conclusion: "neutral",
            title: "no checks".to_owned(),
            summary: format!("the commit has no `{CI_FILE}`, so nothing was run"),
            text: None,
        }
    }

    fn cancelled(by: &str) -> Self {
        Self {
            conclusion: "cancelled",
            title: "checks were cancelled".to_owned(),
            summary: format!("{by} cancelled the checks"),
            text: None,
        }
    }

    fn not_a_file() -> Self {
        Self {
            conclusion: "failure",
            title: "checks could not be run".to_owned(),
            summary: format!("`{CI_FILE}` is not a plain file"),
            text: None,
        }
    }

    /// Says nothing about the commit: it runs again when the forge is next opened.
    fn not_run(error: &dyn std::error::Error) -> Self {
        let mut reasons = vec![error.to_string()];
        let mut next = error.source();
        while let Some(source) = next {
            reasons.push(source.to_string());
            next = source.source();
        }
        Self {
            conclusion: "cancelled",
            title: "checks could not be run".to_owned(),
            summary: reasons.join(": "),
            text: None,
        }
    }
}
