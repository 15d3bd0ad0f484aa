//! Comments on lines: list, and answer.

use std::collections::HashSet;

use serde_json::Value;

use super::comments::Text;
use super::reviews;
use crate::http::answer::{Answer, Refusal, created};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::{page, shape};
use crate::pulls::{of_pull, reply as answer_comment};
use crate::store::pulls::Pull;
use crate::store::review_comments::{self, ReviewComment};

pub(super) async fn list(call: Call) -> Answer {
    let pull = call.pull().await?;
    let values = shown(&call, &pull, |_| true).await?;
    page::list(&call, values)
}

pub(super) async fn of_review(call: Call) -> Answer {
    let pull = call.pull().await?;
    let review = reviews::one(&call, &pull, call.number("id")?).await?;
    let values = shown(&call, &pull, |comment| comment.review_id == review.id).await?;
    page::list(&call, values)
}

pub(super) async fn reply(WriteCall(call): WriteCall, Fields(text): Fields<Text>) -> Answer {
    let body = text.checked("PullRequestReviewComment")?;
    let pull = call.pull().await?;
    let id = call.number("id")?;
    let mut conn = call.state.database.read().await?;
    let known = review_comments::of_pull(&mut conn, pull.issue.id).await?;
    drop(conn);
    let to = known
        .iter()
        .find(|comment| comment.id == id)
        .ok_or_else(Refusal::not_found)?;
    let id = answer_comment(&call.state, &pull, to, &call.bearer.user, &body).await?;
    let values = shown(&call, &pull, |comment| comment.id == id).await?;
    created(values.into_iter().next().unwrap_or_default())
}

/// The chosen comments, each with whether its file is still as it was.
async fn shown(
    call: &Call,
    pull: &Pull,
    chosen: impl Fn(&ReviewComment) -> bool,
) -> Result<Vec<Value>, Refusal> {
    let comparison = of_pull(&call.git(), pull).await?;
    let files = comparison
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.blob.as_str()));
    let current: HashSet<(&str, &str)> = files.collect();
    let mut conn = call.state.database.read().await?;
    let found = review_comments::of_pull(&mut conn, pull.issue.id).await?;
    let chosen = found.iter().filter(|comment| chosen(comment));
    let value = |comment: &ReviewComment| {
        let current = current.contains(&(comment.place.path.as_str(), comment.place.blob.as_str()));
        shape::review_comment(call.links(), &call.repo, comment, current)
    };
    Ok(chosen.map(value).collect())
}
