//! `sequential`: nodes in a row that do nothing.

use std::sync::Arc;
use std::time::Instant;

use agentflow_core::{NodeContext, NodeResult, START, StateGraph};
use agentflow_llm::AgentState;

use super::{Bench, Failure, Measured, done};
use crate::latency::Latencies;

async fn nothing(_: Arc<AgentState>, _: NodeContext) -> NodeResult<()> {
    Ok(())
}

pub(super) fn graph(k: u64) -> StateGraph<AgentState> {
    let mut graph = StateGraph::new();
    let mut before = START.to_owned();
    for node in 0..k {
        let name = format!("n{node}");
        graph = graph
            .add_node(name.as_str(), nothing)
            .add_edge(before, name.as_str());
        before = name;
    }
    graph
}

pub(crate) async fn run(mut bench: Bench, n: u64, k: u64) -> Result<Measured, Failure> {
    let graph = bench.compile(graph(k)).await?;
    done(
        graph
            .thread("warm-up")
            .invoke(AgentState::default())
            .await?,
    )?;
    let mut latencies = Latencies::of("invocation");
    bench.begin();
    for run in 0..n {
        let began = Instant::now();
        let thread = graph.thread(format!("t{run}"));
        done(thread.invoke(AgentState::default()).await?)?;
        latencies.add(began.elapsed());
    }
    Ok(Measured {
        latencies: Some(latencies),
        ..bench.end(k, n * k, n * k)
    })
}
