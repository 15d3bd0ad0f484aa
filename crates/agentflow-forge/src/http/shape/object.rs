//! git's own objects and the refs that lead to them.

use serde_json::{Value, json};

use super::Links;
use super::links::escaped;
use crate::git::{Commit, EntryKind, ObjectKind, Person, RefTarget, TreeEntry};
use crate::store::repositories::Repository;
use crate::time;

pub(in crate::http) fn git_ref(links: Links<'_>, repo: &Repository, target: &RefTarget) -> Value {
    let name = &target.name;
    json!({
        "ref": name,
        "node_id": format!("REF_{name}"),
        // The name begins with `refs/`, as the address does.
        "url": links.repo(repo, &format!("/git/{}", escaped(name))),
        "object": git_object(links, repo, &target.sha, target.kind),
    })
}

pub(in crate::http) fn git_object(
    links: Links<'_>,
    repo: &Repository,
    sha: &str,
    kind: ObjectKind,
) -> Value {
    let kind = kind.as_str();
    let url = links.repo(repo, &format!("/git/{kind}s/{sha}"));
    json!({ "type": kind, "sha": sha, "url": url })
}

pub(in crate::http) fn tree(
    links: Links<'_>,
    repo: &Repository,
    sha: &str,
    entries: &[TreeEntry],
    truncated: bool,
) -> Value {
    let shown: Vec<Value> = entries
        .iter()
        .map(|it| tree_entry(links, repo, it))
        .collect();
    json!({
        "sha": sha,
        "url": links.repo(repo, &format!("/git/trees/{sha}")),
        "tree": shown,
        "truncated": truncated,
    })
}

fn tree_entry(links: Links<'_>, repo: &Repository, entry: &TreeEntry) -> Value {
    let kind = entry.kind.object();
    let mut value = json!({
        "path": entry.path,
        "mode": entry.kind.mode(),
        "type": kind,
        "sha": entry.sha,
    });
    // The commit of a submodule is in another repository.
    if entry.kind != EntryKind::Submodule {
        value["url"] = links
            .repo(repo, &format!("/git/{kind}s/{}", entry.sha))
            .into();
    }
    if kind == "blob" {
        value["size"] = entry.size.into();
    }
    value
}

/// A commit without what GitHub knows of it beyond git.
pub(in crate::http) fn git_commit(links: Links<'_>, repo: &Repository, commit: &Commit) -> Value {
    let api = |rest: &str| links.repo(repo, rest);
    let page = |sha: &str| links.html(repo, &format!("/commit/{sha}"));
    let parent = |sha: &String| json!({ "sha": sha, "url": api(&format!("/git/commits/{sha}")), "html_url": page(sha) });
    json!({
        "sha": commit.sha,
        "node_id": format!("C_{}", commit.sha),
        "url": api(&format!("/git/commits/{}", commit.sha)),
        "html_url": page(&commit.sha),
        "author": person(&commit.author),
        "committer": person(&commit.committer),
        "message": commit.message,
        "tree": { "sha": commit.tree, "url": api(&format!("/git/trees/{}", commit.tree)) },
        "parents": commit.parents.iter().map(parent).collect::<Vec<_>>(),
        "verification": unsigned(),
    })
}

pub(in crate::http) fn person(person: &Person) -> Value {
    json!({ "name": person.name, "email": person.email, "date": time::from_unix(person.at) })
}

/// A person as git writes one, `name <email> seconds zone`.
pub(in crate::http) fn signed(text: &str) -> Value {
    let (name, rest) = text.split_once(" <").unwrap_or((text, ""));
    let (email, rest) = rest.split_once("> ").unwrap_or((rest, ""));
    let at = rest.split(' ').next().and_then(|at| at.parse().ok());
    json!({ "name": name, "email": email, "date": time::from_unix(at.unwrap_or_default()) })
}

/// The forge checks no signatures.
pub(in crate::http) fn unsigned() -> Value {
    json!({
        "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null,
    })
}
