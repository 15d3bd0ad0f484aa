//! The round's graph: model → tools → model … until it submits or reaches a limit.

use agentflow_core::{CompiledGraph, END, GraphError, START, StateGraph};
use agentflow_llm::Message;

use super::model::{AskModel, nudge};
use super::state::CodeRound;
use super::tools::UseTools;
use crate::bench::Bench;
use crate::nodes::model_retry;
use crate::parts::Parts;

/// How often a model that talks instead of working is told to go on.
const NUDGES_MAX: u32 = 1;

pub(crate) fn code_loop(
    parts: &Parts,
    bench: &Bench,
) -> Result<CompiledGraph<CodeRound>, GraphError> {
    let turns_max = parts.policy.turns_max;
    StateGraph::new()
        .add_node(
            "model",
            AskModel {
                parts: parts.clone(),
                bench: bench.clone(),
            },
        )
        .add_node(
            "tools",
            UseTools {
                parts: parts.clone(),
                bench: bench.clone(),
            },
        )
        .add_node("nudge", nudge)
        .add_edge(START, "model")
        .add_conditional_edges("model", after_model, ["tools", "nudge", END])
        .add_conditional_edges(
            "tools",
            move |round: &CodeRound| match round.submitted {
                None if round.turns < turns_max => "model",
                _ => END,
            },
            ["model", END],
        )
        .add_edge("nudge", "model")
        .retry("model", model_retry())
        .compile()
}

fn after_model(round: &CodeRound) -> &'static str {
    match round.messages.last() {
        Some(Message::Assistant(said)) if !said.tool_calls.is_empty() => "tools",
        _ if round.nudges < NUDGES_MAX => "nudge",
        _ => END,
    }
}
