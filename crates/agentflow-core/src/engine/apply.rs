//! Ends a superstep: folds all writes in task order, or none of them.

use std::sync::Arc;

use super::route::Report;
use super::slot::{Slot, Status};
use super::superstep::Superstep;
use super::{End, Engine, Phase};
use crate::error::RunError;
use crate::state::{State, Surveyed, Update};

impl<S: State> Engine<S> {
    /// All tasks are done: fold their writes in, find what is next, store it.
    pub(super) fn finish_superstep(&mut self) {
        let Phase::Running(mut superstep) = std::mem::replace(&mut self.phase, Phase::Persisting)
        else {
            unreachable!("a superstep is finished while it runs")
        };
        let folded = match superstep.slots_mut() {
            [only] => self.finish_alone(only),
            _ => self.finish_together(&mut superstep),
        };
        match folded {
            Ok(()) => {
                superstep.clear();
                self.spare = superstep;
                self.end_superstep();
            }
            Err(error) => {
                // What finished stays finished, for a graph that is mended.
                self.phase = Phase::Running(superstep);
                self.abort(End::gave_up(error), Vec::new());
            }
        }
    }

    /// Alone in its superstep, a node's routers see just the new state, so the
    /// writes go into it without a copy of either.
    fn finish_alone(&mut self, slot: &mut Slot<S>) -> Result<(), RunError> {
        let Status::Done { command, .. } = &mut slot.status else {
            return Ok(());
        };
        self.surveyed.clear();
        command
            .update
            .survey(&mut self.surveyed)
            .map_err(|source| RunError::WriteConflict {
                writers: vec![slot.task.node.clone()],
                source,
            })?;
        let may_be_refused = !self.plan.nodes[slot.node].exits.branches.is_empty();
        let kept =
            (self.settings.durability.is_some() && may_be_refused).then(|| command.update.clone());
        self.fold(std::mem::take(&mut command.update));
        self.note_changes();
        let report = Report {
            node: slot.node,
            goto: &command.goto,
            view: &*self.state,
        };
        let routed = self.routing.route(&self.plan, &[report]);
        if let (Err(_), Some(kept)) = (&routed, kept) {
            command.update = kept;
        }
        routed
    }

    fn finish_together(&mut self, superstep: &mut Superstep<S>) -> Result<(), RunError> {
        self.survey(superstep)?;
        let views: Vec<Option<S>> = superstep
            .done()
            .map(|(slot, command)| self.view(slot.node, &command.update))
            .collect();
        let reports: Vec<_> = superstep
            .done()
            .zip(&views)
            .map(|((slot, command), view)| Report {
                node: slot.node,
                goto: &command.goto,
                view: view.as_ref().unwrap_or(&self.state),
            })
            .collect();
        self.routing.route(&self.plan, &reports)?;
        for slot in superstep.slots_mut() {
            if let Status::Done { command, .. } = &mut slot.status {
                self.fold(std::mem::take(&mut command.update));
            }
        }
        self.note_changes();
        Ok(())
    }

    /// Looks at all writes before the first is applied.
    fn survey(&mut self, superstep: &Superstep<S>) -> Result<(), RunError> {
        self.surveyed.clear();
        for (place, (_, command)) in superstep.done().enumerate() {
            if let Err(source) = command.update.survey(&mut self.surveyed) {
                let writers = superstep
                    .done()
                    .take(place + 1)
                    .filter(|(_, command)| writes(&command.update, source.field))
                    .map(|(slot, _)| slot.task.node.clone())
                    .collect();
                return Err(RunError::WriteConflict { writers, source });
            }
        }
        Ok(())
    }

    pub(super) fn fold(&mut self, update: S::Update) {
        // Without another reader this is the only reference, and nothing is copied.
        Arc::make_mut(&mut self.state).apply(update, &self.surveyed);
    }

    pub(super) fn note_changes(&mut self) {
        if self.settings.durability.is_some() {
            self.surveyed.add_to(&mut self.persistence.changed);
        }
    }

    /// What a node's routers see: the state before the superstep with the node's own
    /// writes. Made only for a node that has routers.
    fn view(&self, node: usize, update: &S::Update) -> Option<S> {
        if self.plan.nodes[node].exits.branches.is_empty() {
            return None;
        }
        let mut own = Surveyed::of(S::FIELDS.len());
        let survey = update.survey(&mut own);
        debug_assert!(
            survey.is_ok(),
            "a part of writes that go together goes together"
        );
        let mut view = (*self.state).clone();
        view.apply(update.clone(), &own);
        Some(view)
    }
}

fn writes<U: Update>(update: &U, field: &str) -> bool {
    // Only on the way to an error: an update's encoding names the fields it writes.
    serde_json::to_value(update).is_ok_and(|encoded| encoded.get(field).is_some())
}
