//! Finds the tasks of the next superstep from what the last one's nodes say and
//! what leads out of them.

use super::action::{Scheduled, ScheduledExtra};
use super::exits::{Found, OnlyExit, Report};
use crate::command::{Goto, Send};
use crate::error::RunError;
use crate::graph::{Plan, START};
use crate::state::State;

/// Where a run goes next, and what has reported to its joins.
#[derive(Debug)]
pub(super) struct Routing {
    /// The tasks of the next superstep.
    pub(super) next: Vec<Scheduled>,
    /// Nodes that were led to and wait until nothing else can run, sorted.
    pub(super) deferred: Vec<usize>,
    /// For each join, which of the nodes it waits for have reported.
    pub(super) seen: Vec<Vec<bool>>,
    found: Found,
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
            deferred: Vec::new(),
            seen,
            found: Found::default(),
        }
    }

    /// Finds what START leads to.
    pub(super) fn begin<S: State>(&mut self, plan: &Plan<S>, state: &S) -> Result<(), RunError> {
        // An input begins anew: what waited for the end of the last run waits no more.
        self.deferred.clear();
        let routed = plan.take_exits(&START.into(), &plan.start, state, &mut self.found);
        self.schedule(plan, routed)
    }

    /// Finds what the only task leads to: most supersteps have but one.
    pub(super) fn route_only<S: State>(
        &mut self,
        plan: &Plan<S>,
        report: Report<'_, S>,
    ) -> Result<(), RunError> {
        match plan.only_exit(&report) {
            Some(exit) => self.follow(plan, &exit, &report),
            None => self.route(plan, std::iter::once(report)),
        }
    }

    /// Finds what finished tasks lead to.
    pub(super) fn route<'a, S: State>(
        &mut self,
        plan: &Plan<S>,
        reports: impl Iterator<Item = Report<'a, S>> + Clone,
    ) -> Result<(), RunError> {
        let mut repeated = None;
        let routed = reports.clone().try_for_each(|report| {
            // Tasks of one node that say nothing themselves lead to the same nodes.
            let only_edges = plan.has_only_edges(&report).then_some(report.node);
            if only_edges.is_some() && only_edges == repeated {
                return Ok(());
            }
            repeated = only_edges;
            plan.take_report(&report, &mut self.found)
        });
        if routed.is_ok() {
            // Joins last: an error above must not have counted a report.
            self.report_to_joins(plan, reports);
        }
        self.schedule(plan, routed)
    }

    /// Takes the only way out of the only task.
    fn follow<S: State>(
        &mut self,
        plan: &Plan<S>,
        exit: &OnlyExit<'_, S>,
        report: &Report<'_, S>,
    ) -> Result<(), RunError> {
        match exit {
            OnlyExit::Edge(to) => {
                self.schedule_only(*to);
                Ok(())
            }
            OnlyExit::Branch(branch) => {
                let from = &plan.nodes[report.node].id;
                let routed = plan.take_branch(from, branch, report.view, &mut self.found);
                self.schedule(plan, routed)
            }
        }
    }

    /// Adds where an amendment from outside goes to what is scheduled.
    pub(super) fn add<S: State>(&mut self, plan: &Plan<S>, goto: &[Goto]) -> Result<(), RunError> {
        for goto in goto {
            plan.take_goto(&START.into(), goto.clone(), &mut self.found)?;
        }
        let (nodes, sends) = (&mut self.found.nodes, &mut self.found.sends);
        // However often it is said, a node runs once.
        nodes.sort_unstable();
        nodes.dedup();
        let deferred = |node: &mut usize| plan.nodes[*node].options.deferred;
        self.deferred.extend(nodes.extract_if(.., deferred));
        nodes.retain(|node| {
            let is_there = |task: &Scheduled| task.node == *node && task.payload.is_none();
            !self.next.iter().any(is_there)
        });
        let place = |task: &Scheduled| (task.payload.is_some(), task.node);
        for node in nodes.drain(..) {
            let task = Scheduled::node(node);
            let at = self
                .next
                .partition_point(|other| place(other) < place(&task));
            self.next.insert(at, task);
        }
        self.next.append(sends);
        if self.next.is_empty() {
            self.take_deferred();
        }
        Ok(())
    }

    /// All reports of a superstep count before any join fires, since a join waits
    /// for all of its nodes anew afterwards.
    fn report_to_joins<'a, S: State>(
        &mut self,
        plan: &Plan<S>,
        reports: impl Iterator<Item = Report<'a, S>>,
    ) {
        if plan.joins.is_empty() {
            return;
        }
        // A handler says itself where to go: the edges of its node are not taken.
        for report in reports.filter(|report| !report.handled) {
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

    fn schedule<S: State>(
        &mut self,
        plan: &Plan<S>,
        routed: Result<(), RunError>,
    ) -> Result<(), RunError> {
        if let ([node], [], false) = (&self.found.nodes[..], &self.found.sends[..], plan.defers)
            && routed.is_ok()
        {
            // Nearly always: nothing to sort, nothing to compare.
            self.schedule_only(*node);
            self.found.nodes.clear();
            return Ok(());
        }
        self.next.clear();
        self.found.nodes.sort_unstable();
        self.found.nodes.dedup();
        if plan.defers {
            let deferred = |node: &mut usize| plan.nodes[*node].options.deferred;
            self.deferred
                .extend(self.found.nodes.extract_if(.., deferred));
            self.deferred.sort_unstable();
            self.deferred.dedup();
        }
        self.next
            .extend(self.found.nodes.drain(..).map(Scheduled::node));
        if self.next.is_empty() {
            std::mem::swap(&mut self.next, &mut self.found.sends);
        } else {
            self.next.append(&mut self.found.sends);
        }
        if self.next.is_empty() {
            self.take_deferred();
        }
        if routed.is_err() {
            self.next.clear();
        }
        routed
    }

    /// Just this node is next.
    fn schedule_only(&mut self, node: usize) {
        if let [
            Scheduled {
                node: last,
                payload: None,
                extra: None,
            },
        ] = &mut self.next[..]
        {
            *last = node;
        } else {
            self.next.clear();
            self.next.push(Scheduled::node(node));
        }
    }

    /// Nothing else can run, no node and no send: what waited for that is next.
    pub(super) fn take_deferred(&mut self) {
        self.deferred.sort_unstable();
        self.deferred.dedup();
        self.next
            .extend(self.deferred.drain(..).map(Scheduled::node));
    }
}

impl Scheduled {
    /// A node that runs on the state.
    pub(crate) fn node(node: usize) -> Self {
        Self {
            node,
            payload: None,
            extra: None,
        }
    }

    /// A node that runs on what it was sent.
    pub(crate) fn send(node: usize, send: Send) -> Self {
        let extra = send.timeout.map(|timeout| {
            Box::new(ScheduledExtra {
                timeout: Some(timeout),
                called: None,
            })
        });
        Self {
            node,
            payload: Some(send.payload),
            extra,
        }
    }
}
