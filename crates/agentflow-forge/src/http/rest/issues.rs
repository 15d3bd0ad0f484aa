//! Issues: list, get, create, edit.

use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::assignees::{self, Login};
use super::fields::present;
use super::labels::relabelled;
use crate::access::Role;
use crate::http::answer::{Answer, Refusal, created, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::{page, shape};
use crate::store::issues::{self as store, Issue};
use crate::store::labels;
use crate::store::{events as event_store, issues};

const TITLE_CHARS_MAX: usize = 256;
const BODY_CHARS_MAX: usize = 65_536;

pub(super) async fn get(call: Call) -> Answer {
    let issue = call.issue().await?;
    ok(shown(&call, &issue).await?)
}

pub(super) async fn shown(call: &Call, issue: &Issue) -> Result<Value, Refusal> {
    let mut conn = call.state.database.read().await?;
    let labels = labels::of_issue(&mut conn, issue.id).await?;
    Ok(shape::issue(call.links(), &call.repo, issue, &labels))
}

pub(super) async fn events(call: Call) -> Answer {
    let issue = call.issue().await?;
    let mut conn = call.state.database.read().await?;
    let mut found = event_store::all(&mut conn, call.repo.id, Some(issue.number)).await?;
    // A push is told by the commits that it brought.
    found.retain(|event| event.kind != "head_pushed");
    let values = found
        .iter()
        .map(|event| shape::event(call.links(), &call.repo, event))
        .collect();
    page::list(&call, values)
}

#[derive(Deserialize)]
pub(super) struct NewIssue {
    title: String,
    body: Option<String>,
    #[serde(default)]
    labels: Vec<LabelName>,
    assignee: Option<String>,
    #[serde(default)]
    assignees: Vec<Login>,
}

/// A label by its name, or as an object that has one.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum LabelName {
    Name(String),
    Object { name: String },
}

impl From<LabelName> for String {
    fn from(label: LabelName) -> Self {
        match label {
            LabelName::Name(name) | LabelName::Object { name } => name,
        }
    }
}

pub(super) async fn create(WriteCall(call): WriteCall, Fields(new): Fields<NewIssue>) -> Answer {
    check_text("Issue", Some(&new.title), new.body.as_deref())?;
    let mut tx = call.state.database.write().await?;
    let draft = store::Draft {
        repo_id: call.repo.id,
        key: None,
        title: &new.title,
        body: new.body.as_deref(),
        author: &call.bearer.user,
        is_pull: false,
    };
    let (number, id) = store::insert(&mut tx, draft).await?;
    // Who may not sort issues opens them unsorted, as on GitHub.
    let sorts = call.role >= Role::Triage;
    let names = new.labels.into_iter().filter(|_| sorts);
    let names: Vec<String> = names.map(String::from).collect();
    labels::add(&mut tx, call.repo.id, id, &names).await?;
    event_store::record(
        &mut tx,
        call.repo.id,
        number,
        "opened",
        Some(&call.bearer.user),
        None,
    )
    .await?;
    let issue = store::find(&mut tx, call.repo.id, number)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let logins = new.assignee.map(Login::Bare).into_iter();
    let logins = logins.chain(new.assignees).filter(|_| sorts).collect();
    assignees::set(&mut tx, &call, &issue, logins).await?;
    tx.commit().await?;
    let issue = call.issue_numbered(number).await?;
    created(shown(&call, &issue).await?)
}

#[derive(Deserialize)]
pub(super) struct IssueEdit {
    title: Option<String>,
    #[serde(default, deserialize_with = "present")]
    body: Option<Option<String>>,
    state: Option<String>,
    state_reason: Option<String>,
    labels: Option<Vec<LabelName>>,
    assignees: Option<Vec<Login>>,
}

pub(super) async fn edit(WriteCall(call): WriteCall, Fields(edit): Fields<IssueEdit>) -> Answer {
    let body = edit.body.map(Option::unwrap_or_default);
    check_text("Issue", edit.title.as_deref(), body.as_deref())?;
    let issue = call.issue().await?;
    let mut tx = call.state.database.write().await?;
    issues::edit(&mut tx, issue.id, edit.title.as_deref(), body.as_deref()).await?;
    renamed(&mut tx, &call, &issue, edit.title.as_deref()).await?;
    match edit.state.as_deref() {
        None => {}
        Some("open") if !issue.is_pull => {
            issues::reopen(&mut tx, &issue, &call.bearer.user).await?;
        }
        Some("closed") if !issue.is_pull => {
            let reason = edit.state_reason.as_deref().unwrap_or("completed");
            issues::close(&mut tx, &issue, Some(&call.bearer.user), Some(reason)).await?;
        }
        // A pull request's state belongs to its branches, too.
        Some(state) if issue.is_pull && state == issue.state() => {}
        Some(_) => return Err(Refusal::invalid("Issue", "state", "invalid")),
    }
    let sorts = call.role >= Role::Triage;
    if let Some(names) = edit.labels.filter(|_| sorts) {
        let names: Vec<String> = names.into_iter().map(String::from).collect();
        let before = labels::of_issue(&mut tx, issue.id).await?;
        labels::clear(&mut tx, issue.id).await?;
        labels::add(&mut tx, call.repo.id, issue.id, &names).await?;
        relabelled(&mut tx, &call, &issue, &before).await?;
    }
    if let Some(logins) = edit.assignees.filter(|_| sorts) {
        assignees::set(&mut tx, &call, &issue, logins).await?;
    }
    tx.commit().await?;
    let issue = call.issue().await?;
    ok(shown(&call, &issue).await?)
}

/// Records that an issue or pull request has another title now.
pub(super) async fn renamed(
    conn: &mut SqliteConnection,
    call: &Call,
    issue: &Issue,
    title: Option<&str>,
) -> Result<(), Refusal> {
    if let Some(title) = title.filter(|title| *title != issue.title) {
        let detail = json!({ "rename": { "from": issue.title, "to": title } });
        let place = (call.repo.id, issue.number);
        event_store::record_with(conn, place, "renamed", &call.bearer.user, &detail).await?;
    }
    Ok(())
}

/// Checks the lengths GitHub checks; an absent title is not looked at.
pub(super) fn check_text(
    resource: &str,
    title: Option<&str>,
    body: Option<&str>,
) -> Result<(), Refusal> {
    if let Some(title) = title {
        if title.trim().is_empty() {
            return Err(Refusal::invalid(resource, "title", "missing_field"));
        }
        if title.chars().count() > TITLE_CHARS_MAX {
            let sentence = format!("title is too long (maximum is {TITLE_CHARS_MAX} characters)");
            return Err(Refusal::broken_rule(resource, sentence));
        }
    }
    check_body(resource, body)
}

pub(super) fn check_body(resource: &str, body: Option<&str>) -> Result<(), Refusal> {
    if body.is_some_and(|body| body.chars().count() > BODY_CHARS_MAX) {
        let sentence = format!("body is too long (maximum is {BODY_CHARS_MAX} characters)");
        return Err(Refusal::broken_rule(resource, sentence));
    }
    Ok(())
}
