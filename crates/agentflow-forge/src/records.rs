//! Everything a forge knows of one repository, as plain values, for tests and reports.

use crate::error::ForgeError;
use crate::forge::Forge;
use crate::names::RepositoryName;
use crate::store::pulls::Pull;
use crate::store::{
    ROWS_MAX, checks, comments, events, issues, labels, pulls, repositories, review_comments,
    reviews,
};

/// One repository's records. Everything is in the order in which it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepositoryRecords {
    /// Issues that are not pull requests.
    pub issues: Vec<IssueRecord>,
    /// Comments on issues and pull requests.
    pub comments: Vec<CommentRecord>,
    /// Pull requests.
    pub pulls: Vec<PullRecord>,
    /// Reviews of pull requests.
    pub reviews: Vec<ReviewRecord>,
    /// Comments on lines of a diff.
    pub review_comments: Vec<ReviewCommentRecord>,
    /// Check runs, the forge's own and reported ones.
    pub check_runs: Vec<CheckRecord>,
    /// Branches, by name.
    pub branches: Vec<BranchRecord>,
    /// What happened to issues and pull requests.
    pub events: Vec<EventRecord>,
}

/// An issue.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssueRecord {
    /// Number within the repository, shared with pull requests.
    pub number: u64,
    /// The key it was created with, if the forge's owner created it.
    pub key: Option<String>,
    /// One line.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Login of who opened it.
    pub author: String,
    /// Whether it is still open.
    pub open: bool,
    /// Names of its labels.
    pub labels: Vec<String>,
}

/// A comment on an issue or pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommentRecord {
    /// Number of the issue or pull request.
    pub number: u64,
    /// Login of who wrote it.
    pub author: String,
    /// Markdown.
    pub body: String,
}

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PullRecord {
    /// Number within the repository, shared with issues.
    pub number: u64,
    /// One line.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Login of who opened it.
    pub author: String,
    /// Branch with the changes.
    pub head: String,
    /// Commit of that branch.
    pub head_sha: String,
    /// Branch to change.
    pub base: String,
    /// Commit of that branch; before the merge, if merged.
    pub base_sha: String,
    /// Whether it is still open.
    pub open: bool,
    /// Whether it was merged.
    pub merged: bool,
    /// The commit the base branch was moved to by the merge.
    pub merge_sha: Option<String>,
}

/// A review.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReviewRecord {
    /// Number of the pull request.
    pub number: u64,
    /// Login of the reviewer.
    pub author: String,
    /// `APPROVED`, `CHANGES_REQUESTED` or `COMMENTED`.
    pub state: String,
    /// Markdown.
    pub body: String,
    /// The commit it speaks of.
    pub commit: String,
}

/// A comment on a line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReviewCommentRecord {
    /// Number of the pull request.
    pub number: u64,
    /// Login of who wrote it.
    pub author: String,
    /// File.
    pub path: String,
    /// Line in the file.
    pub line: u64,
    /// `LEFT` when the line counts in the old file, else `RIGHT`.
    pub side: String,
    /// Whether it answers another comment.
    pub is_reply: bool,
    /// Markdown.
    pub body: String,
}

/// A check run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckRecord {
    /// `ci` for the forge's own.
    pub name: String,
    /// The commit it checked.
    pub head_sha: String,
    /// `queued`, `in_progress` or `completed`.
    pub status: String,
    /// How it ended.
    pub conclusion: Option<String>,
    /// Output, cut to the forge's limit.
    pub text: String,
}

/// A branch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BranchRecord {
    /// Name without `refs/heads/`.
    pub name: String,
    /// The commit it points at.
    pub sha: String,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventRecord {
    /// Number of the issue or pull request.
    pub number: u64,
    /// `opened`, `closed`, `reopened`, `merged`, `head_pushed`, `reviewed`, …
    pub kind: String,
    /// Login of who did it, if anyone.
    pub actor: Option<String>,
    /// The commit it is about, if any.
    pub commit: Option<String>,
}

