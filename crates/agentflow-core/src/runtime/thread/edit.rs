//! Changes a thread's state from outside, as if nodes had run.

use std::sync::Arc;

use super::handle::Thread;
use crate::checkpoint::{Checkpoint, CheckpointSource, RanTask, Stored, WrittenBy};
use crate::engine::{EditKind, Start, StartFrom};
use crate::error::RunError;
use crate::graph::{END, START};
use crate::id::{CheckpointId, NodeId, Origin};
use crate::nearest::nearest;
use crate::runtime::memo::Memo;
use crate::runtime::recover::Recovered;
use crate::runtime::run::{first_start, leased, load};
use crate::runtime::scope::{Leased, Run, Scope};
use crate::state::State;

/// One write from outside, and whom it is to look like.
#[derive(Clone, Debug)]
#[must_use = "an update is made by `Thread::update_state`"]
pub struct StateUpdate<S: State> {
    who: Who,
    update: S::Update,
}

#[derive(Clone, Debug, PartialEq)]
enum Who {
    /// Whoever ran last.
    Last,
    Node(NodeId),
    Input,
    Copy,
}

impl<S: State> StateUpdate<S> {
    /// As the node that ran last; on a thread that never ran, as START.
    pub fn new(update: S::Update) -> Self {
        let who = Who::Last;
        Self { who, update }
    }

    /// As this node, whose edges are then taken; START and END can be named too. As END,
    /// nothing is left to do.
    pub fn as_node(node: impl Into<NodeId>, update: S::Update) -> Self {
        let who = Who::Node(node.into());
        Self { who, update }
    }

    /// As an input that waits for the thread to go on.
    pub fn as_input(update: S::Update) -> Self {
        let who = Who::Input;
        Self { who, update }
    }

    /// The same checkpoint again, beside the one that it copies.
    pub fn copy() -> Self {
        Self {
            who: Who::Copy,
            update: S::Update::default(),
        }
    }
}

