//! Issues, their comments, labels and events.

use serde_json::{Value, json};

use super::Links;
use super::links::escaped;
use super::user::{merge, user};
use crate::store::accounts::User;
use crate::store::comments::Comment;
use crate::store::events::Event;
use crate::store::issues::Issue;
use crate::store::labels::Label;
use crate::store::repositories::Repository;

pub(in crate::http) fn issue(
    links: Links<'_>,
    repo: &Repository,
    issue: &Issue,
    labels: &[Label],
) -> Value {
    let api = links.repo(repo, &format!("/issues/{}", issue.number));
    let html_url = links.html_number(repo, issue.number, issue.is_pull);
    let mut value = json!({
        "id": issue.id,
        "node_id": format!("I_{}", issue.id),
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "state": issue.state(),
        "state_reason": issue.state_reason,
        "user": user(links, &issue.author),
        "author_association": association(repo, &issue.author.login),
        "labels": labels.iter().map(|it| label(links, repo, it)).collect::<Vec<_>>(),
        "assignee": issue.assignees.first().map(|it| user(links, it)),
        "assignees": issue.assignees.iter().map(|it| user(links, it)).collect::<Vec<_>>(),
        "milestone": null,
        "locked": issue.is_locked,
        "active_lock_reason": issue.lock_reason,
        "comments": issue.comments,
        "created_at": issue.created_at,
        "updated_at": issue.updated_at,
        "closed_at": issue.closed_at,
        "closed_by": issue.closed_by.as_ref().map(|by| user(links, by)),
        "url": api,
        "html_url": html_url,
        "repository_url": links.repo(repo, ""),
        "labels_url": format!("{api}/labels{{/name}}"),
        "comments_url": format!("{api}/comments"),
        "events_url": format!("{api}/events"),
    });
    if issue.is_pull {
        value["pull_request"] = json!({
            "url": links.repo(repo, &format!("/pulls/{}", issue.number)),
            "html_url": html_url,
            "diff_url": format!("{html_url}.diff"),
            "patch_url": format!("{html_url}.patch"),
        });
    }
    value
}

pub(in crate::http) fn label(links: Links<'_>, repo: &Repository, label: &Label) -> Value {
    json!({
        "id": label.id,
        "node_id": format!("LA_{}", label.id),
        "url": links.repo(repo, &format!("/labels/{}", escaped(&label.name))),
        "name": label.name,
        "description": label.description,
        "color": label.color,
        "default": false,
    })
}

pub(in crate::http) fn issue_comment(
    links: Links<'_>,
    repo: &Repository,
    comment: &Comment,
) -> Value {
    let number = comment.number;
    json!({
        "id": comment.id,
        "node_id": format!("IC_{}", comment.id),
        "url": links.repo(repo, &format!("/issues/comments/{}", comment.id)),
        "html_url": links.html(repo, &format!("/issues/{number}#issuecomment-{}", comment.id)),
        "issue_url": links.repo(repo, &format!("/issues/{number}")),
        "user": user(links, &comment.author),
        "author_association": association(repo, &comment.author.login),
        "body": comment.body,
        "created_at": comment.created_at,
        "updated_at": comment.updated_at,
    })
}

pub(in crate::http) fn event(links: Links<'_>, repo: &Repository, event: &Event) -> Value {
    // What nobody did, such as the end of a deleted branch's pull request, GitHub's ghost did.
    let ghost = User {
        id: 0,
        login: "ghost".to_owned(),
    };
    let mut value = json!({
        "id": event.id,
        "node_id": format!("E_{}", event.id),
        "url": links.repo(repo, &format!("/issues/events/{}", event.id)),
        "actor": user(links, event.actor.as_ref().unwrap_or(&ghost)),
        "event": event.kind,
        "commit_id": event.commit_sha,
        "commit_url": event.commit_sha.as_ref().map(|sha| links.repo(repo, &format!("/commits/{sha}"))),
        "created_at": event.at,
        "performed_via_github_app": null,
    });
    if let Some(detail) = &event.detail {
        merge(&mut value, detail.clone());
    }
    value
}

/// What an author is to the repository.
pub(super) fn association(repo: &Repository, login: &str) -> &'static str {
    if repo.owner.login == login {
        "OWNER"
    } else {
        "COLLABORATOR"
    }
}
