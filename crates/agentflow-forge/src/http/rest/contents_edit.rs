//! Files made, changed and deleted by a commit of their own.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::git_objects::decoded;
use super::signatures::Who;
use crate::branches::{EditRefusal, Edited, FileEdit, edit_file};
use crate::http::answer::{Answer, Refusal, created, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::shape;
use crate::names::{is_branch_name, is_tree_path};

#[derive(Deserialize)]
pub(super) struct NewContent {
    message: String,
    content: String,
    sha: Option<String>,
    branch: Option<String>,
    committer: Option<Who>,
    author: Option<Who>,
}

pub(super) async fn put(WriteCall(call): WriteCall, Fields(new): Fields<NewContent>) -> Answer {
    let content = decoded(&new.content)?;
    let edit = FileEdit {
        content: Some(content),
        seen: new.sha.filter(|sha| !sha.is_empty()),
        message: new.message,
        author: new.author.map(|who| who.signature(&call)).transpose()?,
        committer: new.committer.map(|who| who.signature(&call)).transpose()?,
        ..start(&call, new.branch)?
    };
    let edited = apply(&call, edit.clone()).await?;
    let entry = call.git().entry(&edited.commit, &edit.path).await?;
    let entry = entry.ok_or_else(Refusal::not_found)?;
    let file = shape::content(call.links(), &call.repo, &edit.branch, &entry);
    let value = shown(&call, &edited, file).await?;
    if edited.is_new {
        created(value)
    } else {
        ok(value)
    }
}

/// In the body or, as older clients do it, in the query.
#[derive(Deserialize)]
pub(super) struct Deletion {
    message: Option<String>,
    sha: Option<String>,
    branch: Option<String>,
    committer: Option<Who>,
    author: Option<Who>,
}

pub(super) async fn delete(WriteCall(call): WriteCall, Fields(asked): Fields<Deletion>) -> Answer {
    let or_query =
        |given: Option<String>, name: &str| given.or_else(|| call.asked(name).map(str::to_owned));
    let wanted = |name: &str| {
        Refusal::unprocessable(format!("Invalid request.\n\n\"{name}\" wasn't supplied."))
    };
    let message = or_query(asked.message, "message").ok_or_else(|| wanted("message"))?;
    let seen = or_query(asked.sha, "sha").ok_or_else(|| wanted("sha"))?;
    let edit = FileEdit {
        content: None,
        seen: Some(seen),
        message,
        author: asked.author.map(|who| who.signature(&call)).transpose()?,
        committer: asked
            .committer
            .map(|who| who.signature(&call))
            .transpose()?,
        ..start(&call, or_query(asked.branch, "branch"))?
    };
    let edited = apply(&call, edit).await?;
    ok(shown(&call, &edited, Value::Null).await?)
}

/// An edit of the path in the request, with everything else left open.
fn start(call: &Call, branch: Option<String>) -> Result<FileEdit, Refusal> {
    let branch = branch.unwrap_or_else(|| call.repo.default_branch.clone());
    let branch = branch
        .strip_prefix("refs/heads/")
        .unwrap_or(&branch)
        .to_owned();
    let path = call.param("path").to_owned();
    let hidden = path
        .split('/')
        .any(|part| part.eq_ignore_ascii_case(".git"));
    if !is_tree_path(&path) || hidden {
        return Err(Refusal::unprocessable(
            "path contains a malformed path component",
        ));
    }
    if !is_branch_name(&branch) {
        return Err(no_branch(&branch));
    }
    Ok(FileEdit {
        branch,
        path,
        content: None,
        seen: None,
        message: String::new(),
        author: None,
        committer: None,
        by: call.bearer.user.clone(),
    })
}

fn no_branch(branch: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, format!("Branch {branch} not found"))
}

async fn apply(call: &Call, edit: FileEdit) -> Result<Edited, Refusal> {
    let conflict = |message: String| Refusal::new(StatusCode::CONFLICT, message);
    let (path, branch) = (edit.path.clone(), edit.branch.clone());
    let seen = edit.seen.clone().unwrap_or_default();
    let what = if edit.content.is_some() {
        "update"
    } else {
        "delete"
    };
    edit_file(&call.state, &call.repo, edit)
        .await
        .map_err(|refusal| match refusal {
            EditRefusal::NoBranch => no_branch(&branch),
            EditRefusal::NoFile => Refusal::not_found(),
            EditRefusal::NotAFile => Refusal::unprocessable(format!("{path} is not a file")),
            EditRefusal::BelowFile => {
                Refusal::unprocessable(format!("{path} is below a path that is a file"))
            }
            EditRefusal::NotSeen => {
                Refusal::unprocessable("Invalid request.\n\n\"sha\" wasn't supplied.")
            }
            EditRefusal::Stale => conflict(format!("{path} does not match {seen}")),
            EditRefusal::Moved { expected } => {
                conflict(format!("refs/heads/{branch} expected to be at {expected}"))
            }
            EditRefusal::Protected { reason } => {
                conflict(format!("Could not {what} file: {reason}"))
            }
            EditRefusal::Failed(error) => error.into(),
        })
}

async fn shown(call: &Call, edited: &Edited, file: Value) -> Result<Value, Refusal> {
    let commit = call.git().commit(&edited.commit).await?;
    let commit = shape::git_commit(call.links(), &call.repo, &commit);
    Ok(json!({ "content": file, "commit": commit }))
}
