//! Holds a graph against what a thread recorded when it ran: would it have gone the
//! same way?

use std::collections::BTreeSet;
use std::sync::Arc;

use super::handle::Thread;
use crate::checkpoint::{Checkpoint, CheckpointSource, ScheduledTask, Stored};
use crate::engine::{Action, Engine, Settings, StartFrom, Transition};
use crate::error::RunError;
use crate::graph::{Plan, START};
use crate::id::{CheckpointId, FieldName, NodeId, Step};
use crate::policy::Durability;
use crate::runtime::recover::{encode_scheduled, recover};
use crate::runtime::run::load;
use crate::state::State;
use crate::state::derived::decode_state;
use crate::stream::StreamModes;

/// How a graph compares with what a thread recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// Supersteps that were run again from their records.
    pub supersteps: u64,
    /// Supersteps whose replies were not recorded: see [`crate::Journal::Replies`].
    pub unrecorded: u64,
    /// The first superstep that would go another way, if there is one.
    pub divergence: Option<Divergence>,
}

/// A superstep that would go another way than it did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Divergence {
    /// The checkpoint that was recorded after it.
    pub checkpoint: CheckpointId,
    /// The superstep.
    pub step: Step,
    /// What differs.
    pub kind: DivergenceKind,
}

/// What differs between a recorded superstep and one that is run again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DivergenceKind {
    /// The graph cannot take up where the thread stood.
    CannotGoOn {
        /// Why.
        error: String,
    },
    /// A field has another value.
    Field {
        /// The field.
        name: String,
    },
    /// Other nodes run next.
    Next {
        /// Those that did, one for each task.
        recorded: Vec<NodeId>,
        /// Those that would.
        now: Vec<NodeId>,
    },
}

impl<S: State, I, O> Thread<'_, S, I, O> {
    /// Runs the thread's recorded history through this graph again, without running a
    /// node: each superstep's recorded replies are folded and routed anew, and the first
    /// checkpoint that would differ is reported. Nothing is written.
    ///
    /// # Errors
    /// Without a checkpointer, if the thread has never run, or if the store fails.
    pub async fn verify(&self) -> Result<Verified, RunError> {
        let store = self.store("verify a thread")?;
        let mut chain = Vec::new();
        let mut next = self.config.at;
        loop {
            let Some(stored) = load(store, &self.id, &self.namespace, next).await? else {
                break;
            };
            let parent = stored.checkpoint.parent;
            chain.push(stored);
            match parent {
                Some(parent) => next = Some(parent),
                None => break,
            }
        }
        if chain.is_empty() {
            return Err(RunError::EmptyThread {
                thread: self.id.clone(),
            });
        }
        chain.reverse();
        let mut verified = Verified {
            supersteps: 0,
            unrecorded: 0,
            divergence: None,
        };
        for pair in chain.windows(2) {
            let (before, after) = (&pair[0], &pair[1]);
            if after.checkpoint.source != CheckpointSource::Loop {
                continue;
            }
            match self.run_again(before, after) {
                Compared::Same => verified.supersteps += 1,
                Compared::Unrecorded => verified.unrecorded += 1,
                Compared::Differs(kind) => {
                    verified.divergence = Some(Divergence {
                        checkpoint: after.checkpoint.id,
                        step: after.checkpoint.step,
                        kind,
                    });
                    break;
                }
            }
        }
        Ok(verified)
    }

    fn run_again(&self, before: &Stored, after: &Stored) -> Compared {
        let plan = &self.graph.plan;
        let checkpoint = &after.checkpoint;
        if checkpoint.ran.iter().any(|ran| ran.base == checkpoint.id) {
            // Several supersteps in one checkpoint: what lay between them is not stored.
            return Compared::Unrecorded;
        }
        let cannot = |error: RunError| {
            Compared::Differs(DivergenceKind::CannotGoOn {
                error: error.to_string(),
            })
        };
        let recovered = match recover(plan, &self.id, before.clone()) {
            Ok(recovered) => recovered,
            Err(error) => return cannot(error),
        };
        if let StartFrom::Superstep(resumption) = &recovered.start.from
            && resumption.finished.len() < resumption.next.len()
        {
            return Compared::Unrecorded;
        }
        let mut engine = Engine::new(Arc::clone(plan), self.settings());
        engine.start(recovered.start);
        while let Some(action) = engine.poll() {
            match action {
                Action::Persist(transition) => return compare(plan, &transition, after),
                Action::Finish(crate::engine::End::Failed { error, .. }) => return cannot(error),
                _ => {}
            }
        }
        Compared::Unrecorded
    }

    fn settings(&self) -> Settings {
        Settings {
            thread: self.id.clone(),
            namespace: self.namespace.clone(),
            durability: Some(Durability::Sync),
            step_limit: u64::MAX,
            step_budget: None,
            output: None,
            max_concurrency: 1,
            tasks_max: usize::MAX,
            step_timeout: None,
            journal: false,
            collects: false,
            scheduling: self.graph.options.scheduling,
            breakpoints: Default::default(),
            watched: StreamModes::default(),
        }
    }
}

