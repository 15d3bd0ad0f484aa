//! What the tasks of a run share, and how what they leave is encoded.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::memo::Memo;
use super::recover::{StoredCommand, encode_scheduled};
use super::stored::Stored;
use super::watch::Watch;
use crate::checkpoint::{
    Checkpoint, CheckpointError, CheckpointKey, Checkpointer, CodecError, CommitRequest, FORMAT,
    Fence, Record, RecordKind, RecordsRequest, SeenByJoin,
};
use crate::clock::Clock;
use crate::engine::{Emission, Save, Saved, Transition};
use crate::error::RunError;
use crate::graph::Plan;
use crate::id::{CheckpointId, InterruptId, Namespace, TaskId, ThreadId};
use crate::policy::{Durability, RunOptions};
use crate::state::State;
use crate::stream::StreamKind;

/// What all tasks of one run of one graph share.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) thread: ThreadId,
    pub(super) namespace: Namespace,
    pub(super) store: Option<Leased>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: RunOptions,
    /// Answers to questions of this graph and those inside of it.
    pub(super) answers: Arc<HashMap<InterruptId, Value>>,
    pub(super) memo: Memo,
    pub(super) stored: Stored,
    pub(super) watch: Option<Watch>,
}

/// A store, with the right to write to the thread.
#[derive(Clone, Debug)]
pub(super) struct Leased {
    pub(super) checkpointer: Arc<dyn Checkpointer>,
    pub(super) fence: Fence,
}

impl Scope {
    /// Waits until the checkpoint that a task builds on is stored.
    pub(super) async fn wait_stored(&self, base: CheckpointId) {
        // In `Sync` no task begins before it is.
        if self.store.is_some() && self.options.durability != Durability::Sync {
            self.stored.wait_for(base).await;
        }
    }

    /// Stores the result of an effect, unless the store has it.
    pub(super) async fn store_once(
        &self,
        task: &TaskId,
        base: CheckpointId,
        name: &str,
    ) -> Result<(), CheckpointError> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let Some(recorded) = self.memo.get(task, name) else {
            return Ok(());
        };
        if !recorded.is_stored {
            let record = Record {
                task: task.to_string(),
                kind: RecordKind::Once,
                key: name.to_owned(),
                value: recorded.result,
            };
            store.save(self, base, vec![record]).await?;
            self.memo.note_stored(task, name);
        }
        Ok(())
    }

    /// Stores the results of effects that a run leaves behind: those of tasks that were
    /// stopped while they stored one, or whose store failed. What cannot be stored even
    /// now is what a crash costs.
    pub(super) async fn store_known_effects(&self) {
        let Some(store) = &self.store else { return };
        for (base, record) in self.memo.unstored() {
            let (task, name) = (record.task.clone(), record.key.clone());
            if let Err(error) = store.save(self, base, vec![record]).await {
                tracing::warn!(%task, name, %error, "the result of an effect could not be stored");
            }
        }
    }

    pub(super) fn store_error(&self, source: CheckpointError) -> RunError {
        RunError::Checkpoint {
            thread: self.thread.clone(),
            source,
        }
    }
}

impl Leased {
    pub(super) async fn save(
        &self,
        scope: &Scope,
        base: CheckpointId,
        records: Vec<Record>,
    ) -> Result<(), CheckpointError> {
        let checkpoint = CheckpointKey {
            thread: scope.thread.clone(),
            namespace: scope.namespace.clone(),
            id: base,
        };
        let request = RecordsRequest {
            fence: self.fence.clone(),
            checkpoint,
            records,
        };
        self.checkpointer.save_records(request).await
    }
}

/// Makes checkpoints of transitions; remembers where each field's value is stored.
#[derive(Debug)]
pub(super) struct Recorder {
    fields: BTreeMap<String, CheckpointId>,
}

impl Recorder {
    pub(super) fn on_top_of(fields: BTreeMap<String, CheckpointId>) -> Self {
        Self { fields }
    }

