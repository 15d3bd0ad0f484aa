//! Pull requests.

use serde_json::{Value, json};

use super::Links;
use super::issue::{association, label};
use super::repository::repository;
use super::user::{merge, user};
use crate::pulls::{Comparison, Judgement};
use crate::store::accounts::User;
use crate::store::labels::Label;
use crate::store::pulls::Pull;
use crate::store::repositories::Repository;

/// A pull request in a list.
pub(in crate::http) fn pull(
    links: Links<'_>,
    repo: &Repository,
    pull: &Pull,
    labels: &[Label],
    reviewers: &[User],
) -> Value {
    let (issue, number) = (&pull.issue, pull.number());
    let html_url = links.html_number(repo, number, true);
    let mut value = json!({
        "id": issue.id,
        "node_id": format!("PR_{}", issue.id),
        "number": number,
        "state": issue.state(),
        "locked": issue.is_locked,
        "active_lock_reason": issue.lock_reason,
        "title": issue.title,
        "body": issue.body,
        "user": user(links, &issue.author),
        "author_association": association(repo, &issue.author.login),
        "labels": labels.iter().map(|it| label(links, repo, it)).collect::<Vec<_>>(),
        "assignee": issue.assignees.first().map(|it| user(links, it)),
        "assignees": issue.assignees.iter().map(|it| user(links, it)).collect::<Vec<_>>(),
        "requested_reviewers": reviewers.iter().map(|it| user(links, it)).collect::<Vec<_>>(),
        "requested_teams": [],
        "milestone": null,
        "draft": pull.draft,
        "auto_merge": null,
        "created_at": issue.created_at,
        "updated_at": issue.updated_at,
        "closed_at": issue.closed_at,
        "merged_at": pull.merged_at,
        "merge_commit_sha": pull.merge_sha,
        "head": side(links, repo, &pull.head_ref, &pull.head_sha),
        "base": side(links, repo, &pull.base_ref, &pull.base_sha),
        "html_url": html_url,
        "diff_url": format!("{html_url}.diff"),
        "patch_url": format!("{html_url}.patch"),
    });
    merge(&mut value, addresses(links, repo, pull));
    value
}

fn addresses(links: Links<'_>, repo: &Repository, pull: &Pull) -> Value {
    let number = pull.number();
    let api = links.repo(repo, &format!("/pulls/{number}"));
    let issue_url = links.repo(repo, &format!("/issues/{number}"));
    let statuses_url = links.repo(repo, &format!("/statuses/{}", pull.head_sha));
    let review_comment_url = links.repo(repo, "/pulls/comments{/number}");
    json!({
        "url": api,
        "issue_url": issue_url,
        "commits_url": format!("{api}/commits"),
        "review_comments_url": format!("{api}/comments"),
        "review_comment_url": review_comment_url,
        "comments_url": format!("{issue_url}/comments"),
        "statuses_url": statuses_url,
        "_links": {
            "self": { "href": api },
            "html": { "href": links.html_number(repo, number, true) },
            "issue": { "href": issue_url },
            "comments": { "href": format!("{issue_url}/comments") },
            "review_comments": { "href": format!("{api}/comments") },
            "review_comment": { "href": review_comment_url },
            "commits": { "href": format!("{api}/commits") },
            "statuses": { "href": statuses_url },
        },
    })
}

fn side(links: Links<'_>, repo: &Repository, name: &str, sha: &str) -> Value {
    json!({
        "label": format!("{}:{name}", repo.owner.login),
        "ref": name,
        "sha": sha,
        "user": user(links, &repo.owner),
        "repo": repository(links, repo),
    })
}

/// What only a single pull request tells.
pub(in crate::http) struct PullDetails<'a> {
    /// Only of an open one.
    pub(in crate::http) judgement: Option<Judgement>,
    pub(in crate::http) comparison: &'a Comparison,
    pub(in crate::http) review_comments: usize,
}

pub(in crate::http) fn with_details(
    links: Links<'_>,
    mut value: Value,
    pull: &Pull,
    details: &PullDetails<'_>,
) -> Value {
    let judgement = details.judgement.as_ref();
    let mergeable = judgement.map(|judgement| *judgement != Judgement::Conflict);
    let more = json!({
        "merged": pull.is_merged(),
        "merged_by": pull.merged_by.as_ref().map(|by| user(links, by)),
        "mergeable": mergeable,
        "mergeable_state": judgement.map_or("unknown", Judgement::mergeable_state),
        "rebaseable": mergeable,
        "maintainer_can_modify": false,
        "comments": pull.issue.comments,
        "review_comments": details.review_comments,
        "commits": details.comparison.commits.len(),
        "additions": details.comparison.additions(),
        "deletions": details.comparison.deletions(),
        "changed_files": details.comparison.files.len(),
    });
    merge(&mut value, more);
    value
}

/// A pull request as check runs mention it.
pub(in crate::http) fn pull_minimal(links: Links<'_>, repo: &Repository, pull: &Pull) -> Value {
    let short = json!({ "id": repo.id, "url": links.repo(repo, ""), "name": repo.name });
    json!({
        "id": pull.issue.id,
        "number": pull.number(),
        "url": links.repo(repo, &format!("/pulls/{}", pull.number())),
        "head": { "ref": pull.head_ref, "sha": pull.head_sha, "repo": short },
        "base": { "ref": pull.base_ref, "sha": pull.base_sha, "repo": short },
    })
}
