//! What leads out of a task: where it goes by itself, its node's edges, and its routers.

use super::action::Scheduled;
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

/// The only way that leads out of a task.
pub(super) enum OnlyExit<'a, S> {
    Edge(usize),
    Branch(&'a Branch<S>),
}

/// Tasks of the next superstep as they are found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) nodes: Vec<usize>,
    pub(super) sends: Vec<Scheduled>,
    /// Joins that a node has reported to.
    pub(super) joins: Vec<usize>,
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
    pub(super) fn has_only_edges(&self, report: &Report<'_, S>) -> bool {
        let exits = &self.nodes[report.node].exits;
        exits.branches.is_empty() && report.goto.is_empty() && !report.handled
    }

    /// Where a task leads that has one edge to follow, plain or conditional, and nothing
    /// else.
    pub(super) fn only_exit(&self, report: &Report<'_, S>) -> Option<OnlyExit<'_, S>> {
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

    pub(super) fn take_exits(
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
    pub(super) fn take_branch(
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

    pub(super) fn take_goto(
        &self,
        from: &NodeId,
        goto: Goto,
        found: &mut Found,
    ) -> Result<(), RunError> {
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
