//! Merges of one branch into another: asked for by name, and of a base into its pull request.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::json;

use crate::branches::{JoinRefusal, Joined, join, update_head};
use crate::http::answer::{Answer, Refusal, created, no_content};
use crate::http::call::{Fields, WriteCall};
use crate::http::shape;

#[derive(Deserialize)]
pub(super) struct Branches {
    base: String,
    head: String,
    commit_message: Option<String>,
}

pub(super) async fn merge(WriteCall(call): WriteCall, Fields(asked): Fields<Branches>) -> Answer {
    let both = (asked.base.as_str(), asked.head.as_str());
    let message = asked.commit_message;
    let joined = join(&call.state, &call.repo, both, message, &call.bearer.user).await;
    let not_found = |message: &str| Refusal::new(StatusCode::NOT_FOUND, message);
    let conflict = |message: &str| Refusal::new(StatusCode::CONFLICT, message);
    let joined = joined.map_err(|refusal| match refusal {
        JoinRefusal::NoBase => not_found("Base does not exist"),
        JoinRefusal::NoHead => not_found("Head does not exist"),
        JoinRefusal::Conflict => conflict("Merge conflict"),
        JoinRefusal::Moved => conflict("Base branch was modified. Review and try the merge again."),
        JoinRefusal::Protected { reason } => conflict(&reason),
        JoinRefusal::Failed(error) => error.into(),
    })?;
    match joined {
        Joined::Nothing => no_content(),
        Joined::Merged(sha) => {
            let commit = call.git().commit(&sha).await?;
            created(shape::commit(call.links(), &call.repo, &commit))
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Update {
    expected_head_sha: Option<String>,
}

pub(super) async fn update(WriteCall(call): WriteCall, Fields(asked): Fields<Update>) -> Answer {
    let pull = call.pull().await?;
    if !pull.issue.is_open {
        return Err(Refusal::unprocessable("Pull request is not open."));
    }
    let expected = asked.expected_head_sha;
    let joined = update_head(&call.state, &call.repo, &pull, expected, &call.bearer.user).await;
    let joined = joined.map_err(|refusal| match refusal {
        JoinRefusal::Moved => {
            Refusal::unprocessable("expected head sha didn’t match current head ref.")
        }
        JoinRefusal::Conflict => Refusal::unprocessable("merge conflict between base and head"),
        JoinRefusal::Protected { reason } => Refusal::unprocessable(reason),
        JoinRefusal::NoBase | JoinRefusal::NoHead => {
            Refusal::unprocessable("A branch of the pull request was deleted.")
        }
        JoinRefusal::Failed(error) => error.into(),
    })?;
    if matches!(joined, Joined::Nothing) {
        let message = "There are no new commits on the base branch.";
        return Err(Refusal::unprocessable(message));
    }
    let url = call
        .links()
        .repo(&call.repo, &format!("/pulls/{}", pull.number()));
    let body = json!({ "message": "Updating pull request branch.", "url": url });
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}
