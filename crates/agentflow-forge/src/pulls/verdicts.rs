//! What was reported of a commit, check runs and statuses alike, and what it has against a merge.

use crate::error::ForgeError;
use crate::state::ForgeState;
use crate::store::checks::{self, CI, CheckRun};
use crate::store::repositories::Repository;
use crate::store::statuses::{self, Status};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Queued,
    Running,
    Passed,
    Failed,
}

#[derive(Clone, Debug)]
struct Verdict {
    name: String,
    /// Whether it is the forge's own, which no client can report.
    is_ci: bool,
    outcome: Outcome,
}

/// The last word of everything that was reported of one commit.
#[derive(Clone, Debug)]
pub(crate) struct Verdicts {
    all: Vec<Verdict>,
}

pub(crate) async fn verdicts(
    state: &ForgeState,
    repo: &Repository,
    sha: &str,
) -> Result<Verdicts, ForgeError> {
    let mut conn = state.database.read().await?;
    let runs = latest(checks::all(&mut conn, repo.id, Some(sha)).await?);
    let reports = statuses::latest(statuses::all(&mut conn, repo.id, Some(sha)).await?);
    let of_runs = runs.iter().map(of_run);
    Ok(Verdicts {
        all: of_runs.chain(reports.iter().map(of_status)).collect(),
    })
}

impl Verdicts {
    /// What stands against a merge for which everything reported must have passed.
    pub(super) fn any_objection(&self) -> Option<String> {
        if !self.all.iter().any(|verdict| verdict.is_ci) {
            return Some(expected(CI));
        }
        self.all.iter().find_map(Verdict::objection)
    }

    /// What stands against a merge that requires the check or status of that name.
    pub(crate) fn objection(&self, context: &str) -> Option<String> {
        // A check of the forge's own name that a client reported says nothing.
        let own = context == CI;
        let mut named = self
            .all
            .iter()
            .filter(|it| it.name == context && it.is_ci == own)
            .peekable();
        if named.peek().is_none() {
            return Some(expected(context));
        }
        named.find_map(Verdict::objection)
    }

    pub(super) fn any_failed(&self) -> bool {
        self.all.iter().any(|it| it.outcome == Outcome::Failed)
    }
}

impl Verdict {
    fn objection(&self) -> Option<String> {
        let what = match self.outcome {
            Outcome::Passed => return None,
            Outcome::Failed => "is failing",
            Outcome::Queued => "is queued",
            Outcome::Running => "is in progress",
        };
        Some(format!("Required status check \"{}\" {what}.", self.name))
    }
}

fn expected(context: &str) -> String {
    format!("Required status check \"{context}\" is expected.")
}

fn of_run(run: &CheckRun) -> Verdict {
    let outcome = match (run.is_completed(), run.passes(), run.status.as_str()) {
        (true, true, _) => Outcome::Passed,
        (true, false, _) => Outcome::Failed,
        (false, _, "queued") => Outcome::Queued,
        (false, _, _) => Outcome::Running,
    };
    Verdict {
        name: run.name.clone(),
        is_ci: run.is_ci,
        outcome,
    }
}

fn of_status(status: &Status) -> Verdict {
    let outcome = match status.state.as_str() {
        "success" => Outcome::Passed,
        "pending" => Outcome::Running,
        _ => Outcome::Failed,
    };
    Verdict {
        name: status.context.clone(),
        is_ci: false,
        outcome,
    }
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
