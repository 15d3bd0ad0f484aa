//! Effects that are recorded by whoever has them: in one transaction, where both are in
//! the same database.

use std::future::Future;

use serde::de::DeserializeOwned;

use super::NodeContext;
use crate::checkpoint::{
    CheckpointKey, CodecError, Fence, Record, RecordKind, RecordsRequest, Wake,
};
use crate::error::{NodeError, NodeResult};

/// Where the result of one effect is to be recorded, for a store that does so in the
/// transaction of the effect itself.
#[derive(Clone, Debug)]
pub struct RecordSlot {
    /// The right to write it, which must be checked in that transaction.
    pub fence: Fence,
    /// The checkpoint that it belongs to.
    pub checkpoint: CheckpointKey,
    /// The task, or the part of one.
    pub task: String,
    /// The effect's name.
    pub name: String,
    /// The [`backend`](crate::checkpoint::Checkpointer::backend) that the run is kept in.
    pub backend: &'static str,
}

impl RecordSlot {
    /// What to store for a result, encoded as JSON.
    #[must_use]
    pub fn request(&self, result: Vec<u8>) -> RecordsRequest {
        RecordsRequest {
            fence: self.fence.clone(),
            checkpoint: self.checkpoint.clone(),
            records: vec![Record {
                task: self.task.clone(),
                kind: RecordKind::Once,
                key: self.name.clone(),
                value: result,
            }],
            wake: Wake::Keep,
        }
    }
}

/// The run has no store that could record the effect.
#[derive(Debug, thiserror::Error)]
#[error(
    "effect `{name}` of node `{node}` is to be recorded in its own transaction, and this graph is not stored; compile it with the checkpointer of that database"
)]
struct NotStored {
    name: String,
    node: String,
}

impl NodeContext {
    /// As [`NodeContext::once`], for an effect that records its own result.
    ///
    /// `effect` does what is to be done and stores the request of its [`RecordSlot`] so that
    /// both happen or neither; it returns what it stored, or what was stored in the slot
    /// before, in which case it has done nothing. No window is left between the effect and
    /// its record. Meant for stores: users call `once_in_tx` of theirs.
    ///
    /// # Errors
    /// The effect's own error; a fatal one if the graph is not stored.
    ///
    /// # Cancel safety
    /// As the effect's own: dropped before it returned, it may have happened, and then its
    /// record is found by the next run.
    pub async fn once_recorded<T, F, Fut>(&self, name: &str, effect: F) -> NodeResult<T>
    where
        T: DeserializeOwned,
        F: FnOnce(RecordSlot) -> Fut,
        Fut: Future<Output = NodeResult<Vec<u8>>>,
    {
        let recorded = match self.recorded(name).await? {
            Some(recorded) => recorded,
            None => {
                let recorded = effect(self.slot(name)?).await?;
                self.note_recorded(name, recorded.clone());
                recorded
            }
        };
        serde_json::from_slice(&recorded).map_err(|source| {
            let what = format!("the result of `{name}` in node `{}`", self.node());
            NodeError::fatal(CodecError::decoding(what, source))
        })
    }

    fn slot(&self, name: &str) -> NodeResult<RecordSlot> {
        let scope = &self.inner.scope;
        let Some(store) = &scope.store else {
            return Err(NodeError::fatal(NotStored {
                name: name.to_owned(),
                node: self.node().to_string(),
            }));
        };
        Ok(RecordSlot {
            fence: store.fence.clone(),
            checkpoint: CheckpointKey {
                thread: scope.run.thread.clone(),
                namespace: scope.namespace.clone(),
                id: self.inner.of.base,
            },
            task: self.part(),
            name: name.to_owned(),
            backend: store.checkpointer.backend(),
        })
    }

    fn note_recorded(&self, name: &str, result: Vec<u8>) {
        let scope = &self.inner.scope;
        let (part, at) = (self.part(), (self.inner.of.base, self.root_step()));
        let memo = &scope.run.memo;
        let kind = RecordKind::Once;
        memo.put(&scope.namespace, &part, at, (kind, name), result);
        memo.note_stored(&scope.namespace, &part, name);
    }
}
