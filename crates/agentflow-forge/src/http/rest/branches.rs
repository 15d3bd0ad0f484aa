//! Branches and refs.

use crate::git::RefUpdate;
use crate::http::answer::{Answer, Refusal, no_content, ok};
use crate::http::call::{Call, WriteCall};
use crate::http::{page, shape};
use crate::names::is_branch_name;
use crate::pulls::follow_branches;

pub(super) async fn list(call: Call) -> Answer {
    let branches = call.git().branches().await?;
    let only = call
        .asked("protected")
        .and_then(|text| text.parse::<bool>().ok());
    let values = branches
        .iter()
        .filter(|(name, _)| only.is_none_or(|only| only == (*name == call.repo.default_branch)))
        .map(|(name, sha)| shape::short_branch(call.links(), &call.repo, name, sha))
        .collect();
    page::list(&call, values)
}

pub(super) async fn get(call: Call) -> Answer {
    let name = call.param("branch");
    let found = if is_branch_name(name) {
        call.git().branch(name).await?
    } else {
        None
    };
    let missing = || Refusal::new(axum::http::StatusCode::NOT_FOUND, "Branch not found");
    let sha = found.ok_or_else(missing)?;
    let tip = call.git().commit(&sha).await?;
    ok(shape::branch(call.links(), &call.repo, name, &tip))
}

pub(super) async fn get_ref(call: Call) -> Answer {
    let name = call.param("name");
    let known =
        name.starts_with("heads/") || name.starts_with("tags/") || name.starts_with("pull/");
    if !known || !is_branch_name(name) {
        return Err(Refusal::not_found());
    }
    let name = format!("refs/{name}");
    let sha = call
        .git()
        .resolve(&name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    ok(shape::git_ref(call.links(), &call.repo, &name, &sha))
}

pub(super) async fn delete_ref(WriteCall(call): WriteCall) -> Answer {
    let name = call.param("name");
    let kept = name == format!("heads/{}", call.repo.default_branch);
    let deletable = name.starts_with("heads/") || name.starts_with("tags/");
    if kept || !deletable || !is_branch_name(name) {
        return Err(Refusal::unprocessable("Cannot delete this reference"));
    }
    let name = format!("refs/{name}");
    let missing = || Refusal::unprocessable("Reference does not exist");
    {
        let _refs = call.state.refs.lock().await;
        let sha = call.git().resolve(&name).await?.ok_or_else(missing)?;
        if call.git().delete_ref(&name, &sha).await? == RefUpdate::Moved {
            return Err(Refusal::new(
                axum::http::StatusCode::CONFLICT,
                "Reference was updated meanwhile",
            ));
        }
    }
    follow_branches(&call.state, &call.repo).await?;
    no_content()
}
