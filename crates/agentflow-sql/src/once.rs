//! What effects in a transaction with their record have in common, whatever the database.

use agentflow_core::checkpoint::CodecError;
use agentflow_core::{NodeError, NodeResult, RecordSlot};
use serde::Serialize;

/// The run is kept by another store than the one that the effect writes to.
#[derive(Debug, thiserror::Error)]
#[error(
    "effect `{name}` was to share a transaction of {here}, but the run is kept in {there}; compile the graph with the checkpointer that the effect uses"
)]
struct OtherStore {
    name: String,
    here: &'static str,
    there: &'static str,
}

/// Refuses a slot of a run that another kind of store keeps. One of another database of
/// the same kind is refused by its fence, unless that has the same thread at the same epoch.
pub(crate) fn check_slot(slot: &RecordSlot, here: &'static str) -> NodeResult<()> {
    if slot.backend == here {
        return Ok(());
    }
    Err(NodeError::fatal(OtherStore {
        name: slot.name.clone(),
        here,
        there: slot.backend,
    }))
}

pub(crate) fn encode(slot: &RecordSlot, result: &impl Serialize) -> NodeResult<Vec<u8>> {
    serde_json::to_vec(result).map_err(|source| {
        let what = format!("the result of `{}`", slot.name);
        NodeError::fatal(CodecError::encoding(what, source))
    })
}
