//! Finds what is wrong with a graph as it was written: all of it, so that it can be
//! put right at once. What may be meant so is a warning of the plan instead.

use std::collections::HashMap;

use super::builder::{END, START, StateGraph};
use super::error::GraphProblem;
use super::plan::Takes;
use crate::id::NodeId;
use crate::nearest::nearest;
use crate::state::State;

impl<S: State, I, O> StateGraph<S, I, O> {
    /// What is wrong, with the nodes sorted by name.
    pub(super) fn problems(&self, by_name: &HashMap<NodeId, usize>) -> Vec<GraphProblem> {
        let mut check = Checker {
            by_name,
            takes: &|node| self.nodes[node].takes,
            problems: Vec::new(),
        };
        for pair in self.nodes.windows(2) {
            if pair[0].id == pair[1].id {
                check.tell(GraphProblem::DuplicateNode(pair[0].id.clone()));
            }
        }
        for draft in &self.nodes {
            check.name(&draft.id);
        }
        for (from, to) in &self.edges {
            let place = format!("the edge `{from}` -> `{to}`");
            check.source(&place, from);
            check.target(&place, to);
        }
        for (from, to) in &self.joins {
            check.join(from, to);
        }
        for (from, branch) in &self.branches {
            check.branch(from, &branch.destinations);
        }
        for (node, (_, what)) in &self.options {
            check.known(what, node, None);
        }
        for (node, (options, _)) in &self.options {
            let looks_at_state = options
                .cache
                .as_ref()
                .is_some_and(|rule| rule.key.is_some());
            if let (true, Some(found)) = (looks_at_state, by_name.get(node))
                && !self.nodes[*found].takes.state
            {
                check.wrong(
                    &format!("the cache key of `{node}`"),
                    "looks at the state, and the node runs on a payload of its own: use `cache`, which compares payloads",
                );
            }
        }
        for (old, new) in &self.renamed {
            check.known(&format!("the renaming of `{old}`"), new, None);
        }
        let mut problems = check.problems;
        problems.extend(self.no_entry());
        problems
    }

    fn no_entry(&self) -> Option<GraphProblem> {
        let mut sources = self.edges.iter().map(|(from, _)| from);
        let mut routed = self.branches.iter().map(|(from, _)| from);
        let is_start = |from: &NodeId| from.as_str() == START;
        if sources.any(is_start) || routed.any(is_start) {
            return None;
        }
        let edges = self.edges.iter().map(|(_, to)| to);
        let joins = self.joins.iter().map(|(_, to)| to);
        let branches = self.branches.iter().flat_map(|(_, to)| &to.destinations);
        let led_to: Vec<&NodeId> = edges.chain(joins).chain(branches).collect();
        let mut first = self
            .nodes
            .iter()
            .filter(|draft| draft.takes.state && !led_to.contains(&&draft.id));
        // Of several, none is likelier than another.
        let suggestion = match (first.next(), first.next()) {
            (Some(only), None) => Some(only.id.clone()),
            _ => None,
        };
        Some(GraphProblem::NoEntry { suggestion })
    }
}

struct Checker<'a> {
    by_name: &'a HashMap<NodeId, usize>,
    takes: &'a dyn Fn(usize) -> Takes,
    problems: Vec<GraphProblem>,
}

impl Checker<'_> {
    fn name(&mut self, node: &NodeId) {
        let name = node.as_str();
        if name.is_empty()
            || name == START
            || name == END
            || name.contains(['|', ':', '/', '#', '!'])
        {
            self.tell(GraphProblem::BadName(node.clone()));
        }
    }

    fn join(&mut self, from: &[NodeId], to: &NodeId) {
        let names: Vec<&str> = from.iter().map(NodeId::as_str).collect();
        let place = format!("the join of `{}` -> `{to}`", names.join("`, `"));
        if from.is_empty() {
            let place = format!("the join -> `{to}`");
            self.wrong(
                &place,
                "waits for no node, so it would never be taken: name the nodes it waits for",
            );
        }
        for (index, node) in from.iter().enumerate() {
            match from[..index].iter().filter(|other| *other == node).count() {
                0 => self.joined(&place, node),
                1 => self.tell(GraphProblem::JoinNamesTwice {
                    place: place.clone(),
                    node: node.clone(),
                }),
                _ => {}
            }
        }
        self.target(&place, to);
    }

    fn branch(&mut self, from: &NodeId, destinations: &[NodeId]) {
        let place = format!("the conditional edge of `{from}`");
        self.source(&place, from);
        if destinations.is_empty() {
            self.wrong(
                &place,
                "has no destinations, so it could go nowhere: name those that its router may say",
            );
        }
        for (index, to) in destinations.iter().enumerate() {
            if !destinations[..index].contains(to) {
                // A router may send payloads, so any node may be a destination.
                self.destination(&place, to);
            }
        }
    }

    /// The node of this name. `end` may be named here as well, and so be meant.
    fn known(&mut self, place: &str, node: &NodeId, end: Option<&'static str>) -> Option<usize> {
        let found = self.by_name.get(node).copied();
        if found.is_none() {
            let names = self.by_name.keys().map(NodeId::as_str);
            self.tell(GraphProblem::UnknownNode {
                place: place.to_owned(),
                node: node.clone(),
                suggestion: nearest(node.as_str(), names.chain(end)).map(NodeId::from),
            });
        }
        found
    }

    fn source(&mut self, place: &str, from: &NodeId) {
        match from.as_str() {
            START => {}
            END => self.wrong(
                place,
                "leads out of END, where every path ends: lead it out of the last node",
            ),
            _ => drop(self.known(place, from, Some(START))),
        }
    }

    fn joined(&mut self, place: &str, from: &NodeId) {
        match from.as_str() {
            START => self.wrong(
                place,
                "waits for START, which every run has passed already: leave it out",
            ),
            END => self.wrong(
                place,
                "waits for END, where every path ends: wait for the nodes before it",
            ),
            _ => drop(self.known(place, from, None)),
        }
    }

    fn destination(&mut self, place: &str, to: &NodeId) {
        match to.as_str() {
            END => {}
            START => self.wrong(
                place,
                "leads to START, where a run only begins: lead it to the first node",
            ),
            _ => drop(self.known(place, to, Some(END))),
        }
    }

    fn target(&mut self, place: &str, to: &NodeId) {
        if [START, END].contains(&to.as_str()) {
            return self.destination(place, to);
        }
        if let Some(node) = self.known(place, to, Some(END))
            && !(self.takes)(node).state
        {
            self.tell(GraphProblem::NeedsPayload {
                place: place.to_owned(),
                node: to.clone(),
            });
        }
    }

    fn wrong(&mut self, place: &str, what: &'static str) {
        self.tell(GraphProblem::WrongEnd {
            place: place.to_owned(),
            what,
        });
    }

    fn tell(&mut self, problem: GraphProblem) {
        self.problems.push(problem);
    }
}
