//! Protection of branches, as it is set and told. What it comes to is `branches`' business.
//!
//! A rule that the forge would not enforce is refused rather than kept.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::branches::tip;
use crate::branches::{Protection, RequiredChecks, RequiredReviews, rule_of};
use crate::http::answer::{Answer, Refusal, no_content, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::{page, shape};
use crate::store::protections;
use crate::store::roles::administers;

/// Most approvals that can be asked for, as on GitHub.
const APPROVALS_MAX: u32 = 6;

pub(super) async fn get(call: &Call, branch: &str) -> Answer {
    tip(call, branch).await?;
    let mut conn = call.state.database.read().await?;
    let rule = rule_of(&mut conn, &call.repo, branch).await?;
    let not_protected = || Refusal::new(StatusCode::NOT_FOUND, "Branch not protected");
    let found = rule.protection().ok_or_else(not_protected)?;
    ok(shape::protection(call.links(), &call.repo, branch, found))
}

/// The four that GitHub wants to be told are absent only when they are `null`.
#[derive(Deserialize)]
pub(super) struct NewProtection {
    #[serde(deserialize_with = "Option::deserialize")]
    required_status_checks: Option<Checks>,
    #[serde(deserialize_with = "Option::deserialize")]
    enforce_admins: Option<bool>,
    #[serde(deserialize_with = "Option::deserialize")]
    required_pull_request_reviews: Option<Reviews>,
    #[serde(deserialize_with = "Option::deserialize")]
    restrictions: Option<Value>,
    required_linear_history: Option<bool>,
    allow_force_pushes: Option<bool>,
    allow_deletions: Option<bool>,
    block_creations: Option<bool>,
    required_conversation_resolution: Option<bool>,
    lock_branch: Option<bool>,
    allow_fork_syncing: Option<bool>,
}

#[derive(Deserialize)]
struct Checks {
    strict: bool,
    #[serde(default)]
    contexts: Vec<String>,
    #[serde(default)]
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    context: String,
}

#[derive(Deserialize)]
struct Reviews {
    dismissal_restrictions: Option<Value>,
    bypass_pull_request_allowances: Option<Value>,
    dismiss_stale_reviews: Option<bool>,
    require_code_owner_reviews: Option<bool>,
    required_approving_review_count: Option<u32>,
    require_last_push_approval: Option<bool>,
}

pub(super) async fn put(WriteCall(call): WriteCall, Fields(new): Fields<NewProtection>) -> Answer {
    let branch = branch(&call).await?;
    tip(&call, branch).await?;
    let protection = read(new)?;
    let mut tx = call.state.database.write().await?;
    protections::set(&mut tx, call.repo.id, branch, Some(&protection)).await?;
    tx.commit().await?;
    ok(shape::protection(
        call.links(),
        &call.repo,
        branch,
        &protection,
    ))
}

pub(super) async fn delete(WriteCall(call): WriteCall) -> Answer {
    let branch = branch(&call).await?;
    tip(&call, branch).await?;
    let mut tx = call.state.database.write().await?;
    let rule = rule_of(&mut tx, &call.repo, branch).await?;
    if rule.protection().is_none() {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "Branch not protected"));
    }
    protections::set(&mut tx, call.repo.id, branch, None).await?;
    tx.commit().await?;
    no_content()
}

/// The branch as a list of rules, of which one without protection has none.
pub(super) async fn rules(call: Call) -> Answer {
    let mut conn = call.state.database.read().await?;
    let rule = rule_of(&mut conn, &call.repo, call.param("branch")).await?;
    let rules = rule
        .protection()
        .map(|found| shape::rules(&call.repo, found));
    page::list(&call, rules.unwrap_or_default())
}

async fn branch(call: &Call) -> Result<&str, Refusal> {
    let found = call.param("rest").strip_suffix("/protection");
    let mut conn = call.state.database.read().await?;
    if !administers(&mut conn, &call.repo, &call.bearer.user).await? {
        // Who may not administer a repository is not told what there is to administer.
        return Err(Refusal::not_found());
    }
    found.ok_or_else(Refusal::not_found)
}

fn read(new: NewProtection) -> Result<Protection, Refusal> {
    let reviews = new.required_pull_request_reviews.as_ref();
    let asks = |field: fn(&Reviews) -> Option<bool>| reviews.and_then(field) == Some(true);
    for (asked, field) in [
        (new.block_creations == Some(true), "block_creations"),
        (new.allow_fork_syncing == Some(true), "allow_fork_syncing"),
        (
            new.required_conversation_resolution == Some(true),
            "required_conversation_resolution",
        ),
        (
            asks(|it| it.require_code_owner_reviews),
            "require_code_owner_reviews",
        ),
        (
            asks(|it| it.require_last_push_approval),
            "require_last_push_approval",
        ),
        (
            names_anyone(reviews.and_then(|it| it.dismissal_restrictions.as_ref())),
            "dismissal_restrictions",
        ),
        (
            names_anyone(reviews.and_then(|it| it.bypass_pull_request_allowances.as_ref())),
            "bypass_pull_request_allowances",
        ),
    ] {
        if asked {
            let message = format!("This forge does not enforce {field}, so it does not keep it.");
            return Err(Refusal::unprocessable(message));
        }
    }
    if new.restrictions.is_some() {
        let sentence = "Only organization repositories can have users and team restrictions";
        return Err(Refusal::unprocessable_because(
            "Validation Failed",
            sentence,
        ));
    }
    let approvals = reviews.and_then(|it| it.required_approving_review_count);
    if approvals.is_some_and(|count| count > APPROVALS_MAX) {
        let message = format!("required_approving_review_count must be at most {APPROVALS_MAX}");
        return Err(Refusal::unprocessable(message));
    }
    Ok(Protection {
        checks: new.required_status_checks.map(required),
        reviews: reviews.map(|it| RequiredReviews {
            approvals: approvals.unwrap_or(1),
            dismiss_stale: it.dismiss_stale_reviews == Some(true),
        }),
        enforce_admins: new.enforce_admins == Some(true),
        linear_history: new.required_linear_history == Some(true),
        allow_force_pushes: new.allow_force_pushes == Some(true),
        allow_deletions: new.allow_deletions == Some(true),
        lock_branch: new.lock_branch == Some(true),
    })
}

/// Both ways of naming a check, each name once.
fn required(checks: Checks) -> RequiredChecks {
    let mut contexts = Vec::new();
    let named = checks.checks.into_iter().map(|check| check.context);
    for context in checks.contexts.into_iter().chain(named) {
        if !contexts.contains(&context) {
            contexts.push(context);
        }
    }
    RequiredChecks {
        strict: checks.strict,
        contexts,
    }
}

/// Whether an object of lists has anything in any of them.
fn names_anyone(lists: Option<&Value>) -> bool {
    let lists = lists.and_then(Value::as_object);
    let mut lists = lists.into_iter().flat_map(|lists| lists.values());
    lists.any(|list| list.as_array().is_some_and(|list| !list.is_empty()))
}
