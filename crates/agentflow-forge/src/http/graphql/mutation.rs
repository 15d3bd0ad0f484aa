//! Does what a mutation asks for.

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::arguments::Arguments;
use super::error::QueryError;
use super::objects::{self, number_in};
use super::query::{no_node, pull_by_id, pull_of_thread, thread};
use crate::access::Need;
use crate::http::call::{Caller, permitted};
use crate::pulls::reply;
use crate::store::pulls::{self, Pull};
use crate::store::repositories::Repository;
use crate::store::{events, review_comments, threads};

/// The payload of a mutation that is offered.
pub(super) async fn run(
    caller: &Caller,
    name: &str,
    input: &Arguments,
) -> Result<Value, QueryError> {
    let mut payload = match name {
        "resolveReviewThread" => resolve(caller, input, Resolution::Resolved).await?,
        "unresolveReviewThread" => resolve(caller, input, Resolution::Open).await?,
        "addPullRequestReviewThreadReply" => answer(caller, input).await?,
        "markPullRequestReadyForReview" => set_draft(caller, input, false).await?,
        "convertPullRequestToDraft" => set_draft(caller, input, true).await?,
        _ => {
            return Err(QueryError::invalid(format!(
                "This forge has no mutation {name}"
            )));
        }
    };
    payload["clientMutationId"] = input.get("clientMutationId").clone();
    Ok(payload)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Resolution {
    Resolved,
    Open,
}

async fn resolve(
    caller: &Caller,
    input: &Arguments,
    resolution: Resolution,
) -> Result<Value, QueryError> {
    let id = input.text("threadId")?;
    let first = number_in(id, "PRRT").ok_or_else(|| no_node(id))?;
    let mut tx = caller.state.database.write().await?;
    let (repo, pull) = pull_of_thread(caller, &mut tx, first, id).await?;
    let path = format!("pulls/{}", pull.number());
    check(caller, &mut tx, &repo, &Need::of(&Method::PATCH, &path)).await?;
    thread(caller, &mut tx, &repo, &pull, id).await?;
    let user = &caller.bearer.user;
    match resolution {
        Resolution::Resolved => threads::resolve(&mut tx, pull.issue.id, first, user).await?,
        Resolution::Open => threads::unresolve(&mut tx, first).await?,
    }
    let shown = thread(caller, &mut tx, &repo, &pull, id).await?;
    tx.commit().await?;
    Ok(json!({ "thread": shown }))
}

async fn answer(caller: &Caller, input: &Arguments) -> Result<Value, QueryError> {
    let id = input.text("pullRequestReviewThreadId")?;
    let body = input.text("body")?;
    if body.trim().is_empty() {
        return Err(QueryError::unprocessable("Body can't be blank"));
    }
    let first = number_in(id, "PRRT").ok_or_else(|| no_node(id))?;
    let mut conn = caller.state.database.read().await?;
    let (repo, pull) = pull_of_thread(caller, &mut conn, first, id).await?;
    let path = format!("pulls/{}/comments/{first}/replies", pull.number());
    check(caller, &mut conn, &repo, &Need::of(&Method::POST, &path)).await?;
    // One that is not shown cannot be answered.
    thread(caller, &mut conn, &repo, &pull, id).await?;
    let known = review_comments::of_pull(&mut conn, pull.issue.id).await?;
    let to = known.iter().find(|comment| comment.id == first);
    let to = to.ok_or_else(|| no_node(id))?;
    // The reply opens a transaction of its own.
    drop(conn);
    let made = reply(&caller.state, &pull, to, &caller.bearer.user, body).await?;
    let mut conn = caller.state.database.read().await?;
    let shown = thread(caller, &mut conn, &repo, &pull, id).await?;
    let comments = shown["comments"].as_array().cloned().unwrap_or_default();
    let comment = comments.into_iter().find(|it| it["databaseId"] == made);
    Ok(json!({ "comment": comment }))
}

async fn set_draft(caller: &Caller, input: &Arguments, draft: bool) -> Result<Value, QueryError> {
    let id = input.text("pullRequestId")?;
    let issue = number_in(id, "PR").ok_or_else(|| no_node(id))?;
    let mut tx = caller.state.database.write().await?;
    let found = pull_by_id(caller, &mut tx, issue).await;
    let (repo, pull) = found.map_err(|_| no_node(id))?;
    let path = format!("pulls/{}", pull.number());
    check(caller, &mut tx, &repo, &Need::of(&Method::PATCH, &path)).await?;
    if !pull.issue.is_open {
        return Err(QueryError::unprocessable("Pull request is closed"));
    }
    let changed = pulls::set_draft(&mut tx, issue, draft).await?;
    if changed {
        let kind = if draft {
            "convert_to_draft"
        } else {
            "ready_for_review"
        };
        let user = &caller.bearer.user;
        events::record(&mut tx, repo.id, pull.number(), kind, Some(user), None).await?;
    }
    let pull = Pull { draft, ..pull };
    let shown = objects::pull(caller, &repo, &pull);
    tx.commit().await?;
    Ok(json!({ "pullRequest": shown }))
}

async fn check(
    caller: &Caller,
    conn: &mut SqliteConnection,
    repo: &Repository,
    need: &Need,
) -> Result<(), QueryError> {
    let may = permitted(conn, Some(&caller.bearer), repo, need).await;
    may.map(drop)
        .map_err(|refusal| QueryError::forbidden(refusal.message()))
}
