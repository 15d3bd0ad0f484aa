//! The rules of protected branches as the push hook reads them.

use super::protection::{Protection, binds, rule_of};
use crate::error::ForgeError;
use crate::git::is_full_hash;
use crate::pulls::verdicts;
use crate::state::ForgeState;
use crate::store::accounts::User;
use crate::store::repositories::Repository;
use crate::store::{checks, protections, statuses};

/// Most commits that the hook is told of as having passed; older ones must pass again.
const COMMITS_MAX: usize = 500;
/// Longest text that the hook is given, in bytes; Linux takes 128 KiB in one variable.
const RULES_BYTES_MAX: usize = 96 << 10;

/// One line for each protected branch: its name, and what the pusher may not do to it.
///
/// After `checks` come the commits that have passed what the branch requires.
pub(crate) async fn push_rules(
    state: &ForgeState,
    repo: &Repository,
    by: &User,
) -> Result<String, ForgeError> {
    let mut conn = state.database.read().await?;
    let mut branches: Vec<String> = protections::all(&mut conn, repo.id)
        .await?
        .into_iter()
        .map(|(branch, _)| branch)
        .collect();
    if !branches.contains(&repo.default_branch) {
        branches.push(repo.default_branch.clone());
    }
    let mut rules = Vec::with_capacity(branches.len());
    for branch in branches {
        let rule = rule_of(&mut conn, repo, &branch).await?;
        rules.push((branch, rule));
    }
    // Whoever holds one connection and waits for another may wait for good.
    drop(conn);
    let mut lines = String::new();
    for (branch, rule) in rules {
        if let Some(protection) = rule.protection() {
            let mut line = branch;
            for word in words(state, repo, protection, by).await? {
                // What does not fit is a commit that has passed, so leaving it out allows less.
                let fits = lines.len() + line.len() + word.len() < RULES_BYTES_MAX;
                if fits || !is_full_hash(&word) {
                    line.push(' ');
                    line.push_str(&word);
                }
            }
            lines.push_str(&line);
            lines.push('\n');
        }
    }
    Ok(lines)
}

async fn words(
    state: &ForgeState,
    repo: &Repository,
    protection: &Protection,
    by: &User,
) -> Result<Vec<String>, ForgeError> {
    let mut conn = state.database.read().await?;
    let bound = binds(&mut conn, protection, repo, by).await?;
    drop(conn);
    let mut words: Vec<String> = [
        ("keep", !protection.allow_deletions),
        ("forward", !protection.allow_force_pushes),
        ("locked", protection.lock_branch && bound),
        ("pull-request", protection.reviews.is_some() && bound),
        ("linear", protection.linear_history && bound),
    ]
    .into_iter()
    .filter(|(_, holds)| *holds)
    .map(|(word, _)| word.to_owned())
    .collect();
    // A branch that only takes pull requests takes no pushed commit, whatever it has passed.
    let asks = bound && protection.reviews.is_none();
    if let Some(required) = protection.checks.as_ref().filter(|_| asks) {
        words.push("checks".to_owned());
        for sha in reported(state, repo).await? {
            let known = verdicts(state, repo, &sha).await?;
            if required
                .contexts
                .iter()
                .all(|context| known.objection(context).is_none())
            {
                words.push(sha);
            }
        }
    }
    Ok(words)
}

/// Commits of which any check or status is known, newest first.
async fn reported(state: &ForgeState, repo: &Repository) -> Result<Vec<String>, ForgeError> {
    let mut conn = state.database.read().await?;
    let runs = checks::all(&mut conn, repo.id, None).await?;
    let reports = statuses::all(&mut conn, repo.id, None).await?;
    let mut shas: Vec<String> = Vec::new();
    let named = runs.into_iter().map(|run| run.head_sha);
    for sha in named
        .chain(reports.into_iter().map(|status| status.sha))
        .rev()
    {
        if shas.len() < COMMITS_MAX && !shas.contains(&sha) {
            shas.push(sha);
        }
    }
    Ok(shas)
}
