//! `stream`: `loop`, watched.

use std::time::Instant;

use agentflow_core::StreamMode;
use futures::StreamExt;

use super::repeat::{self, Counter};
use super::{Bench, Failure, Measured, Wrong, done};
use crate::latency::Latencies;

/// Runs that are left after their first event.
const LEFT_EARLY: u64 = 50;

pub(crate) async fn run(mut bench: Bench, n: u64, mode: StreamMode) -> Result<Measured, Failure> {
    let graph = bench.compile(repeat::graph(|| {})).await?;
    let warm_up = graph.thread("warm-up");
    done(warm_up.stream(Counter::up_to(20), mode).outcome().await?)?;
    let mut firsts = Latencies::of("first event");
    for run in 0..LEFT_EARLY {
        let thread = graph.thread(format!("first{run}"));
        let began = Instant::now();
        let mut events = thread.stream(Counter::up_to(n), mode);
        let first = events.next().await;
        firsts.add(began.elapsed());
        if first.is_none() {
            return Err(Wrong("there is no event".to_owned()).into());
        }
    }
    bench.begin();
    let thread = graph.thread("t");
    let mut stream = thread.stream(Counter::up_to(n), mode);
    let mut events = 0;
    while stream.next().await.is_some() {
        events += 1;
    }
    let outcome = stream.outcome().await?;
    let measured = bench.end(1, n, n);
    done(outcome)?.check()?;
    // The state as the run finds it is an event too.
    let want = n + u64::from(mode == StreamMode::Values);
    if events != want {
        return Err(Wrong(format!("{events} events instead of {want}")).into());
    }
    let per_s = events as f64 / measured.wall.as_secs_f64();
    Ok(measured
        .noted("ttfe_p50_us", firsts.at(0.5))
        .noted("ttfe_p99_us", firsts.at(0.99))
        .noted("events", events)
        .noted("events_per_s", per_s))
}
