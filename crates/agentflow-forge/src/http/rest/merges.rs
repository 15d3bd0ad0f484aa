//! Merging, and whether it was done.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::http::answer::{Answer, Refusal, no_content, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::pulls::{MergeMethod, MergeOrder, MergeRefusal, merge as merge_pull};

pub(super) async fn is_merged(call: Call) -> Answer {
    if call.pull().await?.is_merged() {
        no_content()
    } else {
        Err(Refusal::not_found())
    }
}

#[derive(Deserialize)]
pub(super) struct MergeFields {
    merge_method: Option<String>,
    sha: Option<String>,
    commit_title: Option<String>,
    commit_message: Option<String>,
}

pub(super) async fn merge(
    WriteCall(call): WriteCall,
    Fields(fields): Fields<MergeFields>,
) -> Answer {
    let method = MergeMethod::parse(fields.merge_method.as_deref().unwrap_or("merge"));
    let method =
        method.ok_or_else(|| Refusal::invalid("PullRequest", "merge_method", "invalid"))?;
    let order = MergeOrder {
        number: call.number("number")?,
        method,
        expected_head: fields.sha,
        title: fields.commit_title,
        message: fields.commit_message,
        by: call.bearer.user.clone(),
    };
    let sha = merge_pull(&call.state, &call.repo, order)
        .await
        .map_err(refused)?;
    ok(json!({ "sha": sha, "merged": true, "message": "Pull Request successfully merged" }))
}

fn refused(refusal: MergeRefusal) -> Refusal {
    let not_allowed = |message: &str| Refusal::new(StatusCode::METHOD_NOT_ALLOWED, message);
    match refusal {
        MergeRefusal::Unknown => Refusal::not_found(),
        MergeRefusal::NotMergeable => not_allowed("Pull Request is not mergeable"),
        MergeRefusal::Blocked { reason } => not_allowed(&reason),
        MergeRefusal::BaseMoved => {
            not_allowed("Base branch was modified. Review and try the merge again.")
        }
        MergeRefusal::HeadMoved => {
            let message = "Head branch was modified. Review and try the merge again.";
            Refusal::new(StatusCode::CONFLICT, message)
        }
        MergeRefusal::Failed(error) => error.into(),
    }
}
