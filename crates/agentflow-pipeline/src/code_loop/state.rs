//! The state of one coding round.

use agentflow_core::State;
use agentflow_llm::{Message, Usage};
use serde::{Deserialize, Serialize};

use crate::prompt;
use crate::state::CodeAgentState;

/// What a coding round knows.
#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
pub(crate) struct CodeRound {
    /// What the model is asked under, as `code/2`.
    pub(crate) label: String,
    /// The issue that is worked on.
    pub(crate) issue: u64,
    /// The commit that changes are shown against.
    pub(crate) base_sha: String,
    /// The conversation.
    #[state(reducer = append)]
    pub(crate) messages: Vec<Message>,
    /// The files as they are now: a git tree.
    pub(crate) tree: String,
    /// Replies of the model so far.
    #[state(reducer = add)]
    pub(crate) turns: u32,
    /// How often it was told to go on.
    #[state(reducer = add)]
    pub(crate) nudges: u32,
    /// Whether it has seen its own change.
    pub(crate) was_shown_its_change: bool,
    /// What it says it did, once it has submitted.
    pub(crate) submitted: Option<String>,
    /// What its replies cost.
    #[state(reducer = add)]
    pub(crate) usage: Usage,
}

impl CodeRound {
    /// The coding round that is due in a run.
    pub(crate) fn due_in(run: &CodeAgentState) -> Self {
        Self {
            label: format!("code/{}", run.next_round()),
            issue: run.issue_number,
            base_sha: run.base_sha.clone(),
            messages: prompt::code(run),
            tree: run.tree.clone(),
            ..Self::default()
        }
    }
}
