//! What a run is told before it goes on: answers, and writes from outside. All of it is
//! checked before any of it is stored, and it is stored at once, so that what is refused
//! leaves nothing behind.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;

use super::handle::Thread;
use super::input::RunInputKind;
use crate::checkpoint::{CodecError, Record, RecordKind};
use crate::command::Command;
use crate::engine::{Start, StartFrom, panic_message};
use crate::error::RunError;
use crate::graph::START;
use crate::interrupt::Interrupt;
use crate::runtime::context::question_digest;
use crate::runtime::recover::{Recovered, StoredAmendment, StoredAnswer, amend};
use crate::runtime::run::{first_start, reload};
use crate::runtime::scope::{Answer, Leased, Scope};
use crate::runtime::stored_fields::StoredFields;
use crate::state::State;

/// An answer with the task that asks and its question.
pub(in crate::runtime) type Matched = (String, Interrupt, Value);

impl<S: State, I, O> Thread<'_, S, I, O> {
    /// Where a run with a new input begins. What is written besides counts before it.
    pub(in crate::runtime) fn begin_anew(
        &self,
        standing: Option<Recovered<S>>,
        input: S::Update,
        besides: Option<Command<S>>,
    ) -> Result<(Start<S>, StoredFields), RunError> {
        let (mut start, fields) = match standing {
            Some(Recovered { start, fields, .. }) => (start, fields),
            None => (first_start(S::Update::default()), StoredFields::default()),
        };
        if let Some(command) = besides {
            if !command.goto.is_empty() {
                return Err(self.bad_edit(
                    "an input begins at START, so it cannot go anywhere besides: leave the input \
                     out and use `RunInput::command`, or leave the place out",
                ));
            }
            let state = std::sync::Arc::make_mut(&mut start.state);
            let changed = &mut start.changed;
            self.guarded(|| amend::<S>(command.update, state, changed))?;
        }
        start.from = StartFrom::Input(input);
        Ok((start, fields))
    }

    /// Tells a thread that goes on what it is to know, and returns it as it stands then.
    /// At an older checkpoint that is a copy, which is the newest one.
    pub(in crate::runtime) async fn tell(
        &self,
        scope: &Scope,
        store: &Leased,
        mut standing: Recovered<S>,
        (kind, besides): (RunInputKind<S>, Option<Command<S>>),
    ) -> Result<Recovered<S>, RunError> {
        let mut answers = match kind {
            RunInputKind::Answers(answers) => standing.take_answers(&self.id, answers)?,
            RunInputKind::Proceed | RunInputKind::Input(_) => Vec::new(),
        };
        if let Some(command) = &besides {
            self.check_besides(&standing, command)?;
        }
        let is_behind = standing.start.newest != Some(standing.base().0);
        let forks = is_behind && (!standing.is_done || besides.is_some());
        if forks {
            standing = self.branch(scope, store, standing, &mut answers).await?;
        }
        let (base, _) = standing.base();
        let mut records = Vec::new();
        if let Some(command) = &besides {
            records.push(self.amendment(&standing, command)?);
        }
        for (task, interrupt, value) in answers {
            let stored = StoredAnswer {
                answer: value.clone(),
                question: question_digest(&interrupt.payload),
            };
            records.push(Record {
                task,
                kind: RecordKind::Answer,
                key: interrupt.id.as_str().to_owned(),
                value: serde_json::to_vec(&stored)
                    .map_err(|source| CodecError::encoding("an answer", source))?,
            });
            let question = stored.question;
            standing
                .answers
                .insert(interrupt.id, Answer { value, question });
        }
        if !records.is_empty() {
            scope.store_records(base, records, None).await?;
        }
        match besides {
            None => Ok(standing),
            Some(_) => reload(self, scope, store).await,
        }
    }

    /// Tries a write from outside on a copy.
    fn check_besides(&self, standing: &Recovered<S>, command: &Command<S>) -> Result<(), RunError> {
        if let (StartFrom::StoredInput(_), false) = (&standing.start.from, command.goto.is_empty())
        {
            return Err(self.bad_edit(
                "it has taken an input in that START has not seen: call `proceed` first, or leave \
                 the place out",
            ));
        }
        self.graph.plan.check_outside(&command.goto)?;
        let mut copy = (*standing.start.state).clone();
        let mut changed = standing.start.changed.clone();
        self.guarded(|| amend::<S>(command.update.clone(), &mut copy, &mut changed))
    }

    /// Runs the user's reducers; a panic of theirs is an error of the run.
    fn guarded(&self, fold: impl FnOnce() -> Result<(), RunError>) -> Result<(), RunError> {
        let folded = catch_unwind(AssertUnwindSafe(fold));
        folded.unwrap_or_else(|panic| {
            Err(RunError::Panicked {
                thread: self.id.clone(),
                step: crate::Step::INPUT,
                what: "a reducer",
                message: panic_message(&*panic),
            })
        })
    }

    fn amendment(
        &self,
        standing: &Recovered<S>,
        command: &Command<S>,
    ) -> Result<Record, CodecError> {
        let value = serde_json::to_vec(&StoredAmendment::encode(command)?)
            .map_err(|source| CodecError::encoding("an amendment", source))?;
        Ok(Record {
            task: START.to_owned(),
            kind: RecordKind::Amend,
            key: format!("{:08}", standing.amendments),
            value,
        })
    }
}
