//! The tools that only look.

use std::sync::Arc;

use agentflow_github::{EntryKind, Repo};
use agentflow_llm::{Tool, ToolError, tool_fn};
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer;
use super::error::told;
use crate::ToolOptions;
use crate::tools::{Asked, numbered};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Number {
    /// The number of the issue or pull request.
    pub(super) number: u64,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FileContent {
    /// Path from the root of the repository.
    path: String,
    /// Branch, tag or commit; the default branch if left out.
    #[serde(default, rename = "ref")]
    git_ref: Option<String>,
    /// First line to show, counted from 1; 1 if left out.
    #[serde(default)]
    first_line: Option<usize>,
    /// Last line to show; as many as allowed if left out.
    #[serde(default)]
    last_line: Option<usize>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Folder {
    /// Path from the root of the repository; the root if left out.
    #[serde(default)]
    path: String,
    /// Branch, tag or commit; the default branch if left out.
    #[serde(default, rename = "ref")]
    git_ref: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Query {
    /// Words to search for, and qualifiers such as `is:open` or `label:bug`.
    query: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Commit {
    /// Branch or commit whose checks to look at.
    #[serde(rename = "ref")]
    git_ref: String,
}

pub(super) fn issue_content(repo: &Repo) -> Arc<dyn Tool> {
    let repo = repo.clone();
    let description = "Show an issue with its whole conversation.";
    Arc::new(tool_fn(
        "get_issue_content",
        description,
        move |asked: Number| {
            let repo = repo.clone();
            async move {
                let (issue, comments) =
                    tokio::try_join!(repo.issue(asked.number), repo.issue_comments(asked.number))
                        .map_err(told)?;
                Ok(answer::issue(&issue, &comments))
            }
        },
    ))
}

pub(super) fn file_content(repo: &Repo, options: &ToolOptions) -> Arc<dyn Tool> {
    let (repo, options) = (repo.clone(), options.clone());
    let description = "Show a file of the repository on GitHub with line numbers, whole or a \
                       range of lines, at any branch, tag or commit.";
    let call = move |asked: FileContent| {
        let (repo, options) = (repo.clone(), options.clone());
        async move {
            let file = repo.file(&asked.path, asked.git_ref.as_deref()).await;
            let file = file.map_err(told)?;
            let Some(text) = file.text() else {
                let observation =
                    format!("{} is not text ({} bytes)", file.path, file.content.len());
                return Err(ToolError::failed(observation));
            };
            let lines = Asked {
                first: asked.first_line,
                last: asked.last_line,
            };
            numbered(&file.path, text, lines, &options)
        }
    };
    Arc::new(tool_fn("get_repo_file_content", description, call))
}

pub(super) fn repo_files(repo: &Repo, options: &ToolOptions) -> Arc<dyn Tool> {
    let (repo, most) = (repo.clone(), options.listed_files_max);
    let description = "List what lies in a folder of the repository on GitHub.";
    Arc::new(tool_fn(
        "list_repo_files",
        description,
        move |asked: Folder| {
            let repo = repo.clone();
            async move {
                let entries = repo.folder(&asked.path, asked.git_ref.as_deref()).await;
                let entries = entries.map_err(told)?;
                let lines = entries.iter().take(most).map(|entry| {
                    let slash = if entry.kind == EntryKind::Dir {
                        "/"
                    } else {
                        ""
                    };
                    format!("{}{slash}\n", entry.path)
                });
                let mut shown = answer::nothing_or(lines.collect(), "the folder is empty");
                if entries.len() > most {
                    let left_out = entries.len() - most;
                    shown.push_str(&format!("[{left_out} more are left out]\n"));
                }
                Ok::<_, ToolError>(shown)
            }
        },
    ))
}

pub(super) fn search_issues(repo: &Repo) -> Arc<dyn Tool> {
    let repo = repo.clone();
    let description = "Search the issues and pull requests of the repository.";
    Arc::new(tool_fn(
        "search_issues",
        description,
        move |asked: Query| {
            let repo = repo.clone();
            async move {
                let query = in_repo(&repo, &asked.query)?;
                let found = repo.github().search_issues(&query).await;
                let mut found = found.map_err(told)?;
                let here = format!("{}/", repo.github().html_url(repo.repo_ref()));
                found.retain(|it| it.html_url.as_ref().is_some_and(|at| at.starts_with(&here)));
                Ok::<_, ToolError>(answer::issues(&found))
            }
        },
    ))
}

pub(super) fn search_code(repo: &Repo) -> Arc<dyn Tool> {
    let repo = repo.clone();
    let description = "Find the files of the repository's default branch that hold these words.";
    Arc::new(tool_fn(
        "search_repo_code",
        description,
        move |asked: Query| {
            let repo = repo.clone();
            async move {
                let query = in_repo(&repo, &asked.query)?;
                let found = repo.github().search_code(&query).await;
                let mut found = found.map_err(told)?;
                let here = repo.repo_ref().to_string();
                found.retain(|it| {
                    let of = it.repository.as_ref();
                    of.is_some_and(|of| of.eq_ignore_ascii_case(&here))
                });
                let lines = found.iter().map(|found| format!("{}\n", found.path));
                Ok::<_, ToolError>(answer::nothing_or(lines.collect(), "nothing fits"))
            }
        },
    ))
}

/// The query within the one repository, which the model cannot leave.
fn in_repo(repo: &Repo, query: &str) -> Result<String, ToolError> {
    let elsewhere = ["repo:", "org:", "user:"];
    let mut words = query.split_whitespace();
    // With those between them the qualifier that is added need not hold for all.
    let combines = query.contains(['(', ')']) || words.clone().any(|word| word == "OR");
    let leaves = combines
        || words.any(|word| {
            let word = word.trim_start_matches('-').to_ascii_lowercase();
            elsewhere
                .iter()
                .any(|qualifier| word.starts_with(qualifier))
        });
    if leaves {
        let problem = "the search is within this repository; leave out `repo:`, `org:`, \
                       `user:`, `OR` and brackets";
        return Err(ToolError::arguments(problem));
    }
    Ok(format!("{query} repo:{}", repo.repo_ref()))
}

pub(super) fn pull_request(repo: &Repo) -> Arc<dyn Tool> {
    let repo = repo.clone();
    let description = "Show a pull request: its text, its branches and the files it changes.";
    Arc::new(tool_fn(
        "get_pull_request",
        description,
        move |asked: Number| {
            let repo = repo.clone();
            async move {
                let (pull, files) = tokio::try_join!(
                    repo.pull_request(asked.number),
                    repo.pull_request_files(asked.number)
                )
                .map_err(told)?;
                Ok::<_, ToolError>(answer::pull_request(&pull, &files))
            }
        },
    ))
}

pub(super) fn pull_request_diff(repo: &Repo) -> Arc<dyn Tool> {
    let repo = repo.clone();
    let description = "Show all changes of a pull request as a unified diff.";
    Arc::new(tool_fn(
        "get_pull_request_diff",
        description,
        move |asked: Number| {
            let repo = repo.clone();
            async move { repo.diff(asked.number).await.map_err(told) }
        },
    ))
}

pub(super) fn reviews(repo: &Repo) -> Arc<dyn Tool> {
    let repo = repo.clone();
    let description = "Show the reviews of a pull request and the comments on its lines.";
    Arc::new(tool_fn("get_reviews", description, move |asked: Number| {
        let repo = repo.clone();
        async move {
            let (reviews, comments) = tokio::try_join!(
                repo.reviews(asked.number),
                repo.review_comments(asked.number)
            )
            .map_err(told)?;
            Ok::<_, ToolError>(answer::reviews(&reviews, &comments))
        }
    }))
}

pub(super) fn checks(repo: &Repo) -> Arc<dyn Tool> {
    let repo = repo.clone();
    let description = "Show how the checks of a commit stand, and what those wrote that failed.";
    Arc::new(tool_fn("get_checks", description, move |asked: Commit| {
        let repo = repo.clone();
        async move {
            let summary = repo.check_summary(&asked.git_ref).await.map_err(told)?;
            let mut evidence = Vec::with_capacity(summary.failed.len());
            for check in &summary.failed {
                let wrote = repo.evidence(check).await.map_err(told)?;
                evidence.push((check.name.clone(), wrote));
            }
            Ok::<_, ToolError>(answer::checks(&summary, &evidence))
        }
    }))
}
