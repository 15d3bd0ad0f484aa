//! Everything that happened to an issue or pull request in one list: events, comments, reviews
//! and commits, by time.

use serde_json::{Value, json};

use crate::http::answer::{Answer, Refusal};
use crate::http::call::Call;
use crate::http::{page, shape};
use crate::pulls::of_pull;
use crate::store::issues::Issue;
use crate::store::{comments, events, reviews};
use crate::time;

/// Events that GitHub tells otherwise or not at all.
const LEFT_OUT: [&str; 3] = ["opened", "reviewed", "head_pushed"];

/// When something happened, and what.
type Entry = (i64, Value);

pub(super) async fn list(call: Call) -> Answer {
    let issue = call.issue().await?;
    let mut entries = commits(&call, &issue).await?;
    entries.extend(events_of(&call, &issue).await?);
    entries.extend(said(&call, &issue).await?);
    // Stable: what happened within a second stays in the order commits, events, comments, reviews.
    entries.sort_by_key(|(at, _)| *at);
    page::list(&call, entries.into_iter().map(|(_, value)| value).collect())
}

async fn events_of(call: &Call, issue: &Issue) -> Result<Vec<Entry>, Refusal> {
    let mut conn = call.state.database.read().await?;
    let mut found = events::all(&mut conn, call.repo.id, Some(issue.number)).await?;
    found.retain(|event| !LEFT_OUT.contains(&event.kind.as_str()));
    let entry = |event: &events::Event| {
        let value = shape::event(call.links(), &call.repo, event);
        (time::to_unix(&event.at), value)
    };
    Ok(found.iter().map(entry).collect())
}

async fn said(call: &Call, issue: &Issue) -> Result<Vec<Entry>, Refusal> {
    let mut conn = call.state.database.read().await?;
    let mut entries = Vec::new();
    for comment in comments::of_issue(&mut conn, issue.id).await? {
        let mut value = shape::issue_comment(call.links(), &call.repo, &comment);
        value["event"] = "commented".into();
        value["actor"] = shape::user(call.links(), &comment.author);
        entries.push((time::to_unix(&comment.created_at), value));
    }
    for review in reviews::of_pull(&mut conn, issue.id).await? {
        if review.state != reviews::PENDING {
            let mut value = shape::review(call.links(), &call.repo, &review);
            value["event"] = "reviewed".into();
            entries.push((time::to_unix(&review.submitted_at), value));
        }
    }
    Ok(entries)
}

async fn commits(call: &Call, issue: &Issue) -> Result<Vec<Entry>, Refusal> {
    if !issue.is_pull {
        return Ok(Vec::new());
    }
    let pull = call.pull_numbered(issue.number).await?;
    let comparison = of_pull(&call.git(), &pull).await?;
    let entry = |commit: &crate::git::Commit| {
        let mut value = shape::git_commit(call.links(), &call.repo, commit);
        value["event"] = json!("committed");
        (commit.committer.at, value)
    };
    Ok(comparison.commits.iter().map(entry).collect())
}
