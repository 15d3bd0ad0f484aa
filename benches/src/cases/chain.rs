//! `chain`: nodes in a row, again and again on fresh threads.

use std::sync::Arc;
use std::time::Instant;

use agentflow_core::{NodeContext, NodeResult, START, State, StateGraph};
use serde::{Deserialize, Serialize};

use super::{Bench, Failure, Measured, Wrong};
use crate::latency::Latencies;

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
pub(super) struct Count {
    count: u64,
}

async fn one_more(state: Arc<Count>, _: NodeContext) -> NodeResult<CountUpdate> {
    Ok(Count::update().count(state.count + 1))
}

pub(super) fn graph(k: u64) -> StateGraph<Count> {
    let mut graph = StateGraph::new();
    let mut before = START.to_owned();
    for node in 0..k {
        let name = format!("n{node}");
        graph = graph
            .add_node(name.as_str(), one_more)
            .add_edge(before, name.as_str());
        before = name;
    }
    graph
}

pub(crate) async fn run(mut bench: Bench, n: u64, k: u64) -> Result<Measured, Failure> {
    let graph = bench.compile(graph(k)).await?;
    drop(graph.thread("warm-up").invoke(Count::default()).await?);
    let mut latencies = Latencies::of("invocation");
    bench.begin();
    for run in 0..n {
        let began = Instant::now();
        let outcome = graph
            .thread(format!("t{run}"))
            .invoke(Count::default())
            .await?;
        latencies.add(began.elapsed());
        let count = outcome.into_done().map(|state| state.count);
        if count != Some(k) {
            return Err(Wrong(format!("{count:?}")).into());
        }
    }
    Ok(Measured {
        latencies: Some(latencies),
        ..bench.end(k, n * k, n * k)
    })
}
