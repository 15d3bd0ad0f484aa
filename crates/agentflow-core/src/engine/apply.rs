//! Ends a superstep: folds all writes in task order, or none of them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::action::{Save, Saved, TransitionExtra};
use super::exits::Report;
use super::slot::{Slot, Status};
use super::superstep::Superstep;
use super::{End, Engine, Phase};
use crate::checkpoint::{RanTask, WrittenBy};
use crate::command::Goto;
use crate::error::RunError;
use crate::id::{NodeId, Step, ThreadId};
use crate::state::{ReducerError, State, Surveyed, Update};

impl<S: State> Engine<S> {
    /// All tasks are done: fold their writes in, find what is next, store it.
    pub(super) fn finish_superstep(&mut self) {
        let Phase::Running(mut superstep) = std::mem::replace(&mut self.phase, Phase::Persisting)
        else {
            unreachable!("a superstep is finished while it runs")
        };
        let extra = self.transition_extra(&superstep);
        let folded = self.guarded("a reducer or a router", |engine| {
            match superstep.slots_mut() {
                [only] => engine.finish_alone(only),
                _ => engine.finish_together(&mut superstep),
            }
        });
        match folded {
            Ok(()) => {
                self.note_superstep(&superstep);
                superstep.clear();
                self.spare = superstep;
                self.end_superstep(extra);
            }
            Err(error) => {
                if let RunError::Panicked { .. } = error {
                    // Some updates may be gone: what the store does not have never was.
                    superstep.forget_unsaved();
                    self.forget_hidden();
                }
                // What finished stays finished, for a graph that is mended.
                self.phase = Phase::Running(superstep);
                self.abort(End::gave_up(error), Vec::new());
            }
        }
    }

    /// Runs the user's reducers and routers; a panic of theirs is an error of the run.
    pub(super) fn guarded<T>(
        &mut self,
        what: &'static str,
        run: impl FnOnce(&mut Self) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let run = catch_unwind(AssertUnwindSafe(|| run(self)));
        run.unwrap_or_else(|panic| Err(panicked(&self.settings.thread, self.step, what, &*panic)))
    }

    /// Alone in its superstep, a node's routers see just the new state, so the
    /// writes go into it without a copy of either.
    fn finish_alone(&mut self, slot: &mut Slot<S>) -> Result<(), RunError> {
        let handled = slot.is_handled();
        let Status::Done { command, saved } = &mut slot.status else {
            return Ok(());
        };
        let (node, writer) = (slot.node, |_: &Self| slot.task.node.clone());
        self.survey_only(&command.update, writer)?;
        let may_be_refused = S::CAN_REFUSE || !self.plan.nodes[node].exits.branches.is_empty();
        let is_kept = self.settings.durability.is_some() && may_be_refused && !*saved;
        let kept = is_kept.then(|| command.update.clone());
        let update = std::mem::take(&mut command.update);
        let finished = self.fold_only(node, update, (&command.goto, handled), writer);
        if let (Err(_), Some(kept)) = (&finished, kept) {
            command.update = kept;
        }
        finished
    }

    /// Looks at the writes of a superstep's only task before they are applied.
    pub(super) fn survey_only(
        &mut self,
        update: &S::Update,
        writer: impl FnOnce(&Self) -> NodeId,
    ) -> Result<(), RunError> {
        self.surveyed.clear();
        update
            .survey(&mut self.surveyed)
            .map_err(|source| RunError::WriteConflict {
                writers: vec![writer(self)],
                source,
            })
    }

    /// Folds in the writes of a superstep's only task and finds what it leads to: where it
    /// goes by itself, and by its edges unless its error handler has replied.
    pub(super) fn fold_only(
        &mut self,
        node: usize,
        update: S::Update,
        (goto, handled): (&[Goto], bool),
        writer: impl FnOnce(&Self) -> NodeId,
    ) -> Result<(), RunError> {
        self.fold(update).map_err(|source| RunError::WriteRefused {
            node: writer(self),
            source,
        })?;
        let report = Report {
            node,
            goto,
            handled,
            view: &*self.state,
        };
        self.routing.route_only(&self.plan, report)?;
        self.end_fields();
        Ok(())
    }

