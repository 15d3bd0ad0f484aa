//! Reviews: list, get, write, submit, change, dismiss.

use axum::http::StatusCode;
use serde::Deserialize;

use super::issues::check_body;
use crate::git::Side;
use crate::http::answer::{Answer, Refusal, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::{page, shape};
use crate::pulls::{self as rules, NewComment, NewReview, ReviewEvent, ReviewRefusal};
use crate::store::pulls::Pull;
use crate::store::reviews::{self, Review};

pub(super) async fn list(call: Call) -> Answer {
    let pull = call.pull().await?;
    let mut conn = call.state.database.read().await?;
    let mut found = reviews::of_pull(&mut conn, pull.issue.id).await?;
    found.retain(|review| is_seen(&call, review));
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
        .find(|review| review.id == id && is_seen(call, review))
        .ok_or_else(Refusal::not_found)
}

/// A review that was not submitted yet is its author's own affair.
fn is_seen(call: &Call, review: &Review) -> bool {
    review.state != reviews::PENDING || review.author == call.bearer.user
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
pub(super) struct CommentFields {
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
    let id = rules::review(&call.state, &call.repo, &pull, &call.bearer.user, &new)
        .await
        .map_err(refused)?;
    ok(shape::review(
        call.links(),
        &call.repo,
        &one(&call, &pull, id).await?,
    ))
}

fn read(fields: ReviewFields) -> Result<NewReview, Refusal> {
    let event = fields.event.filter(|event| !event.is_empty());
    let event = event.as_deref().map(read_event).transpose()?;
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

fn read_event(event: &str) -> Result<ReviewEvent, Refusal> {
    let unknown =
        || Refusal::unprocessable(format!("Variable $event has an invalid value: {event}"));
    ReviewEvent::parse(event).ok_or_else(unknown)
}

#[derive(Deserialize)]
pub(super) struct Body {
    body: String,
}

pub(super) async fn edit(WriteCall(call): WriteCall, Fields(new): Fields<Body>) -> Answer {
    check_body("PullRequestReview", Some(&new.body))?;
    let (pull, review) = own(&call).await?;
    let mut tx = call.state.database.write().await?;
    reviews::set_body(&mut tx, review.id, &new.body).await?;
    tx.commit().await?;
    answer(&call, &pull, review.id).await
}

#[derive(Deserialize)]
pub(super) struct Submission {
    event: String,
    body: Option<String>,
}

pub(super) async fn submit(WriteCall(call): WriteCall, Fields(new): Fields<Submission>) -> Answer {
    check_body("PullRequestReview", new.body.as_deref())?;
    let event = read_event(&new.event)?;
    let (pull, review) = own(&call).await?;
    let how = (event, new.body.as_deref());
    rules::submit(&call.state, &call.repo, &pull, &review, how)
        .await
        .map_err(refused)?;
    answer(&call, &pull, review.id).await
}

#[derive(Deserialize)]
pub(super) struct Dismissal {
    message: String,
}

pub(super) async fn dismiss(WriteCall(call): WriteCall, Fields(new): Fields<Dismissal>) -> Answer {
    let pull = call.pull().await?;
    let review = one(&call, &pull, call.number("id")?).await?;
    rules::dismiss(
        &call.state,
        &call.repo,
        &review,
        &call.bearer.user,
        &new.message,
    )
    .await
    .map_err(refused)?;
    answer(&call, &pull, review.id).await
}

/// A review that the caller wrote.
async fn own(call: &Call) -> Result<(Pull, Review), Refusal> {
    let pull = call.pull().await?;
    let review = one(call, &pull, call.number("id")?).await?;
    if review.author != call.bearer.user {
        let message = "You can only change reviews that you wrote.";
        return Err(Refusal::new(StatusCode::FORBIDDEN, message));
    }
    Ok((pull, review))
}

async fn answer(call: &Call, pull: &Pull, id: i64) -> Answer {
    let review = one(call, pull, id).await?;
    ok(shape::review(call.links(), &call.repo, &review))
}

pub(super) fn read_comment(fields: CommentFields) -> Result<NewComment, Refusal> {
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
pub(super) fn refused(refusal: ReviewRefusal) -> Refusal {
    match refusal {
        ReviewRefusal::OwnPull {
            event: ReviewEvent::Approve,
        } => Refusal::reasons("Can not approve your own pull request"),
        ReviewRefusal::OwnPull { .. } => {
            Refusal::reasons("Can not request changes on your own pull request")
        }
        ReviewRefusal::AlreadyPending => {
            Refusal::reasons("User can only have one pending review per pull request")
        }
        ReviewRefusal::NotPending => Refusal::reasons("Review was submitted already"),
        ReviewRefusal::NotDismissable { state } => {
            Refusal::reasons(format!("Can not dismiss a {state} pull request review"))
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
