//! Checks a graph and turns it into a plan.

use std::collections::HashMap;
use std::sync::Arc;

use super::builder::{END, START, StateGraph};
use super::error::{GraphError, GraphProblem};
use super::plan::{Branch, Exits, Join, Plan, PlanNode, Takes};
use crate::checkpoint::Checkpointer;
use crate::id::NodeId;
use crate::interrupt::derive_key;
use crate::runtime::CompiledGraph;
use crate::state::State;

impl<S: State> StateGraph<S> {
    /// Checks the graph. Its threads are forgotten when a run ends.
    ///
    /// # Errors
    /// All problems of the graph at once.
    pub fn compile(self) -> Result<CompiledGraph<S>, GraphError> {
        Ok(CompiledGraph::new(Arc::new(self.into_plan()?), None))
    }

    /// Checks the graph. Its threads are kept by `checkpointer`.
    ///
    /// # Errors
    /// All problems of the graph at once.
    pub fn compile_with(
        self,
        checkpointer: impl Checkpointer + 'static,
    ) -> Result<CompiledGraph<S>, GraphError> {
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
        let retries: HashMap<_, _> = self.retries.into_iter().collect();
        let nodes = self
            .nodes
            .into_iter()
            .zip(exits)
            .map(|(draft, exits)| PlanNode {
                retry: retries.get(&draft.id).copied().or(self.default_retry),
                id: draft.id,
                node: draft.node,
                takes: draft.takes,
                exits,
            });
        Ok(Plan {
            nodes: nodes.collect(),
            by_name,
            start,
            joins,
            fingerprint,
        })
    }

    fn problems(&self, by_name: &HashMap<NodeId, usize>) -> Vec<GraphProblem> {
        let mut problems = Vec::new();
        for pair in self.nodes.windows(2) {
            if pair[0].id == pair[1].id {
                problems.push(GraphProblem::DuplicateNode(pair[0].id.clone()));
            }
        }
        for draft in &self.nodes {
            let name = draft.id.as_str();
            if name.is_empty() || name == START || name == END || name.contains(['|', ':', '/']) {
                problems.push(GraphProblem::BadName(draft.id.clone()));
            }
        }
        let mut check = Checker {
            by_name,
            takes: &|node| self.nodes[node].takes,
            problems,
        };
        for (from, to) in &self.edges {
            let place = format!("the edge `{from}` -> `{to}`");
            check.source(&place, from);
            check.target(&place, to);
        }
        for (from, to) in &self.joins {
            let names = from
                .iter()
                .map(NodeId::as_str)
                .collect::<Vec<_>>()
                .join("`, `");
            let place = format!("the join of `{names}` -> `{to}`");
            if from.is_empty() {
                check.wrong(&place, "waits for no node, so it would never be taken");
            }
            from.iter().for_each(|from| check.joined(&place, from));
            check.target(&place, to);
        }
        for (from, branch) in &self.branches {
            let place = format!("the conditional edge of `{from}`");
            check.source(&place, from);
            // A router may send payloads, so any node may be a destination.
            branch
                .destinations
                .iter()
                .for_each(|to| check.destination(&place, to));
        }
        for (node, _) in &self.retries {
            check.known("a retry policy", node);
        }
        let mut problems = check.problems;
        let leads_from_start = self.edges.iter().any(|(from, _)| from.as_str() == START)
            || self.branches.iter().any(|(from, _)| from.as_str() == START);
        if !leads_from_start {
            problems.push(GraphProblem::NoEntry);
        }
        problems
    }

    fn fingerprint(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.nodes.iter().map(|draft| match draft.takes {
            Takes::State => format!("node {}", draft.id),
            Takes::Payload { .. } => format!("send node {}", draft.id),
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
        derive_key("agentflow graph fingerprint v1", &parts)[..32].to_owned()
    }
}

struct Checker<'a> {
    by_name: &'a HashMap<NodeId, usize>,
    takes: &'a dyn Fn(usize) -> Takes,
    problems: Vec<GraphProblem>,
}

impl Checker<'_> {
    fn known(&mut self, place: &str, node: &NodeId) -> Option<usize> {
        let found = self.by_name.get(node).copied();
        if found.is_none() {
            let wanted = node.as_str().to_lowercase();
            let near = self.by_name.keys().find(|name| {
                let name = name.as_str().to_lowercase();
                name.contains(&wanted) || wanted.contains(&name)
            });
            self.problems.push(GraphProblem::UnknownNode {
                place: place.to_owned(),
                node: node.clone(),
                hint: near
                    .map(|name| format!("; did you mean `{name}`?"))
                    .unwrap_or_default(),
            });
        }
        found
    }

    fn source(&mut self, place: &str, from: &NodeId) {
        match from.as_str() {
            START => {}
            END => self.wrong(place, "leads out of END, where every path ends"),
            _ => drop(self.known(place, from)),
        }
    }

    fn joined(&mut self, place: &str, from: &NodeId) {
        match from.as_str() {
            START => self.wrong(place, "waits for START, which every run has passed already"),
            _ => self.source(place, from),
        }
    }

    fn destination(&mut self, place: &str, to: &NodeId) {
        match to.as_str() {
            END => {}
            START => self.wrong(place, "leads to START, where a run only begins"),
            _ => drop(self.known(place, to)),
        }
    }

    fn target(&mut self, place: &str, to: &NodeId) {
        if [START, END].contains(&to.as_str()) {
            return self.destination(place, to);
        }
        if let Some(node) = self.known(place, to)
            && matches!((self.takes)(node), Takes::Payload { .. })
        {
            self.problems.push(GraphProblem::NeedsPayload {
                place: place.to_owned(),
                node: to.clone(),
            });
        }
    }

    fn wrong(&mut self, place: &str, what: &'static str) {
        self.problems.push(GraphProblem::WrongEnd {
            place: place.to_owned(),
            what,
        });
    }
}