impl Forge {
    /// The names of all repositories, sorted.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn repositories(&self) -> Result<Vec<RepositoryName>, ForgeError> {
        let mut conn = self.state.database.read().await?;
        let all = repositories::all(&mut conn).await?;
        let names = all
            .into_iter()
            .map(|repo| RepositoryName::new(&repo.owner.login, &repo.name));
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// Everything known of a repository, read at one moment.
    ///
    /// # Errors
    /// [`ForgeError::UnknownRepository`].
    pub async fn records(&self, repo: &RepositoryName) -> Result<RepositoryRecords, ForgeError> {
        let repo = self.state.known_repository(repo).await?;
        let _refs = self.state.refs.lock().await;
        let mut conn = self.state.database.read().await?;
        let mut records = RepositoryRecords::default();
        let mut all = issues::all(&mut conn, repo.id).await?;
        debug_assert!(
            all.len() as i64 <= ROWS_MAX,
            "a listing is cut at its limit"
        );
        all.reverse();
        for issue in &all {
            let of_issue = comments::of_issue(&mut conn, issue.id).await?;
            records
                .comments
                .extend(of_issue.into_iter().map(comment_record));
            if issue.is_pull {
                let found = reviews::of_pull(&mut conn, issue.id).await?;
                records.reviews.extend(found.into_iter().map(review_record));
                let found = review_comments::of_pull(&mut conn, issue.id).await?;
                records
                    .review_comments
                    .extend(found.into_iter().map(review_comment_record));
            } else {
                let labels = labels::of_issue(&mut conn, issue.id).await?;
                let labels = labels.into_iter().map(|label| label.name).collect();
                records.issues.push(issue_record(issue, labels));
            }
        }
        records.pulls = pulls::all(&mut conn, repo.id)
            .await?
            .into_iter()
            .rev()
            .map(pull_record)
            .collect();
        let found = checks::all(&mut conn, repo.id, None).await?;
        records.check_runs = found.into_iter().map(check_record).collect();
        let found = events::all(&mut conn, repo.id, None).await?;
        records.events = found.into_iter().map(event_record).collect();
        let found = self.state.repo(&repo).branches().await?;
        records.branches = found
            .into_iter()
            .map(|(name, sha)| BranchRecord { name, sha })
            .collect();
        Ok(records)
    }
}

fn issue_record(issue: &issues::Issue, labels: Vec<String>) -> IssueRecord {
    IssueRecord {
        number: issue.number.unsigned_abs(),
        key: issue.key.clone(),
        title: issue.title.clone(),
        body: issue.body.clone().unwrap_or_default(),
        author: issue.author.login.clone(),
        open: issue.is_open,
        labels,
    }
}

fn comment_record(comment: comments::Comment) -> CommentRecord {
    CommentRecord {
        number: comment.number.unsigned_abs(),
        author: comment.author.login,
        body: comment.body,
    }
}

fn pull_record(pull: Pull) -> PullRecord {
    PullRecord {
        number: pull.number().unsigned_abs(),
        merged: pull.is_merged(),
        open: pull.issue.is_open,
        title: pull.issue.title,
        body: pull.issue.body.unwrap_or_default(),
        author: pull.issue.author.login,
        head: pull.head_ref,
        head_sha: pull.head_sha,
        base: pull.base_ref,
        base_sha: pull.base_sha,
        merge_sha: pull.merge_sha,
    }
}

fn review_record(review: reviews::Review) -> ReviewRecord {
    ReviewRecord {
        number: review.number.unsigned_abs(),
        author: review.author.login,
        state: review.state,
        body: review.body,
        commit: review.commit_sha,
    }
}

fn review_comment_record(comment: review_comments::ReviewComment) -> ReviewCommentRecord {
    ReviewCommentRecord {
        number: comment.number.unsigned_abs(),
        author: comment.author.login,
        path: comment.place.path,
        line: comment.place.line.unsigned_abs(),
        side: comment.place.side,
        is_reply: comment.in_reply_to.is_some(),
        body: comment.body,
    }
}

fn check_record(run: checks::CheckRun) -> CheckRecord {
    CheckRecord {
        name: run.name,
        head_sha: run.head_sha,
        status: run.status,
        conclusion: run.conclusion,
        text: run.text.unwrap_or_default(),
    }
}

fn event_record(event: events::Event) -> EventRecord {
    EventRecord {
        number: event.number.unsigned_abs(),
        kind: event.kind,
        actor: event.actor.map(|user| user.login),
        commit: event.commit_sha,
    }
}
