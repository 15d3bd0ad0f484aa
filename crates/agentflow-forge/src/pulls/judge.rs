//! Whether a pull request could be merged now, and what stands against it. Changes nothing.

use crate::error::ForgeError;
use crate::state::ForgeState;
use crate::store::checks::{self, CI, CheckRun};
use crate::store::pulls::Pull;
use crate::store::repositories::Repository;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    Clean,
    Conflict,
    Draft,
    /// A required check is missing, not done or failed; says which.
    Blocked {
        reason: String,
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
    let mut conn = state.database.read().await?;
    let runs = latest(checks::all(&mut conn, repo.id, Some(&pull.head_sha)).await?);
    Ok(match objection(&runs) {
        Some(reason) if repo.requires_checks => Judgement::Blocked { reason },
        Some(_) if runs.iter().any(|run| run.is_completed() && !run.passes()) => {
            Judgement::Unstable
        }
        _ => Judgement::Clean,
    })
}

/// The last run of each name. The forge's own is never replaced by one that a client reported.
fn latest(runs: Vec<CheckRun>) -> Vec<CheckRun> {
    let mut latest: Vec<CheckRun> = Vec::new();
    for run in runs {
        match latest
            .iter_mut()
            .find(|known| known.name == run.name && known.is_ci == run.is_ci)
        {
            Some(known) => *known = run,
            None => latest.push(run),
        }
    }
    latest
}

/// What the checks have against a merge.
fn objection(runs: &[CheckRun]) -> Option<String> {
    if !runs.iter().any(|run| run.is_ci) {
        return Some(format!("Required status check \"{CI}\" is expected."));
    }
    let run = runs.iter().find(|run| !run.passes())?;
    let what = match (run.is_completed(), run.status.as_str()) {
        (true, _) => "is failing",
        (false, "queued") => "is queued",
        (false, _) => "is in progress",
    };
    Some(format!("Required status check \"{}\" {what}.", run.name))
}
