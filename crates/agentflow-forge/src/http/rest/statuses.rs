//! Statuses of commits, the older kind of check: reported, listed, and all of a commit in one word.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::answer::{Answer, Refusal, created};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::page::{self, Page};
use crate::http::shape;
use crate::store::statuses::{self, Status};

const STATES: [&str; 4] = ["error", "failure", "pending", "success"];
/// Most statuses of one context, as on GitHub.
const OF_CONTEXT_MAX: usize = 1_000;

#[derive(Deserialize)]
pub(super) struct NewStatus {
    state: String,
    target_url: Option<String>,
    description: Option<String>,
    context: Option<String>,
}

pub(super) async fn create(WriteCall(call): WriteCall, Fields(new): Fields<NewStatus>) -> Answer {
    if !STATES.contains(&new.state.as_str()) {
        return Err(Refusal::invalid_value("Status", "state", &new.state));
    }
    let sha = call.commit_sha(call.param("sha")).await?;
    let context = new.context.as_deref().unwrap_or("default");
    let draft = statuses::Draft {
        repo_id: call.repo.id,
        sha: &sha,
        context,
        state: &new.state,
        description: new.description.as_deref(),
        target_url: new.target_url.as_deref(),
        creator: &call.bearer.user,
    };
    let mut tx = call.state.database.write().await?;
    let all = statuses::all(&mut tx, call.repo.id, Some(&sha)).await?;
    if all.iter().filter(|it| it.context == context).count() >= OF_CONTEXT_MAX {
        let sentence = "This SHA and context has reached the maximum number of statuses.";
        return Err(Refusal::broken_rule("Status", sentence));
    }
    let id = statuses::insert(&mut tx, &draft).await?;
    let all = statuses::all(&mut tx, call.repo.id, Some(&sha)).await?;
    tx.commit().await?;
    let made = all.iter().find(|status| status.id == id);
    let made = made.ok_or_else(Refusal::not_found)?;
    created(shape::status(call.links(), &call.repo, made))
}

/// Every status of a commit, newest first.
pub(super) async fn list(call: &Call, name: &str) -> Answer {
    let mut found = of_commit(call, name).await?.1;
    found.reverse();
    let values = found
        .iter()
        .map(|status| shape::status(call.links(), &call.repo, status))
        .collect();
    page::list(call, values)
}

/// The last status of every context, and what they come to.
pub(super) async fn combined(call: &Call, name: &str) -> Answer {
    let (sha, all) = of_commit(call, name).await?;
    let latest = statuses::latest(all);
    let is = |states: &[&str]| latest.iter().any(|it| states.contains(&it.state.as_str()));
    let state = if is(&["error", "failure"]) {
        "failure"
    } else if is(&["pending"]) || latest.is_empty() {
        "pending"
    } else {
        "success"
    };
    let (page, total) = (Page::asked(call), latest.len());
    let shown: Vec<Value> = page
        .cut(latest)
        .iter()
        .map(|status| shape::brief_status(call.links(), &call.repo, status))
        .collect();
    let about = shape::combined_status(call.links(), &call.repo, &sha);
    let mut body = json!({ "state": state, "statuses": shown, "total_count": total });
    shape::merge(&mut body, about);
    Ok(page::with_links(
        call,
        page,
        total,
        crate::http::answer::ok(body)?,
    ))
}

async fn of_commit(call: &Call, name: &str) -> Result<(String, Vec<Status>), Refusal> {
    let sha = call.commit_sha(name).await?;
    let mut conn = call.state.database.read().await?;
    let all = statuses::all(&mut conn, call.repo.id, Some(&sha)).await?;
    Ok((sha, all))
}
