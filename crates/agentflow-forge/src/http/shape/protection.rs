//! What protects a branch, in the older form and in that of rules.

use serde_json::{Value, json};

use super::Links;
use super::links::escaped;
use crate::branches::Protection;
use crate::store::repositories::Repository;

/// Everything about a branch's protection.
pub(in crate::http) fn protection(
    links: Links<'_>,
    repo: &Repository,
    branch: &str,
    of: &Protection,
) -> Value {
    let url = links.repo(repo, &format!("/branches/{}/protection", escaped(branch)));
    let mut value = json!({
        "url": url,
        "required_signatures": { "url": format!("{url}/required_signatures"), "enabled": false },
        "enforce_admins": { "url": format!("{url}/enforce_admins"), "enabled": of.enforce_admins },
        "required_linear_history": { "enabled": of.linear_history },
        "allow_force_pushes": { "enabled": of.allow_force_pushes },
        "allow_deletions": { "enabled": of.allow_deletions },
        "block_creations": { "enabled": false },
        "required_conversation_resolution": { "enabled": false },
        "lock_branch": { "enabled": of.lock_branch },
        "allow_fork_syncing": { "enabled": false },
    });
    if of.checks.is_some() {
        value["required_status_checks"] = checks(of, &url);
    }
    if let Some(reviews) = &of.reviews {
        value["required_pull_request_reviews"] = json!({
            "url": format!("{url}/required_pull_request_reviews"),
            "dismiss_stale_reviews": reviews.dismiss_stale,
            "require_code_owner_reviews": false,
            "required_approving_review_count": reviews.approvals,
            "require_last_push_approval": false,
        });
    }
    value
}

fn checks(of: &Protection, url: &str) -> Value {
    let required = of.checks.clone().unwrap_or_default();
    let check = |context: &String| json!({ "context": context, "app_id": null });
    json!({
        "url": format!("{url}/required_status_checks"),
        "strict": required.strict,
        "contexts": required.contexts,
        "contexts_url": format!("{url}/required_status_checks/contexts"),
        "checks": required.contexts.iter().map(check).collect::<Vec<_>>(),
    })
}

/// What a branch itself tells of its protection.
pub(super) fn brief(of: Option<&Protection>, branch_url: &str) -> Value {
    let required = of.and_then(|of| of.checks.as_ref());
    let level = match (required, of) {
        (None, _) | (_, None) => "off",
        (Some(_), Some(of)) if of.enforce_admins => "everyone",
        _ => "non_admins",
    };
    let mut checks = checks(
        of.unwrap_or(&Protection::default()),
        &format!("{branch_url}/protection"),
    );
    checks["enforcement_level"] = level.into();
    json!({ "enabled": of.is_some(), "required_status_checks": checks })
}

/// The same protection as a list of rules.
pub(in crate::http) fn rules(repo: &Repository, of: &Protection) -> Vec<Value> {
    let mut rules = Vec::new();
    let mut add = |holds: bool, kind: &str, parameters: Value| {
        if !holds {
            return;
        }
        let mut rule = json!({
            "type": kind,
            "ruleset_source_type": "Repository",
            "ruleset_source": repo.full_name(),
            // The forge's protections are no rulesets, so all of them have the number of none.
            "ruleset_id": 0,
        });
        if !parameters.is_null() {
            rule["parameters"] = parameters;
        }
        rules.push(rule);
    };
    let fetch = json!({ "update_allows_fetch_and_merge": false });
    add(of.lock_branch, "update", fetch);
    add(!of.allow_deletions, "deletion", Value::Null);
    add(!of.allow_force_pushes, "non_fast_forward", Value::Null);
    add(of.linear_history, "required_linear_history", Value::Null);
    if let Some(reviews) = &of.reviews {
        let parameters = json!({
            "dismiss_stale_reviews_on_push": reviews.dismiss_stale,
            "require_code_owner_review": false,
            "require_last_push_approval": false,
            "required_approving_review_count": reviews.approvals,
            "required_review_thread_resolution": false,
        });
        add(true, "pull_request", parameters);
    }
    if let Some(required) = &of.checks {
        let check = |context: &String| json!({ "context": context });
        let parameters = json!({
            "required_status_checks": required.contexts.iter().map(check).collect::<Vec<_>>(),
            "strict_required_status_checks_policy": required.strict,
        });
        add(true, "required_status_checks", parameters);
    }
    rules
}
