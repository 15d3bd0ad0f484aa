//! Pull requests: list, get, create, edit.

use serde::Deserialize;
use serde_json::Value;

use super::fields::present;
use super::issues::{check_text, renamed};
use super::pull_content;
use crate::http::answer::{Answer, Refusal, created, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::page::{self, Page};
use crate::http::shape::{self, PullDetails};
use crate::names::is_branch_name;
use crate::pulls::{NewPull, OpenRefusal, judge, of_pull, open};
use crate::store::pulls::Pull;
use crate::store::{issues, labels, pulls, review_comments, reviews};
use crate::time;

pub(super) async fn list(call: Call) -> Answer {
    let state = call.asked("state").unwrap_or("open");
    let head = call.asked("head").map(|head| own_branch(head, &call));
    let base = call.asked("base");
    let mut conn = call.state.database.read().await?;
    let mut found: Vec<Pull> = pulls::all(&mut conn, call.repo.id).await?;
    found.retain(|pull| {
        (state == "all" || state == pull.issue.state())
            && head.is_none_or(|head| head == Some(pull.head_ref.as_str()))
            && base.is_none_or(|base| base == pull.base_ref)
    });
    // GitHub's own default: the newest first, but what is sorted otherwise from its start.
    let direction = match call.asked("sort") {
        None | Some("created") => call.asked("direction").unwrap_or("desc"),
        Some(sort) => {
            sort_by(&mut found, sort);
            call.asked("direction").unwrap_or("asc")
        }
    };
    if direction == "asc" {
        found.reverse();
    }
    drop(conn);
    let (page, total) = (Page::asked(&call), found.len());
    let mut values = Vec::new();
    for pull in page.cut(found) {
        values.push(simple(&call, &pull).await?);
    }
    Ok(page::with_links(
        &call,
        page,
        total,
        ok(Value::from(values))?,
    ))
}

/// The most of it first.
fn sort_by(pulls: &mut [Pull], sort: &str) {
    let open_for = |pull: &Pull| {
        let until = pull.issue.closed_at.clone().unwrap_or_else(time::now);
        time::to_unix(&until) - time::to_unix(&pull.issue.created_at)
    };
    match sort {
        "updated" => pulls.sort_by_key(|pull| -time::to_unix(&pull.issue.updated_at)),
        "popularity" => pulls.sort_by_key(|pull| -pull.issue.comments),
        "long-running" => pulls.sort_by_key(|pull| -open_for(pull)),
        _ => {}
    }
}

/// `owner:branch` or `branch`; nothing for another owner's.
fn own_branch<'a>(head: &'a str, call: &Call) -> Option<&'a str> {
    match head.split_once(':') {
        None => Some(head),
        Some((owner, branch)) => owner
            .eq_ignore_ascii_case(&call.repo.owner.login)
            .then_some(branch),
    }
}

async fn simple(call: &Call, pull: &Pull) -> Result<Value, Refusal> {
    let mut conn = call.state.database.read().await?;
    let labels = labels::of_issue(&mut conn, pull.issue.id).await?;
    let reviewers = reviews::requested(&mut conn, pull.issue.id).await?;
    Ok(shape::pull(
        call.links(),
        &call.repo,
        pull,
        &labels,
        &reviewers,
    ))
}

/// A pull request with everything only a single one tells.
async fn detailed(call: &Call, pull: &Pull) -> Result<Value, Refusal> {
    let value = simple(call, pull).await?;
    let comparison = of_pull(&call.git(), pull).await?;
    let judgement = match pull.issue.is_open {
        true => Some(judge(&call.state, &call.repo, pull).await?),
        false => None,
    };
    let mut conn = call.state.database.read().await?;
    let review_comments = review_comments::of_pull(&mut conn, pull.issue.id)
        .await?
        .len();
    let details = PullDetails {
        judgement,
        comparison: &comparison,
        review_comments,
    };
    Ok(shape::with_details(call.links(), value, pull, &details))
}

pub(super) async fn get(call: Call) -> Answer {
    let pull = call.pull().await?;
    if call.accepts("diff") {
        return pull_content::diff(&call, &pull).await;
    }
    if call.accepts("patch") {
        return pull_content::patch(&call, &pull).await;
    }
    ok(detailed(&call, &pull).await?)
}

