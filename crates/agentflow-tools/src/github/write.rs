//! The tools that write. Each writes once: what it writes carries a key made of the place and
//! the words, so that the same call after a crash finds it.

use std::fmt::Display;
use std::sync::Arc;

use agentflow_github::{
    DiffSide, NewIssue, NewPullRequest, NewReview, NewReviewComment, Repo, ReviewEvent,
};
use agentflow_llm::{Tool, ToolError, tool_fn};
use schemars::JsonSchema;
use serde::Deserialize;

use super::error::told;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateIssue {
    /// One line.
    title: String,
    /// The text, in Markdown.
    body: String,
    /// Names of labels.
    #[serde(default)]
    labels: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Comment {
    /// The number of the issue or pull request.
    number: u64,
    /// The text, in Markdown.
    comment: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Labels {
    /// The number of the issue or pull request.
    number: u64,
    /// Names of labels to add.
    labels: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreatePr {
    /// The branch with the changes, which is on GitHub already.
    branch: String,
    /// One line.
    title: String,
    /// The text, in Markdown. `Closes #7` closes that issue when it is merged.
    body: String,
    /// The branch to change; the default branch if left out.
    #[serde(default)]
    base: Option<String>,
    /// Whether it is not yet meant to be merged.
    #[serde(default)]
    draft: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReviewComment {
    /// The number of the pull request.
    number: u64,
    /// The text, in Markdown.
    comment: String,
    /// The file to comment on; the pull request as a whole if left out.
    #[serde(default)]
    path: Option<String>,
    /// The line in the new file, which must be part of the diff.
    #[serde(default)]
    line: Option<u64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reply {
    /// The number of the pull request.
    number: u64,
    /// The number of the review comment to answer.
    comment_id: u64,
    /// The text, in Markdown.
    comment: String,
}

/// The key of words in a place: the same for the same call.
fn key(tool: &str, place: &dyn Display, words: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for word in words {
        hasher.update(&(word.len() as u64).to_le_bytes());
        hasher.update(word.as_bytes());
    }
    let hash = hasher.finalize().to_hex();
    format!("{tool}/{place}/{}", &hash[..32])
}

pub(super) fn create_issue(repo: &Repo) -> Arc<dyn Tool> {
    let repo = repo.clone();
    let description = "Open an issue. The same title and text are opened once.";
    Arc::new(tool_fn(
        "create_issue",
        description,
        move |asked: CreateIssue| {
            let repo = repo.clone();
            async move {
                let key = key("create_issue", &"new", &[&asked.title, &asked.body]);
                let new = NewIssue {
                    title: asked.title,
                    body: asked.body,
                    labels: asked.labels,
                    assignees: Vec::new(),
                };
                let issue = repo.create_issue_once(&key, &new).await.map_err(told)?;
                Ok::<_, ToolError>(format!("issue #{}", issue.number))
            }
        },
    ))
}

pub(super) fn comment_on_issue(repo: &Repo) -> Arc<dyn Tool> {
    let repo = repo.clone();
    let description = "Write into the conversation of an issue or pull request. The same text is \
                       written once.";
    Arc::new(tool_fn(
        "comment_on_issue",
        description,
        move |asked: Comment| {
            let repo = repo.clone();
            async move {
                let key = key("comment_on_issue", &asked.number, &[&asked.comment]);
                let written = repo
                    .create_issue_comment_once(asked.number, &key, &asked.comment)
                    .await;
                let written = written.map_err(told)?;
                Ok::<_, ToolError>(format!("comment {} on #{}", written.id, asked.number))
            }
        },
    ))
}

pub(super) fn add_labels(repo: &Repo) -> Arc<dyn Tool> {
    let repo = repo.clone();
    let description = "Add labels to an issue or pull request.";
    Arc::new(tool_fn("add_labels", description, move |asked: Labels| {
        let repo = repo.clone();
        async move {
            let labels: Vec<&str> = asked.labels.iter().map(String::as_str).collect();
            let now = repo.add_labels(asked.number, &labels).await.map_err(told)?;
            Ok::<_, ToolError>(format!("#{} has: {}", asked.number, now.join(", ")))
        }
    }))
}

pub(super) fn create_pr(repo: &Repo) -> Arc<dyn Tool> {
    let repo = repo.clone();
    let description = "Open a pull request of a branch. If the branch has one, that is taken.";
    Arc::new(tool_fn("create_pr", description, move |asked: CreatePr| {
        let repo = repo.clone();
        async move {
            let base = match asked.base {
                Some(base) => base,
                None => repo.repository().await.map_err(told)?.default_branch,
            };
            let new = NewPullRequest {
                title: asked.title,
                head: asked.branch,
                base,
                body: asked.body,
                draft: asked.draft,
            };
            let pull = repo.ensure_pull_request(&new).await.map_err(told)?;
            let url = pull.html_url.unwrap_or_default();
            Ok::<_, ToolError>(format!("pull request #{} {url}", pull.number))
        }
    }))
}

pub(super) fn post_review_comment(repo: &Repo) -> Arc<dyn Tool> {
    let repo = repo.clone();
    let description = "Comment on a line of a pull request, or on it as a whole. The same text is \
                       written in the same place once.";
    let call = move |asked: ReviewComment| {
        let repo = repo.clone();
        async move {
            let place = match (asked.path, asked.line) {
                (Some(path), Some(line)) => Some((path, line)),
                (None, None) => None,
                _ => {
                    let problem = "give `path` and `line` together, or neither";
                    return Err(ToolError::arguments(problem));
                }
            };
            let words = match &place {
                Some((path, line)) => vec![asked.comment.clone(), path.clone(), line.to_string()],
                None => vec![asked.comment.clone()],
            };
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let key = key("post_review_comment", &asked.number, &words);
            // A review of one comment has no text of its own but its hidden key.
            let (body, comments) = match place {
                None => (asked.comment, Vec::new()),
                Some((path, line)) => {
                    let comment = NewReviewComment {
                        path,
                        line,
                        side: DiffSide::Right,
                        start_line: None,
                        body: asked.comment,
                    };
                    (String::new(), vec![comment])
                }
            };
            let review = NewReview {
                event: ReviewEvent::Comment,
                body,
                comments,
                commit_id: None,
            };
            let review = repo.ensure_review(asked.number, &key, &review).await;
            let review = review.map_err(told)?;
            Ok(format!("review {} of #{}", review.id, asked.number))
        }
    };
    Arc::new(tool_fn("post_review_comment", description, call))
}

pub(super) fn reply(repo: &Repo) -> Arc<dyn Tool> {
    let repo = repo.clone();
    let description = "Answer a review comment in its thread. The same text is written once.";
    let call = move |asked: Reply| {
        let repo = repo.clone();
        async move {
            let place = format!("{}/{}", asked.number, asked.comment_id);
            let key = key("reply", &place, &[&asked.comment]);
            let written = repo
                .reply_to_review_comment_once(asked.number, asked.comment_id, &key, &asked.comment)
                .await;
            let written = written.map_err(told)?;
            Ok::<_, ToolError>(format!("comment {} on #{}", written.id, asked.number))
        }
    };
    Arc::new(tool_fn("reply_to_review_comment", description, call))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_words_and_places_apart() {
        let one = key("t", &7, &["a", "bc"]);
        assert_eq!(one, key("t", &7, &["a", "bc"]));
        for other in [
            key("t", &7, &["ab", "c"]),
            key("t", &7, &["x", "yz"]),
            key("t", &8, &["a", "bc"]),
            key("u", &7, &["a", "bc"]),
        ] {
            assert_ne!(one, other);
        }
        assert!(agentflow_github::Marker::new(one).is_ok());
    }
}
