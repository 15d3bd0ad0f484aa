//! Refs: found by name or by how their names start, made, moved and deleted.

use axum::http::StatusCode;
use serde::Deserialize;

use crate::branches::{RefChange, RefRefusal, change_ref};
use crate::git::{ObjectKind, RefTarget};
use crate::http::answer::{Answer, Refusal, created, no_content, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::{page, shape};
use crate::names::is_branch_name;

pub(super) async fn get(call: Call) -> Answer {
    let name = call.param("name");
    let known = ["heads/", "tags/", "pull/"];
    if !known.iter().any(|kind| name.starts_with(kind)) || !is_branch_name(name) {
        return Err(Refusal::not_found());
    }
    let target = existing(&call, &format!("refs/{name}"), Refusal::not_found).await?;
    ok(shape::git_ref(call.links(), &call.repo, &target))
}

pub(super) async fn matching(call: Call) -> Answer {
    let prefix = format!("refs/{}", call.param("name"));
    let found = call.git().refs_that_start(&prefix).await?;
    let values = found
        .iter()
        .map(|target| shape::git_ref(call.links(), &call.repo, target))
        .collect();
    page::list(&call, values)
}

async fn existing(call: &Call, name: &str, missing: fn() -> Refusal) -> Result<RefTarget, Refusal> {
    call.git().ref_target(name).await?.ok_or_else(missing)
}

#[derive(Deserialize)]
pub(super) struct NewRef {
    #[serde(rename = "ref")]
    name: String,
    sha: String,
}

pub(super) async fn create(WriteCall(call): WriteCall, Fields(new): Fields<NewRef>) -> Answer {
    if !is_own(&new.name) {
        return Err(Refusal::unprocessable(
            "Reference name must start with 'refs/' and contain at least two slashes, and be a branch or a tag.",
        ));
    }
    check_object(&call, &new.name, &new.sha).await?;
    if call.git().ref_target(&new.name).await?.is_some() {
        return Err(Refusal::unprocessable("Reference already exists"));
    }
    let change = RefChange {
        name: new.name.clone(),
        old: None,
        new: Some(new.sha),
        by: call.bearer.user.clone(),
    };
    let taken = || Refusal::unprocessable("Reference already exists");
    apply(&call, change, taken).await?;
    created(shown(&call, &new.name).await?)
}

#[derive(Deserialize)]
pub(super) struct Moved {
    sha: String,
    #[serde(default)]
    force: bool,
}

pub(super) async fn update(WriteCall(call): WriteCall, Fields(to): Fields<Moved>) -> Answer {
    let name = format!("refs/{}", call.param("name"));
    let missing = || Refusal::unprocessable("Reference does not exist");
    if !is_own(&name) {
        return Err(missing());
    }
    check_object(&call, &name, &to.sha).await?;
    let target = existing(&call, &name, missing).await?;
    let is_commit = target.kind == ObjectKind::Commit;
    let is_forward = is_commit && call.git().is_ancestor(&target.sha, &to.sha).await?;
    if !to.force && !is_forward {
        return Err(Refusal::unprocessable("Update is not a fast forward"));
    }
    let change = RefChange {
        name: name.clone(),
        old: Some(target.sha),
        new: Some(to.sha),
        by: call.bearer.user.clone(),
    };
    apply(&call, change, moved_meanwhile).await?;
    ok(shown(&call, &name).await?)
}

pub(super) async fn delete(WriteCall(call): WriteCall) -> Answer {
    let name = format!("refs/{}", call.param("name"));
    let is_default = name == format!("refs/heads/{}", call.repo.default_branch);
    if is_default || !is_own(&name) {
        return Err(Refusal::unprocessable("Cannot delete this reference"));
    }
    let missing = || Refusal::unprocessable("Reference does not exist");
    let target = existing(&call, &name, missing).await?;
    let change = RefChange {
        name,
        old: Some(target.sha),
        new: None,
        by: call.bearer.user.clone(),
    };
    apply(&call, change, moved_meanwhile).await?;
    no_content()
}

/// Branches and tags; what else there is the forge keeps for itself.
fn is_own(name: &str) -> bool {
    let kinds = ["refs/heads/", "refs/tags/"];
    let short = kinds.iter().find_map(|kind| name.strip_prefix(kind));
    short.is_some_and(is_branch_name)
}

/// A branch points at a commit, a tag at anything.
async fn check_object(call: &Call, name: &str, sha: &str) -> Result<(), Refusal> {
    let found = call.git().object(sha).await?;
    let object = found.ok_or_else(|| Refusal::unprocessable("Object does not exist"))?;
    if name.starts_with("refs/heads/") && object.kind != ObjectKind::Commit {
        return Err(Refusal::unprocessable(
            "Reference cannot be updated: a branch points at a commit",
        ));
    }
    Ok(())
}

fn moved_meanwhile() -> Refusal {
    Refusal::new(StatusCode::CONFLICT, "Reference was updated meanwhile")
}

async fn apply(call: &Call, change: RefChange, moved: fn() -> Refusal) -> Result<(), Refusal> {
    change_ref(&call.state, &call.repo, change)
        .await
        .map_err(|refusal| match refusal {
            RefRefusal::Moved => moved(),
            RefRefusal::Protected { reason } => Refusal::unprocessable(reason),
            RefRefusal::Failed(error) => error.into(),
        })
}

async fn shown(call: &Call, name: &str) -> Result<serde_json::Value, Refusal> {
    let target = existing(call, name, Refusal::not_found).await?;
    Ok(shape::git_ref(call.links(), &call.repo, &target))
}
