//! Labels of an issue or pull request. All answer with the labels it has afterwards.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use sqlx::SqliteConnection;

use super::issues::LabelName;
use crate::http::answer::{Answer, Refusal, no_content, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::{page, shape};
use crate::store::events;
use crate::store::issues::Issue;
use crate::store::labels::{self, Label};

/// A list of names, bare or under `labels`: GitHub takes both.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Names {
    Bare(Vec<LabelName>),
    Named { labels: Vec<LabelName> },
}

impl Names {
    fn into_vec(self) -> Vec<String> {
        let (Self::Bare(labels) | Self::Named { labels }) = self;
        labels.into_iter().map(String::from).collect()
    }
}

pub(super) async fn list(call: Call) -> Answer {
    let issue = call.issue().await?;
    page::list(&call, shown(&call, &issue).await?)
}

pub(super) async fn add(WriteCall(call): WriteCall, Fields(names): Fields<Names>) -> Answer {
    let issue = call.issue().await?;
    let mut tx = call.state.database.write().await?;
    let before = labels::of_issue(&mut tx, issue.id).await?;
    labels::add(&mut tx, call.repo.id, issue.id, &names.into_vec()).await?;
    relabelled(&mut tx, &call, &issue, &before).await?;
    tx.commit().await?;
    ok(shown(&call, &issue).await?.into())
}

pub(super) async fn set(WriteCall(call): WriteCall, Fields(names): Fields<Names>) -> Answer {
    let issue = call.issue().await?;
    let mut tx = call.state.database.write().await?;
    let before = labels::of_issue(&mut tx, issue.id).await?;
    labels::clear(&mut tx, issue.id).await?;
    labels::add(&mut tx, call.repo.id, issue.id, &names.into_vec()).await?;
    relabelled(&mut tx, &call, &issue, &before).await?;
    tx.commit().await?;
    ok(shown(&call, &issue).await?.into())
}

pub(super) async fn clear(WriteCall(call): WriteCall) -> Answer {
    let issue = call.issue().await?;
    let mut tx = call.state.database.write().await?;
    let before = labels::of_issue(&mut tx, issue.id).await?;
    labels::clear(&mut tx, issue.id).await?;
    relabelled(&mut tx, &call, &issue, &before).await?;
    tx.commit().await?;
    no_content()
}

pub(super) async fn remove(WriteCall(call): WriteCall) -> Answer {
    let issue = call.issue().await?;
    let mut tx = call.state.database.write().await?;
    let before = labels::of_issue(&mut tx, issue.id).await?;
    if !labels::remove(&mut tx, call.repo.id, issue.id, call.param("name")).await? {
        let message = "Label does not exist";
        return Err(Refusal::new(StatusCode::NOT_FOUND, message));
    }
    relabelled(&mut tx, &call, &issue, &before).await?;
    tx.commit().await?;
    ok(shown(&call, &issue).await?.into())
}

/// Records which labels an issue has now and had not `before`, and the other way round.
pub(super) async fn relabelled(
    conn: &mut SqliteConnection,
    call: &Call,
    issue: &Issue,
    before: &[Label],
) -> Result<(), Refusal> {
    let after = labels::of_issue(conn, issue.id).await?;
    let lacks = |labels: &[Label], id| labels.iter().all(|label| label.id != id);
    let gone = before.iter().filter(|label| lacks(&after, label.id));
    let come = after.iter().filter(|label| lacks(before, label.id));
    let gone = gone.map(|label| ("unlabeled", label));
    for (kind, label) in gone.chain(come.map(|label| ("labeled", label))) {
        let detail = json!({ "label": { "name": label.name, "color": label.color } });
        let place = (call.repo.id, issue.number);
        events::record_with(conn, place, kind, &call.bearer.user, &detail).await?;
    }
    Ok(())
}

async fn shown(call: &Call, issue: &Issue) -> Result<Vec<serde_json::Value>, Refusal> {
    let mut conn = call.state.database.read().await?;
    let found = labels::of_issue(&mut conn, issue.id).await?;
    Ok(found
        .iter()
        .map(|label| shape::label(call.links(), &call.repo, label))
        .collect())
}
