//! Comments on lines: list, get, write, answer, change, delete.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::Value;

use super::comments::Text;
use super::listing::{Since, sorted};
use super::reviews::{self, CommentFields, read_comment};
use crate::http::answer::{Answer, Refusal, created, no_content, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::{page, shape};
use crate::pulls::{comment, of_pull, reply as answer_comment};
use crate::store::pulls::Pull;
use crate::store::review_comments::{self, ReviewComment};
use crate::store::reviews as review_rows;

const RESOURCE: &str = "PullRequestReviewComment";

pub(super) async fn list(call: Call) -> Answer {
    let pull = call.pull().await?;
    let pending = pending(&call, &pull).await?;
    let since = Since::asked(&call)?;
    let chosen = |comment: &ReviewComment| {
        !pending.contains(&comment.review_id) && since.reaches(&comment.updated_at)
    };
    let mut conn = call.state.database.read().await?;
    let mut found = review_comments::of_pull(&mut conn, pull.issue.id).await?;
    drop(conn);
    found.retain(chosen);
    sorted(&call, &mut found, |it| (&it.created_at, &it.updated_at));
    let values = in_shape(&call, &pull, &found).await?;
    page::list(&call, values)
}

/// Reviews that were not submitted yet, whose comments nobody sees.
async fn pending(call: &Call, pull: &Pull) -> Result<HashSet<i64>, Refusal> {
    let mut conn = call.state.database.read().await?;
    let all = review_rows::of_pull(&mut conn, pull.issue.id).await?;
    let pending = all.iter().filter(|it| it.state == review_rows::PENDING);
    Ok(pending.map(|review| review.id).collect())
}

pub(super) async fn get(call: Call) -> Answer {
    let (pull, comment) = by_id(&call).await?;
    one(&call, &pull, comment.id, ok).await
}

/// A comment of any pull request, if the caller sees it.
async fn by_id(call: &Call) -> Result<(Pull, ReviewComment), Refusal> {
    let mut conn = call.state.database.read().await?;
    let found = review_comments::find(&mut conn, call.repo.id, call.number("id")?).await?;
    drop(conn);
    let comment = found.ok_or_else(Refusal::not_found)?;
    let pull = call.pull_numbered(comment.number).await?;
    let hidden = pending(call, &pull).await?.contains(&comment.review_id);
    if hidden && comment.author != call.bearer.user {
        return Err(Refusal::not_found());
    }
    Ok((pull, comment))
}

async fn one(call: &Call, pull: &Pull, id: i64, answer: fn(Value) -> Answer) -> Answer {
    let values = shown(call, pull, |comment| comment.id == id).await?;
    answer(values.into_iter().next().unwrap_or_default())
}

pub(super) async fn edit(WriteCall(call): WriteCall, Fields(text): Fields<Text>) -> Answer {
    let body = text.checked(RESOURCE)?;
    let (pull, comment) = by_id(&call).await?;
    let mut tx = call.state.database.write().await?;
    review_comments::edit(&mut tx, comment.id, &body).await?;
    tx.commit().await?;
    one(&call, &pull, comment.id, ok).await
}

pub(super) async fn delete(WriteCall(call): WriteCall) -> Answer {
    let (_, comment) = by_id(&call).await?;
    let mut tx = call.state.database.write().await?;
    review_comments::delete(&mut tx, comment.id).await?;
    tx.commit().await?;
    no_content()
}

#[derive(Deserialize)]
pub(super) struct NewLineComment {
    commit_id: Option<String>,
    in_reply_to: Option<i64>,
    subject_type: Option<String>,
    #[serde(flatten)]
    fields: Value,
}

pub(super) async fn create(
    WriteCall(call): WriteCall,
    Fields(new): Fields<NewLineComment>,
) -> Answer {
    let pull = call.pull().await?;
    let missing =
        |error: serde_json::Error| Refusal::unprocessable(format!("Invalid request.\n\n{error}"));
    if let Some(to) = new.in_reply_to {
        let text: Text = serde_json::from_value(new.fields).map_err(missing)?;
        return answer_to(&call, &pull, to, text).await;
    }
    if new.subject_type.as_deref() == Some("file") {
        return Err(Refusal::unprocessable(
            "This forge keeps no comments on whole files.",
        ));
    }
    let fields: CommentFields = serde_json::from_value(new.fields).map_err(missing)?;
    let commit = new
        .commit_id
        .ok_or_else(|| Refusal::invalid(RESOURCE, "commit_id", "missing_field"))?;
    let new = read_comment(fields)?;
    let id = comment(
        &call.state,
        &call.repo,
        &pull,
        &call.bearer.user,
        (&commit, new),
    )
    .await
    .map_err(reviews::refused)?;
    one(&call, &pull, id, created).await
}

pub(super) async fn of_review(call: Call) -> Answer {
    let pull = call.pull().await?;
    let review = reviews::one(&call, &pull, call.number("id")?).await?;
    let values = shown(&call, &pull, |comment| comment.review_id == review.id).await?;
    page::list(&call, values)
}

pub(super) async fn reply(WriteCall(call): WriteCall, Fields(text): Fields<Text>) -> Answer {
    let pull = call.pull().await?;
    let id = call.number("id")?;
    answer_to(&call, &pull, id, text).await
}

async fn answer_to(call: &Call, pull: &Pull, id: i64, text: Text) -> Answer {
    let body = text.checked(RESOURCE)?;
    let mut conn = call.state.database.read().await?;
    let known = review_comments::of_pull(&mut conn, pull.issue.id).await?;
    drop(conn);
    let hidden = pending(call, pull).await?;
    let to = known
        .iter()
        .find(|comment| comment.id == id && !hidden.contains(&comment.review_id))
        .ok_or_else(Refusal::not_found)?;
    let id = answer_comment(&call.state, pull, to, &call.bearer.user, &body).await?;
    one(call, pull, id, created).await
}

/// The chosen comments, oldest first.
async fn shown(
    call: &Call,
    pull: &Pull,
    chosen: impl Fn(&ReviewComment) -> bool,
) -> Result<Vec<Value>, Refusal> {
    let mut conn = call.state.database.read().await?;
    let mut found = review_comments::of_pull(&mut conn, pull.issue.id).await?;
    drop(conn);
    found.retain(chosen);
    in_shape(call, pull, &found).await
}

/// Each comment with whether its file is still as it was.
async fn in_shape(
    call: &Call,
    pull: &Pull,
    comments: &[ReviewComment],
) -> Result<Vec<Value>, Refusal> {
    let comparison = of_pull(&call.git(), pull).await?;
    let files = comparison
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.blob.as_str()));
    let current: HashSet<(&str, &str)> = files.collect();
    let value = |comment: &ReviewComment| {
        let current = current.contains(&(comment.place.path.as_str(), comment.place.blob.as_str()));
        shape::review_comment(call.links(), &call.repo, comment, current)
    };
    Ok(comments.iter().map(value).collect())
}
