//! What a run knows: the state of the code agent and the values in it.

mod analysis;
mod code_agent;
mod feedback;
mod pull_request;

pub use analysis::{Analysis, Clarification, IssueContent, Plan, PlanStep, Risk, WorkKind};
pub use code_agent::{CodeAgentState, CodeAgentStateUpdate, RunStatus};
pub use feedback::{Feedback, InlineComment, ReviewDecision, ReviewOutcome};
pub use pull_request::{CheckOutcome, PullRequestInfo};
