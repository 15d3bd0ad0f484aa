//! The call that ends a round. It is no tool that acts: the loop itself answers it.

use agentflow_llm::{ToolCall, ToolSpec};
use schemars::JsonSchema;
use serde::Deserialize;

/// The name models call it by.
pub(super) const SUBMIT: &str = "submit";

#[derive(Debug, Deserialize, JsonSchema)]
struct Submission {
    /// What was changed and why, as a reviewer should read it.
    summary: String,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::of::<Submission>(
        SUBMIT,
        "Hand the change in. The first call shows you your own change and a checklist; \
         the change counts when you call it again.",
    )
}

/// The summary of a submission, or what is wrong with the call.
pub(super) fn summary(call: &ToolCall) -> Result<String, String> {
    call.parse_arguments::<Submission>()
        .map(|submission| submission.summary)
        .map_err(|error| format!("error: {error}"))
}
