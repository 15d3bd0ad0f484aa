//! What became of the issues: the values behind the table and the result line.

use std::time::Duration;

use agentflow_pipeline::{CodeAgentState, RunStatus, TestSummary};
use serde::{Serialize, Serializer};

use crate::exit::Exit;

/// What became of one issue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct IssueReport {
    pub(crate) issue: u64,
    #[serde(skip)]
    pub(crate) title: String,
    pub(crate) status: Status,
    pub(crate) pr: Option<u64>,
    #[serde(skip)]
    pub(crate) pr_url: Option<String>,
    pub(crate) iterations: u32,
    pub(crate) tests_before: Option<Tests>,
    pub(crate) tests_after: Option<Tests>,
    /// From the thread's first checkpoint to its newest: it survives restarts, and pauses
    /// between them count.
    #[serde(rename = "duration_ms", serialize_with = "millis")]
    pub(crate) duration: Duration,
    pub(crate) tokens: u64,
    /// `None` where the model's provider names no price.
    pub(crate) cost_usd: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// How an issue stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// Its pull request is merged.
    Merged,
    /// The reviewer rejected the change.
    Rejected,
    /// A person stopped it.
    Stopped,
    /// The agent gave up.
    GaveUp,
    /// A person has to answer.
    Waiting,
    /// A step failed.
    Failed,
    /// A signal came while it was worked on.
    Interrupted,
    /// Its turn has not come.
    NotStarted,
}

impl Status {
    /// The status as people read it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Merged => "merged",
            Self::Rejected => "rejected",
            Self::Stopped => "stopped",
            Self::GaveUp => "gave up",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::NotStarted => "not started",
        }
    }
}

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Tests {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl From<&TestSummary> for Tests {
    fn from(summary: &TestSummary) -> Self {
        Self {
            passed: summary.passed,
            failed: summary.failed,
        }
    }
}

fn millis<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

impl IssueReport {
    /// An issue whose turn has not come.
    pub(crate) fn not_started(issue: u64, title: &str) -> Self {
        Self {
            issue,
            title: title.to_owned(),
            status: Status::NotStarted,
            pr: None,
            pr_url: None,
            iterations: 0,
            tests_before: None,
            tests_after: None,
            duration: Duration::ZERO,
            tokens: 0,
            cost_usd: None,
            error: None,
        }
    }

    /// An issue whose thread stands at `state`.
    pub(crate) fn of(issue: u64, title: &str, state: &CodeAgentState, status: Status) -> Self {
        let pull = state.pull_request.as_ref();
        Self {
            status,
            pr: pull.map(|pull| pull.number),
            pr_url: pull.and_then(|pull| pull.url.clone()),
            iterations: state.iteration,
            tests_before: state.tests_before.as_ref().map(Tests::from),
            tests_after: state.tests_after.as_ref().map(Tests::from),
            tokens: state.usage.total_tokens(),
            cost_usd: state.usage.cost_micro_usd.map(|micros| micros as f64 / 1e6),
            ..Self::not_started(issue, title)
        }
    }

    /// An issue whose graph came to its end at `state`.
    pub(crate) fn ended(issue: u64, title: &str, state: &CodeAgentState) -> Self {
        let (status, reason) = match &state.status {
            RunStatus::Merged => (Status::Merged, None),
            RunStatus::Rejected => (
                Status::Rejected,
                Some("the reviewer rejected the change".to_owned()),
            ),
            RunStatus::Stopped => (Status::Stopped, Some("a person stopped it".to_owned())),
            RunStatus::GaveUp(reason) => (Status::GaveUp, Some(reason.clone())),
            other => (
                Status::Failed,
                Some(format!("the run ended without a result ({other:?})")),
            ),
        };
        Self {
            error: reason,
            ..Self::of(issue, title, state, status)
        }
    }
}

/// What became of a whole command.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RunReport {
    #[serde(rename = "type")]
    kind: &'static str,
    pub(crate) issues: Vec<IssueReport>,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip)]
    exit: Exit,
}