impl<S: State, I, O> Thread<'_, S, I, O> {
    /// Writes to the state from outside, as a node would have, and takes that node's
    /// edges: what was scheduled before is given up, what had finished is kept. Makes one
    /// checkpoint and returns its number. At an older checkpoint it begins a branch.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use agentflow_core::{NodeContext, NodeResult, Outcome, START, State, StateGraph, StateUpdate};
    /// # use agentflow_core::checkpoint::MemoryCheckpointer;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
    /// # struct Draft { text: String, approved: bool }
    /// # async fn write(_: Arc<Draft>, _: NodeContext) -> NodeResult<DraftUpdate> {
    /// #     Ok(Draft::update().text("tides are wet"))
    /// # }
    /// # async fn approve(_: Arc<Draft>, cx: NodeContext) -> NodeResult<DraftUpdate> {
    /// #     Ok(Draft::update().approved(cx.interrupt("good?")?))
    /// # }
    /// # async fn run() -> Result<(), agentflow_core::Error> {
    /// let graph = StateGraph::new()
    ///     .add_node("write", write)
    ///     .add_node("approve", approve)
    ///     .add_edge(START, "write")
    ///     .add_edge("write", "approve")
    ///     .compile_with(MemoryCheckpointer::new())?;
    /// let thread = graph.thread("t");
    /// let _asks = thread.invoke(Draft::default()).await?;
    /// let better = Draft::update().text("tides follow the moon");
    /// thread.update_state(StateUpdate::as_node("write", better)).await?;
    /// let _asks_again = thread.proceed().await?;
    /// let done = thread.resume(true).await?.into_done().unwrap();
    /// assert_eq!(done.text, "tides follow the moon");
    /// # Ok(())
    /// # }
    /// # futures::executor::block_on(run()).unwrap();
    /// ```
    ///
    /// # Errors
    /// If it is not clear which node ran last, if the node is not there, if the writes do
    /// not fold in, if the thread is being run, or if the store fails. The thread is
    /// unchanged then.
    pub async fn update_state(&self, update: StateUpdate<S>) -> Result<CheckpointId, RunError> {
        self.update_states(vec![vec![update]]).await
    }

    /// Makes one checkpoint for each list of writes, in their order; those of one list
    /// are made together, as nodes of one superstep would. Returns the last one's number.
    ///
    /// # Errors
    /// As [`Thread::update_state`]; if a list is empty or there is none; if one of several
    /// writes of a list says not as which node, or is not a node's. Checkpoints before the
    /// one that cannot be made stay.
    pub async fn update_states(
        &self,
        supersteps: Vec<Vec<StateUpdate<S>>>,
    ) -> Result<CheckpointId, RunError> {
        let checkpointer = self.store("update a thread's state")?;
        if supersteps.is_empty() || supersteps.iter().any(Vec::is_empty) {
            return Err(self.bad_edit("there is nothing to write: give each superstep an update"));
        }
        leased(
            self.graph,
            checkpointer,
            &self.id,
            &Memo::default(),
            |store| async move {
                let mut thread = self.clone();
                let mut head = None;
                for updates in supersteps {
                    head = thread.write(&store, store.fence.epoch.0, updates).await?;
                    // The next one goes on from there.
                    thread.config.at = None;
                }
                match head {
                    Some(head) => Ok(head),
                    None => unreachable!("an edit makes a checkpoint"),
                }
            },
        )
        .await
    }

    /// Makes a copy of the checkpoint that [`Thread::at`] names the newest, so that the
    /// thread goes on from there. Returns the copy's number.
    ///
    /// # Errors
    /// As [`Thread::update_state`].
    pub async fn fork(&self) -> Result<CheckpointId, RunError> {
        let checkpointer = self.store("fork a thread")?;
        leased(
            self.graph,
            checkpointer,
            &self.id,
            &Memo::default(),
            |store| async move {
                let recovered = self.recover_at(checkpointer).await?;
                let Some(recovered) = recovered else {
                    return Err(RunError::EmptyThread {
                        thread: self.id.clone(),
                    });
                };
                let scope = self.edit_scope(&store, store.fence.epoch.0, Some(&recovered));
                match self.fork_to(&scope, recovered).await? {
                    Some(head) => Ok(head),
                    None => unreachable!("a fork makes a checkpoint"),
                }
            },
        )
        .await
    }

    /// Makes the checkpoint of one list of updates.
    async fn write(
        &self,
        store: &Leased,
        number: u64,
        updates: Vec<StateUpdate<S>>,
    ) -> Result<Option<CheckpointId>, RunError> {
        let stored = load(
            &store.checkpointer,
            &self.id,
            &self.namespace,
            self.config.at,
        )
        .await?;
        let recovered = self.recover_at(&store.checkpointer).await?;
        let scope = self.edit_scope(store, number, recovered.as_ref());
        let source = match &updates[..] {
            [only] if only.who == Who::Input => CheckpointSource::Input,
            [only] if only.who == Who::Copy => CheckpointSource::Fork,
            _ => CheckpointSource::Update,
        };
        let kind = self
            .edit_kind(&store.checkpointer, stored.as_ref(), updates)
            .await?;
        let mut recovered = match recovered {
            Some(recovered) => recovered,
            None => fresh(self.id.as_str().into()),
        };
        if self.config.at.is_some()
            && let StartFrom::Superstep(resumption) = &mut recovered.start.from
        {
            // A branch from a checkpoint of one's choice begins with what that one says.
            resumption.finished.clear();
        }
        self.make(&scope, recovered, source, |from| match (kind, from) {
            (EditKind::Beside { parent, ran, .. }, StartFrom::StoredInput(input)) => {
                let input = Some(input.clone());
                EditKind::Beside { parent, ran, input }
            }
            (kind, _) => kind,
        })
        .await
    }

    async fn edit_kind(
        &self,
        store: &Arc<dyn crate::checkpoint::Checkpointer>,
        stored: Option<&Stored>,
        mut updates: Vec<StateUpdate<S>>,
    ) -> Result<EditKind<S>, RunError> {
        if let [only] = &mut updates[..] {
            let update = std::mem::take(&mut only.update);
            return match &only.who {
                Who::Input => Ok(EditKind::Input(update)),
                Who::Copy => match stored {
                    Some(stored) => Ok(EditKind::Beside {
                        parent: stored.checkpoint.parent,
                        ran: stored.checkpoint.ran.clone(),
                        input: None,
                    }),
                    None => Err(RunError::EmptyThread {
                        thread: self.id.clone(),
                    }),
                },
                Who::Node(node) if node.as_str() == START => Ok(EditKind::Start(update)),
                Who::Node(node) if node.as_str() == END => Ok(EditKind::End(update)),
                Who::Node(node) => Ok(EditKind::Nodes(vec![(self.node(node)?, update)])),
                Who::Last => match self.last_to_run(store, stored).await? {
                    Some(node) => Ok(EditKind::Nodes(vec![(node, update)])),
                    None => Ok(EditKind::Start(update)),
                },
            };
        }
        let mut nodes = Vec::new();
        for StateUpdate { who, update } in updates {
            match who {
                Who::Node(node) if node.as_str() != START && node.as_str() != END => {
                    nodes.push((self.node(&node)?, update));
                }
                _ => {
                    return Err(self.bad_edit(
                        "of several updates of one superstep each must say as which node: use `StateUpdate::as_node`",
                    ));
                }
            }
        }
        Ok(EditKind::Nodes(nodes))
    }

    /// The node that ran last before a checkpoint was made; `None` for START.
    async fn last_to_run(
        &self,
        store: &Arc<dyn crate::checkpoint::Checkpointer>,
        stored: Option<&Stored>,
    ) -> Result<Option<usize>, RunError> {
        let Some(stored) = stored else {
            return Ok(None);
        };
        if self.graph.plan.nodes.len() == 1 {
            return Ok(Some(0));
        }
        let unknown = || {
            self.bad_edit(
                "it is not recorded which node ran last, so say as which this is: use `StateUpdate::as_node`",
            )
        };
        let mut before;
        let mut checkpoint = &stored.checkpoint;
        while checkpoint.ran.is_empty() {
            if checkpoint.source == CheckpointSource::Loop {
                return Err(unknown());
            }
            let Some(parent) = checkpoint.parent else {
                // An input that nothing has run on.
                return Ok(None);
            };
            before = load(store, &self.id, &self.namespace, Some(parent)).await?;
            checkpoint = &before.as_ref().ok_or_else(unknown)?.checkpoint;
        }
        match &last_nodes(checkpoint)[..] {
            [only] if only.as_str() == START => Ok(None),
            [only] => Ok(Some(self.node(only)?)),
            _ => Err(self.bad_edit(
                "several nodes ran last, so say as which this is: use `StateUpdate::as_node`",
            )),
        }
    }

    fn node(&self, node: &NodeId) -> Result<usize, RunError> {
        let plan = &self.graph.plan;
        plan.index_of_stored(node).ok_or_else(|| {
            let near = nearest(node.as_str(), plan.nodes().map(NodeId::as_str));
            let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            self.bad_edit(&format!("this graph has no node `{node}`{hint}"))
        })
    }

    pub(super) fn bad_edit(&self, what: &str) -> RunError {
        RunError::BadEdit {
            thread: self.id.clone(),
            what: what.to_owned(),
        }
    }

    pub(super) fn edit_scope(
        &self,
        store: &Leased,
        number: u64,
        recovered: Option<&Recovered<S>>,
    ) -> Scope {
        let run = Arc::new(self.edit_run(number, recovered));
        Scope::new(run, self.namespace.clone(), Some(store.clone()))
    }

    pub(super) fn edit_run(&self, number: u64, recovered: Option<&Recovered<S>>) -> Run {
        let mut run = self.new_run(number, None);
        if let Some(recovered) = recovered {
            run.origin.clone_from(&recovered.origin);
        }
        // What is made from outside is there when the call returns.
        run.options.durability = crate::Durability::Sync;
        run
    }
}

/// The nodes that wrote to a checkpoint last: those that somebody wrote for, if there are
/// such, else those of the last step.
fn last_nodes(checkpoint: &Checkpoint) -> Vec<&NodeId> {
    let place = |ran: &RanTask| (ran.task.step, ran.by == WrittenBy::Edit);
    let last = checkpoint.ran.iter().map(place).max();
    let ran = checkpoint.ran.iter().filter(|ran| Some(place(ran)) == last);
    let mut nodes: Vec<&NodeId> = ran.map(|ran| &ran.task.node).collect();
    nodes.sort();
    nodes.dedup();
    nodes
}

/// A thread that has never run.
fn fresh<S: State>(origin: Origin) -> Recovered<S> {
    let start: Start<S> = first_start(S::Update::default());
    Recovered {
        start,
        fields: Default::default(),
        answers: Default::default(),
        results: Vec::new(),
        given: Vec::new(),
        interrupts: Vec::new(),
        errors: Vec::new(),
        pause: None,
        has_begun: false,
        amendments: 0,
        origin,
        inside: Default::default(),
        is_done: false,
    }
}
