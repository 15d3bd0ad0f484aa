//! Rows as GraphQL objects, and the ids by which they are named again.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::error::QueryError;
use crate::http::call::Caller;
use crate::http::shape;
use crate::pulls::of_pull;
use crate::store::accounts::User;
use crate::store::pulls::Pull;
use crate::store::repositories::Repository;
use crate::store::review_comments::{self, ReviewComment};
use crate::store::{reviews, threads};

pub(super) fn user(caller: &Caller, user: &User) -> Value {
    let url = format!("{}/{}", caller.links().origin(), user.login);
    json!({
        "__typename": "User", "id": format!("U_{}", user.id), "databaseId": user.id,
        "login": user.login, "url": url,
    })
}

pub(super) fn repository(caller: &Caller, repo: &Repository) -> Value {
    json!({
        "__typename": "Repository", "id": format!("R_{}", repo.id), "databaseId": repo.id,
        "name": repo.name, "nameWithOwner": repo.full_name(),
        "url": caller.links().html(repo, ""), "isPrivate": repo.is_private,
        "owner": user(caller, &repo.owner),
    })
}

pub(super) fn pull(caller: &Caller, repo: &Repository, pull: &Pull) -> Value {
    let issue = &pull.issue;
    let state = match (pull.is_merged(), issue.is_open) {
        (true, _) => "MERGED",
        (false, true) => "OPEN",
        (false, false) => "CLOSED",
    };
    json!({
        "__typename": "PullRequest", "id": format!("PR_{}", issue.id), "databaseId": issue.id,
        "number": issue.number, "title": issue.title,
        "body": issue.body.as_deref().unwrap_or_default(),
        "url": caller.links().html_number(repo, issue.number, true),
        "state": state, "isDraft": pull.draft, "merged": pull.is_merged(),
        "headRefName": pull.head_ref, "headRefOid": pull.head_sha,
        "baseRefName": pull.base_ref, "baseRefOid": pull.base_sha,
        "createdAt": issue.created_at, "updatedAt": issue.updated_at,
        "author": user(caller, &issue.author),
    })
}

/// All conversations of a pull request, by their first comments.
pub(super) async fn threads(
    caller: &Caller,
    conn: &mut SqliteConnection,
    repo: &Repository,
    pull: &Pull,
) -> Result<Vec<Value>, QueryError> {
    let comparison = of_pull(&caller.state.repo(repo), pull).await?;
    let files = comparison.files.iter();
    let current: HashSet<(&str, &str)> = files
        .map(|file| (file.path.as_str(), file.blob.as_str()))
        .collect();
    let resolved = threads::resolved(conn, pull.issue.id).await?;
    let mut by_first: BTreeMap<i64, Vec<ReviewComment>> = BTreeMap::new();
    // What was not submitted yet is there for its author only.
    let all = reviews::of_pull(conn, pull.issue.id).await?;
    let hidden = all
        .iter()
        .filter(|review| review.state == reviews::PENDING && review.author != caller.bearer.user);
    let hidden: HashSet<i64> = hidden.map(|review| review.id).collect();
    let mut comments = review_comments::of_pull(conn, pull.issue.id).await?;
    comments.retain(|comment| !hidden.contains(&comment.review_id));
    for comment in comments {
        let first = comment.in_reply_to.unwrap_or(comment.id);
        by_first.entry(first).or_default().push(comment);
    }
    let shown = by_first.iter().filter_map(|(first, comments)| {
        let place = &comments.first()?.place;
        let outdated = !current.contains(&(place.path.as_str(), place.blob.as_str()));
        let by = resolved.get(first);
        let each = comments.iter();
        let each: Vec<Value> = each.map(|it| comment(caller, repo, it, outdated)).collect();
        Some(json!({
            "__typename": "PullRequestReviewThread", "id": shape::thread_id(*first),
            "isResolved": by.is_some(), "isOutdated": outdated, "isCollapsed": by.is_some(),
            "path": place.path,
            "line": (!outdated).then_some(place.line), "originalLine": place.line,
            "startLine": place.start_line.filter(|_| !outdated),
            "originalStartLine": place.start_line,
            "diffSide": place.side, "subjectType": "LINE",
            "resolvedBy": by.map(|by| user(caller, by)),
            "comments": each,
        }))
    });
    Ok(shown.collect())
}

fn comment(caller: &Caller, repo: &Repository, of: &ReviewComment, outdated: bool) -> Value {
    let place = &of.place;
    let page = caller.links().html_number(repo, of.number, true);
    json!({
        "__typename": "PullRequestReviewComment", "id": format!("PRRC_{}", of.id),
        "databaseId": of.id, "body": of.body, "path": place.path,
        "line": (!outdated).then_some(place.line), "originalLine": place.line,
        "outdated": outdated, "diffHunk": place.diff_hunk,
        "url": format!("{page}#discussion_r{}", of.id),
        "createdAt": of.created_at, "updatedAt": of.updated_at,
        "author": user(caller, &of.author),
    })
}

/// The number in an id of this kind.
pub(super) fn number_in(id: &str, prefix: &str) -> Option<i64> {
    id.strip_prefix(prefix)?.strip_prefix('_')?.parse().ok()
}
