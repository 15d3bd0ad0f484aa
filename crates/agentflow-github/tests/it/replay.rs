//! Makes a recorded request again, through the client.

use agentflow_github::{
    GitHub, GitHubError, IssueFilter, IssueUpdate, MergeMethod, NewIssue, NewPullRequest,
    NewReview, PullRequestUpdate, Repo,
};
use serde_json::Value;

/// What the client made of the answer.
pub(crate) type Outcome = Result<String, GitHubError>;

/// Makes the recorded request; none for operations that this client does not have.
pub(crate) async fn replay(github: &GitHub, row: &Value) -> Option<Outcome> {
    let at = row["path"].as_str().unwrap();
    let parts: Vec<&str> = at.trim_start_matches('/').split('/').collect();
    let name = match parts.as_slice() {
        ["repos", owner, name, ..] => format!("{owner}/{name}"),
        ["user" | "rate_limit"] | ["search", _] => "octo/hello".to_owned(),
        // By its number, which this client never uses.
        _ => return None,
    };
    let made_again = Row {
        repo: github.repo(name.parse().unwrap()),
        github,
        rest: parts.get(3..).unwrap_or_default().to_vec(),
        body: &row["body"],
        sent: &row["request_body"],
    };
    again(row["operationId"].as_str().unwrap(), &made_again).await
}

fn shown<T: std::fmt::Debug>(result: Result<T, GitHubError>) -> Option<Outcome> {
    Some(result.map(|answer| format!("{answer:?}")))
}

/// What one recorded request needs to be made again through the client.
struct Row<'a> {
    repo: Repo,
    github: &'a GitHub,
    rest: Vec<&'a str>,
    body: &'a Value,
    sent: &'a Value,
}

impl Row<'_> {
    fn number(&self) -> u64 {
        self.rest[1].parse().unwrap()
    }

    fn text(&self, pointer: &str) -> &str {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

async fn again(operation: &str, row: &Row<'_>) -> Option<Outcome> {
    let repo = &row.repo;
    match operation {
        "users/get-authenticated" => shown(row.github.current_user().await),
        "repos/list-branches" => shown(repo.branches().await),
        "repos/get-commit" => shown(repo.commit(row.rest[1]).await),
        "repos/compare-commits" => {
            let (base, head) = row.rest[1].split_once("...").unwrap();
            shown(repo.compare(base, head).await)
        }
        "repos/get-branch-rules" => shown(repo.branch_rules(row.rest[2]).await),
        "repos/get-branch-protection" => shown(repo.branch_rules(row.rest[1]).await),
        "git/get-tree" => shown(repo.tree(row.rest[2]).await),
        "git/create-ref" => {
            let branch = row.sent["ref"].as_str().unwrap();
            let branch = branch.trim_start_matches("refs/heads/");
            shown(
                repo.ensure_branch(branch, row.sent["sha"].as_str().unwrap())
                    .await,
            )
        }
        "rate-limit/get" => shown(row.github.rate_limits().await),
        "search/code" => shown(row.github.search_code("tides").await),
        "search/issues-and-pull-requests" => shown(row.github.search_issues("tides").await),
        "repos/get" => shown(repo.repository().await),
        "issues/list-for-repo" => shown(repo.issues(&IssueFilter::default()).await),
        "issues/create" => shown(repo.create_issue(&NewIssue::default()).await),
        "issues/update" => shown(
            repo.update_issue(row.number(), &IssueUpdate::default())
                .await,
        ),
        "issues/add-labels" => shown(repo.add_labels(row.number(), &["x"]).await),
        "issues/remove-label" => shown(repo.remove_label(row.number(), row.rest[3]).await),
        "issues/get" => shown(repo.issue(row.number()).await),
        "issues/list-comments" => shown(repo.issue_comments(row.number()).await),
        "issues/create-comment" => shown(repo.comment_on_issue(row.number(), "Hi").await),
        "repos/get-content" if row.text("/encoding") == "base64" => {
            let asked = row.text("/path");
            shown(repo.file(asked, None).await.inspect(|file| {
                assert_eq!(
                    row.body["size"].as_u64(),
                    Some(file.content.len() as u64),
                    "{asked}"
                );
            }))
        }
        // One recording holds the body of a 404 under the status 200.
        "repos/get-branch" if row.body["name"].is_string() => {
            let branch = repo.branch(row.text("/name")).await;
            shown(branch.map(|branch| branch.expect("the branch was answered")))
        }
        "git/delete-ref" => shown(repo.delete_branch(&row.rest[3..].join("/")).await),
        "pulls/get" => shown(repo.pull_request(row.number()).await),
        "pulls/list" => {
            let found = repo.find_pull_request(row.text("/0/head/label"), row.text("/0/base/ref"));
            shown(found.await.map(|pull| {
                let any = !row.body.as_array().unwrap().is_empty();
                assert_eq!(
                    pull.is_some(),
                    any,
                    "the first of the listing is found again"
                );
            }))
        }
        "pulls/create" => shown(repo.create_pull_request(&NewPullRequest::default()).await),
        "pulls/update" => shown(
            repo.update_pull_request(row.number(), &PullRequestUpdate::default())
                .await,
        ),
        "pulls/list-reviews" => shown(repo.reviews(row.number()).await),
        "pulls/list-review-comments" => shown(repo.review_comments(row.number()).await),
        "pulls/create-review" => shown(
            repo.create_review(row.number(), &NewReview::default())
                .await,
        ),
        "pulls/create-reply-for-review-comment" => {
            let comment = row.rest[3].parse().unwrap();
            shown(
                repo.reply_to_review_comment(row.number(), comment, "Hi")
                    .await,
            )
        }
        "pulls/request-reviewers" => shown(repo.request_reviewers(row.number(), &["x"], &[]).await),
        "pulls/update-branch" => shown(repo.update_branch(row.number(), "abc").await),
        "pulls/merge" => shown(repo.merge(row.number(), MergeMethod::Squash, "abc").await),
        "checks/list-for-ref" => shown(repo.check_runs(row.rest[1]).await),
        "repos/get-combined-status-for-ref" => shown(repo.commit_statuses(row.rest[1]).await),
        "repos/get-collaborator-permission-level" => shown(repo.permission_of(row.rest[1]).await),
        _ => None,
    }
}
