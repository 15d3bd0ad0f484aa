//! What a watcher may see: nothing that a crash could undo.

use std::collections::BTreeMap;
use std::sync::Arc;

use agentflow_core::{Durability, FieldName, PauseReason, StreamEvent, StreamKind, WaitsFor};
use serde_json::Value;

use super::state::marks;
use super::violation::Violation;
use super::world::Inner;

impl Inner {
    /// A watcher of a run sees `event`.
    pub(super) fn watched(&mut self, event: &StreamEvent) {
        if self.durability == Durability::Exit || self.is_safe(event) {
            return;
        }
        let shown = match serde_json::to_string(&event.kind) {
            Ok(shown) => shown,
            Err(error) => error.to_string(),
        };
        self.violated(Violation::ShownBeforeStored {
            namespace: event.namespace.clone(),
            step: event.step,
            event: shown,
        });
    }

    fn is_safe(&self, event: &StreamEvent) -> bool {
        let mut commits = self
            .witness
            .commits
            .get(&event.namespace)
            .into_iter()
            .flatten();
        match &event.kind {
            StreamKind::Values { values } => commits.any(|commit| {
                commit.checkpoint.step == event.step && shows(&commit.values, values)
            }),
            StreamKind::Checkpointed { id, .. } => {
                commits.any(|commit| commit.checkpoint.id == *id)
            }
            // Its marks are gone where another task of the superstep overwrote the log.
            StreamKind::Updated { update, .. } => {
                commits.any(|commit| commit.checkpoint.step == event.step)
                    || marks(update.to_string().as_bytes())
                        .all(|task| self.witness.has_finished(task))
            }
            // Nothing of it is stored: the thread just stands where it does.
            StreamKind::Interrupted { interrupt }
                if matches!(
                    interrupt.waits_for,
                    WaitsFor::Proceed(PauseReason::Drained(_))
                ) =>
            {
                true
            }
            StreamKind::Interrupted { interrupt } => {
                self.witness.asked.contains(interrupt.id.as_str())
            }
            // What a node says on its own, and that it starts, is shown as it happens.
            _ => true,
        }
    }
}

/// Whether `values` are those of a checkpoint, as far as it has any.
fn shows(stored: &BTreeMap<FieldName, Arc<[u8]>>, values: &Value) -> bool {
    // Not a field of the state's, but the library's own.
    let mut fields = stored
        .iter()
        .filter(|(name, _)| !name.as_str().contains(':'));
    fields.all(|(name, stored)| {
        let stored: Option<Value> = serde_json::from_slice(stored).ok();
        stored.as_ref() == values.get(name.as_str())
    })
}
