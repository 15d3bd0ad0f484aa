//! Issues, pull requests, and what is said on them.

use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::told::Telling;
use crate::error::ForgeError;
use crate::http::shape::{self, PullDetails};
use crate::pulls::of_pull;
use crate::store::accounts::{self, User};
use crate::store::comments::Comment;
use crate::store::review_comments::ReviewComment;
use crate::store::{comments, issues, labels, outbox, pulls, review_comments, reviews};

type Fields = Result<Option<Value>, ForgeError>;

pub(super) async fn issue(telling: &Telling<'_>, conn: &mut SqliteConnection) -> Fields {
    let Some(issue) = issue_object(telling, conn, telling.notice.subject).await? else {
        return Ok(None);
    };
    let mut fields = json!({ "issue": telling.as_it_was(issue) });
    add_subject(telling, conn, &mut fields).await?;
    Ok(Some(fields))
}

pub(super) async fn comment(telling: &Telling<'_>, conn: &mut SqliteConnection) -> Fields {
    let Some(issue) = issue_object(telling, conn, issue_id(telling)).await? else {
        return Ok(None);
    };
    let found = match telling.detail("gone") {
        Value::Null => comments::find(conn, telling.repo.id, telling.notice.subject).await?,
        gone => deleted(telling, conn, &issue, gone).await?,
    };
    let Some(comment) = found else {
        return Ok(None);
    };
    let comment = shape::issue_comment(telling.links, telling.repo, &comment);
    Ok(Some(
        json!({ "issue": issue, "comment": telling.as_it_was(comment) }),
    ))
}

/// A comment as its row was.
async fn deleted(
    telling: &Telling<'_>,
    conn: &mut SqliteConnection,
    issue: &Value,
    gone: &Value,
) -> Result<Option<Comment>, ForgeError> {
    let Some(author) = user_of(conn, &gone["author"]).await? else {
        return Ok(None);
    };
    let text = |name: &str| gone[name].as_str().unwrap_or_default().to_owned();
    Ok(Some(Comment {
        id: telling.notice.subject,
        number: issue["number"].as_i64().unwrap_or_default(),
        author,
        body: text("body"),
        created_at: text("created_at"),
        updated_at: text("updated_at"),
    }))
}

pub(super) async fn pull(telling: &Telling<'_>, conn: &mut SqliteConnection) -> Fields {
    let Some(pull) = pull_object(telling, conn, telling.notice.subject).await? else {
        return Ok(None);
    };
    let mut fields = json!({ "number": pull["number"], "pull_request": telling.as_it_was(pull) });
    if let sha @ Value::String(_) = telling.detail("head_sha") {
        fields["pull_request"]["head"]["sha"] = sha.clone();
    }
    for name in ["before", "after"] {
        if let sha @ Value::String(_) = telling.detail(name) {
            fields[name] = sha.clone();
        }
    }
    add_subject(telling, conn, &mut fields).await?;
    Ok(Some(fields))
}

pub(super) async fn review(telling: &Telling<'_>, conn: &mut SqliteConnection) -> Fields {
    let Some(pull) = short_pull(telling, conn).await? else {
        return Ok(None);
    };
    let found = reviews::of_pull(conn, issue_id(telling)).await?;
    let subject = telling.notice.subject;
    let Some(review) = found.into_iter().find(|review| review.id == subject) else {
        return Ok(None);
    };
    let review = shape::review(telling.links, telling.repo, &review);
    let mut review = telling.as_it_was(review);
    // The one place where GitHub writes these words small.
    let state = review["state"].as_str().unwrap_or_default().to_lowercase();
    review["state"] = Value::from(state);
    if review["body"] == "" {
        review["body"] = Value::Null;
    }
    Ok(Some(json!({ "review": review, "pull_request": pull })))
}

pub(super) async fn review_comment(telling: &Telling<'_>, conn: &mut SqliteConnection) -> Fields {
    let Some(pull) = short_pull(telling, conn).await? else {
        return Ok(None);
    };
    let found = review_comments::of_pull(conn, issue_id(telling)).await?;
    let subject = telling.notice.subject;
    let Some(comment) = found.iter().find(|comment| comment.id == subject) else {
        return Ok(None);
    };
    let comment = shape::review_comment(telling.links, telling.repo, comment, true);
    Ok(Some(
        json!({ "comment": telling.as_it_was(comment), "pull_request": pull }),
    ))
}

