//! A thread as it was left.

use std::collections::HashMap;
use std::sync::Arc;

use super::command::StoredAmendment;
use super::inside::Inside;
use super::records::Records;
use super::schedule::{decode_deferred, decode_joins, decode_scheduled};
use crate::checkpoint::{
    Checkpoint, CheckpointError, CheckpointSource, CodecError, EventId, FORMAT, RecordKind, Stored,
};
use crate::command::Goto;
use crate::engine::{Resumption, Start, StartFrom, guarded};
use crate::error::RunError;
use crate::graph::{Plan, START};
use crate::id::{CheckpointId, FieldName, InterruptId, Origin, Step, ThreadId};
use crate::interrupt::Interrupt;
use crate::runtime::scope::{Answer, GivenTo};
use crate::runtime::stored_fields::StoredFields;
use crate::state::derived::decode_state;
use crate::state::{FieldSet, State, Surveyed, Update};

/// A thread as it was left.
#[derive(Debug)]
pub(in crate::runtime) struct Recovered<S: State> {
    pub(in crate::runtime) start: Start<S>,
    /// Where each field's value is stored.
    pub(in crate::runtime) fields: StoredFields,
    pub(in crate::runtime) answers: HashMap<InterruptId, Answer>,
    /// Results of effects and events that were given, by part of a task and name.
    pub(in crate::runtime) results: Vec<((String, String), Vec<u8>)>,
    pub(in crate::runtime) given: Vec<(EventId, GivenTo)>,
    /// Every question of the unfinished superstep with its task, answered or not.
    pub(in crate::runtime) interrupts: Vec<(String, Interrupt)>,
    /// Why tasks of the unfinished superstep failed.
    pub(in crate::runtime) errors: Vec<(String, crate::NodeFailure)>,
    /// The thread paused here without a question.
    pub(in crate::runtime) pause: Option<Interrupt>,
    /// Some task of the unfinished superstep has finished, asked, or failed for good.
    pub(in crate::runtime) has_begun: bool,
    /// How many amendments were made.
    pub(in crate::runtime) amendments: usize,
    pub(in crate::runtime) origin: Origin,
    pub(in crate::runtime) inside: Inside,
    pub(in crate::runtime) is_done: bool,
}

impl<S: State> Recovered<S> {
    /// The checkpoint it stands at.
    pub(in crate::runtime) fn base(&self) -> (CheckpointId, Step) {
        match self.start.head {
            Some(head) => head,
            None => unreachable!("a thread is recovered from a checkpoint"),
        }
    }
}

pub(in crate::runtime) fn recover<S: State>(
    plan: &Plan<S>,
    thread: &ThreadId,
    stored: Stored,
) -> Result<Recovered<S>, RunError> {
    let Stored {
        checkpoint,
        values,
        records,
    } = stored;
    if checkpoint.format > FORMAT {
        let (id, found) = (checkpoint.id, checkpoint.format);
        let source = CheckpointError::TooNew {
            id,
            found,
            known: FORMAT,
        };
        return Err(RunError::Checkpoint {
            thread: thread.clone(),
            source,
        });
    }
    let inside = Inside::find(&checkpoint, &values);
    let ran = ran_last(plan, &checkpoint);
    let is_migrated = checkpoint.state_version != S::VERSION;
    let mut state = if is_migrated {
        migrate::<S>(thread, checkpoint.state_version, &values)?
    } else {
        decode_state::<S>(&values)?
    };
    let records = Records::decode(
        plan,
        thread,
        records,
        is_migrated.then_some((checkpoint.state_version, S::VERSION)),
    )?;
    // A migrated state is stored anew as a whole.
    let (mut changed, fields) = if is_migrated {
        (FieldSet::all(S::FIELDS.len()), StoredFields::default())
    } else {
        let fields = StoredFields::new(checkpoint.fields, &values);
        (FieldSet::default(), fields)
    };
    let (amendments, mut goto) = (records.amendments.len(), Vec::new());
    for amendment in records.amendments {
        let amend = || amendment.amend(plan, &mut state, &mut changed);
        goto.extend(guarded((thread, checkpoint.step), "a reducer", amend)?);
    }
    // Whoever has looked at the state and changed it has paused already, and a superstep
    // that has begun is behind its breakpoints.
    let passes_break = records.pause.is_some()
        || records.has_begun
        || matches!(
            checkpoint.source,
            CheckpointSource::Update | CheckpointSource::Fork
        );
    let is_done = checkpoint.next.is_empty() && goto.is_empty();
    let from = match &checkpoint.next[..] {
        [task] if task.node.as_str() == START => {
            if is_migrated {
                return Err(mid_superstep(thread, checkpoint.state_version, S::VERSION));
            }
            let input = task.payload.clone().unwrap_or_default();
            let input = serde_json::from_value(input)
                .map_err(|source| CodecError::decoding("the stored input", source))?;
            StartFrom::StoredInput(input)
        }
        next => StartFrom::Superstep(Resumption {
            next: decode_scheduled(plan, thread, next)?,
            deferred: decode_deferred(plan, thread, &checkpoint.deferred)?,
            seen: decode_joins(plan, thread, &checkpoint.joins)?,
            finished: records.finished,
            failed: records.failed,
            goto,
            ran,
            passes_break,
        }),
    };
    let origin = if checkpoint.origin.is_unknown() {
        thread.as_str().into()
    } else {
        checkpoint.origin
    };
    Ok(Recovered {
        is_done,
        start: Start {
            head: Some((checkpoint.id, checkpoint.step)),
            newest: Some(checkpoint.id),
            state: Arc::new(state),
            changed,
            inner: checkpoint.inner,
            collected: S::Update::default(),
            from,
        },
        fields,
        answers: records.answers,
        results: records.results,
        given: records.given,
        interrupts: records.interrupts,
        errors: records.errors,
        pause: records.pause,
        has_begun: records.has_begun,
        amendments,
        origin,
        inside,
    })
}

