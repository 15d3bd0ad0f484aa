//! git's own objects: blobs, trees, commits and tags, read and made one by one.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::signatures::Who;
use crate::git::{FOLDER_MODE, GitError, ObjectKind, TreeChange};
use crate::http::answer::{Answer, Refusal, created, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::shape;
use crate::names::is_tree_path;

/// Largest blob that is given, in bytes, as on GitHub.
const BLOB_BYTES_MAX: u64 = 100 << 20;
/// Modes that an entry of a tree may have.
const MODES: [&str; 5] = ["100644", "100755", FOLDER_MODE, "160000", "120000"];

#[derive(Deserialize)]
pub(super) struct NewBlob {
    content: String,
    encoding: Option<String>,
}

pub(super) async fn create_blob(
    WriteCall(call): WriteCall,
    Fields(new): Fields<NewBlob>,
) -> Answer {
    let bytes = match new.encoding.as_deref().unwrap_or("utf-8") {
        "utf-8" => new.content.into_bytes(),
        "base64" => decoded(&new.content)?,
        _ => return Err(Refusal::invalid("Blob", "encoding", "invalid")),
    };
    let sha = call.git().new_blob(&bytes).await?;
    let url = call.links().repo(&call.repo, &format!("/git/blobs/{sha}"));
    created(json!({ "sha": sha, "url": url }))
}

/// Base64 as clients send it, with line ends in it or not.
pub(super) fn decoded(content: &str) -> Result<Vec<u8>, Refusal> {
    let content: String = content.split_whitespace().collect();
    STANDARD
        .decode(content)
        .map_err(|_| Refusal::unprocessable("content is not valid Base64"))
}

pub(super) async fn get_blob(call: Call) -> Answer {
    let found = call.git().object(call.param("sha")).await?;
    let found = found.filter(|object| object.kind == ObjectKind::Blob);
    let blob = found.ok_or_else(Refusal::not_found)?;
    if blob.size > BLOB_BYTES_MAX {
        let message = format!("This blob is too large; at most {BLOB_BYTES_MAX} bytes are given.");
        return Err(Refusal::new(StatusCode::FORBIDDEN, message));
    }
    let bytes = call.git().blob(&blob.sha).await?;
    if call.accepts("raw") {
        return Ok(bytes.into_response());
    }
    ok(json!({
        "sha": blob.sha,
        "node_id": format!("B_{}", blob.sha),
        "size": blob.size,
        "url": call.links().repo(&call.repo, &format!("/git/blobs/{}", blob.sha)),
        "content": super::contents::in_lines(&STANDARD.encode(bytes)),
        "encoding": "base64",
    }))
}

#[derive(Deserialize)]
pub(super) struct NewTree {
    base_tree: Option<String>,
    tree: Vec<NewEntry>,
}

#[derive(Deserialize)]
struct NewEntry {
    path: Option<String>,
    mode: Option<String>,
    #[serde(default, deserialize_with = "super::fields::present")]
    sha: Option<Option<String>>,
    content: Option<String>,
}

pub(super) async fn create_tree(
    WriteCall(call): WriteCall,
    Fields(new): Fields<NewTree>,
) -> Answer {
    let git = call.git();
    let base = match &new.base_tree {
        Some(name) => {
            let found = git.tree_named(name).await?;
            let missing = || Refusal::unprocessable("base_tree is not a valid tree oid");
            Some(found.ok_or_else(missing)?)
        }
        None => None,
    };
    let mut changes = Vec::new();
    for entry in new.tree {
        changes.push(change(&call, entry).await?);
    }
    let scratch = call.state.layout.scratch();
    let made = git.new_tree(base.as_deref(), &changes, &scratch).await;
    let sha = made.map_err(|error| match error {
        GitError::Failed { stderr, .. } => {
            Refusal::unprocessable(format!("The entries make no tree: {stderr}"))
        }
        error => error.into(),
    })?;
    let entries = git.tree(&sha, false).await?;
    created(shape::tree(call.links(), &call.repo, &sha, &entries, false))
}

async fn change(call: &Call, entry: NewEntry) -> Result<TreeChange, Refusal> {
    let path = entry
        .path
        .filter(|path| is_tree_path(path) && !path.starts_with(".git/"));
    let path = path
        .ok_or_else(|| Refusal::unprocessable("tree.path contains a malformed path component"))?;
    let mode = entry.mode.unwrap_or_else(|| "100644".to_owned());
    if !MODES.contains(&mode.as_str()) {
        return Err(Refusal::unprocessable(format!(
            "tree.mode {mode} is not valid"
        )));
    }
    let sha = match (entry.sha, entry.content) {
        (Some(None), None) => return Ok(TreeChange { path, to: None }),
        (Some(Some(sha)), None) => sha,
        (None, Some(content)) if mode != FOLDER_MODE && mode != "160000" => {
            call.git().new_blob(content.as_bytes()).await?
        }
        _ => {
            let message = "tree.sha or tree.content must be given, and not both";
            return Err(Refusal::unprocessable(message));
        }
    };
    let wanted = match mode.as_str() {
        FOLDER_MODE => Some(ObjectKind::Tree),
        // The commit of a submodule is in another repository.
        "160000" => None,
        _ => Some(ObjectKind::Blob),
    };
    let found = call.git().object(&sha).await?.map(|object| object.kind);
    if let Some(wanted) = wanted.filter(|wanted| found != Some(*wanted)) {
        let message = format!("tree.sha {sha} is not a valid {}", wanted.as_str());
        return Err(Refusal::unprocessable(message));
    }
    Ok(TreeChange {
        path,
        to: Some((mode, sha)),
    })
}

pub(super) async fn get_tree(call: Call) -> Answer {
    let found = call.git().tree_named(call.param("sha")).await?;
    let sha = found.ok_or_else(Refusal::not_found)?;
    // Any value asks for it, even `0`, as on GitHub.
    let deep = call.query.contains_key("recursive");
    let mut entries = call.git().tree(&sha, deep).await?;
    let most = call.state.options.limits.tree_entries_max;
    let truncated = entries.len() > most;
    entries.truncate(most);
    ok(shape::tree(
        call.links(),
        &call.repo,
        &sha,
        &entries,
        truncated,
    ))
}

#[derive(Deserialize)]
pub(super) struct NewCommit {
    message: String,
    tree: String,
    #[serde(default)]
    parents: Vec<String>,
    author: Option<Who>,
    committer: Option<Who>,
    signature: Option<String>,
}

pub(super) async fn create_commit(
    WriteCall(call): WriteCall,
    Fields(new): Fields<NewCommit>,
) -> Answer {
    if new.signature.is_some() {
        return Err(Refusal::unprocessable(
            "This forge makes no signed commits.",
        ));
    }
    let git = call.git();
    let is = async |sha: &str, kind| -> Result<bool, Refusal> {
        Ok(git.object(sha).await?.is_some_and(|it| it.kind == kind))
    };
    if !is(&new.tree, ObjectKind::Tree).await? {
        return Err(Refusal::unprocessable("Tree SHA does not exist"));
    }
    for parent in &new.parents {
        if !is(parent, ObjectKind::Commit).await? {
            let message = "Parent SHA does not exist or is not a commit object";
            return Err(Refusal::unprocessable(message));
        }
    }
    let parents: Vec<&str> = new.parents.iter().map(String::as_str).collect();
    let author = Who::or_caller(new.author, &call)?;
    let committer = match new.committer {
        Some(committer) => committer.signature(&call)?,
        None => author.clone(),
    };
    let sha = git
        .new_commit(&new.tree, &parents, &new.message, &author, &committer)
        .await?;
    created(shown_commit(&call, &sha).await?)
}

pub(super) async fn get_commit(call: Call) -> Answer {
    let found = call.git().object(call.param("sha")).await?;
    let found = found.filter(|object| object.kind == ObjectKind::Commit);
    let commit = found.ok_or_else(Refusal::not_found)?;
    ok(shown_commit(&call, &commit.sha).await?)
}

async fn shown_commit(call: &Call, sha: &str) -> Result<Value, Refusal> {
    let commit = call.git().commit(sha).await?;
    Ok(shape::git_commit(call.links(), &call.repo, &commit))
}
