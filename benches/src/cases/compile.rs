//! `compile`: checking a graph that is written down already.

use std::time::Instant;

use agentflow_core::{State, StateGraph};

use super::{Failure, Measured, chain, sequential, wide, wide_state};
use crate::args::Args;
use crate::latency::Latencies;

/// None for a variant that is not there.
pub(crate) fn run(args: &Args) -> Result<Option<Measured>, Failure> {
    let n = args.n;
    let nodes = args.k.unwrap_or(100);
    match args.variant.as_deref() {
        None | Some("chain") => measure(n, nodes, || chain::graph(nodes)).map(Some),
        Some("sequential") => measure(n, nodes, || sequential::graph(nodes)).map(Some),
        Some("wide_state") => match wide::Size::of(args.k) {
            Some(size) => measure(n, size.k, || wide_state::graph(&size)).map(Some),
            None => Ok(None),
        },
        Some(_) => Ok(None),
    }
}

fn measure<S: State>(
    n: u64,
    k: u64,
    graph: impl Fn() -> StateGraph<S>,
) -> Result<Measured, Failure> {
    drop(graph().compile()?);
    let mut latencies = Latencies::of("compile");
    for _ in 0..n {
        let graph = graph();
        let began = Instant::now();
        let compiled = graph.compile()?;
        latencies.add(began.elapsed());
        drop(compiled);
    }
    Ok(Measured {
        k,
        wall: latencies.total(),
        latencies: Some(latencies),
        ..Measured::default()
    })
}
