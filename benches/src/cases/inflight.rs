//! `inflight`: runs that are all inside a node at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use agentflow_core::{CompiledGraph, NodeContext, NodeResult, START, State, StateGraph};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use super::{Bench, Failure, Measured, Wrong, done};
use crate::process;

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Live {
    who: u64,
    count: u64,
}

/// Where runs wait for each other.
#[derive(Debug)]
struct Meeting {
    /// How many are still awaited.
    missing: AtomicU64,
    all_in: Notify,
    /// Closed when all may go on; it never has a permit.
    gate: Semaphore,
}

impl Meeting {
    fn of(count: u64) -> Arc<Self> {
        Arc::new(Self {
            missing: AtomicU64::new(count),
            all_in: Notify::new(),
            gate: Semaphore::new(0),
        })
    }

    async fn attend(&self) {
        if self.missing.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.all_in.notify_one();
        }
        // It ends with an error: the gate was closed.
        let _ = self.gate.acquire().await;
    }
}

fn graph(meeting: &Arc<Meeting>) -> StateGraph<Live> {
    let meeting = Arc::clone(meeting);
    let wait = move |live: Arc<Live>, _: NodeContext| {
        let meeting = Arc::clone(&meeting);
        async move {
            meeting.attend().await;
            NodeResult::Ok(Live::update().count(live.count + 1))
        }
    };
    StateGraph::new()
        .add_node("wait", wait)
        .add_edge(START, "wait")
}

pub(crate) async fn run(mut bench: Bench, n: u64) -> Result<Measured, Failure> {
    // The warm-up is the first of those that are awaited.
    let meeting = Meeting::of(n + 1);
    let graph = bench.compile(graph(&meeting)).await?;
    let mut runs = JoinSet::new();
    runs.spawn(start(graph.clone(), n));
    tokio::task::yield_now().await;
    let before = process::rss_now_bytes();
    bench.begin();
    let began = Instant::now();
    for who in 0..n {
        runs.spawn(start(graph.clone(), who));
    }
    meeting.all_in.notified().await;
    let all_in = began.elapsed();
    let each = (process::rss_now_bytes() - before) / n as f64;
    let began = Instant::now();
    meeting.gate.close();
    while let Some(ended) = runs.join_next().await {
        ended??;
    }
    let drain = began.elapsed();
    let measured = bench.end(1, n, n);
    Ok(measured
        .noted("rss_per_live_bytes", each)
        .noted("all_in_s", all_in.as_secs_f64())
        .noted("drain_s", drain.as_secs_f64()))
}

async fn start(graph: CompiledGraph<Live>, who: u64) -> Result<(), Failure> {
    let input = Live { who, count: 0 };
    let live = done(graph.thread(format!("t{who}")).invoke(input).await?)?;
    if (live.who, live.count) == (who, 1) {
        return Ok(());
    }
    Err(Wrong(format!("{live:?}")).into())
}