    pub(super) fn commit_request<S: State>(
        &mut self,
        plan: &Plan<S>,
        scope: &Scope,
        fence: &Fence,
        transition: &Transition<S>,
    ) -> Result<CommitRequest, CodecError> {
        let mut changed = Vec::new();
        for (field, spec) in S::FIELDS.iter().enumerate() {
            if transition.changed.contains(field) {
                changed.push((spec.name.to_owned(), transition.state.encode_field(field)?));
                self.fields.insert(spec.name.to_owned(), transition.id);
            }
        }
        let joins = plan.joins.iter().zip(&transition.seen).map(|(join, seen)| {
            let reported = join.from.iter().zip(seen).filter(|(_, seen)| **seen);
            SeenByJoin {
                from: join.from.clone(),
                to: plan.nodes[join.to].id.clone(),
                seen: reported.map(|(node, _)| node.clone()).collect(),
            }
        });
        let checkpoint = Checkpoint {
            format: FORMAT,
            id: transition.id,
            parent: transition.parent,
            step: transition.step,
            source: transition.source,
            created_at: scope.clock.now(),
            fingerprint: plan.fingerprint().to_owned(),
            state_version: S::VERSION,
            fields: self.fields.clone(),
            next: encode_scheduled(plan, transition)?,
            joins: joins.filter(|join| !join.seen.is_empty()).collect(),
        };
        Ok(CommitRequest {
            fence: fence.clone(),
            namespace: scope.namespace.clone(),
            expected_head: transition.parent,
            checkpoint,
            changed,
        })
    }
}

/// A save's content as records.
pub(super) fn records<S: State>(save: &Save<S>) -> Result<Vec<Record>, CodecError> {
    let task = save.task.to_string();
    let record = |kind, key: &str, value| Record {
        task: task.clone(),
        kind,
        key: key.to_owned(),
        value,
    };
    let encoding = |source| CodecError::encoding(format!("what task {task} leaves"), source);
    match &save.what {
        Saved::Writes(command) => {
            let stored = StoredCommand::encode(&save.task, command)?;
            let value = serde_json::to_vec(&stored).map_err(encoding)?;
            Ok(vec![record(RecordKind::Writes, "", value)])
        }
        Saved::Interrupts(interrupts) => {
            let value = serde_json::to_vec(interrupts).map_err(encoding)?;
            Ok(vec![record(RecordKind::Interrupt, "", value)])
        }
        Saved::Error {
            message,
            taken_back,
        } => {
            let value = serde_json::to_vec(message).map_err(encoding)?;
            let taken_back = taken_back.as_ref();
            let answer = taken_back.map(|id| record(RecordKind::Answer, id.as_str(), Vec::new()));
            Ok(std::iter::once(record(RecordKind::Error, "", value))
                .chain(answer)
                .collect())
        }
    }
}

/// An emission as watchers see it.
pub(super) fn stream_kind<S: State>(emission: Emission<S>) -> Result<StreamKind, CodecError> {
    Ok(match emission {
        Emission::Started { node, attempt } => StreamKind::TaskStarted { node, attempt },
        Emission::Retries {
            node,
            attempt,
            error,
        } => StreamKind::TaskRetries {
            node,
            attempt,
            error,
        },
        Emission::Updated { node, update } => {
            let what = format!("an update of `{node}`");
            let update = serde_json::to_value(update)
                .map_err(|source| CodecError::encoding(what, source))?;
            StreamKind::Updated { node, update }
        }
        Emission::Interrupted(interrupt) => StreamKind::Interrupted { interrupt },
        Emission::Values(state) => StreamKind::Values {
            values: values(&*state)?,
        },
        Emission::Checkpointed(id) => StreamKind::Checkpointed { id },
    })
}

fn values<S: State>(state: &S) -> Result<Value, CodecError> {
    let mut fields = serde_json::Map::new();
    for (field, spec) in S::FIELDS.iter().enumerate() {
        let encoded = state.encode_field(field)?;
        let value = serde_json::from_slice(&encoded)
            .map_err(|source| CodecError::decoding(format!("field `{}`", spec.name), source))?;
        fields.insert(spec.name.to_owned(), value);
    }
    Ok(Value::Object(fields))
}
