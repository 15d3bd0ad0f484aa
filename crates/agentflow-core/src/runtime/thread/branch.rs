//! Goes on from an older checkpoint: a copy of it becomes the newest, with its questions.

use super::handle::Thread;
use super::tell::Matched;
use crate::checkpoint::{CodecError, Record, RecordKind};
use crate::error::RunError;
use crate::graph::Plan;
use crate::id::{CheckpointId, InterruptId, NodeId};
use crate::interrupt::Interrupt;
use crate::runtime::recover::Recovered;
use crate::runtime::run::reload;
use crate::runtime::scope::{Leased, Scope};
use crate::state::State;

/// A question as it is asked on the copy, with its task there.
struct Moved {
    was: InterruptId,
    task: String,
    interrupt: Interrupt,
}

impl<S: State, I, O> Thread<'_, S, I, O> {
    /// Makes a copy of the checkpoint the newest. Its questions are open there under other
    /// names, by which `answers` find them.
    pub(super) async fn branch(
        &self,
        scope: &Scope,
        store: &Leased,
        standing: Recovered<S>,
        answers: &mut [Matched],
    ) -> Result<Recovered<S>, RunError> {
        let (was, _) = standing.base();
        let own = |asked: &(String, Interrupt)| {
            // A question of a graph inside is asked there anew, and so is one of an error
            // handler, whose node runs first.
            let (task, interrupt) = asked;
            interrupt.namespace == self.namespace
                && interrupt.id == interrupt.id_at(&scope.run.origin, was, task)
        };
        let asked: Vec<_> = standing
            .interrupts
            .iter()
            .filter(|asked| own(asked))
            .cloned()
            .collect();
        for (_, answered, _) in answers.iter() {
            if !asked.iter().any(|(_, asked)| asked.id == answered.id) {
                return Err(self.bad_edit(&format!(
                    "question `{}` is asked anew on a branch, under another name: call `proceed` \
                     first and answer then",
                    answered.id
                )));
            }
        }
        let Some(head) = self.fork_to(scope, standing).await? else {
            unreachable!("a fork makes a checkpoint")
        };
        let moved: Vec<Moved> = asked
            .into_iter()
            .map(|(task, interrupt)| self.moved(scope, head, &task, interrupt))
            .collect();
        for answer in answers {
            if let Some(moved) = moved.iter().find(|moved| moved.was == answer.1.id) {
                answer.0.clone_from(&moved.task);
                answer.1 = moved.interrupt.clone();
            }
        }
        let records = records(moved)?;
        if !records.is_empty() {
            scope.store_records(head, records, None).await?;
        }
        reload(self, scope, store).await
    }

    fn moved(
        &self,
        scope: &Scope,
        head: CheckpointId,
        task: &str,
        mut interrupt: Interrupt,
    ) -> Moved {
        let task = moved_task(&self.graph.plan, task);
        let was = interrupt.id.clone();
        interrupt.id = interrupt.id_at(&scope.run.origin, head, &task);
        Moved {
            was,
            task,
            interrupt,
        }
    }
}

/// The questions, one record for each task.
fn records(moved: Vec<Moved>) -> Result<Vec<Record>, CodecError> {
    let mut tasks: Vec<(String, Vec<Interrupt>)> = Vec::new();
    for Moved {
        task, interrupt, ..
    } in moved
    {
        match tasks.iter_mut().find(|(known, _)| *known == task) {
            Some((_, interrupts)) => interrupts.push(interrupt),
            None => tasks.push((task, vec![interrupt])),
        }
    }
    let records = tasks.into_iter().map(|(task, interrupts)| {
        let value = serde_json::to_vec(&interrupts)
            .map_err(|source| CodecError::encoding("questions", source))?;
        Ok(Record {
            task,
            kind: RecordKind::Interrupt,
            key: String::new(),
            value,
        })
    });
    records.collect()
}

/// A task's name on a copy of its checkpoint: a step further, and under the name that its
/// node has today.
fn moved_task<S: State>(plan: &Plan<S>, task: &str) -> String {
    let mut parts = task.splitn(3, '/');
    let (Some(step), Some(node), Some(index)) = (parts.next(), parts.next(), parts.next()) else {
        return task.to_owned();
    };
    let step = step.parse::<i64>().unwrap_or_default() + 1;
    let node = NodeId::from(node);
    let node = plan
        .index_of_stored(&node)
        .map_or(node, |place| plan.nodes[place].id.clone());
    format!("{step}/{node}/{index}")
}
