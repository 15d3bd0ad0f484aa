//! A checkpoint as the store must have it, with all of its values.

use std::collections::BTreeMap;
use std::sync::Arc;

use agentflow_core::checkpoint::{Checkpoint, CommitRequest};
use agentflow_core::derive_support::decode_state;
use agentflow_core::{FieldName, State};

use super::state::SimState;

/// One checkpoint with all of its values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Commit {
    pub(super) checkpoint: Checkpoint,
    /// As they were stored: the value, or what it has grown by.
    pub(super) changed: BTreeMap<FieldName, Arc<[u8]>>,
    pub(super) values: BTreeMap<FieldName, Arc<[u8]>>,
}

impl Commit {
    /// What a request makes of the commits before it.
    pub(super) fn after(commits: &[Self], request: &CommitRequest) -> Self {
        let mut pieces: BTreeMap<FieldName, Vec<Arc<[u8]>>> = BTreeMap::new();
        let changed = request.changed.iter();
        let changed = changed.map(|(name, value)| (name.clone(), value.as_slice().into()));
        let changed: BTreeMap<FieldName, Arc<[u8]>> = changed.collect();
        for (name, at) in request.checkpoint.fields.iter() {
            let holder = if at == request.checkpoint.id {
                Some(&changed)
            } else {
                let mut commits = commits.iter().rev();
                let commit = commits.find(|commit| commit.checkpoint.id == at);
                commit.map(|commit| &commit.changed)
            };
            let piece = holder.and_then(|changed| changed.get(name).cloned());
            pieces.entry(name.clone()).or_default().extend(piece);
        }
        let values = pieces
            .into_iter()
            .filter_map(|(name, pieces)| match &pieces[..] {
                [] => None,
                [whole] => Some((name, Arc::clone(whole))),
                pieces => Some((name.clone(), whole(&name, pieces))),
            });
        Self {
            checkpoint: (*request.checkpoint).clone(),
            values: values.collect(),
            changed,
        }
    }

    pub(super) fn state(&self) -> SimState {
        let fields = self.values.iter().map(|(name, value)| {
            let value = serde_json::from_slice(value).expect("a field is stored as JSON");
            (name.to_string(), value)
        });
        let mut fields: serde_json::Map<_, _> = fields.collect();
        let default = serde_json::to_value(SimState::default());
        if let Ok(serde_json::Value::Object(default)) = default {
            default.into_iter().for_each(|(name, value)| {
                fields.entry(name).or_insert(value);
            });
        }
        serde_json::from_value(fields.into()).expect("fields of a state make a state")
    }
}

/// A field that is stored in pieces, as it would be stored whole.
fn whole(name: &FieldName, pieces: &[Arc<[u8]>]) -> Arc<[u8]> {
    let pieces = pieces.iter().map(|piece| (name.clone(), piece.to_vec()));
    let state: SimState =
        decode_state(&pieces.collect::<Vec<_>>()).expect("pieces of a field make a value");
    let mut fields = SimState::FIELDS.iter();
    let field = fields.position(|spec| spec.name == name.as_str());
    let field = field.expect("only fields grow");
    let whole = state.encode_field(field).expect("what was stored encodes");
    whole.into()
}
