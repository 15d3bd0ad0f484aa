//! The code agent: the outer graph, deterministic but for the model's words.

use agentflow_core::{END, GraphError, START, StateGraph};

use crate::bench::Bench;
use crate::code_loop::{CodeRound, code_loop};
use crate::nodes::{
    Analyse, ApproveMerge, ApprovePlan, Baseline, Clarify, GiveUp, MakePlan, Merge,
    OpenPullRequest, ParseIssue, Publish, Report, Verify, WaitForChecks, address_feedback,
    after_review, model_retry, network_retry,
};
use crate::parts::Parts;
use crate::reviewer::{ReviewerState, reviewer_agent};
use crate::state::{CodeAgentState, RunStatus};

/// The graph from an issue to a merged pull request, to be compiled with a store.
///
/// # Errors
/// Never for a graph that this crate ships; the type is the builder's.
pub fn code_agent(parts: &Parts) -> Result<StateGraph<CodeAgentState>, GraphError> {
    let bench = Bench::new(parts.clone());
    let policy = &parts.policy;
    let asks_for_plan = policy.approvals.plan;
    let (questions_max, iterations_max) = (policy.questions_max, policy.iterations_max);
    let verify_failures_max = policy.verify_failures_max;
    let network = network_retry();
    Ok(StateGraph::new()
        .add_node(
            "parse_issue",
            ParseIssue {
                parts: parts.clone(),
            },
        )
        .add_node(
            "analyse",
            Analyse {
                parts: parts.clone(),
            },
        )
        .add_node(
            "clarify",
            Clarify {
                parts: parts.clone(),
            },
        )
        .add_node(
            "baseline",
            Baseline {
                bench: bench.clone(),
            },
        )
        .add_node(
            "plan",
            MakePlan {
                parts: parts.clone(),
                bench: bench.clone(),
            },
        )
        .add_node("approve_plan", ApprovePlan)
        .add_subgraph(
            "code",
            code_loop(parts, &bench)?,
            CodeRound::due_in,
            after_code,
        )
        .add_node(
            "verify",
            Verify {
                bench: bench.clone(),
            },
        )
        .add_node("publish", Publish { bench })
        .add_node(
            "open_pull_request",
            OpenPullRequest {
                parts: parts.clone(),
            },
        )
        .add_node(
            "wait_for_checks",
            WaitForChecks {
                parts: parts.clone(),
            },
        )
        .add_subgraph(
            "review",
            reviewer_agent(parts)?,
            ReviewerState::due_in,
            after_judgement,
        )
        .add_node("address_feedback", address_feedback)
        .add_node(
            "approve_merge",
            ApproveMerge {
                parts: parts.clone(),
            },
        )
        .add_node(
            "merge",
            Merge {
                parts: parts.clone(),
            },
        )
        .add_node(
            "give_up",
            GiveUp {
                policy: policy.clone(),
            },
        )
        .add_node(
            "report",
            Report {
                parts: parts.clone(),
            },
        )
        .add_edge(START, "parse_issue")
        .add_edge("parse_issue", "analyse")
        .add_conditional_edges(
            "analyse",
            move |state: &CodeAgentState| Analyse::next(questions_max, state),
            ["clarify", "baseline"],
        )
        .add_edge("clarify", "analyse")
        .add_edge("baseline", "plan")
        .add_conditional_edges(
            "plan",
            move |state: &CodeAgentState| {
                if asks_for_plan || state.approvals.plan {
                    "approve_plan"
                } else {
                    "code"
                }
            },
            ["approve_plan", "code"],
        )
        .add_edge("code", "verify")
        .add_conditional_edges(
            "verify",
            move |state: &CodeAgentState| Verify::next(verify_failures_max, state),
            ["publish", "code", "give_up"],
        )
        .add_conditional_edges(
            "publish",
            |state: &CodeAgentState| unless_ended(state, "open_pull_request"),
            ["open_pull_request", "report"],
        )
        .add_edge("open_pull_request", "wait_for_checks")
        .add_conditional_edges(
            "wait_for_checks",
            move |state: &CodeAgentState| WaitForChecks::next(iterations_max, state),
            ["review", "code", "give_up"],
        )
        .add_conditional_edges(
            "review",
            move |state: &CodeAgentState| after_review(iterations_max, state),
            ["approve_merge", "address_feedback", "give_up"],
        )
        .add_edge("address_feedback", "code")
        .add_conditional_edges(
            "merge",
            |state: &CodeAgentState| unless_ended(state, "wait_for_checks"),
            ["wait_for_checks", "report"],
        )
        .add_edge("give_up", "report")
        .add_edge("report", END)
        .retry("parse_issue", network)
        .retry("analyse", model_retry())
        .retry("clarify", network)
        .retry("baseline", network)
        .retry("plan", model_retry())
        .retry("publish", network)
        .retry("open_pull_request", network)
        .retry("wait_for_checks", network)
        .retry("merge", network)
        .retry("report", network))
}

/// To the report once it is said how the run ends; else on.
fn unless_ended(state: &CodeAgentState, next: &'static str) -> &'static str {
    if state.status == RunStatus::Working {
        next
    } else {
        "report"
    }
}

fn after_code(round: CodeRound) -> crate::CodeAgentStateUpdate {
    let ended = "The round ended without a submission.";
    CodeAgentState::update()
        .tree(round.tree)
        .rounds(1)
        .change_summary(round.submitted.unwrap_or_else(|| ended.to_owned()))
        .usage(round.usage)
        .status(RunStatus::Working)
}

fn after_judgement(review: ReviewerState) -> crate::CodeAgentStateUpdate {
    let usage = review.usage;
    CodeAgentState::update()
        .reviews([review.into_outcome()])
        .usage(usage)
}
