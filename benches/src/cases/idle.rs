//! `idle`: threads that wait for an answer, and what each of them takes.

use std::sync::Arc;

use agentflow_core::{CompiledGraph, NodeContext, NodeResult, START, State, StateGraph};
use serde::{Deserialize, Serialize};

use super::{Bench, Failure, Measured, Wrong};
use crate::args::Backend;
use crate::process;

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Parked {
    who: u64,
    answer: Option<String>,
}

async fn ask(_: Arc<Parked>, cx: NodeContext) -> NodeResult<ParkedUpdate> {
    let answer: String = cx.interrupt("q")?;
    Ok(Parked::update().answer(answer))
}

/// None without a store: nobody could answer.
pub(crate) async fn run(mut bench: Bench, n: u64) -> Result<Option<Measured>, Failure> {
    if bench.backend == Backend::None {
        return Ok(None);
    }
    let graph = StateGraph::new()
        .add_node("ask", ask)
        .add_edge(START, "ask");
    let graph = bench.compile(graph).await?;
    park(&graph, "warm-up".to_owned(), 0).await?;
    let before = process::rss_now_bytes();
    bench.begin();
    for who in 0..n {
        park(&graph, format!("t{who}"), who).await?;
    }
    let measured = bench.end(1, n, n);
    let each = (process::rss_now_bytes() - before) / n as f64;
    let stored = measured.bytes as f64 / n as f64;
    let measured = measured.noted("rss_per_parked_bytes", each);
    Ok(Some(measured.noted("bytes_per_parked", stored)))
}

async fn park(graph: &CompiledGraph<Parked>, thread: String, who: u64) -> Result<(), Failure> {
    let input = Parked { who, answer: None };
    let outcome = graph.thread(thread).invoke(input).await?;
    if outcome.interrupts().len() == 1 {
        return Ok(());
    }
    Err(Wrong(format!("{outcome:?}")).into())
}
