//! Which questions of a thread are open, and which answer belongs to which.

use std::collections::HashMap;

use serde_json::Value;

use super::recover::Recovered;
use super::shell::Scope;
use crate::checkpoint::{Record, RecordKind};
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

impl Scope {
    /// Makes answers durable before anything runs on them.
    pub(super) async fn store_answers<S: State>(
        &self,
        recovered: &mut Recovered<S>,
        answers: Answers,
    ) -> Result<(), RunError> {
        let answers = recovered.match_answers(&self.thread, answers)?;
        let Some((base, _)) = recovered.start.head else {
            return Ok(());
        };
        let mut records = Vec::new();
        for (task, id, answer) in answers {
            records.push(Record {
                task,
                kind: RecordKind::Answer,
                key: id.as_str().to_owned(),
                value: answer.to_string().into_bytes(),
            });
            recovered.answers.insert(id, answer);
        }
        if let Some(store) = &self.store {
            let saved = store.save(self, base, records).await;
            saved.map_err(|source| self.store_error(source))?;
        }
        Ok(())
    }
}

impl<S: State> Recovered<S> {
    /// Questions without an answer; if all have one but their task has not finished,
    /// all of them, so that an answer can be given again.
    pub(super) fn open_interrupts(&self) -> impl Iterator<Item = &Interrupt> {
        self.open().map(|(_, interrupt)| interrupt)
    }

    fn open(&self) -> impl Iterator<Item = &(String, Interrupt)> {
        let answered = |id: &InterruptId| self.answers.contains_key(id);
        let all_answered = self.interrupts.iter().all(|(_, asked)| answered(&asked.id));
        self.interrupts
            .iter()
            .filter(move |(_, asked)| all_answered || !answered(&asked.id))
    }

    fn match_answers(
        &self,
        thread: &ThreadId,
        answers: Answers,
    ) -> Result<Vec<(String, InterruptId, Value)>, RunError> {
        let pending: Vec<_> = self.open().collect();
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
                Ok(vec![(task.clone(), only.id.clone(), answer)])
            }
            (Answers::Only(_), _) => Err(RunError::AmbiguousAnswer {
                thread,
                pending: ids(),
            }),
            (Answers::ById(answers), _) => answers
                .into_iter()
                .map(|(id, answer)| {
                    match pending.iter().find(|(_, interrupt)| interrupt.id == id) {
                        Some((task, _)) => Ok((task.clone(), id, answer)),
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
