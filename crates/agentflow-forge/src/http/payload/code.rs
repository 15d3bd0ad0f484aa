//! Pushes, branches and tags, checks and statuses.

use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::told::Telling;
use crate::branches::rule_of;
use crate::error::ForgeError;
use crate::git::{Commit, FileStatus, GitRepo, Person};
use crate::http::shape;
use crate::store::{checks, pulls};
use crate::time;

/// Most commits of a push that are named, as on GitHub.
const COMMITS_MAX: usize = 2_048;

pub(super) async fn push(telling: &Telling<'_>) -> Result<Value, ForgeError> {
    let text = |name: &str| telling.detail(name).as_str().unwrap_or_default();
    let (name, before, after) = (text("ref"), text("before"), text("after"));
    let (created, deleted) = (is_absent(before), is_absent(after));
    let git = telling.state.repo(telling.repo);
    let forced = !created && !deleted && !git.is_ancestor(before, after).await?;
    let head = match deleted {
        true => None,
        false => Some(git.commit(after).await?),
    };
    let mut commits = Vec::new();
    for commit in pushed(telling, &git, before, after).await? {
        commits.push(pushed_commit(telling, &git, &commit).await?);
    }
    let head_commit = match &head {
        Some(commit) => pushed_commit(telling, &git, commit).await?,
        None => Value::Null,
    };
    let (links, repo) = (telling.links, telling.repo);
    let short = |sha: &str| sha.get(..12).unwrap_or_default().to_owned();
    let range = match (created, deleted) {
        (true, _) => name.rsplit('/').next().unwrap_or_default().to_owned(),
        _ => format!("{}...{}", short(before), short(after)),
    };
    let pusher = telling.actor();
    Ok(json!({
        "ref": name, "before": before, "after": after,
        "created": created, "deleted": deleted, "forced": forced, "base_ref": null,
        "compare": links.html(repo, &format!("/compare/{range}")),
        "commits": commits, "head_commit": head_commit,
        "repository": pushed_repository(telling),
        "pusher": { "name": pusher.login, "email": email(&pusher.login) },
    }))
}

/// The commits that came with a push, oldest first.
async fn pushed(
    telling: &Telling<'_>,
    git: &GitRepo,
    before: &str,
    after: &str,
) -> Result<Vec<Commit>, ForgeError> {
    if is_absent(after) || telling.detail("ref").as_str().is_some_and(is_tag) {
        return Ok(Vec::new());
    }
    let from = match is_absent(before) {
        false => Some(before.to_owned()),
        // What a new branch has beyond the default one.
        true => git.branch(&telling.repo.default_branch).await?,
    };
    let mut found = git.log(from.as_deref(), after, None).await?;
    found.truncate(COMMITS_MAX);
    found.reverse();
    Ok(found)
}

async fn pushed_commit(
    telling: &Telling<'_>,
    git: &GitRepo,
    commit: &Commit,
) -> Result<Value, ForgeError> {
    let files = match commit.parents.first() {
        Some(parent) => git.diff_files(parent, &commit.sha).await?,
        None => git.diff_files(EMPTY_TREE, &commit.sha).await?,
    };
    let of = |wanted: fn(FileStatus) -> bool| -> Vec<&str> {
        let chosen = files.iter().filter(|file| wanted(file.status));
        chosen.map(|file| file.path.as_str()).collect()
    };
    let person = |who: &Person| json!({ "name": who.name, "email": who.email });
    let html_url = telling
        .links
        .html(telling.repo, &format!("/commit/{}", commit.sha));
    Ok(json!({
        "id": commit.sha, "tree_id": commit.tree, "distinct": true, "message": commit.message,
        "timestamp": time::from_unix(commit.committer.at), "url": html_url,
        "author": person(&commit.author), "committer": person(&commit.committer),
        "added": of(|it| it == FileStatus::Added),
        "removed": of(|it| it == FileStatus::Removed),
        "modified": of(|it| it != FileStatus::Added && it != FileStatus::Removed),
    }))
}

/// The tree without files, which git knows without being told.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// In pushes, and only there, two of the times are numbers.
fn pushed_repository(telling: &Telling<'_>) -> Value {
    let repo = telling.repo;
    let mut value = shape::repository(telling.links, repo);
    value["created_at"] = Value::from(time::to_unix(&repo.created_at));
    value["pushed_at"] = Value::from(time::to_unix(&repo.pushed_at));
    value["stargazers"] = Value::from(0);
    value["master_branch"] = Value::from(repo.default_branch.clone());
    value
}

