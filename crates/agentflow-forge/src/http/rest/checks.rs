//! Check runs: those of a commit, and those that clients report.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::checks::rerun;
use crate::http::answer::{Answer, Refusal, created, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::{page, shape};
use crate::names::is_tree_path;
use crate::store::annotations as annotation_store;
use crate::store::checks::{self, CheckRun};
use crate::store::pulls;
use crate::time;

const RESOURCE: &str = "CheckRun";
const STATUSES: [&str; 3] = ["queued", "in_progress", "completed"];
const CONCLUSIONS: [&str; 7] = [
    "success",
    "failure",
    "neutral",
    "cancelled",
    "skipped",
    "timed_out",
    "action_required",
];
/// Longest summary or text, in characters, as on GitHub.
const OUTPUT_CHARS_MAX: usize = 65_535;
/// Most annotations in one request, as on GitHub.
const ANNOTATIONS_MAX: usize = 50;
const LEVELS: [&str; 3] = ["notice", "warning", "failure"];

pub(super) async fn of_commit(call: &Call, name: &str) -> Answer {
    let sha = call.commit_sha(name).await?;
    let mut conn = call.state.database.read().await?;
    let mut runs = checks::all(&mut conn, call.repo.id, Some(&sha)).await?;
    drop(conn);
    let (by_name, by_status) = (call.asked("check_name"), call.asked("status"));
    runs.retain(|run| {
        by_name.is_none_or(|name| name == run.name) && by_status.is_none_or(|it| it == run.status)
    });
    let pulls = pulls_at(call, &sha).await?;
    let values = runs
        .iter()
        .map(|run| shape::check_run(call.links(), &call.repo, run, &pulls))
        .collect();
    page::counted(call, "check_runs", values)
}

pub(super) async fn suites(call: &Call, name: &str) -> Answer {
    let sha = call.commit_sha(name).await?;
    let mut conn = call.state.database.read().await?;
    let runs = checks::all(&mut conn, call.repo.id, Some(&sha)).await?;
    drop(conn);
    let mut suites = Vec::new();
    if !runs.is_empty() {
        let commit = call.git().commit(&sha).await?;
        let pulls = pulls_at(call, &sha).await?;
        suites.push(shape::check_suite(
            call.links(),
            &call.repo,
            &commit,
            &runs,
            &pulls,
        ));
    }
    ok(json!({ "total_count": suites.len(), "check_suites": suites }))
}

/// The runs of a suite, which is all of one commit.
pub(super) async fn of_suite(call: Call) -> Answer {
    let id = call.number("id")?;
    let mut conn = call.state.database.read().await?;
    let all = checks::all(&mut conn, call.repo.id, None).await?;
    drop(conn);
    let of_suite = all.iter().find(|run| shape::suite_id(&run.head_sha) == id);
    let sha = of_suite.ok_or_else(Refusal::not_found)?.head_sha.clone();
    of_commit(&call, &sha).await
}

pub(super) async fn annotations(call: Call) -> Answer {
    let run = known(&call).await?;
    let mut conn = call.state.database.read().await?;
    let found = annotation_store::of_run(&mut conn, run.id).await?;
    let shown = found
        .iter()
        .map(|it| shape::annotation(call.links(), &call.repo, &run.head_sha, it));
    page::list(&call, shown.collect())
}

pub(super) async fn rerequest(WriteCall(call): WriteCall) -> Answer {
    let run = known(&call).await?;
    if !run.is_completed() {
        let message = "This check run is not rerequestable";
        return Err(Refusal::new(StatusCode::FORBIDDEN, message));
    }
    rerun(&call.state, &run).await?;
    created(json!({}))
}

/// Open pull requests whose head is that commit.
async fn pulls_at(call: &Call, sha: &str) -> Result<Vec<Value>, Refusal> {
    let mut conn = call.state.database.read().await?;
    let found = pulls::all(&mut conn, call.repo.id).await?;
    let at = found
        .iter()
        .filter(|pull| pull.issue.is_open && pull.head_sha == sha);
    Ok(at
        .map(|pull| shape::pull_minimal(call.links(), &call.repo, pull))
        .collect())
}

pub(super) async fn get(call: Call) -> Answer {
    let run = known(&call).await?;
    ok(shown(&call, &run).await?)
}

async fn known(call: &Call) -> Result<CheckRun, Refusal> {
    let id = call.number("id")?;
    let mut conn = call.state.database.read().await?;
    checks::find(&mut conn, call.repo.id, id)
        .await?
        .ok_or_else(Refusal::not_found)
}

async fn shown(call: &Call, run: &CheckRun) -> Result<Value, Refusal> {
    let pulls = pulls_at(call, &run.head_sha).await?;
    Ok(shape::check_run(call.links(), &call.repo, run, &pulls))
}

/// Everything a client may say of a check run; on a new one, `name` and `head_sha` are needed.
#[derive(Deserialize)]
pub(super) struct RunFields {
    name: Option<String>,
    head_sha: Option<String>,
    status: Option<String>,
    conclusion: Option<String>,
    external_id: Option<String>,
    details_url: Option<String>,
    started_at: Option<String>,
    completed_at: Option<String>,
    output: Option<OutputFields>,
}

#[derive(Deserialize)]
struct OutputFields {
    title: Option<String>,
    summary: Option<String>,
    text: Option<String>,
    #[serde(default)]
    annotations: Vec<Annotation>,
}

/// What a check says of some lines.
#[derive(Deserialize, Serialize)]
struct Annotation {
    path: String,
    start_line: i64,
    end_line: i64,
    start_column: Option<i64>,
    end_column: Option<i64>,
    annotation_level: String,
    message: String,
    title: Option<String>,
    raw_details: Option<String>,
}

pub(super) async fn create(
    WriteCall(call): WriteCall,
    Fields(fields): Fields<RunFields>,
) -> Answer {
    let missing = |field: &str| Refusal::invalid(RESOURCE, field, "missing_field");
    let name = fields.name.clone().ok_or_else(|| missing("name"))?;
    let head = fields.head_sha.clone().ok_or_else(|| missing("head_sha"))?;
    let mut run = CheckRun {
        id: 0,
        repo_id: call.repo.id,
        head_sha: call.commit_sha(&head).await?,
        name,
        is_ci: false,
        status: "queued".to_owned(),
        conclusion: None,
        title: None,
        summary: None,
        text: None,
        external_id: String::new(),
        details_url: None,
        started_at: None,
        completed_at: None,
        created_at: None,
        annotations: 0,
    };
    let annotations = apply(&mut run, fields)?;
    save(&call, &mut run, &annotations).await?;
    created(shown(&call, &run).await?)
}

pub(super) async fn edit(WriteCall(call): WriteCall, Fields(fields): Fields<RunFields>) -> Answer {
    let mut run = known(&call).await?;
    if run.is_ci {
        let message = "Resource not accessible: this check run is the forge's own";
        return Err(Refusal::new(StatusCode::FORBIDDEN, message));
    }
    let annotations = apply(&mut run, fields)?;
    save(&call, &mut run, &annotations).await?;
    ok(shown(&call, &run).await?)
}

async fn save(call: &Call, run: &mut CheckRun, annotations: &[Value]) -> Result<(), Refusal> {
    let mut tx = call.state.database.write().await?;
    run.id = checks::save(&mut tx, run).await?;
    annotation_store::add(&mut tx, run.id, annotations).await?;
    let saved = checks::find(&mut tx, run.repo_id, run.id).await?;
    *run = saved.ok_or_else(Refusal::not_found)?;
    Ok(tx.commit().await?)
}

/// Changes the run, and returns the annotations that come with the change.
fn apply(run: &mut CheckRun, fields: RunFields) -> Result<Vec<Value>, Refusal> {
    let invalid = |field: &str| Refusal::invalid(RESOURCE, field, "invalid");
    for (field, at) in [
        ("started_at", &fields.started_at),
        ("completed_at", &fields.completed_at),
    ] {
        if at.as_deref().is_some_and(|at| !time::is_time(at)) {
            return Err(invalid(field));
        }
    }
    set(&mut run.name, fields.name);
    if let Some(status) = fields.status {
        let known = STATUSES.contains(&status.as_str());
        run.status = if known {
            status
        } else {
            return Err(invalid("status"));
        };
    }
    if let Some(conclusion) = fields.conclusion {
        if !CONCLUSIONS.contains(&conclusion.as_str()) {
            return Err(invalid("conclusion"));
        }
        run.status = "completed".to_owned();
        run.conclusion = Some(conclusion);
        run.completed_at = fields.completed_at.or_else(|| Some(time::now()));
    } else if run.status == "completed" && run.conclusion.is_none() {
        return Err(Refusal::invalid(RESOURCE, "conclusion", "missing_field"));
    }
    set(&mut run.external_id, fields.external_id);
    run.details_url = fields.details_url.or_else(|| run.details_url.take());
    let started = (run.status != "queued").then(time::now);
    run.started_at = fields
        .started_at
        .or_else(|| run.started_at.take())
        .or(started);
    if let Some(output) = fields.output {
        for text in [&output.summary, &output.text].into_iter().flatten() {
            if text.chars().count() > OUTPUT_CHARS_MAX {
                return Err(Refusal::broken_rule(
                    RESOURCE,
                    format!("output has more than {OUTPUT_CHARS_MAX} characters"),
                ));
            }
        }
        run.title = output.title;
        run.summary = output.summary;
        run.text = output.text;
        return read_annotations(&output.annotations);
    }
    Ok(Vec::new())
}

fn read_annotations(annotations: &[Annotation]) -> Result<Vec<Value>, Refusal> {
    if annotations.len() > ANNOTATIONS_MAX {
        let sentence = format!("at most {ANNOTATIONS_MAX} annotations are taken at once");
        return Err(Refusal::broken_rule(RESOURCE, sentence));
    }
    let read = |annotation: &Annotation| {
        let level = LEVELS.contains(&annotation.annotation_level.as_str());
        let lines = 1 <= annotation.start_line && annotation.start_line <= annotation.end_line;
        let value = serde_json::to_value(annotation).ok();
        value
            .filter(|_| level && lines && is_tree_path(&annotation.path))
            .ok_or_else(|| Refusal::invalid(RESOURCE, "annotations", "invalid"))
    };
    annotations.iter().map(read).collect()
}

fn set(field: &mut String, value: Option<String>) {
    if let Some(value) = value {
        *field = value;
    }
}
