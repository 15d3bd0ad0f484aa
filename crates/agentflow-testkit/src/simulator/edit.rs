//! Changes of the thread from outside, between its runs: when is a good time for one, and
//! which it is. Both follow from the seed and from where the thread stands, so that the
//! same ones are made in every world.

use std::sync::Arc;

use agentflow_core::checkpoint::CheckpointSource;
use agentflow_core::{
    CheckpointId, CompiledGraph, Interrupt, Namespace, RunError, StateSnapshot, StateUpdate,
};

use super::blueprint::{Blueprint, Inner as Lies};
use super::client::THREAD;
use super::random::{Random, digest};
use super::state::{SimState, marked};
use super::task::Reply;
use super::world::Inner;

/// What may be changed in a world.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    seed: u64,
    edits_max: u64,
    /// Nodes as which one may write.
    nodes: Arc<[Arc<str>]>,
    /// Whether a branch may begin at an older checkpoint.
    goes_back: bool,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// The checkpoint that it lies on or copies.
    pub(super) at: CheckpointId,
    /// That checkpoint is not the head.
    goes_back: bool,
    pub(super) what: What,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Update { node: Arc<str>, line: String },
    Fork,
    Copy,
}

impl Plan {
    pub(super) fn of(blueprint: &Blueprint) -> Self {
        let nodes = blueprint.on_state().into_iter();
        let names = blueprint.names();
        Self {
            seed: blueprint.seed,
            edits_max: blueprint.edits,
            nodes: nodes.map(|node| Arc::clone(&names[node])).collect(),
            // The tasks of a graph that lives as long as the thread do not show on which
            // branch they are.
            goes_back: !blueprint.has_inner_deep(Lies::Lasting),
        }
    }

    /// Whether nothing may go on past a good time for a change.
    pub(super) fn has_edits(&self) -> bool {
        self.edits_max > 0
    }
}

/// What an update from outside writes, as if a node had replied it.
pub(super) fn reply_of_edit(line: &str) -> Reply {
    Reply {
        lines: vec![line.to_owned()],
        count: 1,
        last: Some(line.to_owned()),
        ..Reply::default()
    }
}

impl Inner {
    /// The change that is to be made where the thread stands, if there is one.
    pub(super) fn edit_due(&mut self, stands: &StateSnapshot<SimState>) -> Option<Edit> {
        // Behind a pause of a graph inside, what beside it has finished differs by world.
        let between = |asked: &Interrupt| asked.is_pause() && asked.namespace.is_root();
        let is_paused =
            stands.source == CheckpointSource::Loop && stands.interrupts.iter().any(between);
        if !is_paused && !stands.is_done() {
            return None;
        }
        let made = self.edits_made();
        self.edits
            .truncate(usize::try_from(made).unwrap_or(usize::MAX));
        let place = (self.plan.seed, "edits", made, stands.step.0);
        let mut random = Random::seeded(digest(&place));
        if made >= self.plan.edits_max || !random.chance(60) {
            return None;
        }
        let paused = self.paused_before(stands.checkpoint);
        let is_first = paused.is_empty();
        let goes_back = self.plan.goes_back && !is_first && random.chance(40);
        let at = if goes_back {
            *random.pick(&paused)
        } else {
            stands.checkpoint
        };
        let what = match random.below(4) {
            0 => What::Fork,
            // The copy of a thread's first checkpoint has nothing to lie on.
            1 if !goes_back && !is_first => What::Copy,
            _ => What::Update {
                node: Arc::clone(random.pick(&self.plan.nodes)),
                line: marked("edit", digest(&place)),
            },
        };
        let edit = Edit {
            at,
            goes_back,
            what,
        };
        self.edits.push(edit.clone());
        Some(edit)
    }

    /// How many changes the store has.
    fn edits_made(&self) -> u64 {
        let commits = self.witness.commits.get(&Namespace::root());
        let edited = |source| matches!(source, CheckpointSource::Update | CheckpointSource::Fork);
        let commits = commits.into_iter().flatten();
        commits
            .filter(|commit| edited(commit.checkpoint.source))
            .count() as u64
    }

    /// Checkpoints at which every world has paused, but for this one.
    fn paused_before(&self, head: CheckpointId) -> Vec<CheckpointId> {
        let paused = self.witness.breaks.iter();
        let root = paused.filter(|(namespace, ..)| namespace.is_root());
        root.map(|(_, checkpoint, _)| *checkpoint)
            .filter(|checkpoint| *checkpoint != head)
            // A second branch from one place would have the same tasks as the first.
            .filter(|checkpoint| self.edits.iter().all(|edit| edit.at != *checkpoint))
            .collect()
    }
}

impl Edit {
    /// Makes the change.
    ///
    /// # Errors
    /// The library's.
    pub(super) async fn make(self, graph: &CompiledGraph<SimState>) -> Result<(), RunError> {
        let mut thread = graph.thread(THREAD);
        if self.goes_back {
            thread = thread.at(self.at);
        }
        match self.what {
            What::Fork => thread.fork().await?,
            What::Copy => thread.update_state(StateUpdate::copy()).await?,
            What::Update { node, line } => {
                let update = reply_of_edit(&line).into_command(&Arc::from([])).update;
                let update = StateUpdate::as_node(&*node, update);
                thread.update_state(update).await?
            }
        };
        Ok(())
    }
}
