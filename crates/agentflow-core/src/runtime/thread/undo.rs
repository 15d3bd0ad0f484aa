//! Undoes tasks, each once.
//!
//! That a task is undone, and what the `once` of its undo action came to, is recorded
//! where the task ran, so that it is found again from wherever the thread stands. Which
//! tasks are to be undone is for the rollback to say.

use std::sync::Arc;

use crate::checkpoint::{CodecError, RanTask, Record, RecordKind, Wake, WrittenBy};
use crate::error::RunError;
use crate::graph::Plan;
use crate::id::TaskId;
use crate::runtime::context::{AttemptOf, NodeContext, Part};
use crate::runtime::run::load;
use crate::runtime::scope::{Leased, Scope};
use crate::state::State;

/// What it takes to undo a thread's tasks.
pub(super) struct Undo<'a, S: State> {
    pub(super) plan: &'a Plan<S>,
    pub(super) scope: &'a Arc<Scope>,
    pub(super) store: &'a Leased,
}

impl<S: State> Undo<'_, S> {
    /// Those of the tasks whose node ran and has an undo action.
    pub(super) fn undoable<'t>(
        &self,
        tasks: impl IntoIterator<Item = &'t RanTask>,
    ) -> Vec<&'t RanTask> {
        let has_action = |ran: &RanTask| {
            let node = self.plan.index_of_stored(&ran.task.node);
            node.is_some_and(|node| self.plan.nodes[node].options.undo.is_some())
        };
        let tasks = tasks.into_iter();
        tasks
            .filter(|ran| ran.by == WrittenBy::Node && has_action(ran))
            .collect()
    }

    /// Undoes these, the last first, and adds them to those that are undone. `state` is
    /// the one that they left.
    pub(super) async fn tasks(
        &self,
        tasks: &[&RanTask],
        state: &Arc<S>,
        undone: &mut Vec<TaskId>,
    ) -> Result<(), RunError> {
        for ran in tasks.iter().rev() {
            self.task(ran, state).await?;
            undone.push(ran.task.clone());
        }
        Ok(())
    }

    async fn task(&self, ran: &RanTask, state: &Arc<S>) -> Result<(), RunError> {
        let RanTask { task, base, .. } = ran;
        let (thread, namespace) = (&self.scope.run.thread, &self.scope.namespace);
        let node = self.plan.index_of_stored(&task.node);
        let options = node.map(|node| &self.plan.nodes[node].options);
        let Some(undo) = options.and_then(|options| options.undo.as_ref()) else {
            return Ok(());
        };
        let stored = load(&self.store.checkpointer, thread, namespace, Some(*base)).await?;
        let records = stored.map(|stored| stored.records).unwrap_or_default();
        let name = task.to_string();
        let is_undone = |record: &Record| record.kind == RecordKind::Undone && record.task == name;
        if records.iter().any(is_undone) {
            return Ok(());
        }
        let of = AttemptOf {
            task: task.clone(),
            number: 1,
            base: *base,
            part: Part::Undo,
        };
        let cx = NodeContext::new(Arc::clone(self.scope), of);
        self.recall(&cx, records);
        let result = undo(Arc::clone(state), cx).await;
        result.map_err(|error| RunError::UndoFailed {
            thread: thread.clone(),
            node: task.node.clone(),
            step: task.step,
            source: error.into_source(),
        })?;
        let record = Record {
            task: name,
            kind: RecordKind::Undone,
            key: String::new(),
            value: serde_json::to_vec(task)
                .map_err(|source| CodecError::encoding("an undo", source))?,
        };
        let saved = self
            .store
            .save(self.scope, *base, vec![record], Wake::Keep)
            .await;
        saved.map_err(|source| self.scope.store_error(source))
    }

    /// What an undo action that failed half way has done already.
    fn recall(&self, cx: &NodeContext, records: Vec<Record>) {
        let part = cx.part();
        let own = records
            .into_iter()
            .filter(|record| record.kind == RecordKind::Once && record.task == part);
        let results = own.map(|record| ((record.task, record.key), record.value));
        let memo = &self.scope.run.memo;
        memo.recall(&self.scope.namespace, cx.base(), cx.root_step(), results);
    }
}
