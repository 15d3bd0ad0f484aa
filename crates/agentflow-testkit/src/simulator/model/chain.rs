//! From each checkpoint of a graph to the ones that lie on it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use agentflow_core::checkpoint::CheckpointSource;
use agentflow_core::{CheckpointId, Namespace, START, Step};

use super::super::blueprint::Blueprint;
use super::super::commit::Commit;
use super::super::edit::{What, reply_of_edit};
use super::super::state::{SimState, first_input};
use super::super::task::Reply;
use super::super::violation::Violation;
use super::super::world::Inner;
use super::fold::folded;
use super::schedule::{Schedule, deferred};

/// Reports of nodes to joins that still wait, by the join's place.
pub(super) type Seen = BTreeMap<usize, BTreeSet<usize>>;

/// Checks every chain of a world whose thread is done.
///
/// # Errors
/// The first checkpoint that does not follow from the one before.
pub(in super::super) fn verify(world: &Inner, blueprint: &Blueprint) -> Result<(), Violation> {
    let root = Namespace::root();
    let model = Model {
        world,
        blueprint,
        namespace: &root,
    };
    let commits = model.commits();
    let Some(last) = commits.last() else {
        return model.wrong(Step::INPUT, "the chain", &"there", &"empty");
    };
    model.chain(
        &commits.iter().collect::<Vec<_>>(),
        &Begins::new(first_input()),
    )?;
    model.is_done(last)
}

/// One graph of a world.
pub(super) struct Model<'a> {
    pub(super) world: &'a Inner,
    pub(super) blueprint: &'a Blueprint,
    pub(super) namespace: &'a Namespace,
}

/// What a graph begins with.
pub(super) struct Begins {
    /// The state before the input.
    pub(super) state: SimState,
    /// What the input writes.
    pub(super) input: Option<SimState>,
}

impl Begins {
    pub(super) fn new(input: SimState) -> Self {
        Self {
            state: SimState::default(),
            input: Some(input),
        }
    }
}

impl Model<'_> {
    /// Every checkpoint of the graph, oldest first.
    pub(super) fn commits(&self) -> &[Commit] {
        let commits = self.world.witness.commits.get(self.namespace);
        commits.map_or(&[], Vec::as_slice)
    }

    /// Checks `commits`, of which the first one took the input in. Returns what all tasks
    /// replied, in their order.
    pub(super) fn chain(
        &self,
        commits: &[&Commit],
        begins: &Begins,
    ) -> Result<Vec<Reply>, Violation> {
        let mut seen: BTreeMap<CheckpointId, Seen> = BTreeMap::new();
        let (mut edits, mut replies) = (0, Vec::new());
        for (place, after) in commits.iter().enumerate() {
            let checkpoint = &after.checkpoint;
            let parent = checkpoint.parent;
            let before = commits[..place]
                .iter()
                .find(|commit| Some(commit.checkpoint.id) == parent);
            let now = match (checkpoint.source, before) {
                (CheckpointSource::Input, _) => {
                    self.takes_input(after)?;
                    Seen::new()
                }
                (CheckpointSource::Loop, Some(before)) => {
                    let mut seen = seen.get(&before.checkpoint.id).cloned().unwrap_or_default();
                    let (state, schedule, ran) = if takes_input(before) {
                        self.start(begins)
                    } else {
                        self.superstep(before, after, &mut seen)?
                    };
                    replies.extend(ran);
                    self.compare(
                        after,
                        before.checkpoint.step.next(),
                        &state,
                        (&schedule, &seen),
                    )?;
                    self.check_pause(before)?;
                    seen
                }
                (CheckpointSource::Update | CheckpointSource::Fork, _) => {
                    edits += 1;
                    self.edited(after, edits - 1, &seen)?
                }
                _ => return self.wrong(checkpoint.step, "its parent", &"there", &parent),
            };
            seen.insert(checkpoint.id, now);
        }
        Ok(replies)
    }

    pub(super) fn is_done(&self, last: &Commit) -> Result<(), Violation> {
        let last = &last.checkpoint;
        if last.next.is_empty() {
            return Ok(());
        }
        self.wrong(
            last.step,
            "the last checkpoint's tasks",
            &"none",
            &last.next,
        )
    }

    fn takes_input(&self, commit: &Commit) -> Result<(), Violation> {
        if takes_input(commit) {
            return Ok(());
        }
        let checkpoint = &commit.checkpoint;
        self.wrong(checkpoint.step, "the first task", &START, &checkpoint.next)
    }

    /// START applies the input and leads to the first nodes.
    fn start(&self, begins: &Begins) -> (SimState, Schedule, Vec<Reply>) {
        let replies: Vec<Reply> = begins.input.iter().map(reply_of_input).collect();
        let state = folded(&begins.state, &replies);
        let mut view = state.clone();
        let flashes = begins.input.as_ref().unwrap_or(&begins.state);
        view.flash.clone_from(&flashes.flash);
        let schedule = Schedule::of(self.blueprint, self.exits(None, &view), &BTreeSet::new());
        (state, schedule, Vec::new())
    }

    /// Somebody changed the thread from outside.
    fn edited(
        &self,
        after: &Commit,
        edit: usize,
        seen: &BTreeMap<CheckpointId, Seen>,
    ) -> Result<Seen, Violation> {
        let checkpoint = &after.checkpoint;
        let edit = self
            .world
            .edits
            .get(edit)
            .filter(|_| self.namespace.is_root());
        let at = edit.and_then(|edit| self.world.witness.find(self.namespace, edit.at));
        let (Some(edit), Some(at)) = (edit, at) else {
            return self.wrong(checkpoint.step, "a change", &"none", &checkpoint.source);
        };
        let mut seen = seen.get(&edit.at).cloned().unwrap_or_default();
        let step = at.checkpoint.step;
        let What::Update { node, line } = &edit.what else {
            let step = if edit.what == What::Copy {
                step
            } else {
                step.next()
            };
            let schedule = Schedule::stored(&at.checkpoint);
            self.compare(after, step, &at.state(), (&schedule, &seen))?;
            return Ok(seen);
        };
        let (reply, before) = (reply_of_edit(line), at.state());
        let node = self.blueprint.find(node).unwrap_or_default();
        let state = folded(&before, [&reply]);
        let ways = self.leads(&before, &[(node, reply)], &mut seen);
        // What was scheduled is given up, not what waits for the end of all.
        let schedule = Schedule::of(self.blueprint, ways, &deferred(&at.checkpoint));
        self.compare(after, step.next(), &state, (&schedule, &seen))?;
        Ok(seen)
    }

    pub(super) fn wrong<T>(
        &self,
        step: Step,
        what: &'static str,
        want: &impl Debug,
        found: &impl Debug,
    ) -> Result<T, Violation> {
        Err(Violation::WrongSuperstep {
            namespace: self.namespace.clone(),
            step,
            what,
            want: format!("{want:?}"),
            found: format!("{found:?}"),
        })
    }
}

fn takes_input(commit: &Commit) -> bool {
    let first = commit.checkpoint.next.first();
    first.is_some_and(|task| task.node.as_str() == START)
}

/// A whole state as an input, which writes every field.
fn reply_of_input(input: &SimState) -> Reply {
    Reply {
        lines: input.log.clone(),
        count: input.count,
        last: Some(input.last.clone()),
        note: Some(input.note.clone()),
        flash: input.flash.clone(),
        ..Reply::default()
    }
}
