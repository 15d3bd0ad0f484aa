//! Comments on issues and pull requests.

use serde::Deserialize;

use super::issues::check_body;
use super::listing::{Since, sorted};
use super::locks;
use crate::http::answer::{Answer, Refusal, created, no_content, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::{page, shape};
use crate::store::comments::{self, Comment};

#[derive(Deserialize)]
pub(super) struct Text {
    body: String,
}

impl Text {
    /// The text, if GitHub would take it.
    pub(super) fn checked(self, resource: &str) -> Result<String, Refusal> {
        if self.body.trim().is_empty() {
            return Err(Refusal::invalid(resource, "body", "missing_field"));
        }
        check_body(resource, Some(&self.body))?;
        Ok(self.body)
    }
}

pub(super) async fn list(call: Call) -> Answer {
    let issue = call.issue().await?;
    let mut conn = call.state.database.read().await?;
    let mut found = comments::of_issue(&mut conn, issue.id).await?;
    let since = Since::asked(&call)?;
    found.retain(|comment| since.reaches(&comment.updated_at));
    let values = found
        .iter()
        .map(|it| shape::issue_comment(call.links(), &call.repo, it))
        .collect();
    page::list(&call, values)
}

pub(super) async fn create(WriteCall(call): WriteCall, Fields(text): Fields<Text>) -> Answer {
    let body = text.checked("IssueComment")?;
    let issue = call.issue().await?;
    locks::check(&call, &issue).await?;
    let mut tx = call.state.database.write().await?;
    let id = comments::insert(&mut tx, issue.id, &call.bearer.user, &body).await?;
    tx.commit().await?;
    created(shape::issue_comment(
        call.links(),
        &call.repo,
        &comment(&call, id).await?,
    ))
}

pub(super) async fn get(call: Call) -> Answer {
    let found = comment(&call, call.number("id")?).await?;
    ok(shape::issue_comment(call.links(), &call.repo, &found))
}

/// Comments of the whole repository.
pub(super) async fn of_repository(call: Call) -> Answer {
    let mut conn = call.state.database.read().await?;
    let mut found = comments::of_repository(&mut conn, call.repo.id).await?;
    let since = Since::asked(&call)?;
    found.retain(|comment| since.reaches(&comment.updated_at));
    sorted(&call, &mut found, |it| (&it.created_at, &it.updated_at));
    let values = found
        .iter()
        .map(|it| shape::issue_comment(call.links(), &call.repo, it))
        .collect();
    page::list(&call, values)
}

pub(super) async fn delete(WriteCall(call): WriteCall) -> Answer {
    let found = comment(&call, call.number("id")?).await?;
    let mut tx = call.state.database.write().await?;
    comments::delete(&mut tx, found.id).await?;
    tx.commit().await?;
    no_content()
}

pub(super) async fn edit(WriteCall(call): WriteCall, Fields(text): Fields<Text>) -> Answer {
    let body = text.checked("IssueComment")?;
    let found = comment(&call, call.number("id")?).await?;
    let mut tx = call.state.database.write().await?;
    comments::edit(&mut tx, found.id, &body).await?;
    tx.commit().await?;
    ok(shape::issue_comment(
        call.links(),
        &call.repo,
        &comment(&call, found.id).await?,
    ))
}

async fn comment(call: &Call, id: i64) -> Result<Comment, Refusal> {
    let mut conn = call.state.database.read().await?;
    comments::find(&mut conn, call.repo.id, id)
        .await?
        .ok_or_else(Refusal::not_found)
}
