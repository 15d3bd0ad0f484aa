//! Finds the tasks of the next superstep from what the last one's nodes say and
//! what leads out of them.

use super::Scheduled;
use crate::command::{Goto, Places, Send};
use crate::error::RunError;
use crate::graph::{Branch, END, Exits, Plan, START, Takes};
use crate::id::NodeId;
use crate::state::State;

/// A finished task: its node, where it goes by itself, and what its routers see.
pub(super) struct Report<'a, S> {
    pub(super) node: usize,
    pub(super) goto: &'a [Goto],
    pub(super) view: &'a S,
}

/// Where a run goes next, and what has reported to its joins.
#[derive(Debug)]
pub(super) struct Routing {
    /// The tasks of the next superstep.
    pub(super) next: Vec<Scheduled>,
    /// For each join, which of the nodes it waits for have reported.
    pub(super) seen: Vec<Vec<bool>>,
    found: Found,
}

/// Tasks of the next superstep as they are found.
#[derive(Debug, Default)]
struct Found {
    nodes: Vec<usize>,
    sends: Vec<Scheduled>,
    /// Joins that a node has reported to.
    joins: Vec<usize>,
}

impl Routing {
    pub(super) fn new<S: State>(plan: &Plan<S>) -> Self {
        let seen = plan
            .joins
            .iter()
            .map(|join| vec![false; join.from.len()])
            .collect();
        Self {
            next: Vec::new(),
            seen,
            found: Found::default(),
        }
    }

    /// Finds what START leads to.
    pub(super) fn begin<S: State>(&mut self, plan: &Plan<S>, state: &S) -> Result<(), RunError> {
        let routed = plan.take_exits(&START.into(), &plan.start, state, &mut self.found);
        self.schedule(routed)
    }

