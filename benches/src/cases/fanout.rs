//! `fanout` and `fanout_static`: many tasks side by side, then one that sums up.

use std::sync::Arc;
use std::time::Instant;

use agentflow_core::{CompiledGraph, NodeContext, NodeResult, START, Send, State, StateGraph};
use serde::{Deserialize, Serialize};

use super::{Bench, Failure, Measured, Wrong};
use crate::latency::Latencies;

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Fan {
    k: u64,
    #[state(reducer = append)]
    results: Vec<u64>,
    total: u64,
}

async fn plan(_: Arc<Fan>, _: NodeContext) -> NodeResult<FanUpdate> {
    Ok(Fan::update().total(0))
}

async fn worker(part: Arc<u64>, _: NodeContext) -> NodeResult<FanUpdate> {
    Ok(Fan::update().results([*part * *part]))
}

async fn join(fan: Arc<Fan>, _: NodeContext) -> NodeResult<FanUpdate> {
    Ok(Fan::update().total(fan.results.iter().sum()))
}

pub(crate) async fn by_send(bench: Bench, n: u64, k: u64) -> Result<Measured, Failure> {
    let sends = |fan: &Fan| {
        (0..fan.k)
            .map(|part| Send::new("worker", part))
            .collect::<Vec<_>>()
    };
    let graph = StateGraph::new()
        .add_node("plan", plan)
        .add_send_node("worker", worker)
        .add_node("join", join)
        .add_edge(START, "plan")
        .add_conditional_edges("plan", sends, ["worker"])
        .add_edge("worker", "join");
    measure(bench, graph, n, k).await
}

pub(crate) async fn by_edges(bench: Bench, n: u64, k: u64) -> Result<Measured, Failure> {
    let mut graph = StateGraph::new()
        .add_node("src", plan)
        .add_node("join", join)
        .add_edge(START, "src");
    for part in 0..k {
        let name = format!("w{part}");
        let branch = move |_: Arc<Fan>, cx: NodeContext| worker(Arc::new(part), cx);
        graph = graph.add_node(name.as_str(), branch);
        // All branches end in the same superstep, so one edge each is a join of all.
        graph = graph
            .add_edge("src", name.as_str())
            .add_edge(name.as_str(), "join");
    }
    measure(bench, graph, n, k).await
}

async fn measure(
    mut bench: Bench,
    graph: StateGraph<Fan>,
    n: u64,
    k: u64,
) -> Result<Measured, Failure> {
    let graph = bench.compile(graph).await?;
    invoke(&graph, "warm-up".to_owned(), k).await?;
    let mut latencies = Latencies::of("invocation");
    bench.begin();
    for run in 0..n {
        let began = Instant::now();
        invoke(&graph, format!("t{run}"), k).await?;
        latencies.add(began.elapsed());
    }
    Ok(Measured {
        latencies: Some(latencies),
        ..bench.end(k, 3 * n, n * (k + 2))
    })
}

async fn invoke(graph: &CompiledGraph<Fan>, thread: String, k: u64) -> Result<(), Failure> {
    let outcome = graph
        .thread(thread)
        .invoke(Fan {
            k,
            ..Fan::default()
        })
        .await?;
    let want: u64 = (0..k).map(|part| part * part).sum();
    match outcome.into_done() {
        Some(fan) if fan.total == want && fan.results.len() as u64 == k => Ok(()),
        other => Err(Wrong(format!("{other:?}")).into()),
    }
}
