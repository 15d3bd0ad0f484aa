//! Reviews and the comments on lines.

use serde_json::{Value, json};

use super::Links;
use super::issue::association;
use super::user::user;
use crate::store::repositories::Repository;
use crate::store::review_comments::ReviewComment;
use crate::store::reviews::{PENDING, Review};

pub(in crate::http) fn review(links: Links<'_>, repo: &Repository, review: &Review) -> Value {
    let html_url = format!(
        "{}#pullrequestreview-{}",
        links.html_number(repo, review.number, true),
        review.id
    );
    let pull_url = links.repo(repo, &format!("/pulls/{}", review.number));
    let mut value = json!({
        "id": review.id,
        "node_id": format!("PRR_{}", review.id),
        "user": user(links, &review.author),
        "author_association": association(repo, &review.author.login),
        "body": review.body,
        "state": review.state,
        "commit_id": review.commit_sha,
        "html_url": html_url,
        "pull_request_url": pull_url,
        "_links": { "html": { "href": html_url }, "pull_request": { "href": pull_url } },
    });
    if review.state != PENDING {
        value["submitted_at"] = review.submitted_at.clone().into();
    }
    value
}

/// `current` says whether the file still has the content that was commented on.
pub(in crate::http) fn review_comment(
    links: Links<'_>,
    repo: &Repository,
    comment: &ReviewComment,
    current: bool,
) -> Value {
    let place = &comment.place;
    let api = links.repo(repo, &format!("/pulls/comments/{}", comment.id));
    let html_url = format!(
        "{}#discussion_r{}",
        links.html_number(repo, comment.number, true),
        comment.id
    );
    let pull_url = links.repo(repo, &format!("/pulls/{}", comment.number));
    let mut value = json!({
        "id": comment.id,
        "node_id": format!("PRRC_{}", comment.id),
        "url": api,
        "html_url": html_url,
        "pull_request_url": pull_url,
        "pull_request_review_id": comment.review_id,
        "user": user(links, &comment.author),
        "author_association": association(repo, &comment.author.login),
        "body": comment.body,
        "path": place.path,
        "side": place.side,
        "line": current.then_some(place.line),
        "original_line": place.line,
        "start_side": place.start_side,
        "start_line": place.start_line.filter(|_| current),
        "original_start_line": place.start_line,
        "position": current.then_some(place.position),
        "original_position": place.position,
        "diff_hunk": place.diff_hunk,
        "commit_id": place.commit_sha,
        "original_commit_id": place.commit_sha,
        "subject_type": "line",
        "created_at": comment.created_at,
        "updated_at": comment.updated_at,
        "_links": {
            "self": { "href": api },
            "html": { "href": html_url },
            "pull_request": { "href": pull_url },
        },
    });
    if let Some(id) = comment.in_reply_to {
        value["in_reply_to_id"] = Value::from(id);
    }
    value
}

/// Id of a conversation about a line, which goes by its first comment.
pub(in crate::http) fn thread_id(first_comment: i64) -> String {
    format!("PRRT_{first_comment}")
}
