//! What a graph inside remembers, and where: under which namespace, for which task, and
//! where it stands for the checkpoint of the outer graph.

use std::collections::BTreeMap;

use crate::checkpoint::{Checkpoint, CheckpointSource, Checkpointer, HistoryPage};
use crate::engine::{Start, StartFrom};
use crate::error::{NodeError, NodeResult, RunError};
use crate::graph::Persistence;
use crate::id::{CheckpointId, Namespace, NodeId};
use crate::runtime::compiled::CompiledGraph;
use crate::runtime::context::NodeContext;
use crate::runtime::run::store_error;
use crate::runtime::scope::Scope;
use crate::state::State;

/// How many checkpoints of a memory are looked at together.
const PAGE: u32 = 16;

impl<C: State, I, O> CompiledGraph<C, I, O> {
    /// Under which name the task's checkpoints are told from those of other tasks, if they
    /// lie in one namespace.
    pub(super) fn owner(&self, cx: &NodeContext) -> Option<String> {
        let outer = &cx.scope().namespace;
        let is_shared = self.persistence == Persistence::PerThread;
        is_shared.then(|| format!("{outer}:{}.{}", cx.base(), cx.part()))
    }

    pub(super) fn namespace_inside(
        &self,
        cx: &NodeContext,
        key: Option<&str>,
    ) -> NodeResult<Namespace> {
        let outer = &cx.scope().namespace;
        let (call, part) = (cx.count_call(), cx.part_suffix());
        if self.persistence != Persistence::PerThread {
            return Ok(outer.child(cx.base(), cx.task()).of_part(part).nth(call));
        }
        let node = || cx.node().clone();
        match key {
            Some(key) if cx.is_new_key(key) => Ok(where_it_lies(cx, |name| {
                outer.keyed_child(name, key).of_part(part)
            })),
            // After a crash it could not be told which of the two had run.
            Some(key) => Err(NodeError::fatal(SameKey {
                node: node(),
                key: key.to_owned(),
            })),
            // Two sends of one node would share what each believes its own.
            None if cx.task().index > 0 => Err(NodeError::fatal(SharedMemory { node: node() })),
            None => Ok(where_it_lies(cx, |name| {
                outer.thread_child(name).of_part(part).nth(call)
            })),
        }
    }

    /// Notes where a graph that lives as long as the thread stands now: for tasks that
    /// run later in this run, and for the checkpoint that this task is a part of.
    pub(super) fn remember(&self, cx: &NodeContext, namespace: Namespace, head: CheckpointId) {
        if self.persistence == Persistence::PerThread {
            cx.scope().inner().insert(namespace.clone(), head);
            cx.with_beside(|beside| beside.inner.push((namespace, head)));
        }
    }
}

/// What a node remembers stays under the name that the node had when it began to.
fn where_it_lies(cx: &NodeContext, namespace: impl Fn(&NodeId) -> Namespace) -> Namespace {
    let (scope, own) = (cx.scope(), namespace(cx.node()));
    let inner = scope.inner();
    if inner.contains_key(&own) {
        return own;
    }
    let names = scope.names.get(cx.node()).into_iter().flatten();
    let mut places = names.map(namespace);
    places
        .find(|place| inner.contains_key(place))
        .unwrap_or(own)
}

/// Where graphs inside that live as long as the thread stand when a run begins: as the
/// checkpoint says, or further, where a task of the unfinished superstep is done.
pub(in crate::runtime) fn heads_inside<S: State>(
    start: &Start<S>,
) -> BTreeMap<Namespace, CheckpointId> {
    let mut heads = start.inner.clone();
    if let StartFrom::Superstep(resumption) = &start.from {
        let finished = resumption.finished.iter();
        for beside in finished.filter_map(|done| done.beside.as_deref()) {
            heads.extend(beside.inner.iter().cloned());
        }
    }
    heads
}

/// Whether all that was made after `as_of`, up to `newest`, somebody made from outside:
/// then that is what the memory has become.
pub(super) async fn is_only_edited(
    scope: &Scope,
    store: &dyn Checkpointer,
    newest: &Checkpoint,
    as_of: Option<CheckpointId>,
) -> Result<bool, RunError> {
    let is_edit = |checkpoint: &Checkpoint| {
        let source = checkpoint.source;
        matches!(source, CheckpointSource::Update | CheckpointSource::Fork)
    };
    if !is_edit(newest) {
        return Ok(false);
    }
    let mut before = newest.id;
    loop {
        let page = HistoryPage {
            thread: scope.run.thread.clone(),
            namespace: scope.namespace.clone(),
            before: Some(before),
            limit: PAGE,
            source: None,
            step: None,
            metadata: Vec::new(),
        };
        let listed = store.history(page).await;
        let listed = listed.map_err(|source| store_error(&scope.run.thread, source))?;
        for checkpoint in &listed {
            if Some(checkpoint.id) <= as_of {
                return Ok(true);
            }
            if !is_edit(checkpoint) {
                return Ok(false);
            }
            before = checkpoint.id;
        }
        if listed.is_empty() {
            return Ok(true);
        }
    }
}

/// A graph that lives as long as the thread, run by several sends at once.
#[derive(Debug, thiserror::Error)]
#[error(
    "node `{node}` runs by several sends a graph that lives as long as the thread, and they would share its state: give each a name by `invoke_keyed`"
)]
struct SharedMemory {
    node: NodeId,
}

/// A graph that lives as long as the thread, run twice by one task.
#[derive(Debug, thiserror::Error)]
#[error(
    "node `{node}` runs graphs that live as long as the thread twice under the name `{key}` in one task: give each call a name of its own, or call from two nodes"
)]
struct SameKey {
    node: NodeId,
    key: String,
}
