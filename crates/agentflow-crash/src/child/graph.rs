//! The graph of every trial: a loop, a retry, sends with a join, a graph inside, a
//! question, an event, a sleep, and a list that grows over all of them.
//!
//! Its state holds nothing of the run that made it, so that a disturbed trial must come to
//! the very state of an undisturbed one.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::{
    NodeContext, NodeError, NodeResult, RetryPolicy, START, Send, State, StateGraph,
};
use serde::{Deserialize, Serialize};

use super::effects::World;

/// Rounds of the loop.
const ROUNDS: u32 = 3;
/// Parts that are sent at once.
const PARTS: u32 = 3;
/// How long the thread sleeps.
const NAP: Duration = Duration::from_millis(15);
/// The name of the event that is waited for.
const NEWS: &str = "news";

/// What the nodes share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
pub(super) struct Trial {
    #[state(reducer = append)]
    log: Vec<String>,
    #[state(reducer = add)]
    rounds: u32,
    #[state(reducer = append)]
    parts: Vec<Part>,
    sum: Option<u32>,
    inside: Vec<String>,
    answer: Option<String>,
    news: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Part {
    number: u32,
    receipt: String,
}

/// What the graph inside shares.
#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Inside {
    #[state(reducer = append)]
    log: Vec<String>,
}

pub(super) fn graph() -> Result<StateGraph<Trial>, agentflow_core::GraphError> {
    let inside = StateGraph::new()
        .add_node("first", inside)
        .add_node("second", inside)
        .add_edge(START, "first")
        .add_edge("first", "second")
        .compile()?;
    let again = |trial: &Trial| match trial.rounds < ROUNDS {
        true => "round",
        false => "fails_once",
    };
    let policy = RetryPolicy {
        first_delay: Duration::from_millis(2),
        ..RetryPolicy::default()
    };
    Ok(StateGraph::new()
        .add_node("round", round)
        .add_node("fails_once", fails_once)
        .retry("fails_once", policy)
        .add_send_node("part", part)
        .add_node("add_up", add_up)
        .add_subgraph(
            "inside",
            inside,
            |_: &Trial| Inside::default(),
            |inside: Inside| Trial::update().inside(inside.log),
        )
        .add_node("ask", ask)
        .add_node("listen", listen)
        .add_node("nap", nap)
        .add_edge(START, "round")
        .add_conditional_edges("round", again, ["round", "fails_once"])
        .add_conditional_edges("fails_once", parts, ["part"])
        .add_edge("part", "add_up")
        .add_edge("add_up", "inside")
        .add_edge("inside", "ask")
        .add_edge("ask", "listen")
        .add_edge("listen", "nap"))
}

/// The event that a thread which listens is told.
pub(super) fn news() -> &'static str {
    NEWS
}

/// The world around a node that runs from its first line.
fn begin(cx: &NodeContext) -> NodeResult<Arc<World>> {
    let world = cx.context::<World>()?;
    world.begin(cx);
    Ok(world)
}

async fn round(trial: Arc<Trial>, cx: NodeContext) -> NodeResult<TrialUpdate> {
    let world = begin(&cx)?;
    world.write_line(&cx).await?;
    world.add_row(&cx).await?;
    let receipt = world.call_service(&cx).await?;
    let line = format!("round {}: {receipt}", trial.rounds);
    Ok(Trial::update().rounds(1).log([line]))
}

/// Fails in the first attempt of each run, after its effect.
async fn fails_once(_: Arc<Trial>, cx: NodeContext) -> NodeResult<TrialUpdate> {
    let world = begin(&cx)?;
    world.write_line(&cx).await?;
    if cx.attempt() == 1 {
        return Err(NodeError::failed("the first attempt fails"));
    }
    let receipt = world.call_service(&cx).await?;
    Ok(Trial::update().log([format!("after a retry: {receipt}")]))
}

fn parts(_: &Trial) -> Vec<Send> {
    (1..=PARTS)
        .map(|number| Send::new("part", number))
        .collect()
}

async fn part(number: Arc<u32>, cx: NodeContext) -> NodeResult<TrialUpdate> {
    let world = begin(&cx)?;
    let receipt = world.call_service(&cx).await?;
    world.write_line(&cx).await?;
    world.add_row(&cx).await?;
    let number = *number;
    Ok(Trial::update().parts([Part { number, receipt }]))
}

async fn add_up(trial: Arc<Trial>, cx: NodeContext) -> NodeResult<TrialUpdate> {
    begin(&cx)?;
    let sum: u32 = trial.parts.iter().map(|part| part.number).sum();
    Ok(Trial::update().sum(sum).log(["added up"]))
}

async fn inside(_: Arc<Inside>, cx: NodeContext) -> NodeResult<InsideUpdate> {
    let world = begin(&cx)?;
    world.write_line(&cx).await?;
    world.add_row(&cx).await?;
    let receipt = world.call_service(&cx).await?;
    Ok(Inside::update().log([receipt]))
}

async fn ask(_: Arc<Trial>, cx: NodeContext) -> NodeResult<TrialUpdate> {
    let world = begin(&cx)?;
    // Before the question: the node runs again from its first line once it is answered.
    world.write_line(&cx).await?;
    let answer: String = cx.interrupt("shall it go on?")?;
    Ok(Trial::update().answer(answer))
}

async fn listen(_: Arc<Trial>, cx: NodeContext) -> NodeResult<TrialUpdate> {
    let world = begin(&cx)?;
    let news: String = cx.wait_event(NEWS).await?;
    world.call_service(&cx).await?;
    Ok(Trial::update().news(news))
}

async fn nap(_: Arc<Trial>, cx: NodeContext) -> NodeResult<TrialUpdate> {
    let world = begin(&cx)?;
    cx.sleep_for(NAP).await?;
    world.add_row(&cx).await?;
    world.write_line(&cx).await?;
    Ok(Trial::update().log(["slept"]))
}
