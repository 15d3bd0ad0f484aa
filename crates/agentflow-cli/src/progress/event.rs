//! What watchers of a run are told: the pipeline's own events, and those around them.

use std::error::Error;

use agentflow_core::{Interrupt, StreamEvent, StreamKind};
use agentflow_pipeline::{CodeAgentState, PipelineEvent, Question};
use serde::Serialize;

use crate::error::describe;
use crate::prepare::Assignment;
use crate::report::{IssueReport, Status};

/// One thing that happened to an issue.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum RunEvent {
    /// In the pipeline.
    Pipeline(PipelineEvent),
    /// Around it.
    Around(Around),
}

/// What happens around the pipeline.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Around {
    /// Work on the issue begins, or goes on from `state`.
    Begins {
        title: String,
        place: String,
        goes_on: bool,
        #[serde(skip)]
        state: Option<Box<CodeAgentState>>,
        #[serde(skip)]
        iterations_max: u32,
    },
    /// A node starts.
    TaskStarted { node: String, attempt: u32 },
    /// A node failed and is tried again.
    TaskRetries {
        node: String,
        attempt: u32,
        error: String,
    },
    /// A superstep is durable.
    Checkpointed { id: u64, graph: String },
    /// A question was answered.
    Answered { by: &'static str, answer: String },
    /// Nobody answers now.
    Waits { question: String, interrupt: String },
    /// A step failed for good.
    Failed { error: String },
    /// There is nothing left to do.
    Already { status: Status, pr: Option<u64> },
    /// Work on the issue ended for now.
    Ended {
        status: Status,
        pr: Option<u64>,
        duration_ms: u64,
    },
}

impl RunEvent {
    /// What a stream tells, if it is for watchers.
    pub(crate) fn of(event: StreamEvent) -> Option<Self> {
        let graph = event.namespace.to_string();
        let around = match event.kind {
            // A node of another making may emit what it likes.
            StreamKind::Custom { value, .. } => {
                return serde_json::from_value(value).ok().map(Self::Pipeline);
            }
            StreamKind::TaskStarted { node, attempt, .. } => Around::TaskStarted {
                node: node.to_string(),
                attempt,
            },
            StreamKind::TaskRetries {
                node,
                attempt,
                error,
                ..
            } => Around::TaskRetries {
                node: node.to_string(),
                attempt,
                error,
            },
            StreamKind::Checkpointed { id, .. } => Around::Checkpointed { id: id.0, graph },
            _ => return None,
        };
        Some(Self::Around(around))
    }

    pub(crate) fn begins(assignment: &Assignment, state: Option<&CodeAgentState>) -> Self {
        Self::Around(Around::Begins {
            title: assignment.title.clone(),
            place: assignment.place(),
            goes_on: state.is_some(),
            state: state.cloned().map(Box::new),
            iterations_max: assignment.parts.policy.iterations_max,
        })
    }

    pub(crate) fn answered(by: &'static str, answer: String) -> Self {
        Self::Around(Around::Answered { by, answer })
    }

    pub(crate) fn waits(interrupt: &Interrupt) -> Self {
        let question = serde_json::from_value::<Question>(interrupt.payload.clone());
        Self::Around(Around::Waits {
            question: question.map_or_else(
                |_| interrupt.payload.to_string(),
                |question| question.text(),
            ),
            interrupt: interrupt.id.to_string(),
        })
    }

    pub(crate) fn failed(error: &dyn Error) -> Self {
        Self::Around(Around::Failed {
            error: describe(error),
        })
    }

    pub(crate) fn already(report: &IssueReport) -> Self {
        Self::Around(Around::Already {
            status: report.status,
            pr: report.pr,
        })
    }

    pub(crate) fn ended(report: &IssueReport) -> Self {
        let duration_ms = u64::try_from(report.duration.as_millis()).unwrap_or(u64::MAX);
        Self::Around(Around::Ended {
            status: report.status,
            pr: report.pr,
            duration_ms,
        })
    }
}