/// The nodes of the superstep that made a checkpoint. A run that stores only at its end
/// puts several supersteps into one checkpoint: these are the last one's then.
fn ran_last<S: State>(plan: &Plan<S>, checkpoint: &Checkpoint) -> Vec<usize> {
    let last = checkpoint.ran.iter().map(|ran| ran.task.step).max();
    let is_merged = checkpoint.ran.iter().any(|ran| ran.base == checkpoint.id);
    let ran = checkpoint.ran.iter();
    let ran = ran.filter(|ran| !is_merged || Some(ran.task.step) == last);
    ran.filter_map(|ran| plan.index_of_stored(&ran.task.node))
        .collect()
}

/// A thread as one of its older checkpoints says: what somebody wrote on top of it while
/// the thread went on belongs to what came after.
pub(in crate::runtime) fn recover_recorded<S: State>(
    plan: &Plan<S>,
    thread: &ThreadId,
    mut stored: Stored,
) -> Result<Recovered<S>, RunError> {
    stored
        .records
        .retain(|record| record.kind != RecordKind::Amend);
    recover(plan, thread, stored)
}

fn migrate<S: State>(
    thread: &ThreadId,
    found: u32,
    values: &[(FieldName, Vec<u8>)],
) -> Result<S, RunError> {
    match S::migrate(found, values) {
        Some(migrated) => Ok(migrated?),
        None => Err(RunError::StateVersion {
            thread: thread.clone(),
            found,
            known: S::VERSION,
        }),
    }
}

/// What tasks wrote to an older state cannot be folded into a newer one.
pub(super) fn mid_superstep(thread: &ThreadId, found: u32, known: u32) -> RunError {
    RunError::MidSuperstep {
        thread: thread.clone(),
        found,
        known,
    }
}

impl StoredAmendment {
    /// Applies what somebody wrote from outside; returns where it goes.
    fn amend<S: State>(
        self,
        plan: &Plan<S>,
        state: &mut S,
        changed: &mut FieldSet,
    ) -> Result<Vec<Goto>, RunError> {
        let command = self.0.decode(plan)?.command;
        amend(command.update, state, changed)?;
        Ok(command.goto)
    }
}

/// Folds in what somebody writes from outside.
pub(in crate::runtime) fn amend<S: State>(
    update: S::Update,
    state: &mut S,
    changed: &mut FieldSet,
) -> Result<(), RunError> {
    let mut surveyed = Surveyed::default();
    let survey = update.survey(&mut surveyed);
    survey.map_err(|source| RunError::WriteConflict {
        writers: vec![START.into()],
        source,
    })?;
    let applied = state.apply(update, &surveyed);
    applied.map_err(|source| RunError::WriteRefused {
        node: START.into(),
        source,
    })?;
    surveyed.add_to(changed);
    Ok(())
}
