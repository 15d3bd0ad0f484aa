//! Whether a pull request could be merged now, and what stands against it. Changes nothing.
//!
//! A base branch that a client protected is judged by that protection; every other by the forge's
//! own rule, under which everything reported must have passed.

use super::verdicts::verdicts;
use crate::access::Role;
use crate::branches::{Protection, Rule, rule_of};
use crate::error::ForgeError;
use crate::state::ForgeState;
use crate::store::pulls::Pull;
use crate::store::repositories::Repository;
use crate::store::reviews::{self, Review};
use crate::store::roles::role_of;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    Clean,
    Conflict,
    Draft,
    /// The base branch's protection asks for more; says for what.
    Blocked {
        reason: String,
        /// Whether administrators may merge all the same.
        admins_may: bool,
    },
    /// The head must contain the base's tip and does not.
    Behind {
        admins_may: bool,
    },
    /// A check failed that is not required.
    Unstable,
}

impl Judgement {
    /// GitHub's word.
    pub(crate) fn mergeable_state(&self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Conflict => "dirty",
            Self::Draft => "draft",
            Self::Blocked { .. } => "blocked",
            Self::Behind { .. } => "behind",
            Self::Unstable => "unstable",
        }
    }
}

pub(crate) async fn judge(
    state: &ForgeState,
    repo: &Repository,
    pull: &Pull,
) -> Result<Judgement, ForgeError> {
    let git = state.repo(repo);
    if git
        .merged_tree(None, &pull.base_sha, &pull.head_sha)
        .await?
        .is_none()
    {
        return Ok(Judgement::Conflict);
    }
    if pull.draft {
        return Ok(Judgement::Draft);
    }
    let known = verdicts(state, repo, &pull.head_sha).await?;
    let mut conn = state.database.read().await?;
    let rule = rule_of(&mut conn, repo, &pull.base_ref).await?;
    drop(conn);
    let judged = match &rule {
        Rule::Set(protection) => by_protection(state, repo, pull, protection).await?,
        Rule::Own(_) | Rule::Free => {
            let reason = known.any_objection().filter(|_| repo.requires_checks);
            reason.map(|reason| Judgement::Blocked {
                reason,
                admins_may: false,
            })
        }
    };
    Ok(match judged {
        Some(judgement) => judgement,
        None if known.any_failed() => Judgement::Unstable,
        None => Judgement::Clean,
    })
}

async fn by_protection(
    state: &ForgeState,
    repo: &Repository,
    pull: &Pull,
    protection: &Protection,
) -> Result<Option<Judgement>, ForgeError> {
    let admins_may = !protection.enforce_admins;
    let blocked = |reason: String| Judgement::Blocked { reason, admins_may };
    if protection.lock_branch {
        return Ok(Some(blocked("Cannot change this locked branch".to_owned())));
    }
    if let Some(required) = &protection.reviews {
        let mut conn = state.database.read().await?;
        let mut all = Vec::new();
        for review in reviews::of_pull(&mut conn, pull.issue.id).await? {
            // Everybody may review; what those say who may not write is only said.
            if role_of(&mut conn, repo, &review.author).await? >= Role::Write {
                all.push(review);
            }
        }
        drop(conn);
        if let Some(reason) = missing_reviews(&all, pull, required.approvals) {
            return Ok(Some(blocked(reason)));
        }
    }
    let Some(required) = &protection.checks else {
        return Ok(None);
    };
    let known = verdicts(state, repo, &pull.head_sha).await?;
    let objection = required
        .contexts
        .iter()
        .find_map(|context| known.objection(context));
    if let Some(reason) = objection {
        return Ok(Some(blocked(reason)));
    }
    let git = state.repo(repo);
    let is_behind = required.strict && !git.is_ancestor(&pull.base_sha, &pull.head_sha).await?;
    Ok(is_behind.then_some(Judgement::Behind { admins_may }))
}

/// What the reviews leave to be wished for. The last opinion of each reviewer counts.
fn missing_reviews(all: &[Review], pull: &Pull, approvals: u32) -> Option<String> {
    let mut opinions: Vec<&Review> = Vec::new();
    for review in all {
        let has_opinion = matches!(
            review.state.as_str(),
            "APPROVED" | "CHANGES_REQUESTED" | "DISMISSED"
        );
        if !has_opinion || review.author == pull.issue.author {
            continue;
        }
        opinions.retain(|known| known.author != review.author);
        opinions.push(review);
    }
    let of_state = |state: &str| opinions.iter().filter(|it| it.state == state).count();
    if approvals > 0 && of_state("CHANGES_REQUESTED") > 0 {
        return Some("Changes requested by reviewers with write access.".to_owned());
    }
    let are = if approvals == 1 {
        "review is"
    } else {
        "reviews are"
    };
    (of_state("APPROVED") < approvals as usize).then(|| {
        format!("At least {approvals} approving {are} required by reviewers with write access.")
    })
}
