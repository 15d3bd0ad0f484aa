//! What a run is given.

use std::collections::HashMap;
use std::marker::PhantomData;

use serde::Serialize;
use serde_json::Value;

use crate::checkpoint::CodecError;
use crate::command::{Command, IntoGoto};
use crate::id::InterruptId;
use crate::runtime::answers::Answers;
use crate::state::State;

/// What a run of a graph with the input `I` is given.
#[derive(Clone, Debug)]
#[must_use = "an input is given to `invoke`"]
pub struct RunInput<S: State, I = S> {
    pub(in crate::runtime) kind: RunInputKind<S>,
    /// What is written from outside before anything runs.
    pub(in crate::runtime) amend: Option<Command<S>>,
    takes: PhantomData<fn(I)>,
}

#[derive(Clone, Debug)]
pub(in crate::runtime) enum RunInputKind<S: State> {
    Input(S::Update),
    Proceed,
    Answers(Answers),
}

impl<S: State, I> RunInput<S, I> {
    fn of(kind: RunInputKind<S>) -> Self {
        Self {
            kind,
            amend: None,
            takes: PhantomData,
        }
    }

    /// A partial input: a fresh thread takes its other fields from `Default`, one
    /// that ran before from its state.
    pub fn update(update: S::Update) -> Self {
        Self::of(RunInputKind::Input(update))
    }

    /// No input: go on where the thread stands.
    pub fn proceed() -> Self {
        Self::of(RunInputKind::Proceed)
    }

    /// No input, but writes and places to go to besides what is scheduled.
    pub fn command(command: impl Into<Command<S>>) -> Self {
        Self::proceed().and_command(command.into())
    }

    /// An answer to the only open question.
    ///
    /// # Errors
    /// If the answer does not serialise.
    pub fn answer(answer: impl Serialize) -> Result<Self, CodecError> {
        let answer = Answers::Only(encode(answer)?);
        Ok(Self::of(RunInputKind::Answers(answer)))
    }

    /// Answers to open questions by their ids. Questions left out stay open.
    ///
    /// # Errors
    /// If an answer does not serialise.
    pub fn answers<A: Serialize>(
        answers: impl IntoIterator<Item = (InterruptId, A)>,
    ) -> Result<Self, CodecError> {
        let encoded = answers
            .into_iter()
            .map(|(id, answer)| Ok((id, encode(answer)?)));
        let answers = encoded.collect::<Result<HashMap<_, _>, CodecError>>()?;
        Ok(Self::of(RunInputKind::Answers(Answers::ById(answers))))
    }

    /// Writes this as well, before anything runs: the node that asks sees it already.
    pub fn and_update(self, update: S::Update) -> Self {
        self.and_command(Command::update(update))
    }

    /// Goes there as well, beside what is scheduled.
    pub fn and_goto(self, target: impl IntoGoto) -> Self {
        self.and_command(Command::goto(target))
    }

    fn and_command(mut self, command: Command<S>) -> Self {
        self.amend = Some(match self.amend {
            Some(earlier) => vec![earlier, command].into(),
            None => command,
        });
        self
    }
}

fn encode(answer: impl Serialize) -> Result<Value, CodecError> {
    serde_json::to_value(answer).map_err(|source| CodecError::encoding("an answer", source))
}

impl<S: State, I: Into<S::Update>> From<I> for RunInput<S, I> {
    fn from(input: I) -> Self {
        Self::update(input.into())
    }
}
