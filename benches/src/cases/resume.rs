//! `resume`: threads with a history that wait for an answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use agentflow_core::{
    CompiledGraph, Durability, Node, NodeContext, NodeResult, RunOptions, START, State, StateGraph,
};
use serde::{Deserialize, Serialize};

use super::repeat::cap8;
use super::{Bench, Failure, Measured, Wrong, done};
use crate::args::{Args, Backend};
use crate::content::Note;
use crate::latency::Latencies;

/// Both variants: `items` or `messages` grow, the other list stays empty.
#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Review {
    count: u64,
    #[state(reducer = cap8)]
    items: Vec<u64>,
    #[state(reducer = append)]
    messages: Vec<Note>,
    answer: Option<String>,
    k: u64,
}

async fn small_step(review: Arc<Review>, _: NodeContext) -> NodeResult<ReviewUpdate> {
    let update = Review::update().count(review.count + 1);
    Ok(update.items(vec![review.count]))
}

async fn message_step(review: Arc<Review>, _: NodeContext) -> NodeResult<ReviewUpdate> {
    let update = Review::update().count(review.count + 1);
    Ok(update.messages([Note::number(review.count)]))
}

async fn gate(_: Arc<Review>, cx: NodeContext) -> NodeResult<ReviewUpdate> {
    let answer: String = cx.interrupt("approve?")?;
    Ok(Review::update().answer(answer))
}

async fn last(review: Arc<Review>, _: NodeContext) -> NodeResult<ReviewUpdate> {
    Ok(Review::update().count(review.count + 1))
}

fn graph(step: impl Node<Review>) -> StateGraph<Review> {
    let again = |review: &Review| {
        if review.count < review.k {
            "step"
        } else {
            "gate"
        }
    };
    StateGraph::new()
        .add_node("step", step)
        .add_node("gate", gate)
        .add_node("done", last)
        .add_edge(START, "step")
        .add_conditional_edges("step", again, ["step", "gate"])
        .add_edge("gate", "done")
}

/// None without a store, which nothing can be resumed from, and for a variant that is
/// not there.
pub(crate) async fn run(bench: Bench, args: &Args) -> Result<Option<Measured>, Failure> {
    let graph = match (args.backend, args.variant.as_deref()) {
        (Backend::None, _) => return Ok(None),
        (_, None | Some("small")) => graph(small_step),
        (_, Some("add")) => graph(message_step),
        _ => return Ok(None),
    };
    let measured = measure(bench, graph, args.n, args.k.unwrap_or(10));
    measured.await.map(Some)
}

async fn measure(
    mut bench: Bench,
    graph: StateGraph<Review>,
    n: u64,
    k: u64,
) -> Result<Measured, Failure> {
    let graph = bench.compile(graph).await?;
    let options = RunOptions {
        durability: Durability::Async,
        step_limit: u64::MAX,
        ..RunOptions::default()
    };
    let set_up = graph.clone().with_options(options);
    for thread in 0..=n {
        let thread = set_up.thread(format!("t{thread}"));
        let input = Review {
            k,
            ..Review::default()
        };
        drop(thread.invoke(input).await?);
    }
    let graph = bench.reopen(graph).await?;
    // The first thread is the warm-up.
    load_and_resume(&graph, 0, k).await?;
    let (mut loads, mut latencies) = (Latencies::of("load"), Latencies::of("resume"));
    bench.begin();
    for thread in 1..=n {
        let (load, resume) = load_and_resume(&graph, thread, k).await?;
        loads.add(load);
        latencies.add(resume);
    }
    let measured = bench.end(k, 2 * n, 2 * n);
    let measured = Measured {
        latencies: Some(latencies),
        ..measured
    };
    let measured = measured.noted("load_p50_us", loads.at(0.5));
    Ok(measured.noted("load_p99_us", loads.at(0.99)))
}

async fn load_and_resume(
    graph: &CompiledGraph<Review>,
    thread: u64,
    k: u64,
) -> Result<(Duration, Duration), Failure> {
    let thread = graph.thread(format!("t{thread}"));
    let began = Instant::now();
    let loaded = thread.state().await?;
    let load = began.elapsed();
    let at_gate = loaded.as_ref().is_some_and(|state| {
        state.values.count == k && state.next.iter().map(|node| node.as_str()).eq(["gate"])
    });
    if !at_gate {
        return Err(Wrong(format!("{loaded:?}")).into());
    }
    let began = Instant::now();
    let outcome = thread.resume("yes").await?;
    let resume = began.elapsed();
    let review = done(outcome)?;
    if review.count == k + 1 && review.answer.as_deref() == Some("yes") {
        return Ok((load, resume));
    }
    Err(Wrong(format!("{review:?}")).into())
}
