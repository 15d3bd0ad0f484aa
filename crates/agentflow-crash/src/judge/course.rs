//! What the store holds in the end: every acknowledged superstep, an unbroken chain, and
//! the course and state of an undisturbed run.

use agentflow_core::checkpoint::Checkpoint;

use super::evidence::{Evidence, Expected};
use super::verdict::Violation;
use crate::journal::{Committed, What};

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
    let course = |history: &[(String, Checkpoint)]| -> Vec<String> {
        history.iter().map(step_of_course).collect()
    };
    let (want, got) = (course(&expected.history), course(&evidence.history));
    if want != got {
        let at = want.iter().zip(&got).take_while(|(a, b)| a == b).count();
        let told = |course: &[String]| course.get(at).cloned().unwrap_or("nothing".to_owned());
        found.push(Violation::OtherCourse {
            want: told(&want),
            got: told(&got),
        });
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

/// What of a checkpoint no kill may change.
fn step_of_course((namespace, checkpoint): &(String, Checkpoint)) -> String {
    let next = checkpoint.next.iter();
    let next: Vec<String> = next
        .map(|task| format!("{}/{}", task.node, task.index))
        .collect();
    format!(
        "checkpoint {} of step {} by {:?} in `{namespace}`, then {next:?}, fields {:?}",
        checkpoint.id, checkpoint.step, checkpoint.source, checkpoint.fields,
    )
}
