//! Files and folders.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::git::{EntryKind, TreeEntry};
use crate::http::answer::{Answer, Refusal, ok};
use crate::http::call::Call;
use crate::http::shape;
use crate::names::is_tree_path;

/// Largest file that is given inside JSON, in bytes, as on GitHub.
const INLINE_BYTES_MAX: u64 = 1 << 20;
/// Largest file that is given at all, in bytes, as on GitHub.
const RAW_BYTES_MAX: u64 = 100 << 20;
/// Characters of base64 on a line.
const BASE64_LINE: usize = 60;

pub(super) async fn get(call: Call) -> Answer {
    let path = call.param("path").trim_end_matches('/').to_owned();
    let commit = commit(&call).await?;
    if path.is_empty() {
        return folder(&call, &commit, "").await;
    }
    if !is_tree_path(&path) {
        return Err(Refusal::not_found());
    }
    let entry = call
        .git()
        .entry(&commit, &path)
        .await?
        .ok_or_else(Refusal::not_found)?;
    match entry.kind {
        EntryKind::Folder => folder(&call, &commit, &path).await,
        EntryKind::Submodule => ok(shape::content(call.links(), &call.repo, &commit, &entry)),
        _ => file(&call, &commit, &entry).await,
    }
}

/// The commit that the request is about, by its `ref` or else the default branch.
pub(super) async fn commit(call: &Call) -> Result<String, Refusal> {
    let name = call.asked("ref").unwrap_or(&call.repo.default_branch);
    let name = name.strip_prefix("refs/heads/").unwrap_or(name);
    let no_commit = || {
        Refusal::new(
            StatusCode::NOT_FOUND,
            format!("No commit found for the ref {name}"),
        )
    };
    call.git().resolve(name).await?.ok_or_else(no_commit)
}

async fn folder(call: &Call, commit: &str, path: &str) -> Answer {
    let entries = call.git().folder(commit, path).await?;
    let shown = |entry: &TreeEntry| shape::content(call.links(), &call.repo, commit, entry);
    ok(entries.iter().map(shown).collect())
}

pub(super) async fn file(call: &Call, commit: &str, entry: &TreeEntry) -> Answer {
    if entry.size > RAW_BYTES_MAX {
        let message = format!(
            "This file has {} bytes; at most {RAW_BYTES_MAX} are given.",
            entry.size
        );
        return Err(Refusal::new(StatusCode::FORBIDDEN, message));
    }
    if call.accepts("raw") {
        return Ok(call.git().blob(&entry.sha).await?.into_response());
    }
    let mut value = shape::content(call.links(), &call.repo, commit, entry);
    let inline = entry.size <= INLINE_BYTES_MAX;
    let bytes = if inline {
        call.git().blob(&entry.sha).await?
    } else {
        Vec::new()
    };
    if entry.kind == EntryKind::Symlink {
        value["target"] = Value::from(String::from_utf8_lossy(&bytes).into_owned());
    }
    value["encoding"] = Value::from(if inline { "base64" } else { "none" });
    value["content"] = Value::from(in_lines(&STANDARD.encode(bytes)));
    ok(value)
}

pub(super) fn in_lines(base64: &str) -> String {
    let mut text = String::with_capacity(base64.len() + base64.len() / BASE64_LINE + 1);
    let mut rest = base64;
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(BASE64_LINE));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text
}