enum Compared {
    Same,
    Unrecorded,
    Differs(DivergenceKind),
}

fn compare<S: State>(plan: &Plan<S>, now: &Transition<S>, recorded: &Stored) -> Compared {
    for (field, spec) in S::FIELDS.iter().enumerate() {
        if !spec.is_stored() {
            continue;
        }
        let named = |(name, _): &&(FieldName, Vec<u8>)| name.as_str() == spec.name;
        let pieces: Vec<_> = recorded.values.iter().filter(named).cloned().collect();
        let then = match &pieces[..] {
            [(_, whole)] => Ok(whole.clone()),
            // Never written, or grown.
            pieces => decode_state::<S>(pieces).and_then(|state| state.encode_field(field)),
        };
        let same = match (then, now.state.encode_field(field)) {
            (Ok(then), Ok(now)) => then == now,
            _ => false,
        };
        if !same {
            let name = spec.name.to_owned();
            return Compared::Differs(DivergenceKind::Field { name });
        }
    }
    let next = encode_scheduled(plan, now).unwrap_or_default();
    let then = &recorded.checkpoint;
    let waiting = now.deferred.iter().map(|node| plan.nodes[*node].id.clone());
    let waiting: BTreeSet<NodeId> = waiting.collect();
    let waited = then
        .deferred
        .iter()
        .map(|node| current(plan, node))
        .collect();
    if next == renamed(plan, &then.next) && waiting == waited {
        return Compared::Same;
    }
    Compared::Differs(DivergenceKind::Next {
        recorded: nodes(then),
        now: next.into_iter().map(|task| task.node).collect(),
    })
}

/// Recorded tasks under the names that their nodes have today, in the order that these
/// give them.
fn renamed<S: State>(plan: &Plan<S>, next: &[ScheduledTask]) -> Vec<ScheduledTask> {
    let mut tasks: Vec<ScheduledTask> = next.to_vec();
    for task in &mut tasks {
        task.node = current(plan, &task.node);
    }
    tasks.sort_by(|a, b| {
        let by_index = a.index.cmp(&b.index);
        by_index.then_with(|| a.node.cmp(&b.node))
    });
    tasks
}

/// The name that a recorded node has today.
fn current<S: State>(plan: &Plan<S>, node: &NodeId) -> NodeId {
    let index = plan.index_of_stored(node);
    index.map_or_else(|| node.clone(), |index| plan.nodes[index].id.clone())
}

fn nodes(checkpoint: &Checkpoint) -> Vec<NodeId> {
    let next = checkpoint.next.iter().map(|task| task.node.clone());
    next.filter(|node| node.as_str() != START).collect()
}