    fn finish_together(&mut self, superstep: &mut Superstep<S>) -> Result<(), RunError> {
        self.survey(superstep)?;
        let views = self.views(superstep)?;
        let state = &*self.state;
        let reports = superstep
            .done()
            .enumerate()
            .map(|(place, (slot, command))| Report {
                node: slot.node,
                goto: &command.goto,
                handled: slot.is_handled(),
                view: views.get(place).and_then(Option::as_ref).unwrap_or(state),
            });
        self.routing.route(&self.plan, reports)?;
        for slot in superstep.slots_mut() {
            if let Status::Done { command, .. } = &mut slot.status {
                let update = if S::CAN_REFUSE {
                    command.update.clone()
                } else {
                    std::mem::take(&mut command.update)
                };
                let folded = self.fold(update);
                folded.map_err(|source| RunError::WriteRefused {
                    node: slot.task.node.clone(),
                    source,
                })?;
            }
        }
        self.end_fields();
        Ok(())
    }

    /// Looks at all writes before the first is applied.
    fn survey(&mut self, superstep: &Superstep<S>) -> Result<(), RunError> {
        self.surveyed.clear();
        for (place, (_, command)) in superstep.done().enumerate() {
            if let Err(source) = command.update.survey(&mut self.surveyed) {
                let field = S::FIELDS.iter().position(|spec| spec.name == source.field);
                let writers = superstep
                    .done()
                    .take(place + 1)
                    .filter(|(_, command)| writes::<S>(&command.update, field))
                    .map(|(slot, _)| slot.task.node.clone())
                    .collect();
                return Err(RunError::WriteConflict { writers, source });
            }
        }
        Ok(())
    }

    pub(super) fn fold(&mut self, update: S::Update) -> Result<(), ReducerError> {
        if self.settings.collects {
            self.collected.append(update.clone());
        }
        if S::HAS_GROWING && self.settings.durability.is_some() {
            self.persistence.folded.append(update.growth());
        }
        // Without another reader this is the only reference, and nothing is copied.
        Arc::make_mut(&mut self.state).apply(update, &self.surveyed)
    }

    /// After the writes: fields that live one superstep go, and what changed is noted.
    pub(super) fn end_fields(&mut self) {
        self.wrote = match self.settings.output {
            None => self.surveyed.is_any_written(),
            Some(output) => {
                let mut fields = S::FIELDS.iter().enumerate();
                fields.any(|(field, spec)| {
                    self.surveyed.is_written(field) && output.contains(&spec.name)
                })
            }
        };
        if self.settings.durability.is_some() {
            self.note_changed();
        }
        for place in 0..self.ephemeral.len() {
            let field = self.ephemeral[place].field;
            self.end_ephemeral(place, self.surveyed.is_written(field));
        }
    }

    /// Forgets what a field that lives one superstep held, unless this one wrote it. One
    /// that holds nothing is not stored again.
    pub(super) fn end_ephemeral(&mut self, place: usize, is_written: bool) {
        let ephemeral = &mut self.ephemeral[place];
        let was_set = std::mem::replace(&mut ephemeral.is_set, is_written);
        if was_set && !is_written {
            Arc::make_mut(&mut self.state).reset_field(ephemeral.field);
            self.persistence.changed.insert(ephemeral.field);
        }
    }

    /// What the routers of each finished task's node see; nothing if no node has any.
    fn views(&self, superstep: &Superstep<S>) -> Result<Vec<Option<S>>, RunError> {
        let mut slots = superstep.slots().iter();
        if slots.all(|slot| self.plan.nodes[slot.node].exits.branches.is_empty()) {
            return Ok(Vec::new());
        }
        let done = superstep.done();
        done.map(|(slot, command)| self.view(slot.node, &command.update))
            .collect()
    }

