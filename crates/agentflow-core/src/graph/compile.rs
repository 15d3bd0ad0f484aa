//! Checks a graph and turns it into a plan.

use std::collections::HashMap;
use std::sync::Arc;

use super::builder::StateGraph;
use super::error::GraphError;
use super::plan::{Branch, Exits, Join, Plan, PlanNode};
use crate::checkpoint::Checkpointer;
use crate::id::{Fingerprint, NodeId};
use crate::interrupt::derive_key;
use crate::runtime::CompiledGraph;
use crate::state::State;

impl<S: State, I, O> StateGraph<S, I, O> {
    /// Checks the graph. Its threads are forgotten when a run ends.
    ///
    /// # Errors
    /// All problems of the graph at once.
    pub fn compile(self) -> Result<CompiledGraph<S, I, O>, GraphError> {
        Ok(CompiledGraph::new(Arc::new(self.into_plan()?), None))
    }

    /// Checks the graph. Its threads are kept by `checkpointer`.
    ///
    /// # Errors
    /// All problems of the graph at once.
    pub fn compile_with(
        self,
        checkpointer: impl Checkpointer + 'static,
    ) -> Result<CompiledGraph<S, I, O>, GraphError> {
        Ok(CompiledGraph::new(
            Arc::new(self.into_plan()?),
            Some(Arc::new(checkpointer)),
        ))
    }

    pub(crate) fn into_plan(mut self) -> Result<Plan<S>, GraphError> {
        self.nodes.sort_by(|a, b| a.id.cmp(&b.id));
        let names: Vec<NodeId> = self.nodes.iter().map(|draft| draft.id.clone()).collect();
        let by_name: HashMap<NodeId, usize> = names
            .iter()
            .enumerate()
            .map(|(index, name)| (name.clone(), index))
            .collect();
        let problems = self.problems(&by_name);
        if !problems.is_empty() {
            return Err(GraphError { problems });
        }
        let fingerprint = self.fingerprint();
        // START's come last: it has no index of its own.
        let mut exits: Vec<Exits<S>> = (0..=names.len()).map(|_| Exits::default()).collect();
        let place = |from: &NodeId| by_name.get(from).copied().unwrap_or(names.len());
        for (from, to) in &self.edges {
            exits[place(from)].edges.extend(by_name.get(to));
        }
        for (from, draft) in self.branches {
            let to = draft.destinations.into_iter();
            let destinations = to
                .map(|to| (to.clone(), by_name.get(&to).copied()))
                .collect();
            exits[place(&from)].branches.push(Branch {
                label: draft.label,
                route: draft.route,
                destinations,
            });
        }
        let mut joins = Vec::new();
        for (mut from, to) in self.joins {
            // A join on END has nothing to run.
            let Some(to) = by_name.get(&to).copied() else {
                continue;
            };
            from.sort();
            from.dedup();
            // Said twice it is one join: a checkpoint tells joins apart by these two.
            let join = Join { to, from };
            if joins.contains(&join) {
                continue;
            }
            for (place, name) in join.from.iter().enumerate() {
                exits[by_name[name]].joins.push((joins.len(), place));
            }
            joins.push(join);
        }
        let start = exits.pop().unwrap_or_default();
        let (mut options, defaults) = (self.options, self.defaults);
        let nodes = self
            .nodes
            .into_iter()
            .zip(exits)
            .map(|(draft, exits)| PlanNode {
                options: defaults.fill(options.remove(&draft.id).unwrap_or_default().0),
                id: draft.id,
                node: draft.node,
                takes: draft.takes,
                sees: draft.sees,
                inner: draft.inner,
                exits,
            });
        let nodes: Vec<PlanNode<S>> = nodes.collect();
        Ok(Plan {
            defers: nodes.iter().any(|node| node.options.deferred),
            nodes,
            by_name,
            start,
            joins,
            fingerprint,
            renamed: self.renamed,
            needs: self.needs,
        })
    }

    fn fingerprint(&self) -> Fingerprint {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.nodes.iter().map(|draft| {
            let kind = if draft.takes.state {
                "node"
            } else {
                "send node"
            };
            format!("{kind} {}", draft.id)
        }));
        parts.extend(
            self.edges
                .iter()
                .map(|(from, to)| format!("edge {from} {to}")),
        );
        parts.extend(
            self.joins
                .iter()
                .map(|(from, to)| format!("join {from:?} {to}")),
        );
        parts.extend(
            self.branches
                .iter()
                .map(|(from, branch)| format!("branch {from} {:?}", branch.destinations)),
        );
        // The order in which a graph was written down is not part of its shape.
        parts.sort();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        derive_key("agentflow graph fingerprint v1", &parts)[..32].into()
    }
}
