//! What the pipeline tells its watchers while it works.

use agentflow_llm::Usage;
use serde::{Deserialize, Serialize};

use crate::project::TestSummary;
use crate::state::ReviewDecision;

/// One thing that happened, as the payload of a custom stream event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PipelineEvent {
    /// A step of the pipeline begins.
    Phase {
        /// Which.
        phase: Phase,
        /// The round of the pull request, from 1.
        iteration: u32,
    },
    /// The model answered.
    Model {
        /// What it was asked for, as `code/2`.
        label: String,
        /// Its words, shortened.
        said: String,
        /// What the answer cost.
        usage: Usage,
    },
    /// The model called a tool.
    Tool {
        /// What it works on, as `code/2`.
        label: String,
        /// The tool.
        tool: String,
        /// What it was called with, shortened.
        call: String,
        /// What came back, its first line.
        result: String,
        /// Whether it did what was asked.
        ok: bool,
    },
    /// The repository's tests and lints ran.
    Tests {
        /// What for.
        phase: TestPhase,
        /// How they went.
        summary: TestSummary,
    },
    /// A question was posted on the issue.
    Asked {
        /// The question.
        question: String,
    },
    /// A commit was pushed.
    Pushed {
        /// The branch.
        branch: String,
        /// The commit.
        sha: String,
    },
    /// The pull request is open.
    PullRequest {
        /// Its number.
        number: u64,
        /// Where it can be seen.
        url: Option<String>,
    },
    /// The forge's checks are finished.
    Checks {
        /// Whether all passed.
        passed: bool,
        /// Those that failed.
        failed: Vec<String>,
    },
    /// The reviewer has decided.
    Review {
        /// Which review, from 1.
        round: u32,
        /// What was decided.
        decision: ReviewDecision,
        /// 0 to 1.
        score: f64,
        /// How many inline comments it has.
        comments: usize,
        /// Its first line.
        summary: String,
    },
    /// The pull request is merged.
    Merged {
        /// Its number.
        number: u64,
        /// The merge commit.
        sha: String,
    },
}

/// The steps that a person follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Phase {
    /// Read the issue.
    ParseIssue,
    /// Understand what it asks for.
    Analyse,
    /// Ask its author.
    Clarify,
    /// Plan the change.
    Plan,
    /// Check the code out and run its tests.
    Baseline,
    /// Change the code.
    Code,
    /// Run tests and lints on the change.
    Verify,
    /// Commit and push.
    Publish,
    /// Open the pull request.
    OpenPullRequest,
    /// Wait for the forge's checks.
    WaitForChecks,
    /// Review the change.
    Review,
    /// Take up what the reviewer said.
    AddressFeedback,
    /// Merge.
    Merge,
    /// Report on the issue.
    Report,
}

/// What tests were run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TestPhase {
    /// To know how things stood before.
    Before,
    /// To prove the change.
    After,
}
