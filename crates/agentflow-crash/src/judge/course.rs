//! What the store holds in the end: every acknowledged superstep, an unbroken chain, the
//! course of an undisturbed run, and at each checkpoint the state that an undisturbed run
//! has there.
//!
//! Runs that store supersteps only at their end leave some of that course, which ones is
//! for their kills to decide.

use agentflow_core::checkpoint::Checkpoint;

use super::evidence::{Evidence, Expected};
use super::verdict::Violation;
use crate::journal::{Committed, Mode, What};

pub(super) fn check(expected: &Expected, evidence: &Evidence, found: &mut Vec<Violation>) {
    for entry in &evidence.entries {
        if let What::Acknowledged {
            committed: Some(committed),
            ..
        } = &entry.what
            && !is_there(committed, &evidence.history)
        {
            found.push(Violation::CommitLost {
                life: entry.life,
                committed: committed.clone(),
            });
        }
    }
    check_chains(&evidence.history, found);
    if evidence.states.is_empty() {
        found.push(Violation::NotDone);
        return;
    }
    check_states(expected, evidence, found);
    let step = match evidence.mode {
        Mode::Sync | Mode::Async => step_of_course,
        Mode::Exit => step_in_short,
    };
    let course =
        |history: &[(String, Checkpoint)]| -> Vec<String> { history.iter().map(step).collect() };
    let (mut want, got) = (course(&expected.history), course(&evidence.history));
    if evidence.mode == Mode::Exit {
        // The end of the outermost graph must be there.
        let mut all = expected.history.iter().rev();
        let last = all.find(|(namespace, _)| namespace.is_empty());
        let last = last.map(step_in_short);
        want.retain(|step| got.contains(step) || Some(step) == last.as_ref());
    }
    if want != got {
        let at = want.iter().zip(&got).take_while(|(a, b)| a == b).count();
        let told = |course: &[String]| course.get(at).cloned().unwrap_or("nothing".to_owned());
        found.push(Violation::OtherCourse {
            want: told(&want),
            got: told(&got),
        });
    }
}

/// Every checkpoint holds what an undisturbed run has at the end of its superstep, and
/// every child that found the thread done found the state of one.
fn check_states(expected: &Expected, evidence: &Evidence, found: &mut Vec<Violation>) {
    for (step, state) in &evidence.checkpointed {
        let want = expected.checkpointed.get(step);
        if want != Some(state) {
            found.push(Violation::OtherCheckpoint {
                step: *step,
                want: want
                    .cloned()
                    .unwrap_or_else(|| "no such superstep".to_owned()),
                got: state.clone(),
            });
        }
    }
    for state in &evidence.states {
        if *state != expected.state {
            found.push(Violation::OtherState {
                want: expected.state.clone(),
                got: state.clone(),
            });
        }
    }
}

fn is_there(committed: &Committed, history: &[(String, Checkpoint)]) -> bool {
    history.iter().any(|(namespace, checkpoint)| {
        *namespace == committed.namespace
            && checkpoint.id == committed.id
            && checkpoint.step.0 == committed.step
            && checkpoint.run == committed.run
    })
}

/// Each checkpoint is built on the one before it, and none is made by an earlier run.
fn check_chains(history: &[(String, Checkpoint)], found: &mut Vec<Violation>) {
    let mut before: Option<&(String, Checkpoint)> = None;
    for one in history {
        let (namespace, checkpoint) = one;
        let parent = before
            .filter(|(of, _)| of == namespace)
            .map(|(_, parent)| parent);
        let is_linked = checkpoint.parent == parent.map(|parent| parent.id);
        if !is_linked || parent.is_some_and(|parent| parent.run > checkpoint.run) {
            found.push(Violation::ChainBroken {
                namespace: namespace.clone(),
                id: checkpoint.id,
            });
        }
        before = Some(one);
    }
}

/// What of a checkpoint is the same however many were stored before it.
fn step_in_short((namespace, checkpoint): &(String, Checkpoint)) -> String {
    let next = checkpoint.next.iter();
    let next: Vec<String> = next
        .map(|task| format!("{}/{}", task.node, task.index))
        .collect();
    // In a graph's namespace is the number of the checkpoint that it began on.
    let graph = namespace.split(':').next().unwrap_or_default();
    format!("step {} in `{graph}`, then {next:?}", checkpoint.step)
}

/// What of a checkpoint no kill may change.
fn step_of_course(step: &(String, Checkpoint)) -> String {
    let Checkpoint {
        id, source, fields, ..
    } = &step.1;
    let short = step_in_short(step);
    let namespace = &step.0;
    format!("checkpoint {id} in `{namespace}` by {source:?} of {short}, fields {fields:?}")
}
