//! `loop`: one node that leads back to itself.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use agentflow_core::{END, NodeContext, NodeResult, START, State, StateGraph};
use serde::{Deserialize, Serialize};

use super::{Bench, Failure, Measured, Wrong};
use crate::latency::Latencies;

/// Entries of the node that are timed, from the first on: enough for percentiles,
/// without measuring the growth of their own list.
const ENTRIES_MAX: usize = 100_000;

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
pub(super) struct Counter {
    pub(super) count: u64,
    #[state(reducer = cap8)]
    pub(super) items: Vec<u64>,
    n: u64,
}

/// The last eight of both.
pub(super) fn cap8(items: &mut Vec<u64>, mut more: Vec<u64>) {
    items.append(&mut more);
    items.drain(..items.len().saturating_sub(8));
}

pub(crate) async fn run(mut bench: Bench, n: u64) -> Result<Measured, Failure> {
    let entries: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let noted = Arc::clone(&entries);
    let step = move |counter: Arc<Counter>, _: NodeContext| {
        let mut entries = noted.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() < entries.capacity() {
            entries.push(Instant::now());
        }
        async move {
            let update = Counter::update().count(counter.count + 1);
            NodeResult::Ok(update.items(vec![counter.count]))
        }
    };
    let again = |counter: &Counter| {
        if counter.count < counter.n {
            "step"
        } else {
            END
        }
    };
    let graph = StateGraph::new()
        .add_node("step", step)
        .add_edge(START, "step")
        .add_conditional_edges("step", again, ["step", END]);
    let graph = bench.compile(graph).await?;
    let warm = graph
        .thread("warm-up")
        .invoke(Counter {
            n: 20,
            ..Counter::default()
        })
        .await?;
    drop(warm);
    let capacity = ENTRIES_MAX.min(usize::try_from(n)?);
    *entries.lock().unwrap_or_else(PoisonError::into_inner) = Vec::with_capacity(capacity);
    bench.begin();
    let outcome = graph
        .thread("t")
        .invoke(Counter {
            n,
            ..Counter::default()
        })
        .await?;
    let measured = bench.end(1, n, n);
    let state = outcome
        .into_done()
        .ok_or_else(|| Wrong("the run is paused".to_owned()))?;
    let want: Vec<u64> = (n.saturating_sub(8)..n).collect();
    if state.count != n || state.items != want {
        return Err(Wrong(format!("{state:?}")).into());
    }
    let moments = entries.lock().unwrap_or_else(PoisonError::into_inner);
    let latencies = Some(Latencies::between("superstep", &moments));
    Ok(Measured {
        latencies,
        ..measured
    })
}
