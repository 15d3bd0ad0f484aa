//! What a task came to that is a graph.

use agentflow_core::checkpoint::{CheckpointSource, ScheduledTask};
use agentflow_core::{CheckpointId, Namespace, TaskId};

use super::super::blueprint::{Blueprint, Inner};
use super::super::commit::Commit;
use super::super::state::SimState;
use super::super::task::{Reply, input_inside, reply_of_inside};
use super::super::violation::Violation;
use super::chain::{Begins, Model};
use super::fold::delta;

impl Model<'_> {
    /// The reply of a task that is a graph, whose chain must be right as well.
    pub(super) fn ran_inside(
        &self,
        (before, after): (&Commit, &Commit),
        task: &ScheduledTask,
        (kind, blueprint): (Inner, &Blueprint),
    ) -> Result<Reply, Violation> {
        let (name, state) = (task.node.as_str(), before.state());
        let namespace = self.namespace_inside(before, task, kind);
        let model = Model {
            world: self.world,
            blueprint,
            namespace: &namespace,
        };
        match kind {
            Inner::Fresh => {
                let ended = model.whole(&Begins::new(input_inside(name, &state)))?;
                Ok(reply_of_inside(name, &ended.0))
            }
            Inner::Shared => {
                let (ended, replies) = model.whole(&Begins { state, input: None })?;
                Ok(delta(&replies, &ended))
            }
            Inner::Lasting => {
                let stood = |commit: &Commit| commit.checkpoint.inner.get(&namespace).copied();
                let (from, to) = (stood(before), stood(after));
                let ended = model.lasting(from, to, input_inside(name, &state))?;
                Ok(reply_of_inside(name, &ended))
            }
        }
    }

    fn namespace_inside(&self, before: &Commit, task: &ScheduledTask, kind: Inner) -> Namespace {
        let checkpoint = &before.checkpoint;
        if kind == Inner::Lasting {
            let node = task.node.as_str();
            let path = match self.namespace.as_str() {
                "" => node.to_owned(),
                outer => format!("{outer}|{node}"),
            };
            return Namespace::from(path);
        }
        let id = TaskId {
            step: checkpoint.step.next(),
            node: task.node.clone(),
            index: task.index,
        };
        self.namespace.child(checkpoint.id, &id)
    }

    /// A graph that was begun for this task and ended with it.
    fn whole(&self, begins: &Begins) -> Result<(SimState, Vec<Reply>), Violation> {
        let commits = self.commits();
        let Some(last) = commits.last() else {
            return self.wrong(agentflow_core::Step::INPUT, "the chain", &"there", &"empty");
        };
        let replies = self.chain(&commits.iter().collect::<Vec<_>>(), begins)?;
        self.is_done(last)?;
        Ok((last.state(), replies))
    }

    /// A graph that was there before, from where it stood to where it stands.
    fn lasting(
        &self,
        from: Option<CheckpointId>,
        to: Option<CheckpointId>,
        input: SimState,
    ) -> Result<SimState, Violation> {
        let find = |id: CheckpointId| self.world.witness.find(self.namespace, id);
        let Some(last) = to.and_then(find) else {
            return self.wrong(
                agentflow_core::Step::INPUT,
                "where it stands",
                &"known",
                &to,
            );
        };
        let mut chain = vec![last];
        while let Some(first) = chain.last()
            && first.checkpoint.source != CheckpointSource::Input
            && let Some(before) = first.checkpoint.parent.and_then(find)
        {
            chain.push(before);
        }
        chain.reverse();
        let first = &chain[0].checkpoint;
        if first.parent != from {
            return self.wrong(first.step, "what its input lies on", &from, &first.parent);
        }
        let state = from.and_then(find).map(Commit::state).unwrap_or_default();
        let input = Some(input);
        self.chain(&chain, &Begins { state, input })?;
        self.is_done(last)?;
        Ok(last.state())
    }
}
