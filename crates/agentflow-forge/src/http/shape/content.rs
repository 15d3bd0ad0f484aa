//! Files and folders of a commit.

use serde_json::{Value, json};

use super::Links;
use super::links::escaped;
use crate::git::{EntryKind, TreeEntry};
use crate::store::repositories::Repository;

/// A name in a tree, without what is in it.
pub(in crate::http) fn content(
    links: Links<'_>,
    repo: &Repository,
    commit: &str,
    entry: &TreeEntry,
) -> Value {
    let (path, commit) = (escaped(&entry.path), escaped(commit));
    let (kind, place, objects) = match entry.kind {
        EntryKind::Folder => ("dir", "tree", "trees"),
        EntryKind::Symlink => ("symlink", "blob", "blobs"),
        EntryKind::Submodule => ("submodule", "tree", "trees"),
        EntryKind::File | EntryKind::Executable => ("file", "blob", "blobs"),
    };
    let url = links.repo(repo, &format!("/contents/{path}?ref={commit}"));
    let html_url = links.html(repo, &format!("/{place}/{commit}/{path}"));
    let git_url = links.repo(repo, &format!("/git/{objects}/{}", entry.sha));
    let download_url =
        (place == "blob").then(|| links.html(repo, &format!("/raw/{commit}/{path}")));
    json!({
        "type": kind,
        "name": entry.name(),
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size,
        "url": url,
        "html_url": html_url,
        "git_url": git_url,
        "download_url": download_url,
        "_links": { "self": url, "git": git_url, "html": html_url },
    })
}
