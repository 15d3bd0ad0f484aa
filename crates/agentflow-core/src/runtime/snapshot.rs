//! A thread as a person sees it.

use std::sync::Arc;

use super::recover::{Recovered, next_nodes};
use crate::checkpoint::Checkpoint;
use crate::clock::Timestamp;
use crate::engine::StartFrom;
use crate::id::{CheckpointId, NodeId, Step};
use crate::interrupt::Interrupt;
use crate::state::{State, Surveyed, Update};

/// A thread as it stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StateSnapshot<S> {
    /// The state, with the writes of tasks that have finished.
    pub values: S,
    /// The nodes that run next and have not finished; empty when the graph is done.
    pub next: Vec<NodeId>,
    /// The questions that are open.
    pub interrupts: Vec<Interrupt>,
    /// The newest checkpoint.
    pub checkpoint: CheckpointId,
    /// The superstep it ends.
    pub step: Step,
    /// When it was made.
    pub created_at: Timestamp,
}

impl<S: State> StateSnapshot<S> {
    pub(super) fn new(checkpoint: &Checkpoint, recovered: Recovered<S>) -> Self {
        let interrupts = recovered.open_interrupts().cloned().collect();
        let mut values = Arc::unwrap_or_clone(recovered.start.state);
        let mut next = next_nodes(&checkpoint.next);
        if let StartFrom::Superstep { finished, .. } = recovered.start.from {
            let mut surveyed = Surveyed::of(S::FIELDS.len());
            let updates = finished.iter().map(|(_, command)| &command.update);
            if updates
                .clone()
                .all(|update| update.survey(&mut surveyed).is_ok())
            {
                updates.for_each(|update| values.apply(update.clone(), &surveyed));
            }
            for (task, _) in &finished {
                let place = next.iter().position(|node| *node == task.node);
                place.map(|place| next.remove(place));
            }
        }
        Self {
            values,
            next,
            interrupts,
            checkpoint: checkpoint.id,
            step: checkpoint.step,
            created_at: checkpoint.created_at,
        }
    }
}
