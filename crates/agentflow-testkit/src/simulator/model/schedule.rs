//! What runs next, and what waits for it.

use std::collections::BTreeSet;

use agentflow_core::Step;
use agentflow_core::checkpoint::Checkpoint;
use serde_json::Value;

use super::super::blueprint::{Blueprint, Way};
use super::super::commit::Commit;
use super::super::state::SimState;
use super::super::task::Reply;
use super::super::violation::Violation;
use super::chain::{Model, Seen};
use super::fold::seen_by_router;

/// What runs next, and what is put off until nothing else can run.
#[derive(Debug, PartialEq)]
pub(super) struct Schedule {
    /// Nodes, their numbers among sends, and what they are sent.
    next: Vec<(String, u32, Option<Value>)>,
    deferred: BTreeSet<String>,
}

/// A join as it is stored: from which nodes, to which, and who has reported.
type Join = (String, BTreeSet<String>, BTreeSet<String>);

impl Schedule {
    /// Nodes by name, each once; then sends in their order.
    pub(super) fn of(blueprint: &Blueprint, ways: Vec<Way>, deferred: &BTreeSet<String>) -> Self {
        let name = |node: usize| blueprint.spots[node].name.to_string();
        let (mut nodes, mut deferred) = (BTreeSet::new(), deferred.clone());
        let mut sends = Vec::new();
        for way in ways {
            match way {
                Way::Node(to) if blueprint.spots[to].is_deferred => {
                    deferred.insert(name(to));
                }
                Way::Node(to) => {
                    nodes.insert(name(to));
                }
                Way::Send(to, payload) => {
                    sends.push((name(to), serde_json::to_value(payload).ok()));
                }
                Way::End => {}
            }
        }
        if nodes.is_empty() && sends.is_empty() {
            nodes = std::mem::take(&mut deferred);
        }
        let nodes = nodes.into_iter().map(|node| (node, 0, None));
        let sends = (1..).zip(sends);
        let sends = sends.map(|(index, (to, payload))| (to, index, payload));
        Self {
            next: nodes.chain(sends).collect(),
            deferred,
        }
    }

    /// What a checkpoint says.
    pub(super) fn stored(checkpoint: &Checkpoint) -> Self {
        let next = checkpoint.next.iter().map(|task| {
            let node = task.node.as_str().to_owned();
            (node, task.index, task.payload.clone())
        });
        Self {
            next: next.collect(),
            deferred: deferred(checkpoint),
        }
    }
}

/// The nodes that a checkpoint puts off.
pub(super) fn deferred(checkpoint: &Checkpoint) -> BTreeSet<String> {
    let nodes = checkpoint.deferred.iter();
    nodes.map(|node| node.as_str().to_owned()).collect()
}

impl Model<'_> {
    /// Where finished tasks lead, with joins that have heard of all they wait for.
    pub(super) fn leads(
        &self,
        before: &SimState,
        ran: &[(usize, Reply)],
        seen: &mut Seen,
    ) -> Vec<Way> {
        let mut ways = Vec::new();
        for (node, reply) in ran {
            ways.extend(reply.ways.iter().cloned());
            if !reply.is_handled {
                ways.extend(self.exits(Some(*node), &seen_by_router(before, reply)));
            }
            if reply.is_handled {
                // It has not done what a join waits for.
                continue;
            }
            for (place, (from, _)) in self.blueprint.joins.iter().enumerate() {
                if from.contains(node) {
                    seen.entry(place).or_default().insert(*node);
                }
            }
        }
        for (place, (from, to)) in self.blueprint.joins.iter().enumerate() {
            let reported = seen.get(&place);
            if reported.is_some_and(|reported| reported.len() == from.len()) {
                seen.remove(&place);
                ways.push(Way::Node(*to));
            }
        }
        ways
    }

    /// Where edges and routers lead.
    pub(super) fn exits(&self, from: Option<usize>, view: &SimState) -> Vec<Way> {
        let edges = self.blueprint.edges.iter().filter(|edge| edge.0 == from);
        let edges = edges.map(|(_, to)| Way::Node(*to));
        let routers = self.blueprint.routers.iter();
        let routers = routers.filter(|router| router.from == from);
        edges
            .chain(routers.flat_map(|router| (router.rule)(view)))
            .collect()
    }

    /// Compares a checkpoint with what it should be.
    pub(super) fn compare(
        &self,
        commit: &Commit,
        step: Step,
        state: &SimState,
        (schedule, seen): (&Schedule, &Seen),
    ) -> Result<(), Violation> {
        let checkpoint = &commit.checkpoint;
        if checkpoint.step != step {
            return self.wrong(checkpoint.step, "the superstep", &step, &checkpoint.step);
        }
        let found = commit.state();
        if found != *state {
            return self.wrong(step, "the state", state, &found);
        }
        let found = Schedule::stored(checkpoint);
        if *schedule != found {
            return self.wrong(step, "what runs next", schedule, &found);
        }
        let (want, found) = (self.joins(seen), stored_joins(checkpoint));
        if want != found {
            return self.wrong(step, "what joins have seen", &want, &found);
        }
        Ok(())
    }

    fn joins(&self, seen: &Seen) -> BTreeSet<Join> {
        let name = |node: &usize| self.blueprint.spots[*node].name.to_string();
        let waiting = seen.iter().map(|(place, seen)| {
            let (from, to) = &self.blueprint.joins[*place];
            let names = |nodes: &mut dyn Iterator<Item = &usize>| nodes.map(name).collect();
            (name(to), names(&mut from.iter()), names(&mut seen.iter()))
        });
        waiting.collect()
    }
}

fn stored_joins(checkpoint: &Checkpoint) -> BTreeSet<Join> {
    let names = |nodes: &[agentflow_core::NodeId]| {
        nodes.iter().map(|node| node.as_str().to_owned()).collect()
    };
    let waiting = checkpoint.joins.iter().map(|join| {
        (
            join.to.as_str().to_owned(),
            names(&join.from),
            names(&join.seen),
        )
    });
    waiting.collect()
}
