//! Puts the tools together, by what they may do.

use std::sync::Arc;

use agentflow_github::Repo;
use agentflow_llm::Tool;

use super::{read, write};
use crate::ToolOptions;

/// The tools with which a model looks at a repository on GitHub, and changes nothing:
/// `get_issue_content`, `get_repo_file_content`, `list_repo_files`, `search_issues`,
/// `search_repo_code`, `get_pull_request`, `get_pull_request_diff`, `get_reviews`, `get_checks`.
///
/// What they show was written by strangers: a model may read instructions in it. Whoever lets it
/// act on what it reads gives it tools that do no harm.
///
/// ```
/// use agentflow_github::GitHub;
/// use agentflow_tools::{ToolOptions, github_read_tools, github_write_tools};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let repo = GitHub::builder().build()?.repo("octo/hello".parse()?);
/// let mut tools = github_read_tools(&repo, &ToolOptions::default());
/// assert_eq!(tools[0].spec().name, "get_issue_content");
/// tools.extend(github_write_tools(&repo));
/// # Ok(())
/// # }
/// ```
pub fn github_read_tools(repo: &Repo, options: &ToolOptions) -> Vec<Arc<dyn Tool>> {
    vec![
        read::issue_content(repo),
        read::file_content(repo, options),
        read::repo_files(repo, options),
        read::search_issues(repo),
        read::search_code(repo),
        read::pull_request(repo),
        read::pull_request_diff(repo),
        read::reviews(repo),
        read::checks(repo),
    ]
}

/// The tools with which a model writes to a repository on GitHub: `create_issue`,
/// `comment_on_issue`, `add_labels`, `create_pr`, `post_review_comment`,
/// `reply_to_review_comment`.
///
/// None of them merges, approves, deletes or pushes: those are decisions of a workflow.
pub fn github_write_tools(repo: &Repo) -> Vec<Arc<dyn Tool>> {
    vec![
        write::create_issue(repo),
        write::comment_on_issue(repo),
        write::add_labels(repo),
        write::create_pr(repo),
        write::post_review_comment(repo),
        write::reply(repo),
    ]
}
