//! Commits, comparisons, and what is asked about a commit by its name.
//!
//! A commit may be named by a branch with slashes, so the words after it are told apart here.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::{checks, pull_content, statuses};
use crate::git::{Commit, Person};
use crate::http::answer::{Answer, Refusal, ok};
use crate::http::call::Call;
use crate::http::{page, shape};
use crate::names::is_tree_path;
use crate::pulls::Comparison;
use crate::store::pulls;
use crate::time;

pub(super) async fn list(call: Call) -> Answer {
    let from = call.asked("sha").unwrap_or(&call.repo.default_branch);
    let found = call.git().resolve(from).await?;
    let sha = found.ok_or_else(|| match call.asked("sha") {
        Some(_) => Refusal::not_found(),
        None => Refusal::new(StatusCode::CONFLICT, "Git Repository is empty."),
    })?;
    let path = call.asked("path").filter(|path| is_tree_path(path));
    let mut found = call.git().log(None, &sha, path).await?;
    let at = |name: &str| {
        call.asked(name)
            .filter(|at| time::is_time(at))
            .map(time::to_unix)
    };
    let (since, until) = (at("since"), at("until"));
    let is = |name: &str, who: &Person| {
        let wanted = call.asked(name);
        wanted.is_none_or(|wanted| wanted == who.email || wanted == who.name)
    };
    found.retain(|commit| {
        let made = commit.committer.at;
        since.is_none_or(|since| made >= since)
            && until.is_none_or(|until| made <= until)
            && is("author", &commit.author)
            && is("committer", &commit.committer)
    });
    let values = found
        .iter()
        .map(|commit| shape::commit(call.links(), &call.repo, commit))
        .collect();
    page::list(&call, values)
}

pub(super) async fn about(call: Call) -> Answer {
    let rest = call.param("rest");
    let (name, what) = rest.rsplit_once('/').unwrap_or((rest, ""));
    match what {
        "check-runs" => checks::of_commit(&call, name).await,
        "check-suites" => checks::suites(&call, name).await,
        "status" => statuses::combined(&call, name).await,
        "statuses" => statuses::list(&call, name).await,
        "pulls" => pulls_with(&call, name).await,
        _ => get(&call, rest).await,
    }
}

async fn get(call: &Call, name: &str) -> Answer {
    let git = call.git();
    let sha = call.commit_sha(name).await?;
    let commit = git.commit(&sha).await?;
    let parent = commit.parents.first().map_or(EMPTY_TREE, String::as_str);
    if call.accepts("diff") {
        return Ok(pull_content::plain(git.diff_text(parent, &sha).await?));
    }
    let files = git.diff_files(parent, &sha).await?;
    let (additions, deletions) = files
        .iter()
        .fold((0, 0), |(a, d), f| (a + f.additions, d + f.deletions));
    let mut value = shape::commit(call.links(), &call.repo, &commit);
    value["stats"] =
        json!({ "additions": additions, "deletions": deletions, "total": additions + deletions });
    value["files"] = files
        .iter()
        .map(|file| shape::diff_entry(call.links(), &call.repo, &sha, file))
        .collect();
    ok(value)
}

/// The tree without files, which git knows without being told.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

async fn pulls_with(call: &Call, name: &str) -> Answer {
    let sha = call.commit_sha(name).await?;
    let mut conn = call.state.database.read().await?;
    let all = pulls::all(&mut conn, call.repo.id).await?;
    let with = all
        .iter()
        .filter(|pull| pull.head_sha == sha || pull.merge_sha.as_ref() == Some(&sha));
    let values = with
        .map(|pull| shape::pull(call.links(), &call.repo, pull, &[], &[]))
        .collect();
    page::list(call, values)
}

pub(super) async fn compare(call: Call) -> Answer {
    let (base, head) = call
        .param("range")
        .split_once("...")
        .ok_or_else(Refusal::not_found)?;
    let git = call.git();
    let base_sha = git
        .resolve(own(base, &call))
        .await?
        .ok_or_else(Refusal::not_found)?;
    let head_sha = git
        .resolve(own(head, &call))
        .await?
        .ok_or_else(Refusal::not_found)?;
    let found = Comparison::between(&git, &base_sha, &head_sha).await?;
    let unrelated = || {
        Refusal::new(
            StatusCode::NOT_FOUND,
            format!("No common ancestor between {base} and {head}."),
        )
    };
    let comparison = found.ok_or_else(unrelated)?;
    if call.accepts("diff") {
        return Ok(pull_content::plain(
            git.diff_text(&comparison.merge_base, &head_sha).await?,
        ));
    }
    let (behind, ahead) = git.behind_ahead(&base_sha, &head_sha).await?;
    let bases = (
        git.commit(&base_sha).await?,
        git.commit(&comparison.merge_base).await?,
    );
    let range = format!("{base}...{head}");
    Ok(axum::Json(compared(
        &call,
        &range,
        &bases,
        &comparison,
        (behind, ahead),
    ))
    .into_response())
}

/// A branch may be written `owner:branch`; the forge has no other owners' copies.
fn own<'a>(name: &'a str, call: &Call) -> &'a str {
    let owner = format!("{}:", call.repo.owner.login);
    name.strip_prefix(owner.as_str()).unwrap_or(name)
}

fn compared(
    call: &Call,
    range: &str,
    (base, merge_base): &(Commit, Commit),
    comparison: &Comparison,
    (behind, ahead): (u64, u64),
) -> Value {
    let (links, repo) = (call.links(), &call.repo);
    let status = match (behind, ahead) {
        (0, 0) => "identical",
        (0, _) => "ahead",
        (_, 0) => "behind",
        _ => "diverged",
    };
    let html_url = links.html(repo, &format!("/compare/{range}"));
    json!({
        "url": links.repo(repo, &format!("/compare/{range}")),
        "html_url": html_url,
        "permalink_url": html_url,
        "diff_url": format!("{html_url}.diff"),
        "patch_url": format!("{html_url}.patch"),
        "base_commit": shape::commit(links, repo, base),
        "merge_base_commit": shape::commit(links, repo, merge_base),
        "status": status,
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": comparison.commits.iter().map(|it| shape::commit(links, repo, it)).collect::<Vec<_>>(),
        "files": comparison
            .files
            .iter()
            .map(|file| shape::diff_entry(links, repo, &comparison.head, file))
            .collect::<Vec<_>>(),
    })
}