impl RunReport {
    /// The sum of what became of the issues.
    pub(crate) fn of(issues: Vec<IssueReport>, interrupted: bool) -> Self {
        let is = |status: Status| issues.iter().any(|issue| issue.status == status);
        let merged = issues
            .iter()
            .filter(|issue| issue.status == Status::Merged)
            .count();
        let settled = [Status::Merged, Status::Waiting];
        let exit = if interrupted {
            Exit::Interrupted
        } else if issues.iter().any(|issue| !settled.contains(&issue.status)) {
            Exit::Failed
        } else if is(Status::Waiting) {
            Exit::Waiting
        } else {
            Exit::Merged
        };
        let error = match exit {
            Exit::Merged => None,
            Exit::Interrupted => {
                Some("stopped by a signal; run the same command again to go on".to_owned())
            }
            Exit::Waiting => Some("waits for a person".to_owned()),
            _ => Some(format!("{merged} of {} issues are merged", issues.len())),
        };
        Self {
            kind: "result",
            ok: exit == Exit::Merged,
            issues,
            error,
            exit,
        }
    }

    /// A command that did not come to its issues.
    pub(crate) fn failed(exit: Exit, error: String) -> Self {
        Self {
            kind: "result",
            issues: Vec::new(),
            ok: false,
            error: Some(error),
            exit,
        }
    }

    /// How the process ends by it.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn report(status: Status) -> IssueReport {
        IssueReport {
            status,
            ..IssueReport::not_started(1, "t")
        }
    }

    #[test]
    fn the_result_line_has_exactly_the_agreed_form() {
        let issue = IssueReport {
            status: Status::Merged,
            pr: Some(1),
            pr_url: Some("http://h/1".to_owned()),
            iterations: 2,
            tests_before: Some(Tests {
                passed: 3,
                failed: 0,
            }),
            tests_after: Some(Tests {
                passed: 4,
                failed: 0,
            }),
            duration: Duration::from_micros(1_234_900),
            tokens: 99,
            cost_usd: Some(0.0125),
            ..IssueReport::not_started(1, "t")
        };
        let line = serde_json::to_string(&RunReport::of(vec![issue], false)).unwrap();
        assert_eq!(
            line,
            r#"{"type":"result","issues":[{"issue":1,"status":"merged","pr":1,"iterations":2,"tests_before":{"passed":3,"failed":0},"tests_after":{"passed":4,"failed":0},"duration_ms":1234,"tokens":99,"cost_usd":0.0125}],"ok":true}"#
        );
    }

    #[test]
    fn a_failure_says_why_for_the_issue_and_for_the_whole() {
        let issue = IssueReport {
            error: Some("no".to_owned()),
            ..report(Status::Failed)
        };
        let line = serde_json::to_string(&RunReport::of(vec![issue], false)).unwrap();
        assert_eq!(
            line,
            r#"{"type":"result","issues":[{"issue":1,"status":"failed","pr":null,"iterations":0,"tests_before":null,"tests_after":null,"duration_ms":0,"tokens":0,"cost_usd":null,"error":"no"}],"ok":false,"error":"0 of 1 issues are merged"}"#
        );
        let early =
            serde_json::to_string(&RunReport::failed(Exit::Usage, "no".to_owned())).unwrap();
        assert_eq!(
            early,
            r#"{"type":"result","issues":[],"ok":false,"error":"no"}"#
        );
    }

    #[test]
    fn the_exit_code_follows_from_what_became_of_the_issues() {
        use Status::{Failed, GaveUp, Merged, NotStarted, Rejected, Stopped, Waiting};
        for (statuses, interrupted, want) in [
            (&[Merged, Merged][..], false, Exit::Merged),
            (&[Merged, Waiting], false, Exit::Waiting),
            (&[Failed, Waiting], false, Exit::Failed),
            (&[Merged, GaveUp], false, Exit::Failed),
            (&[Rejected], false, Exit::Failed),
            (&[Stopped], false, Exit::Failed),
            (&[NotStarted], false, Exit::Failed),
            (&[Merged, NotStarted], true, Exit::Interrupted),
        ] {
            let issues = statuses.iter().map(|&status| report(status)).collect();
            assert_eq!(
                RunReport::of(issues, interrupted).exit(),
                want,
                "{statuses:?}"
            );
        }
    }
}
