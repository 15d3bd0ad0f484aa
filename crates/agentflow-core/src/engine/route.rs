//! Finds the tasks of the next superstep from what the last one's nodes say and
//! what leads out of them.

use super::action::{Scheduled, ScheduledExtra};
use crate::command::{Goto, Places, Send};
use crate::error::RunError;
use crate::graph::{Branch, END, Exits, Plan, START};
use crate::id::NodeId;
use crate::nearest::nearest;
use crate::state::State;

/// A finished task: its node, where it goes by itself, and what its routers see.
pub(super) struct Report<'a, S> {
    pub(super) node: usize,
    pub(super) goto: &'a [Goto],
    /// The reply is its error handler's, which says itself where to go.
    pub(super) handled: bool,
    pub(super) view: &'a S,
}

impl<S> Clone for Report<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Report<'_, S> {}

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

/// The only way that leads out of a task.
enum OnlyExit<'a, S> {
    Edge(usize),
    Branch(&'a Branch<S>),
}

/// Tasks of the next superstep as they are found.
#[derive(Debug, Default)]
pub(super) struct Found {
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

impl<S: State> Plan<S> {
    /// Whether somebody may go there from outside.
    pub(crate) fn check_outside(&self, goto: &[Goto]) -> Result<(), RunError> {
        let from = START.into();
        goto.iter()
            .try_for_each(|goto| self.target(&from, goto).map(drop))
    }

    /// Whether a node may go where it says.
    pub(super) fn check_goto(&self, from: usize, goto: &[Goto]) -> Result<(), RunError> {
        let from = &self.nodes[from].id;
        goto.iter()
            .try_for_each(|goto| self.target(from, goto).map(drop))
    }

    /// Finds what one finished task leads to, but for joins.
    pub(super) fn take_report(
        &self,
        report: &Report<'_, S>,
        found: &mut Found,
    ) -> Result<(), RunError> {
        let node = &self.nodes[report.node];
        for goto in report.goto {
            self.take_goto(&node.id, goto.clone(), found)?;
        }
        if report.handled {
            return Ok(());
        }
        self.take_exits(&node.id, &node.exits, report.view, found)
    }

    /// Whether a task leads along its node's plain edges, if anywhere.
    fn has_only_edges(&self, report: &Report<'_, S>) -> bool {
        let exits = &self.nodes[report.node].exits;
        exits.branches.is_empty() && report.goto.is_empty() && !report.handled
    }

    /// Where a task leads that has one edge to follow, plain or conditional, and nothing
    /// else.
    fn only_exit(&self, report: &Report<'_, S>) -> Option<OnlyExit<'_, S>> {
        if report.handled || !report.goto.is_empty() || self.defers {
            return None;
        }
        let Exits {
            edges,
            joins,
            branches,
        } = &self.nodes[report.node].exits;
        match (&edges[..], &branches[..], joins.is_empty()) {
            ([to], [], true) => Some(OnlyExit::Edge(*to)),
            ([], [branch], true) => Some(OnlyExit::Branch(branch)),
            _ => None,
        }
    }

    fn take_exits(
        &self,
        from: &NodeId,
        exits: &Exits<S>,
        view: &S,
        found: &mut Found,
    ) -> Result<(), RunError> {
        found.nodes.extend(&exits.edges);
        let mut branches = exits.branches.iter();
        branches.try_for_each(|branch| self.take_branch(from, branch, view, found))
    }

    #[inline]
    fn take_branch(
        &self,
        from: &NodeId,
        branch: &Branch<S>,
        view: &S,
        found: &mut Found,
    ) -> Result<(), RunError> {
        let mut places = BranchPlaces {
            plan: self,
            from,
            branch,
            found,
            expected: 0,
            error: None,
        };
        (branch.route)(view, &mut places);
        places.error.map_or(Ok(()), Err)
    }

    fn no_node(&self, from: &NodeId, to: &str) -> RunError {
        let near = nearest(to, self.nodes().map(NodeId::as_str));
        let hint = near.map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
        no_target(from, to, hint)
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
            None => Err(self.no_node(from, to.as_str())),
        }
    }

    fn fits(&self, from: &NodeId, node: usize, goto: &Goto) -> Result<(), RunError> {
        let takes = self.nodes[node].takes;
        let hint = match goto {
            Goto::Node(_) if takes.state => return Ok(()),
            Goto::Send(send) if (takes.is)(&send.payload) => return Ok(()),
            Goto::Node(_) => ": it takes a payload, use `Send`".to_owned(),
            Goto::Send(_) if takes.state => {
                ": it runs on the state, so send it one, or add it by `add_send_node`".to_owned()
            }
            Goto::Send(send) => format!(
                ": it takes a payload of another type than {}",
                send.payload.type_name()
            ),
        };
        Err(no_target(from, self.nodes[node].id.as_str(), hint))
    }
}

impl Found {
    /// The tasks: nodes by name, then sends.
    pub(super) fn into_tasks(mut self) -> impl Iterator<Item = Scheduled> {
        self.nodes.sort_unstable();
        self.nodes.dedup();
        self.nodes
            .into_iter()
            .map(Scheduled::node)
            .chain(self.sends)
    }

    fn take(&mut self, target: Option<usize>, goto: Goto) {
        match (target, goto) {
            (Some(node), Goto::Node(_)) => self.nodes.push(node),
            (Some(node), Goto::Send(send)) => {
                self.sends.push(Scheduled::send(node, send));
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
    /// Places that the router has announced.
    expected: usize,
    error: Option<RunError>,
}

impl<S: State> BranchPlaces<'_, S> {
    /// The declared destination of this name, if there is one; none within for END.
    fn place(&self, name: &str) -> Option<Option<usize>> {
        let mut declared = self.branch.destinations.iter();
        let found = declared.find(|(declared, _)| declared.as_str() == name)?;
        Some(found.1)
    }

    fn declared(&self, name: &str) -> Result<Option<usize>, RunError> {
        self.place(name).ok_or_else(|| {
            let declared = self.branch.destinations.iter();
            let near = nearest(name, declared.map(|(declared, _)| declared.as_str()));
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let hint = ": it is not among the destinations of the conditional edge";
            no_target(self.from, name, format!("{hint}{near}"))
        })
    }

    fn note(&mut self, taken: Result<(), RunError>) {
        if let Err(error) = taken {
            self.error.get_or_insert(error);
        }
    }
}

impl<S: State> Places for BranchPlaces<'_, S> {
    fn expect(&mut self, places: usize) {
        self.expected = places;
    }

    fn node(&mut self, name: &str) {
        match self.place(name) {
            Some(Some(node)) if self.plan.nodes[node].takes.state => self.found.nodes.push(node),
            Some(None) => {}
            _ => self.goto(Goto::Node(name.into())),
        }
    }

    fn goto(&mut self, goto: Goto) {
        let (Goto::Node(to) | Goto::Send(Send { node: to, .. })) = &goto;
        let taken = self.declared(to.as_str()).and_then(|node| {
            match node {
                Some(node) => self.plan.fits(self.from, node, &goto)?,
                None if matches!(goto, Goto::Node(_)) => {}
                None => return Err(no_target(self.from, END, String::new())),
            }
            if let Goto::Send(_) = goto {
                self.found.sends.reserve(std::mem::take(&mut self.expected));
            }
            self.found.take(node, goto);
            Ok(())
        });
        self.note(taken);
    }
}

fn no_target(from: &NodeId, to: &str, hint: String) -> RunError {
    RunError::NoSuchTarget {
        from: from.clone(),
        to: to.into(),
        hint,
    }
}
