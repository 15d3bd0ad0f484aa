//! `loop`: one node that leads back to itself.

use std::sync::Arc;

use agentflow_core::{END, NodeContext, NodeResult, START, State, StateGraph};
use serde::{Deserialize, Serialize};

use super::{Bench, Failure, Measured, Wrong, done};
use crate::latency::Entries;

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

/// The graph, with what is done besides when its node is entered.
pub(super) fn graph(entered: impl Fn() + Send + Sync + 'static) -> StateGraph<Counter> {
    let step = move |counter: Arc<Counter>, _: NodeContext| {
        entered();
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
    StateGraph::new()
        .add_node("step", step)
        .add_edge(START, "step")
        .add_conditional_edges("step", again, ["step", END])
}

impl Counter {
    /// What a run of `n` supersteps begins with.
    pub(super) fn up_to(n: u64) -> Self {
        Self {
            n,
            ..Self::default()
        }
    }

    pub(super) fn check(&self) -> Result<(), Wrong> {
        if self.count == self.n && last8(self.n).eq(self.items.iter().copied()) {
            return Ok(());
        }
        Err(Wrong(format!("{self:?}")))
    }
}

/// The last eight numbers below `n`.
pub(super) fn last8(n: u64) -> std::ops::Range<u64> {
    n.saturating_sub(8)..n
}

/// Supersteps of the warm-up, which also tell how large one is in the store.
const WARM_UP: u64 = 20;

/// Commits or round trips that show the machine's limit, before and after.
const LIMIT_MAX: u64 = 2000;

/// `k` threads at once.
pub(crate) async fn run(mut bench: Bench, n: u64, k: u64) -> Result<Measured, Failure> {
    let entries = Entries::default();
    let noted = entries.clone();
    let graph = bench.compile(graph(move || noted.note())).await?;
    bench.begin();
    done(
        graph
            .thread("warm-up")
            .invoke(Counter::up_to(WARM_UP))
            .await?,
    )?;
    let row = bench.end(1, WARM_UP, WARM_UP).bytes / WARM_UP;
    let mut limit = bench.limit(usize::try_from(row)?).await?;
    let shown = n.min(LIMIT_MAX);
    let before = match &mut limit {
        Some(limit) => limit.per_second(shown).await?,
        None => 0.0,
    };
    entries.expect(if k == 1 { n } else { 0 });
    bench.begin();
    let threads = (0..k).map(|who| {
        let thread = graph.thread(format!("t{who}"));
        async move { thread.invoke(Counter::up_to(n)).await }
    });
    let outcomes = futures::future::join_all(threads).await;
    let measured = bench.end(k, n * k, n * k);
    for outcome in outcomes {
        done(outcome?)?.check()?;
    }
    let measured = Measured {
        latencies: (k == 1).then(|| entries.latencies("superstep")),
        ..measured
    };
    let Some(mut limit) = limit else {
        return Ok(measured);
    };
    let per_second = before.midpoint(limit.per_second(shown).await?);
    limit.clear().await?;
    let rate = measured.supersteps as f64 / measured.wall.as_secs_f64();
    Ok(measured
        .noted("limit_per_s", per_second)
        .noted("of_limit", rate / per_second))
}
