//! Begins a run: with an input, or where the last one stopped.

use super::action::{Emission, Resumption, Start, StartFrom};
use super::{Action, End, Engine, Phase};
use crate::checkpoint::{CheckpointSource, WrittenBy};
use crate::error::RunError;
use crate::id::{Step, TaskId};
use crate::state::{ReducerError, State, Update};
use crate::stream::StreamMode;
use std::sync::Arc;

impl<S: State> Engine<S> {
    /// Begins the run. Poll afterwards.
    pub(crate) fn start(&mut self, start: Start<S>) {
        assert!(
            matches!(self.phase, Phase::Idle),
            "an engine is started once"
        );
        self.state = start.state;
        self.head = start.head.map(|(id, _)| id);
        self.newest = start.newest;
        self.inner = start.inner;
        self.collected = start.collected;
        self.persistence.acknowledged = self.head;
        for ephemeral in &mut self.ephemeral {
            ephemeral.is_set = self.head.is_some() || start.changed.contains(ephemeral.field);
        }
        self.persistence.growth.replaced = start.changed.clone();
        self.persistence.changed = start.changed;
        let last = start.head.map(|(_, step)| step);
        match start.from {
            StartFrom::Input(input) => {
                self.step = last.map_or(Step::INPUT, Step::next);
                self.take_input(input);
            }
            StartFrom::StoredInput(input) => {
                self.step = last.unwrap_or(Step::INPUT);
                self.show_values();
                self.run_start(input);
            }
            StartFrom::Superstep(resumption) => {
                self.step = last.unwrap_or(Step::INPUT);
                self.show_values();
                self.go_on(resumption);
            }
            StartFrom::Edit(edit) => {
                self.step = last.unwrap_or(Step::INPUT);
                self.edit(edit);
            }
        }
    }

    fn go_on(&mut self, resumption: Resumption<S>) {
        let Resumption {
            next,
            deferred,
            seen,
            finished,
            failed,
            goto,
            ran,
            passes_break,
        } = resumption;
        if !passes_break && !next.is_empty() {
            // The last run may have ended before its pause was stored.
            self.note_break_after(ran.into_iter());
        }
        self.routing.next = next;
        self.routing.deferred = deferred;
        self.routing.seen = seen;
        self.stop.passes_break = passes_break;
        if let Err(error) = self.routing.add(&self.plan, &goto) {
            return self.close(End::gave_up(error), Vec::new());
        }
        self.resume_superstep(finished, failed);
    }

    pub(super) fn take_input(&mut self, input: S::Update) {
        // An input that cannot be applied must not displace what is stored.
        let checked = self.guarded("a reducer", |engine| engine.check_input(&input));
        if let Err(error) = checked {
            return self.close(End::gave_up(error), Vec::new());
        }
        if self.settings.durability.is_none() {
            return self.run_start(input);
        }
        self.phase = Phase::TakingInput {
            input: input.clone(),
        };
        // What was scheduled before is given up.
        self.routing.deferred.clear();
        self.transition(CheckpointSource::Input, Some(input), None);
        self.go_on_if_stored();
    }

    pub(super) fn check_input(&mut self, input: &S::Update) -> Result<(), RunError> {
        self.survey_input(input)?;
        self.try_input(input)
            .map_err(|source| RunError::WriteRefused {
                node: crate::START.into(),
                source,
            })
    }

    /// Whether no reducer refuses the input. Only states with a reducer that can refuse
    /// pay for a copy.
    fn try_input(&self, input: &S::Update) -> Result<(), ReducerError> {
        if !S::CAN_REFUSE {
            return Ok(());
        }
        let mut copy = (*self.state).clone();
        copy.apply(input.clone(), &self.surveyed)
    }

    /// START is a superstep of its own: it applies the input and takes START's exits.
    pub(super) fn run_start(&mut self, input: S::Update) {
        self.supersteps += 1;
        self.step = self.step.next();
        match self.apply_input(input) {
            Ok(()) => {
                self.note_ran(self.start_task(), WrittenBy::Node);
                self.end_superstep(None);
            }
            Err(error) => self.close(End::gave_up(error), Vec::new()),
        }
    }

    /// The task of START in this superstep.
    pub(super) fn start_task(&self) -> TaskId {
        TaskId {
            step: self.step,
            node: crate::START.into(),
            index: 0,
        }
    }

    pub(super) fn apply_input(&mut self, input: S::Update) -> Result<(), RunError> {
        self.survey_input(&input)?;
        self.guarded("a reducer or a router", |engine| {
            engine
                .fold(input)
                .map_err(|source| RunError::WriteRefused {
                    node: crate::START.into(),
                    source,
                })?;
            engine.routing.begin(&engine.plan, &engine.state)
        })?;
        self.end_fields();
        Ok(())
    }

    fn survey_input(&mut self, input: &S::Update) -> Result<(), RunError> {
        self.surveyed.clear();
        let surveyed = input.survey(&mut self.surveyed);
        let writers = || vec![crate::START.into()];
        surveyed.map_err(|source| RunError::WriteConflict {
            writers: writers(),
            source,
        })
    }

    /// The state as a run finds it.
    fn show_values(&mut self) {
        if self.settings.watched.contains(StreamMode::Values) {
            let emission = Box::new(Emission::Values(Arc::clone(&self.state)));
            let step = self.step;
            self.act(Action::Emit { step, emission });
        }
    }
}