    /// What a node's routers see: the state before the superstep with the node's own
    /// writes. Made only for a node that has routers.
    fn view(&self, node: usize, update: &S::Update) -> Result<Option<S>, RunError> {
        if self.plan.nodes[node].exits.branches.is_empty() {
            return Ok(None);
        }
        let mut own = Surveyed::default();
        let survey = update.survey(&mut own);
        debug_assert!(
            survey.is_ok(),
            "a part of writes that go together goes together"
        );
        let mut view = (*self.state).clone();
        view.apply(update.clone(), &own)
            .map_err(|source| RunError::WriteRefused {
                node: self.plan.nodes[node].id.clone(),
                source,
            })?;
        Ok(Some(view))
    }

    /// What the checkpoint of this superstep carries besides the state.
    pub(super) fn transition_extra(
        &mut self,
        superstep: &Superstep<S>,
    ) -> Option<Box<TransitionExtra<S>>> {
        self.settings.durability?;
        let mut taken = Vec::new();
        for beside in superstep.slots().iter().filter_map(Slot::beside) {
            taken.extend_from_slice(&beside.taken);
            self.inner.extend(beside.inner.iter().cloned());
        }
        let replies = if self.settings.journal {
            self.replies(superstep)
        } else {
            Vec::new()
        };
        let is_empty = taken.is_empty() && replies.is_empty();
        (!is_empty).then(|| {
            Box::new(TransitionExtra {
                replies,
                taken,
                ..TransitionExtra::default()
            })
        })
    }

    /// Remembers what ran, for the checkpoint of this superstep and for the breakpoints
    /// after it.
    pub(super) fn note_superstep(&mut self, superstep: &Superstep<S>) {
        let slots = superstep.slots();
        self.note_break_after(slots.iter().map(|slot| slot.node));
        if self.settings.durability.is_none() {
            return;
        }
        let noted = self.persistence.ran.len();
        self.persistence.ran.reserve_exact(slots.len());
        for slot in slots {
            let by = WrittenBy::of_reply(slot.is_handled(), slot.is_cached());
            self.note_ran(slot.task.clone(), by);
        }
        if self.is_dataflow() {
            // They were added as they were led to; that differs from run to run.
            let place = |ran: &RanTask| (ran.task.step, ran.task.index);
            self.persistence.ran[noted..].sort_by(|a, b| {
                place(a)
                    .cmp(&place(b))
                    .then_with(|| a.task.node.cmp(&b.task.node))
            });
        }
    }

    fn replies(&self, superstep: &Superstep<S>) -> Vec<Save<S>> {
        let unsaved = superstep.slots().iter().enumerate();
        let unsaved = unsaved.filter_map(|(index, slot)| self.reply(index, slot));
        unsaved.collect()
    }

    /// What a finished task replied, if the store does not have it.
    pub(super) fn reply(&self, index: usize, slot: &Slot<S>) -> Option<Save<S>> {
        let Status::Done {
            command,
            saved: false,
        } = &slot.status
        else {
            return None;
        };
        Some(Save {
            slot: index,
            task: slot.task.clone(),
            base: self.base(),
            what: Saved::Writes {
                command: command.clone(),
                handled: slot.is_handled(),
                beside: slot.beside().cloned().map(Box::new),
            },
            wake: None,
        })
    }
}

fn writes<S: State>(update: &S::Update, field: Option<usize>) -> bool {
    let mut own = Surveyed::default();
    // An update that conflicts with itself is the last one that is looked at, and has
    // been surveyed up to the field.
    let _ = update.survey(&mut own);
    field.is_some_and(|field| own.is_written(field))
}

/// Runs something of the user's; a panic of it is an error of the run.
pub(crate) fn guarded<T>(
    (thread, step): (&ThreadId, Step),
    what: &'static str,
    run: impl FnOnce() -> Result<T, RunError>,
) -> Result<T, RunError> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|panic| Err(panicked(thread, step, what, &*panic)))
}

#[cold]
fn panicked(
    thread: &ThreadId,
    step: Step,
    what: &'static str,
    panic: &(dyn Any + Send),
) -> RunError {
    RunError::Panicked {
        thread: thread.clone(),
        step,
        what,
        message: panic_message(panic),
    }
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}
