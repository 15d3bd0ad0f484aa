//! `concurrent`: many threads at once, each node of which waits for a millisecond.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use agentflow_core::{CompiledGraph, END, NodeContext, NodeResult, START, State, StateGraph};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::repeat::{cap8, last8};
use super::{Bench, Failure, Measured, Wrong, done};
use crate::latency::Latencies;
use crate::process;

/// What a node waits for.
const WORK: Duration = Duration::from_millis(1);

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Worker {
    count: u64,
    #[state(reducer = cap8)]
    items: Vec<u64>,
    who: u64,
    n: u64,
}

/// What a thread spends between one node's work and the next one's.
#[derive(Debug, Default)]
struct Laps(Mutex<(Option<Instant>, Vec<Duration>)>);

impl Laps {
    fn entered(&self) {
        let mut laps = self.lock();
        if let Some(worked) = laps.0.take() {
            laps.1.push(worked.elapsed());
        }
    }

    fn worked(&self) {
        self.lock().0 = Some(Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, (Option<Instant>, Vec<Duration>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn graph(laps: &Arc<[Laps]>) -> StateGraph<Worker> {
    let laps = Arc::clone(laps);
    let step = move |worker: Arc<Worker>, _: NodeContext| {
        let (laps, who) = (Arc::clone(&laps), worker.who as usize);
        laps[who].entered();
        async move {
            tokio::time::sleep(WORK).await;
            laps[who].worked();
            let update = Worker::update().count(worker.count + 1);
            NodeResult::Ok(update.items(vec![worker.count]))
        }
    };
    let again = |worker: &Worker| {
        if worker.count < worker.n { "step" } else { END }
    };
    StateGraph::new()
        .add_node("step", step)
        .add_edge(START, "step")
        .add_conditional_edges("step", again, ["step", END])
}

pub(crate) async fn run(mut bench: Bench, n: u64, k: u64) -> Result<Measured, Failure> {
    // The last one is the warm-up's.
    let laps: Arc<[Laps]> = (0..=k).map(|_| Laps::default()).collect();
    let graph = bench.compile(graph(&laps)).await?;
    work(graph.clone(), k, 20).await?;
    for laps in laps.iter() {
        laps.lock().1.reserve_exact(usize::try_from(n)?);
    }
    let before = process::rss_now_mib();
    bench.begin();
    let mut workers = JoinSet::new();
    for who in 0..k {
        workers.spawn(work(graph.clone(), who, n));
    }
    let mut threads = Latencies::of("thread");
    while let Some(ended) = workers.join_next().await {
        threads.add(ended??);
    }
    let measured = bench.end(k, n * k, n * k);
    let mut latencies = Latencies::of("superstep overhead");
    for laps in &laps[..usize::try_from(k)?] {
        latencies.add_all(std::mem::take(&mut laps.lock().1));
    }
    let measured = Measured {
        latencies: Some(latencies),
        ..measured
    };
    Ok(measured
        .noted("thread_p50_ms", threads.at(0.5) / 1e3)
        .noted("thread_p99_ms", threads.at(0.99) / 1e3)
        .noted("rss_before_mib", before)
        .noted("ideal_wall_s", n as f64 * WORK.as_secs_f64()))
}

/// How long one thread takes.
async fn work(graph: CompiledGraph<Worker>, who: u64, n: u64) -> Result<Duration, Failure> {
    let began = Instant::now();
    let input = Worker {
        who,
        n,
        ..Worker::default()
    };
    let worker = done(graph.thread(format!("t{who}")).invoke(input).await?)?;
    if worker.count == n && last8(n).eq(worker.items.iter().copied()) {
        return Ok(began.elapsed());
    }
    Err(Wrong(format!("{worker:?}")).into())
}
