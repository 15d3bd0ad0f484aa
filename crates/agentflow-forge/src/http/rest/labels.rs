//! Labels of an issue or pull request. All answer with the labels it has afterwards.

use serde::Deserialize;

use super::issues::LabelName;
use crate::http::answer::{Answer, Refusal, no_content, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::{page, shape};
use crate::store::issues::Issue;
use crate::store::labels;

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
    labels::add(&mut tx, call.repo.id, issue.id, &names.into_vec()).await?;
    tx.commit().await?;
    ok(shown(&call, &issue).await?.into())
}

pub(super) async fn set(WriteCall(call): WriteCall, Fields(names): Fields<Names>) -> Answer {
    let issue = call.issue().await?;
    let mut tx = call.state.database.write().await?;
    labels::clear(&mut tx, issue.id).await?;
    labels::add(&mut tx, call.repo.id, issue.id, &names.into_vec()).await?;
    tx.commit().await?;
    ok(shown(&call, &issue).await?.into())
}

pub(super) async fn clear(WriteCall(call): WriteCall) -> Answer {
    let issue = call.issue().await?;
    let mut tx = call.state.database.write().await?;
    labels::clear(&mut tx, issue.id).await?;
    tx.commit().await?;
    no_content()
}

pub(super) async fn remove(WriteCall(call): WriteCall) -> Answer {
    let issue = call.issue().await?;
    let mut tx = call.state.database.write().await?;
    if !labels::remove(&mut tx, call.repo.id, issue.id, call.param("name")).await? {
        return Err(Refusal::not_found());
    }
    tx.commit().await?;
    ok(shown(&call, &issue).await?.into())
}

async fn shown(call: &Call, issue: &Issue) -> Result<Vec<serde_json::Value>, Refusal> {
    let mut conn = call.state.database.read().await?;
    let found = labels::of_issue(&mut conn, issue.id).await?;
    Ok(found
        .iter()
        .map(|label| shape::label(call.links(), &call.repo, label))
        .collect())
}
