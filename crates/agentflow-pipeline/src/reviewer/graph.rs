//! The reviewer's graph: gather → judge → post.

use agentflow_core::{CompiledGraph, GraphError, RetryPolicy, START, StateGraph};

use super::gather::Gather;
use super::judge::Judge;
use super::post::Post;
use super::state::ReviewerState;
use crate::nodes::network_retry;
use crate::parts::Parts;

/// The reviewer: reads the pull request's diff, judges it, posts the review.
///
/// # Errors
/// Never for a graph that this crate ships; the type is the builder's.
pub fn reviewer_agent(parts: &Parts) -> Result<CompiledGraph<ReviewerState>, GraphError> {
    let network: RetryPolicy = network_retry();
    StateGraph::new()
        .add_node(
            "gather",
            Gather {
                parts: parts.clone(),
            },
        )
        .add_node(
            "judge",
            Judge {
                parts: parts.clone(),
            },
        )
        .add_node(
            "post",
            Post {
                parts: parts.clone(),
            },
        )
        .add_edge(START, "gather")
        .add_edge("gather", "judge")
        .add_edge("judge", "post")
        .retry("gather", network)
        .retry("post", network)
        .compile()
}