pub(super) async fn thread(telling: &Telling<'_>, conn: &mut SqliteConnection) -> Fields {
    let Some(pull) = short_pull(telling, conn).await? else {
        return Ok(None);
    };
    let first = telling.notice.subject;
    let found = review_comments::of_pull(conn, issue_id(telling)).await?;
    let of_thread = |it: &&ReviewComment| it.id == first || it.in_reply_to == Some(first);
    let shown = |it| shape::review_comment(telling.links, telling.repo, it, true);
    let comments: Vec<Value> = found.iter().filter(of_thread).map(shown).collect();
    let thread = json!({ "node_id": shape::thread_id(first), "comments": comments });
    Ok(Some(json!({ "thread": thread, "pull_request": pull })))
}

/// The issue or pull request on which something was said.
fn issue_id(telling: &Telling<'_>) -> i64 {
    telling.detail("issue").as_i64().unwrap_or_default()
}

async fn issue_object(telling: &Telling<'_>, conn: &mut SqliteConnection, id: i64) -> Fields {
    let Some(number) = outbox::number_of(conn, id).await? else {
        return Ok(None);
    };
    let Some(issue) = issues::find(conn, telling.repo.id, number).await? else {
        return Ok(None);
    };
    let labels = labels::of_issue(conn, id).await?;
    Ok(Some(shape::issue(
        telling.links,
        telling.repo,
        &issue,
        &labels,
    )))
}

/// A pull request with everything that only a single one tells.
async fn pull_object(telling: &Telling<'_>, conn: &mut SqliteConnection, id: i64) -> Fields {
    let Some(number) = outbox::number_of(conn, id).await? else {
        return Ok(None);
    };
    let Some(pull) = pulls::find(conn, telling.repo.id, number).await? else {
        return Ok(None);
    };
    let (links, repo) = (telling.links, telling.repo);
    let labels = labels::of_issue(conn, id).await?;
    let reviewers = reviews::requested(conn, id).await?;
    let comparison = of_pull(&telling.state.repo(repo), &pull).await?;
    let details = PullDetails {
        // GitHub has not judged it yet when it tells of it.
        judgement: None,
        comparison: &comparison,
        review_comments: review_comments::of_pull(conn, id).await?.len(),
    };
    let value = shape::pull(links, repo, &pull, &labels, &reviewers);
    Ok(Some(shape::with_details(links, value, &pull, &details)))
}

/// A pull request as it is in a list, as events about something on it have it.
async fn short_pull(telling: &Telling<'_>, conn: &mut SqliteConnection) -> Fields {
    let id = issue_id(telling);
    let Some(number) = outbox::number_of(conn, id).await? else {
        return Ok(None);
    };
    let Some(pull) = pulls::find(conn, telling.repo.id, number).await? else {
        return Ok(None);
    };
    let labels = labels::of_issue(conn, id).await?;
    let reviewers = reviews::requested(conn, id).await?;
    let value = shape::pull(telling.links, telling.repo, &pull, &labels, &reviewers);
    Ok(Some(value))
}

/// The label, or the user, that came to the object or left it.
async fn add_subject(
    telling: &Telling<'_>,
    conn: &mut SqliteConnection,
    fields: &mut Value,
) -> Result<(), ForgeError> {
    if let label @ Value::Object(_) = telling.detail("label") {
        fields["label"] = shape::label(telling.links, telling.repo, &label_of(label));
    }
    for name in ["assignee", "requested_reviewer"] {
        if let Some(user) = user_of(conn, telling.detail(name)).await? {
            fields[name] = shape::user(telling.links, &user);
        }
    }
    Ok(())
}

fn label_of(told: &Value) -> labels::Label {
    let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    labels::Label {
        id: told["id"].as_i64().unwrap_or_default(),
        name: text("name"),
        color: text("color"),
        description: told["description"].as_str().map(str::to_owned),
    }
}

async fn user_of(conn: &mut SqliteConnection, id: &Value) -> Result<Option<User>, ForgeError> {
    match id.as_i64() {
        Some(id) => Ok(accounts::by_id(conn, id).await?),
        None => Ok(None),
    }
}