#[derive(Deserialize)]
pub(super) struct NewPullFields {
    title: String,
    body: Option<String>,
    head: String,
    base: String,
    #[serde(default)]
    draft: bool,
}

pub(super) async fn create(
    WriteCall(call): WriteCall,
    Fields(new): Fields<NewPullFields>,
) -> Answer {
    const RESOURCE: &str = "PullRequest";
    check_text(RESOURCE, Some(&new.title), new.body.as_deref())?;
    let invalid = |field: &str| Refusal::invalid(RESOURCE, field, "invalid");
    let head = own_branch(&new.head, &call)
        .filter(|head| is_branch_name(head))
        .ok_or_else(|| invalid("head"))?;
    if !is_branch_name(&new.base) {
        return Err(invalid("base"));
    }
    let pull = NewPull {
        title: &new.title,
        body: new.body.as_deref(),
        head,
        base: &new.base,
        draft: new.draft,
        author: &call.bearer.user,
    };
    let number = open(&call.state, &call.repo, &pull)
        .await
        .map_err(|refusal| match refusal {
            OpenRefusal::NoHead => invalid("head"),
            OpenRefusal::NoBase => invalid("base"),
            OpenRefusal::NothingToMerge => Refusal::broken_rule(
                RESOURCE,
                format!("No commits between {} and {head}", new.base),
            ),
            OpenRefusal::Exists => {
                let owner = &call.repo.owner.login;
                Refusal::broken_rule(
                    RESOURCE,
                    format!("A pull request already exists for {owner}:{head}."),
                )
            }
            OpenRefusal::Failed(error) => error.into(),
        })?;
    let pull = call.pull_numbered(number).await?;
    created(detailed(&call, &pull).await?)
}

fn no_base(base: &str) -> Refusal {
    let sentence = format!("Proposed base branch '{base}' was not found");
    Refusal::because_invalid("PullRequest", "base", &sentence)
}

#[derive(Deserialize)]
pub(super) struct PullEdit {
    title: Option<String>,
    #[serde(default, deserialize_with = "present")]
    body: Option<Option<String>>,
    state: Option<String>,
    base: Option<String>,
}

pub(super) async fn edit(WriteCall(call): WriteCall, Fields(edit): Fields<PullEdit>) -> Answer {
    const RESOURCE: &str = "PullRequest";
    let body = edit.body.map(Option::unwrap_or_default);
    check_text(RESOURCE, edit.title.as_deref(), body.as_deref())?;
    let refs = call.state.refs.lock().await;
    let pull = call.pull().await?;
    let base = match edit.base.as_deref().filter(|base| *base != pull.base_ref) {
        Some(base) if pull.issue.is_open && is_branch_name(base) => {
            let sha = call.git().branch(base).await?;
            Some((base, sha.ok_or_else(|| no_base(base))?))
        }
        Some(base) => return Err(no_base(base)),
        None => None,
    };
    let mut tx = call.state.database.write().await?;
    issues::edit(
        &mut tx,
        pull.issue.id,
        edit.title.as_deref(),
        body.as_deref(),
    )
    .await?;
    renamed(&mut tx, &call, &pull.issue, edit.title.as_deref()).await?;
    if let Some((base, sha)) = &base {
        pulls::move_branches(&mut tx, pull.issue.id, base, &pull.head_sha, sha).await?;
    }
    match edit.state.as_deref() {
        Some("closed") => {
            issues::close(&mut tx, &pull.issue, Some(&call.bearer.user), None).await?;
        }
        Some("open") if pull.issue.is_open => {}
        Some("open") => {
            let taken =
                pulls::open_between(&mut tx, call.repo.id, &pull.head_ref, &pull.base_ref).await?;
            let gone = call.git().branch(&pull.head_ref).await?.is_none();
            if pull.is_merged() || taken.is_some() || gone {
                return Err(Refusal::broken_rule(RESOURCE, "state cannot be changed"));
            }
            issues::reopen(&mut tx, &pull.issue, &call.bearer.user).await?;
        }
        Some(_) => return Err(Refusal::invalid(RESOURCE, "state", "invalid")),
        None => {}
    }
    tx.commit().await?;
    drop(refs);
    crate::pulls::follow_branches(&call.state, &call.repo).await?;
    ok(detailed(&call, &call.pull().await?).await?)
}
