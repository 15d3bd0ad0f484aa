//! How what a run leaves is encoded: checkpoints of transitions, records of saves.

use std::collections::BTreeMap;

use serde_json::Value;

use super::recover::{
    BREAK, OWNER, STOP, StoredCommand, StoredFailure, StoredWrites, WRITTEN, encode_scheduled,
};
use super::scope::Scope;
use super::stored_fields::StoredFields;
use crate::checkpoint::{
    Checkpoint, CodecError, CommitRequest, FORMAT, Fence, Record, RecordKind, SeenByJoin,
};
use crate::engine::{Save, Saved, Transition};
use crate::graph::Plan;
use crate::id::FieldName;
use crate::state::{State, Update};

/// Makes checkpoints of transitions; remembers where each field's value is stored.
#[derive(Debug)]
pub(super) struct Recorder {
    fields: StoredFields,
}

impl Recorder {
    pub(super) fn on_top_of(fields: StoredFields) -> Self {
        Self { fields }
    }

    pub(super) fn commit_request<S: State>(
        &mut self,
        plan: &Plan<S>,
        scope: &Scope,
        fence: &Fence,
        mut transition: Transition<S>,
    ) -> Result<CommitRequest, CodecError> {
        let mut changed = self.changed(&transition)?;
        let joins = plan.joins.iter().zip(&transition.seen);
        let joins = joins.filter(|(_, seen)| seen.contains(&true));
        let joins = joins.map(|(join, seen)| {
            let reported = join.from.iter().zip(seen).filter(|(_, seen)| **seen);
            SeenByJoin {
                from: join.from.clone(),
                to: plan.nodes[join.to].id.clone(),
                seen: reported.map(|(node, _)| node.clone()).collect(),
            }
        });
        let deferred = transition.deferred.iter();
        let mut records = Vec::new();
        let (mut taken, mut inner) = (Vec::new(), BTreeMap::new());
        if let Some(extra) = &transition.extra {
            for reply in &extra.replies {
                records.extend(self::records(reply)?);
            }
            taken.clone_from(&extra.taken);
            inner.clone_from(&extra.inner);
            if let Some(written) = &extra.written {
                changed.push((WRITTEN.into(), StoredWrites::encode::<S>(written)?));
                self.fields.store_whole(WRITTEN, transition.id);
            }
        }
        let checkpoint = Checkpoint {
            format: FORMAT,
            id: transition.id,
            parent: transition.parent,
            step: transition.step,
            source: transition.source,
            created_at: scope.run.clock.now(),
            fingerprint: plan.fingerprint().clone(),
            state_version: S::VERSION,
            fields: self.fields.versions().clone(),
            next: encode_scheduled(plan, &transition)?,
            joins: joins.collect(),
            deferred: deferred.map(|node| plan.nodes[*node].id.clone()).collect(),
            origin: scope.run.origin.clone(),
            run: scope.run.number,
            metadata: metadata(scope),
            inner,
            ran: std::mem::take(&mut transition.ran),
        };
        Ok(CommitRequest {
            fence: fence.clone(),
            namespace: scope.namespace.clone(),
            expected_head: transition.expected_head,
            checkpoint: Box::new(checkpoint),
            changed,
            records,
            taken,
        })
    }

    fn changed<S: State>(
        &mut self,
        transition: &Transition<S>,
    ) -> Result<Vec<(FieldName, Vec<u8>)>, CodecError> {
        let mut changed = Vec::new();
        for (field, spec) in S::FIELDS.iter().enumerate() {
            if spec.is_stored() && transition.changed.contains(field) {
                let value = match self.piece(transition, field)? {
                    Some(piece) => piece,
                    None => {
                        let whole = transition.state.encode_field(field)?;
                        if spec.grows {
                            self.fields
                                .store_growing(spec.name, transition.id, whole.len());
                        } else {
                            self.fields.store_whole(spec.name, transition.id);
                        }
                        whole
                    }
                };
                changed.push((spec.name.into(), value));
            }
        }
        Ok(changed)
    }

    /// What a field has grown by, if that is what is stored of it.
    fn piece<S: State>(
        &mut self,
        transition: &Transition<S>,
        field: usize,
    ) -> Result<Option<Vec<u8>>, CodecError> {
        let (spec, growth) = (&S::FIELDS[field], &transition.growth);
        let growth = growth.as_ref().filter(|_| spec.grows);
        let Some(growth) = growth.filter(|growth| !growth.replaced.contains(field)) else {
            return Ok(None);
        };
        let piece = growth.written.encode_growth(field)?;
        Ok(piece.filter(|piece| {
            self.fields
                .store_piece(spec.name, transition.id, piece.len())
        }))
    }
}

fn metadata(scope: &Scope) -> BTreeMap<String, Value> {
    let mut metadata = (*scope.run.metadata).clone();
    if let Some(owner) = &scope.owner {
        metadata.insert(OWNER.to_owned(), owner.as_str().into());
    }
    metadata
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
    let one = match &save.what {
        Saved::Writes {
            command,
            handled,
            beside,
        } => {
            let beside = beside.as_deref();
            let stored = StoredCommand::encode(&save.task, command, *handled, beside)?;
            let value = serde_json::to_vec(&stored).map_err(encoding)?;
            record(RecordKind::Writes, "", value)
        }
        Saved::Interrupts(interrupts) => {
            let value = serde_json::to_vec(interrupts).map_err(encoding)?;
            record(RecordKind::Interrupt, "", value)
        }
        Saved::Break(interrupt) => {
            let value = serde_json::to_vec(&[interrupt]).map_err(encoding)?;
            let key = if interrupt.is_breakpoint() {
                BREAK
            } else {
                STOP
            };
            record(RecordKind::Interrupt, key, value)
        }
        Saved::Handling(failure) => {
            let stored = StoredFailure {
                task: save.task.clone(),
                failure: failure.clone(),
            };
            let value = serde_json::to_vec(&stored).map_err(encoding)?;
            record(RecordKind::Failed, "", value)
        }
        Saved::Error {
            failure,
            taken_back,
        } => {
            let value = serde_json::to_vec(failure).map_err(encoding)?;
            let mut records = vec![record(RecordKind::Error, "", value)];
            if let Some(id) = taken_back {
                records.push(record(RecordKind::Answer, id.as_str(), Vec::new()));
            }
            return Ok(records);
        }
    };
    Ok(vec![one])
}
