//! Reviews: list, get, submit.

use serde::Deserialize;

use super::issues::check_body;
use crate::git::Side;
use crate::http::answer::{Answer, Refusal, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::{page, shape};
use crate::pulls::{NewComment, NewReview, ReviewEvent, ReviewRefusal, review as submit};
use crate::store::pulls::Pull;
use crate::store::reviews::{self, Review};

pub(super) async fn list(call: Call) -> Answer {
    let pull = call.pull().await?;
    let mut conn = call.state.database.read().await?;
    let found = reviews::of_pull(&mut conn, pull.issue.id).await?;
    let values = found
        .iter()
        .map(|it| shape::review(call.links(), &call.repo, it))
        .collect();
    page::list(&call, values)
}

pub(super) async fn get(call: Call) -> Answer {
    let pull = call.pull().await?;
    let review = one(&call, &pull, call.number("id")?).await?;
    ok(shape::review(call.links(), &call.repo, &review))
}

/// A review of that pull request.
pub(super) async fn one(call: &Call, pull: &Pull, id: i64) -> Result<Review, Refusal> {
    let mut conn = call.state.database.read().await?;
    let found = reviews::of_pull(&mut conn, pull.issue.id).await?;
    found
        .into_iter()
        .find(|review| review.id == id)
        .ok_or_else(Refusal::not_found)
}

#[derive(Deserialize)]
pub(super) struct ReviewFields {
    event: Option<String>,
    #[serde(default)]
    body: Option<String>,
    commit_id: Option<String>,
    #[serde(default)]
    comments: Vec<CommentFields>,
}

#[derive(Deserialize)]
struct CommentFields {
    path: String,
    body: String,
    line: Option<u32>,
    side: Option<String>,
    start_line: Option<u32>,
    start_side: Option<String>,
    position: Option<usize>,
}

pub(super) async fn create(
    WriteCall(call): WriteCall,
    Fields(fields): Fields<ReviewFields>,
) -> Answer {
    let pull = call.pull().await?;
    let new = read(fields)?;
    let id = submit(&call.state, &call.repo, &pull, &call.bearer.user, &new)
        .await
        .map_err(refused)?;
    ok(shape::review(
        call.links(),
        &call.repo,
        &one(&call, &pull, id).await?,
    ))
}

fn read(fields: ReviewFields) -> Result<NewReview, Refusal> {
    let pending =
        || Refusal::unprocessable("This forge keeps no pending reviews: an `event` must be given.");
    let event = fields.event.ok_or_else(pending)?;
    let unknown =
        || Refusal::unprocessable(format!("Variable $event has an invalid value: {event}"));
    let event = ReviewEvent::parse(&event).ok_or_else(unknown)?;
    check_body("PullRequestReview", fields.body.as_deref())?;
    let comments: Result<_, Refusal> = fields.comments.into_iter().map(read_comment).collect();
    let commit = fields.commit_id;
    Ok(NewReview {
        event,
        body: fields.body.unwrap_or_default(),
        commit,
        comments: comments?,
    })
}

fn read_comment(fields: CommentFields) -> Result<NewComment, Refusal> {
    const RESOURCE: &str = "PullRequestReviewComment";
    if fields.body.trim().is_empty() {
        return Err(Refusal::invalid(RESOURCE, "body", "missing_field"));
    }
    check_body(RESOURCE, Some(&fields.body))?;
    let side = |text: Option<String>| match text {
        None => Ok(None),
        Some(text) => match Side::parse(&text) {
            Some(side) => Ok(Some(side)),
            None => Err(Refusal::invalid(RESOURCE, "side", "invalid")),
        },
    };
    Ok(NewComment {
        path: fields.path,
        body: fields.body,
        line: fields.line,
        side: side(fields.side)?,
        start_line: fields.start_line,
        start_side: side(fields.start_side)?,
        position: fields.position,
    })
}

/// GitHub's own sentences where they are known.
fn refused(refusal: ReviewRefusal) -> Refusal {
    match refusal {
        ReviewRefusal::OwnPull {
            event: ReviewEvent::Approve,
        } => Refusal::reasons("Can not approve your own pull request"),
        ReviewRefusal::OwnPull { .. } => {
            Refusal::reasons("Can not request changes on your own pull request")
        }
        ReviewRefusal::NoBody => Refusal::reasons("Body can't be blank"),
        ReviewRefusal::TooManyComments { max } => {
            Refusal::reasons(format!("At most {max} comments are taken"))
        }
        ReviewRefusal::UnknownCommit => Refusal::reasons("Commit is not part of the pull request"),
        ReviewRefusal::UnknownPath => Refusal::reasons("Path could not be resolved"),
        ReviewRefusal::LineNotInDiff => Refusal::reasons(
            "Pull request review thread line must be part of the diff and \
             Pull request review thread diff hunk can't be blank",
        ),
        ReviewRefusal::RangeAcrossHunks => Refusal::reasons(
            "Pull request review thread start line must precede the end line and be part of the same hunk",
        ),
        ReviewRefusal::Failed(error) => error.into(),
    }
}
