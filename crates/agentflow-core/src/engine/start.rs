//! Begins a run: with an input, or where the last one stopped.

use super::action::{Start, StartFrom};
use super::{End, Engine, Phase};
use crate::checkpoint::CheckpointSource;
use crate::error::RunError;
use crate::id::Step;
use crate::state::{State, Update};

impl<S: State> Engine<S> {
    pub(super) fn start(&mut self, start: Start<S>) {
        assert!(
            matches!(self.phase, Phase::Idle),
            "an engine is started once"
        );
        self.state = start.state;
        self.head = start.head.map(|(id, _)| id);
        self.persistence.acknowledged = self.head;
        let last = start.head.map(|(_, step)| step);
        match start.from {
            StartFrom::Input(input) => {
                self.step = last.map_or(Step::INPUT, Step::next);
                self.take_input(input);
            }
            StartFrom::StoredInput(input) => {
                self.step = last.unwrap_or(Step::INPUT);
                self.run_start(input);
            }
            StartFrom::Superstep {
                next,
                seen,
                finished,
            } => {
                self.step = last.unwrap_or(Step::INPUT);
                self.routing.next = next;
                self.routing.seen = seen;
                self.begin_superstep(finished);
            }
        }
    }

    fn take_input(&mut self, input: S::Update) {
        // An input that cannot be applied must not displace what is stored.
        if let Err(error) = self.survey_input(&input) {
            return self.close(End::gave_up(error), Vec::new());
        }
        if self.settings.durability.is_none() {
            return self.run_start(input);
        }
        self.phase = Phase::TakingInput {
            input: input.clone(),
        };
        self.transition(CheckpointSource::Input, Some(input));
        self.go_on_if_stored();
    }

    /// START is a superstep of its own: it applies the input and takes START's exits.
    pub(super) fn run_start(&mut self, input: S::Update) {
        self.supersteps += 1;
        self.step = self.step.next();
        if let Err(error) = self.survey_input(&input) {
            return self.close(End::gave_up(error), Vec::new());
        }
        self.fold(input);
        self.note_changes();
        match self.routing.begin(&self.plan, &self.state) {
            Ok(()) => self.end_superstep(),
            Err(error) => self.close(End::gave_up(error), Vec::new()),
        }
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
}
