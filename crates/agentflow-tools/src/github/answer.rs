//! How what GitHub says is shown to a model: short, in the order in which it was said.

use std::fmt::Write as _;

use agentflow_github::{
    Account, CheckSummary, Issue, IssueComment, PullRequest, PullRequestFile, Review, ReviewComment,
};

fn by(author: Option<&Account>) -> &str {
    author.map_or("a deleted account", |author| author.login.as_str())
}

pub(super) fn issue(issue: &Issue, comments: &[IssueComment]) -> String {
    let state = format!("{:?}", issue.state).to_lowercase();
    let mut shown = format!(
        "#{} {} ({state}, by {})\n",
        issue.number,
        issue.title,
        by(issue.author.as_ref())
    );
    if !issue.labels.is_empty() {
        let _ = writeln!(shown, "Labels: {}", issue.labels.join(", "));
    }
    let _ = write!(shown, "\n{}\n", issue.body.trim());
    conversation(&mut shown, comments);
    shown
}

fn conversation(shown: &mut String, comments: &[IssueComment]) {
    for comment in comments {
        let author = by(comment.author.as_ref());
        let _ = write!(
            shown,
            "\n--- comment by {author}\n{}\n",
            comment.body.trim()
        );
    }
}

pub(super) fn issues(issues: &[Issue]) -> String {
    let lines = issues.iter().map(|issue| {
        let kind = if issue.is_pull_request {
            "pull request"
        } else {
            "issue"
        };
        let state = format!("{:?}", issue.state).to_lowercase();
        format!("#{} {} ({kind}, {state})\n", issue.number, issue.title)
    });
    nothing_or(lines.collect(), "nothing fits")
}

pub(super) fn pull_request(pull: &PullRequest, files: &[PullRequestFile]) -> String {
    let state = if pull.is_merged() {
        "merged".to_owned()
    } else {
        format!("{:?}", pull.state).to_lowercase()
    };
    let draft = if pull.draft { ", draft" } else { "" };
    let mut shown = format!(
        "#{} {} ({state}{draft}, by {})\n{} into {}, head {}\n\n{}\n\nFiles:\n",
        pull.number,
        pull.title,
        by(pull.author.as_ref()),
        pull.head.branch,
        pull.base.branch,
        pull.head.sha,
        pull.body.trim()
    );
    for file in files {
        let status = format!("{:?}", file.status).to_lowercase();
        let (added, removed) = (file.additions, file.deletions);
        let _ = writeln!(shown, "{} ({status}, +{added} -{removed})", file.path);
    }
    shown
}

pub(super) fn reviews(reviews: &[Review], comments: &[ReviewComment]) -> String {
    let mut shown = String::new();
    for review in reviews {
        let (author, state) = (by(review.author.as_ref()), format!("{:?}", review.state));
        let _ = write!(
            shown,
            "--- review by {author}: {state}\n{}\n",
            review.body.trim()
        );
    }
    for comment in comments {
        let author = by(comment.author.as_ref());
        let line = match comment.line {
            Some(line) => format!("line {line}"),
            None => "outdated".to_owned(),
        };
        let _ = write!(
            shown,
            "--- comment {} by {author} on {}, {line}\n{}\n",
            comment.id,
            comment.path,
            comment.body.trim()
        );
    }
    nothing_or(shown, "nobody has reviewed it")
}

pub(super) fn checks(summary: &CheckSummary, evidence: &[(String, String)]) -> String {
    let mut shown = String::new();
    for (what, names) in [("passed", &summary.passed), ("waiting", &summary.waiting)] {
        if !names.is_empty() {
            let _ = writeln!(shown, "{what}: {}", names.join(", "));
        }
    }
    for (name, evidence) in evidence {
        let _ = write!(shown, "--- failed: {name}\n{}\n", evidence.trim());
    }
    nothing_or(shown, "there are no checks")
}

pub(super) fn nothing_or(shown: String, nothing: &str) -> String {
    if shown.is_empty() {
        nothing.to_owned()
    } else {
        shown
    }
}