    /// Finds what finished tasks lead to.
    pub(super) fn route<S: State>(
        &mut self,
        plan: &Plan<S>,
        reports: &[Report<'_, S>],
    ) -> Result<(), RunError> {
        let routed = reports.iter().try_for_each(|report| {
            let node = &plan.nodes[report.node];
            for goto in report.goto {
                plan.take_goto(&node.id, goto.clone(), &mut self.found)?;
            }
            plan.take_exits(&node.id, &node.exits, report.view, &mut self.found)
        });
        if routed.is_ok() {
            // Joins last: an error above must not have counted a report.
            self.report_to_joins(plan, reports);
        }
        self.schedule(routed)
    }

    /// All reports of a superstep count before any join fires, since a join waits
    /// for all of its nodes anew afterwards.
    fn report_to_joins<S: State>(&mut self, plan: &Plan<S>, reports: &[Report<'_, S>]) {
        for report in reports {
            for (join, place) in &plan.nodes[report.node].exits.joins {
                self.seen[*join][*place] = true;
                self.found.joins.push(*join);
            }
        }
        for join in self.found.joins.drain(..) {
            if self.seen[join].iter().all(|reported| *reported) {
                self.seen[join].fill(false);
                self.found.nodes.push(plan.joins[join].to);
            }
        }
    }

    fn schedule(&mut self, routed: Result<(), RunError>) -> Result<(), RunError> {
        self.next.clear();
        self.found.nodes.sort_unstable();
        self.found.nodes.dedup();
        let nodes = self.found.nodes.drain(..).map(|node| Scheduled {
            node,
            payload: None,
        });
        self.next.extend(nodes);
        self.next.append(&mut self.found.sends);
        if routed.is_err() {
            self.next.clear();
        }
        routed
    }
}

impl<S: State> Plan<S> {
    /// Whether a node may go where it says.
    pub(super) fn check_goto(&self, from: usize, goto: &[Goto]) -> Result<(), RunError> {
        let from = &self.nodes[from].id;
        goto.iter()
            .try_for_each(|goto| self.target(from, goto).map(drop))
    }

    fn take_exits(
        &self,
        from: &NodeId,
        exits: &Exits<S>,
        view: &S,
        found: &mut Found,
    ) -> Result<(), RunError> {
        found.nodes.extend(&exits.edges);
        for branch in &exits.branches {
            let mut places = BranchPlaces {
                plan: self,
                from,
                branch,
                found,
                error: None,
            };
            (branch.route)(view, &mut places);
            places.error.map_or(Ok(()), Err)?;
        }
        Ok(())
    }

    fn take_goto(&self, from: &NodeId, goto: Goto, found: &mut Found) -> Result<(), RunError> {
        let target = self.target(from, &goto)?;
        found.take(target, goto);
        Ok(())
    }

    /// The node that `goto` runs; none for END.
    fn target(&self, from: &NodeId, goto: &Goto) -> Result<Option<usize>, RunError> {
        let (Goto::Node(to) | Goto::Send(Send { node: to, .. })) = goto;
        match self.index_of(to) {
            Some(node) => self.fits(from, node, goto).map(|()| Some(node)),
            None if to.as_str() == END && matches!(goto, Goto::Node(_)) => Ok(None),
            None => Err(no_target(from, to.as_str(), "")),
        }
    }

    fn fits(&self, from: &NodeId, node: usize, goto: &Goto) -> Result<(), RunError> {
        let hint = match (goto, self.nodes[node].takes) {
            (Goto::Node(_), Takes::State) => return Ok(()),
            (Goto::Send(send), Takes::Payload { is, .. }) if is(&send.payload) => return Ok(()),
            (Goto::Node(_), Takes::Payload { .. }) => ": it takes a payload, use `Send`",
            (Goto::Send(_), Takes::State) => ": it takes no payload, use `add_send_node`",
            (Goto::Send(_), Takes::Payload { .. }) => ": it takes a payload of another type",
        };
        Err(no_target(from, self.nodes[node].id.as_str(), hint))
    }
}

impl Found {
    fn take(&mut self, target: Option<usize>, goto: Goto) {
        match (target, goto) {
            (Some(node), Goto::Node(_)) => self.nodes.push(node),
            (Some(node), Goto::Send(send)) => {
                self.sends.push(Scheduled {
                    node,
                    payload: Some(send.payload),
                });
            }
            (None, _) => {}
        }
    }
}

/// Takes in where a conditional edge leads, as its router says it.
struct BranchPlaces<'a, S: State> {
    plan: &'a Plan<S>,
    from: &'a NodeId,
    branch: &'a Branch<S>,
    found: &'a mut Found,
    error: Option<RunError>,
}

impl<S: State> BranchPlaces<'_, S> {
    /// The declared destination of this name; none for END.
    fn declared(&self, name: &str) -> Result<Option<usize>, RunError> {
        let found = self
            .branch
            .destinations
            .iter()
            .find(|(declared, _)| declared.as_str() == name);
        found.map(|(_, node)| *node).ok_or_else(|| {
            let hint = ": it is not among the destinations of the conditional edge";
            no_target(self.from, name, hint)
        })
    }

    fn note(&mut self, taken: Result<(), RunError>) {
        if let Err(error) = taken {
            self.error.get_or_insert(error);
        }
    }
}

impl<S: State> Places for BranchPlaces<'_, S> {
    fn node(&mut self, name: &str) {
        let taken = self.declared(name).and_then(|node| match node {
            Some(node) if matches!(self.plan.nodes[node].takes, Takes::State) => {
                self.found.nodes.push(node);
                Ok(())
            }
            Some(node) => self.plan.fits(self.from, node, &Goto::Node(name.into())),
            None => Ok(()),
        });
        self.note(taken);
    }

    fn goto(&mut self, goto: Goto) {
        let (Goto::Node(to) | Goto::Send(Send { node: to, .. })) = &goto;
        let taken = self.declared(to.as_str()).and_then(|node| {
            match node {
                Some(node) => self.plan.fits(self.from, node, &goto)?,
                None if matches!(goto, Goto::Node(_)) => {}
                None => return Err(no_target(self.from, END, "")),
            }
            self.found.take(node, goto);
            Ok(())
        });
        self.note(taken);
    }
}

fn no_target(from: &NodeId, to: &str, hint: &'static str) -> RunError {
    RunError::NoSuchTarget {
        from: from.clone(),
        to: to.into(),
        hint,
    }
}
