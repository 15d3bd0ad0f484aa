//! Which questions of a thread are open, and which answer belongs to which.

use std::collections::HashMap;

use serde_json::Value;

use super::recover::Recovered;
use crate::error::RunError;
use crate::id::{InterruptId, ThreadId};
use crate::interrupt::Interrupt;
use crate::state::State;

/// Answers to open questions.
#[derive(Clone, Debug)]
pub(super) enum Answers {
    Only(Value),
    ById(HashMap<InterruptId, Value>),
}

impl<S: State> Recovered<S> {
    /// Questions without an answer; if all have one but their task has not finished,
    /// all of them, so that an answer can be given again.
    pub(super) fn open_interrupts(&self) -> impl Iterator<Item = &Interrupt> {
        self.open().map(|(_, interrupt)| interrupt)
    }

    fn open(&self) -> impl Iterator<Item = &(String, Interrupt)> {
        let answered = |id: &InterruptId| self.answers.contains_key(id);
        let asked = |interrupt: &Interrupt| interrupt.waits_for.is_answer();
        let mut questions = self.interrupts.iter().filter(move |(_, it)| asked(it));
        let all_answered = questions.all(|(_, asked)| answered(&asked.id));
        self.interrupts
            .iter()
            .filter(move |(_, asked)| all_answered || !answered(&asked.id))
    }

    /// Which answer belongs to which open question.
    pub(super) fn take_answers(
        &self,
        thread: &ThreadId,
        answers: Answers,
    ) -> Result<Vec<(String, Interrupt, Value)>, RunError> {
        let is_paused = self.pause.is_some() || self.open().next().is_some();
        let is_at_break = is_paused && self.open().all(|(_, asked)| asked.is_pause());
        if let (Answers::Only(_), true) = (&answers, is_at_break) {
            // A breakpoint asks nothing: any answer goes on.
            return Ok(Vec::new());
        }
        self.match_answers(thread, answers)
    }

    fn match_answers(
        &self,
        thread: &ThreadId,
        answers: Answers,
    ) -> Result<Vec<(String, Interrupt, Value)>, RunError> {
        let open = self.open();
        let pending: Vec<_> = open
            .filter(|(_, asked)| asked.waits_for.is_answer())
            .collect();
        let ids = || {
            pending
                .iter()
                .map(|(_, interrupt)| interrupt.id.clone())
                .collect()
        };
        let thread = thread.clone();
        match (answers, &pending[..]) {
            (_, []) => Err(RunError::NothingToResume { thread }),
            (Answers::Only(answer), [(task, only)]) => {
                Ok(vec![(task.clone(), only.clone(), answer)])
            }
            (Answers::Only(_), _) => Err(RunError::AmbiguousAnswer {
                thread,
                pending: ids(),
            }),
            (Answers::ById(answers), _) => answers
                .into_iter()
                .map(|(id, answer)| {
                    match pending.iter().find(|(_, interrupt)| interrupt.id == id) {
                        Some((task, interrupt)) => Ok((task.clone(), interrupt.clone(), answer)),
                        None => Err(RunError::UnknownInterrupt {
                            thread: thread.clone(),
                            id,
                            pending: ids(),
                        }),
                    }
                })
                .collect(),
        }
    }
}
