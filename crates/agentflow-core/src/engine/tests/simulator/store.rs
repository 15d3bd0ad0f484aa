//! A store that keeps what it is given, as a run finds it again.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::rig::{Notes, resumption, start_from};
use crate::engine::{Finished, Resumption, Save, Saved, Start, StartFrom, Transition};
use crate::graph::Plan;
use crate::{State, Step};

/// One checkpoint, as far as two runs must agree on it.
#[derive(Debug, PartialEq)]
pub(super) struct Commit {
    id: u64,
    pub(super) step: Step,
    pub(super) state: Notes,
    changed: Vec<usize>,
    next: Vec<String>,
    seen: Vec<Vec<bool>>,
}

#[derive(Debug, Default)]
pub(super) struct Store {
    head: Option<Transition<Notes>>,
    finished: Vec<Finished<Notes>>,
    pub(super) commits: Vec<Commit>,
    /// Every task whose writes were saved.
    pub(super) saved: BTreeSet<String>,
}

impl Store {
    pub(super) fn commit(&mut self, plan: &Plan<Notes>, transition: &Transition<Notes>) {
        let head = self.head.as_ref().map(|head| head.id);
        assert_eq!(transition.parent, head, "a checkpoint lies on the head");
        let next = transition.next.iter().map(|task| {
            let node = &plan.nodes[task.node].id;
            let payload = task
                .payload
                .as_ref()
                .map(|payload| payload.encode(node).unwrap());
            format!("{node} {payload:?}")
        });
        self.commits.push(Commit {
            id: transition.id.0,
            step: transition.step,
            state: (*transition.state).clone(),
            changed: (0..3)
                .filter(|field| transition.changed.contains(*field))
                .collect(),
            next: next.collect(),
            seen: transition.seen.clone(),
        });
        self.head = Some(transition.clone());
        self.finished.clear();
    }

    pub(super) fn save(&mut self, save: &Save<Notes>) {
        let head = self.head.as_ref().map(|head| head.id);
        assert_eq!(Some(save.base), head, "records lie on the head");
        if let Saved::Writes { command, .. } = &save.what {
            self.saved.insert(save.task.to_string());
            self.finished.push(Finished {
                task: save.task.clone(),
                command: command.clone(),
                handled: false,
                beside: None,
            });
        }
    }

    /// As a run finds it: without a checkpoint, with the input that it was given.
    pub(super) fn start(&self, input: &Notes) -> Start<Notes> {
        let Some(head) = &self.head else {
            let from = StartFrom::Input(input.clone().into_update());
            return start_from(from);
        };
        let from = match &head.input {
            Some(input) => StartFrom::StoredInput(input.clone()),
            None => StartFrom::Superstep(Resumption {
                finished: self.finished.clone(),
                deferred: head.deferred.clone(),
                ..resumption(head.next.clone(), head.seen.clone())
            }),
        };
        Start {
            head: Some((head.id, head.step)),
            newest: Some(head.id),
            state: Arc::clone(&head.state),
            ..start_from(from)
        }
    }
}
