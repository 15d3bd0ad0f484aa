//! What tasks of the unfinished superstep left, by kind.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::command::{StoredAmendment, StoredCommand};
use super::thread::mid_superstep;
use crate::checkpoint::{CodecError, EventId, Record, RecordKind};
use crate::engine::Finished;
use crate::error::{NodeFailure, RunError};
use crate::graph::Plan;
use crate::id::{InterruptId, TaskId, ThreadId};
use crate::interrupt::Interrupt;
use crate::runtime::scope::{Answer, GivenTo};
use crate::state::State;

/// The key of the record of a pause that no node asked for.
pub(in crate::runtime) const BREAK: &str = "break";

/// The key of the record of a pause that the run was asked for, or whose budget was
/// spent: it passes no breakpoint, and nothing but a person goes on from it.
pub(in crate::runtime) const STOP: &str = "stop";

/// The key of the record of an event that a wait of a graph inside is given; its task is
/// the wait.
pub(in crate::runtime) const RESERVED: &str = "reserved";

/// Records of the unfinished superstep, by kind.
pub(super) struct Records<S: State> {
    pub(super) finished: Vec<Finished<S>>,
    pub(super) failed: Vec<(TaskId, NodeFailure)>,
    pub(super) errors: Vec<(String, NodeFailure)>,
    pub(super) answers: HashMap<InterruptId, Answer>,
    pub(super) interrupts: Vec<(String, Interrupt)>,
    pub(super) results: Vec<((String, String), Vec<u8>)>,
    pub(super) given: Vec<(EventId, GivenTo)>,
    pub(super) pause: Option<Interrupt>,
    /// Some task has come to something other than an error.
    pub(super) has_begun: bool,
    pub(super) amendments: Vec<StoredAmendment>,
}

/// An answer as it is stored, with a digest of the question it was given to.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct StoredAnswer {
    pub(in crate::runtime) answer: Value,
    #[serde(default)]
    pub(in crate::runtime) question: String,
}

/// A failure that is being handled, with the task it belongs to.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct StoredFailure {
    pub(in crate::runtime) task: TaskId,
    pub(in crate::runtime) failure: NodeFailure,
}

/// What the memo needs of an event that a task was given.
#[derive(Deserialize)]
struct GivenId {
    id: EventId,
}

impl<S: State> Records<S> {
    /// `migrated` are the versions that the state was stored in and has, if they differ.
    pub(super) fn decode(
        plan: &Plan<S>,
        thread: &ThreadId,
        records: Vec<Record>,
        migrated: Option<(u32, u32)>,
    ) -> Result<Self, RunError> {
        let mut decoded = Self {
            finished: Vec::new(),
            failed: Vec::new(),
            errors: Vec::new(),
            answers: HashMap::new(),
            interrupts: Vec::new(),
            results: Vec::new(),
            given: Vec::new(),
            pause: None,
            has_begun: false,
            amendments: Vec::new(),
        };
        for record in records {
            if let Some((found, known)) = migrated
                && matches!(record.kind, RecordKind::Writes | RecordKind::Amend)
            {
                return Err(mid_superstep(thread, found, known));
            }
            decoded.take(plan, record)?;
        }
        decoded.finished.sort_by(|a, b| a.task.cmp_applied(&b.task));
        // A question of a task that finished meanwhile is nobody's any more.
        let Self {
            finished,
            interrupts,
            ..
        } = &mut decoded;
        let done: Vec<String> = finished.iter().map(|done| done.task.to_string()).collect();
        interrupts.retain(|(task, _)| !done.contains(task));
        Ok(decoded)
    }

    fn take(&mut self, plan: &Plan<S>, record: Record) -> Result<(), CodecError> {
        let Record {
            task,
            kind,
            key,
            value,
        } = record;
        let decoding =
            |source| CodecError::decoding(format!("{} of task {task}", kind.as_str()), source);
        match kind {
            RecordKind::Writes => {
                let stored: StoredCommand = serde_json::from_slice(&value).map_err(decoding)?;
                self.finished.push(stored.decode(plan)?);
                self.has_begun = true;
            }
            RecordKind::Amend => {
                let amendment = serde_json::from_slice(&value).map_err(decoding)?;
                self.amendments.push(amendment);
            }
            RecordKind::Failed => {
                let stored: StoredFailure = serde_json::from_slice(&value).map_err(decoding)?;
                self.failed.push((stored.task, stored.failure));
                self.has_begun = true;
            }
            RecordKind::Once | RecordKind::Undone => self.results.push(((task, key), value)),
            RecordKind::Event => {
                let given: GivenId = serde_json::from_slice(&value).map_err(decoding)?;
                if key == RESERVED {
                    self.given.push((given.id, GivenTo::Reserved(task)));
                } else {
                    self.given.push((given.id, GivenTo::Known));
                    self.results.push(((task, key), value));
                }
            }
            RecordKind::Answer if value.is_empty() => {}
            RecordKind::Answer => {
                let stored: StoredAnswer = serde_json::from_slice(&value).map_err(decoding)?;
                let answer = Answer {
                    value: stored.answer,
                    question: stored.question,
                };
                self.answers.insert(key.into(), answer);
            }
            RecordKind::Interrupt => {
                let asked: Vec<Interrupt> = serde_json::from_slice(&value).map_err(decoding)?;
                match key.as_str() {
                    BREAK => self.pause = asked.into_iter().next(),
                    STOP => {}
                    _ => {
                        let asked = asked.into_iter().map(|interrupt| (task.clone(), interrupt));
                        self.interrupts.extend(asked);
                        self.has_begun = true;
                    }
                }
            }
            RecordKind::Error => {
                let failure = serde_json::from_slice(&value).map_err(decoding)?;
                self.errors.push((task, failure));
            }
        }
        Ok(())
    }
}
