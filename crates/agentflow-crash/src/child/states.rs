//! The states that a thread of the trial's graph has had.

use agentflow_core::{HistoryQuery, StateSnapshot};

use super::graph::{Trial, graph};
use super::live::ChildError;
use crate::store::Store;

/// More checkpoints than the graph of a trial makes.
const HISTORY_MAX: u32 = 1_000;

/// The superstep and the state, as JSON, of each checkpoint, oldest first.
pub(crate) async fn states(store: &Store, thread: &str) -> Result<Vec<(i64, String)>, ChildError> {
    let graph = graph()?.compile_with(store.checkpointer())?;
    let query = HistoryQuery {
        limit: HISTORY_MAX,
        ..HistoryQuery::default()
    };
    let snapshots = graph.thread(thread).snapshots(query).await;
    let snapshots = snapshots?.into_iter().rev();
    let state = |snapshot: StateSnapshot<Trial>| {
        let state = serde_json::to_string(&snapshot.values)?;
        Ok((snapshot.step.0, state))
    };
    snapshots.map(state).collect()
}
