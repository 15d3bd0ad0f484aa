//! `resume`: threads with a history that wait for an answer.

use std::sync::Arc;
use std::time::Instant;

use agentflow_core::{
    CompiledGraph, Durability, NodeContext, NodeResult, RunOptions, START, State, StateGraph,
};
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::repeat::cap8;
use super::{Bench, Failure, Measured, Wrong};
use crate::args::Backend;
use crate::latency::Latencies;

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Review {
    count: u64,
    #[state(reducer = cap8)]
    items: Vec<u64>,
    answer: Option<String>,
    k: u64,
}

async fn step(review: Arc<Review>, _: NodeContext) -> NodeResult<ReviewUpdate> {
    Ok(Review::update()
        .count(review.count + 1)
        .items(vec![review.count]))
}

async fn gate(_: Arc<Review>, cx: NodeContext) -> NodeResult<ReviewUpdate> {
    let answer: String = cx.interrupt("approve?")?;
    Ok(Review::update().answer(answer))
}

async fn done(review: Arc<Review>, _: NodeContext) -> NodeResult<ReviewUpdate> {
    Ok(Review::update().count(review.count + 1))
}

/// None without a store, which nothing can be resumed from.
pub(crate) async fn run(mut bench: Bench, n: u64, k: u64) -> Result<Option<Measured>, Failure> {
    if bench.backend == Backend::None {
        return Ok(None);
    }
    let again = |review: &Review| {
        if review.count < review.k {
            "step"
        } else {
            "gate"
        }
    };
    let graph = StateGraph::new()
        .add_node("step", step)
        .add_node("gate", gate)
        .add_node("done", done)
        .add_edge(START, "step")
        .add_conditional_edges("step", again, ["step", "gate"])
        .add_edge("gate", "done");
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
    let extra = [("load_p50_us", 0.5), ("load_p99_us", 0.99)]
        .map(|(name, quantile)| (name.to_owned(), loads.at(quantile).into()));
    let extra = Some(Map::from_iter(extra));
    Ok(Some(Measured {
        latencies: Some(latencies),
        extra,
        ..measured
    }))
}

async fn load_and_resume(
    graph: &CompiledGraph<Review>,
    thread: u64,
    k: u64,
) -> Result<(std::time::Duration, std::time::Duration), Failure> {
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
    match outcome.into_done() {
        Some(review) if review.count == k + 1 && review.answer.as_deref() == Some("yes") => {
            Ok((load, resume))
        }
        other => Err(Wrong(format!("{other:?}")).into()),
    }
}
