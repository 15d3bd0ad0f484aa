//! Commits, branches, refs and changed files.

use serde_json::{Value, json};

use super::Links;
use super::links::escaped;
use super::object::{person, unsigned};
use super::protection::brief;
use crate::branches::Protection;
use crate::git::{Commit, DiffFile};
use crate::store::repositories::Repository;

pub(in crate::http) fn commit(links: Links<'_>, repo: &Repository, commit: &Commit) -> Value {
    let sha = &commit.sha;
    let api = |rest: &str| links.repo(repo, rest);
    let parents: Vec<Value> = commit
        .parents
        .iter()
        .map(|parent| {
            let html_url = links.html(repo, &format!("/commit/{parent}"));
            json!({ "sha": parent, "url": api(&format!("/commits/{parent}")), "html_url": html_url })
        })
        .collect();
    json!({
        "sha": sha,
        "node_id": format!("C_{sha}"),
        "url": api(&format!("/commits/{sha}")),
        "html_url": links.html(repo, &format!("/commit/{sha}")),
        "comments_url": api(&format!("/commits/{sha}/comments")),
        "commit": {
            "url": api(&format!("/git/commits/{sha}")),
            "author": person(&commit.author),
            "committer": person(&commit.committer),
            "message": commit.message,
            "comment_count": 0,
            "tree": { "sha": commit.tree, "url": api(&format!("/git/trees/{}", commit.tree)) },
            "verification": unsigned(),
        },
        // Who wrote a commit is a claim of the commit; the forge does not tie it to its users.
        "author": null,
        "committer": null,
        "parents": parents,
    })
}

pub(in crate::http) fn diff_entry(
    links: Links<'_>,
    repo: &Repository,
    head: &str,
    file: &DiffFile,
) -> Value {
    let path = escaped(&file.path);
    let mut value = json!({
        "sha": file.blob,
        "filename": file.path,
        "status": file.status.as_str(),
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": links.html(repo, &format!("/blob/{head}/{path}")),
        "raw_url": links.html(repo, &format!("/raw/{head}/{path}")),
        "contents_url": links.repo(repo, &format!("/contents/{path}?ref={head}")),
    });
    if let Some(patch) = &file.patch {
        value["patch"] = Value::from(patch.text.clone());
    }
    if let Some(old) = &file.old_path {
        value["previous_filename"] = Value::from(old.clone());
    }
    value
}

pub(in crate::http) fn short_branch(
    links: Links<'_>,
    repo: &Repository,
    name: &str,
    sha: &str,
    protected: bool,
) -> Value {
    json!({
        "name": name,
        "commit": { "sha": sha, "url": links.repo(repo, &format!("/commits/{sha}")) },
        "protected": protected,
    })
}

pub(in crate::http) fn branch(
    links: Links<'_>,
    repo: &Repository,
    name: &str,
    tip: &Commit,
    protection: Option<&Protection>,
) -> Value {
    let api = links.repo(repo, &format!("/branches/{}", escaped(name)));
    json!({
        "name": name,
        "commit": commit(links, repo, tip),
        "protected": protection.is_some(),
        "protection": brief(protection, &api),
        "protection_url": format!("{api}/protection"),
        "_links": { "self": api, "html": links.html(repo, &format!("/tree/{}", escaped(name))) },
    })
}