/// A branch or a tag that came or went.
pub(super) fn reference(telling: &Telling<'_>) -> Value {
    let name = telling.detail("ref").as_str().unwrap_or_default();
    let short = name.splitn(3, '/').nth(2).unwrap_or(name);
    let kind = if is_tag(name) { "tag" } else { "branch" };
    let mut fields = json!({ "ref": short, "ref_type": kind, "pusher_type": "user" });
    if telling.notice.event == "create" {
        fields["master_branch"] = Value::from(telling.repo.default_branch.clone());
        fields["description"] = Value::Null;
    }
    fields
}

pub(super) async fn check_run(
    telling: &Telling<'_>,
    conn: &mut SqliteConnection,
) -> Result<Option<Value>, ForgeError> {
    let Some(run) = checks::find(conn, telling.repo.id, telling.notice.subject).await? else {
        return Ok(None);
    };
    let pulls = pulls_at(telling, conn, &run.head_sha).await?;
    let value = shape::check_run(telling.links, telling.repo, &run, &pulls);
    let mut value = telling.as_it_was(value);
    let suite = suite_object(telling, conn, &run.head_sha).await?;
    value["check_suite"] = suite;
    Ok(Some(json!({ "check_run": value })))
}

pub(super) async fn check_suite(
    telling: &Telling<'_>,
    conn: &mut SqliteConnection,
) -> Result<Option<Value>, ForgeError> {
    let sha = telling.detail("head_sha").as_str().unwrap_or_default();
    let suite = suite_object(telling, conn, sha).await?;
    Ok(Some(json!({ "check_suite": telling.as_it_was(suite) })))
}

/// A suite without the repository, which payloads have beside it.
async fn suite_object(
    telling: &Telling<'_>,
    conn: &mut SqliteConnection,
    sha: &str,
) -> Result<Value, ForgeError> {
    let runs = checks::all(conn, telling.repo.id, Some(sha)).await?;
    let commit = telling.state.repo(telling.repo).commit(sha).await?;
    let pulls = pulls_at(telling, conn, sha).await?;
    let (links, repo) = (telling.links, telling.repo);
    let mut suite = shape::check_suite(links, repo, &commit, &runs, &pulls);
    if let Some(object) = suite.as_object_mut() {
        object.remove("repository");
    }
    suite["head_branch"] = telling.detail("head_branch").clone();
    Ok(suite)
}

/// Open pull requests whose head is that commit.
async fn pulls_at(
    telling: &Telling<'_>,
    conn: &mut SqliteConnection,
    sha: &str,
) -> Result<Vec<Value>, ForgeError> {
    let found = pulls::all(conn, telling.repo.id).await?;
    let at = found
        .iter()
        .filter(|pull| pull.issue.is_open && pull.head_sha == sha);
    let shown = |pull| shape::pull_minimal(telling.links, telling.repo, pull);
    Ok(at.map(shown).collect())
}

pub(super) async fn status(telling: &Telling<'_>) -> Result<Value, ForgeError> {
    let (links, repo) = (telling.links, telling.repo);
    let mut fields = telling.detail("status").clone();
    let sha = fields["sha"].as_str().unwrap_or_default().to_owned();
    let git = telling.state.repo(repo);
    let commit = git.commit(&sha).await?;
    let branches = git.branches().await?;
    let mut conn = telling.state.database.read().await?;
    let mut at = Vec::new();
    for (name, tip) in branches.iter().filter(|(_, tip)| *tip == sha) {
        let rule = rule_of(&mut conn, repo, name).await?;
        let protected = rule.protection().is_some();
        at.push(shape::short_branch(links, repo, name, tip, protected));
    }
    fields["name"] = Value::from(repo.full_name());
    fields["commit"] = shape::commit(links, repo, &commit);
    fields["branches"] = Value::from(at);
    Ok(fields)
}

fn is_absent(sha: &str) -> bool {
    sha.bytes().all(|byte| byte == b'0')
}

fn is_tag(name: &str) -> bool {
    name.starts_with("refs/tags/")
}

fn email(login: &str) -> String {
    format!("{login}@users.noreply.forge.invalid")
}
