//! Branches: list, get, rename. What follows a branch's name in the path is told apart here, since
//! the name may have slashes.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::protection;
use crate::branches::{RenameRefusal, rename, rule_of};
use crate::http::answer::{Answer, Refusal, created, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::{page, shape};
use crate::names::is_branch_name;

pub(super) async fn list(call: Call) -> Answer {
    let branches = call.git().branches().await?;
    let only = call
        .asked("protected")
        .and_then(|text| text.parse::<bool>().ok());
    let mut conn = call.state.database.read().await?;
    let mut values = Vec::new();
    for (name, sha) in &branches {
        let rule = rule_of(&mut conn, &call.repo, name).await?;
        let protected = rule.protection().is_some();
        if only.is_none_or(|only| only == protected) {
            let links = call.links();
            values.push(shape::short_branch(links, &call.repo, name, sha, protected));
        }
    }
    page::list(&call, values)
}

pub(super) async fn about(call: Call) -> Answer {
    let rest = call.param("rest");
    match rest.strip_suffix("/protection") {
        Some(branch) => protection::get(&call, branch).await,
        None => ok(shown(&call, rest).await?),
    }
}

async fn shown(call: &Call, name: &str) -> Result<Value, Refusal> {
    let sha = tip(call, name).await?;
    let commit = call.git().commit(&sha).await?;
    let mut conn = call.state.database.read().await?;
    let rule = rule_of(&mut conn, &call.repo, name).await?;
    let protection = rule.protection();
    Ok(shape::branch(
        call.links(),
        &call.repo,
        name,
        &commit,
        protection,
    ))
}

/// The commit of a branch that must be there.
pub(super) async fn tip(call: &Call, name: &str) -> Result<String, Refusal> {
    let found = match is_branch_name(name) {
        true => call.git().branch(name).await?,
        false => None,
    };
    found.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "Branch not found"))
}

#[derive(Deserialize)]
pub(super) struct NewName {
    new_name: String,
}

pub(super) async fn post(WriteCall(call): WriteCall, Fields(new): Fields<NewName>) -> Answer {
    let branch = call.param("rest").strip_suffix("/rename");
    let branch = branch.ok_or_else(Refusal::not_found)?;
    tip(&call, branch).await?;
    let name = new.new_name;
    if !is_branch_name(&name) {
        return Err(Refusal::unprocessable(format!(
            "'{name}' is not a valid branch name"
        )));
    }
    let renamed = rename(&call.state, &call.repo, (branch, &name), &call.bearer.user).await;
    renamed.map_err(|refusal| match refusal {
        RenameRefusal::Unknown => Refusal::new(StatusCode::NOT_FOUND, "Branch not found"),
        RenameRefusal::Taken => {
            Refusal::unprocessable(format!("The branch '{name}' already exists."))
        }
        RenameRefusal::NotAdmin => {
            let message = "You must have admin rights to rename the default branch.";
            Refusal::new(StatusCode::FORBIDDEN, message)
        }
        RenameRefusal::Failed(error) => error.into(),
    })?;
    created(shown(&call, &name).await?)
}
