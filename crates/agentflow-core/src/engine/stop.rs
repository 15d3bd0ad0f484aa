//! Ends a run before its graph does: at the next superstep, at a breakpoint, or at once.

use std::sync::Arc;

use super::action::{Save, Saved};
use super::{End, Engine, Phase};
use crate::error::RunError;
use crate::id::{NodeId, Step};
use crate::interrupt::{Interrupt, PauseReason};
use crate::state::State;

/// What has been asked for besides the graph's work.
#[derive(Debug, Default)]
pub(super) struct Stop {
    /// Why to pause before the next superstep.
    reason: Option<PauseReason>,
    /// Why to end as soon as what was handed to the store is there.
    cancelled: Option<String>,
    /// The thread paused at this breakpoint already.
    pub(super) passes_break: bool,
    /// A breakpoint lies after a node of the superstep that has just ended.
    after: Option<NodeId>,
}

impl<S: State> Engine<S> {
    pub(super) fn stop_at_boundary(&mut self, reason: PauseReason) {
        self.stop.reason.get_or_insert(reason);
    }

    /// Ends the run at once: tasks are dropped, what finished is kept.
    pub(super) fn cancel(&mut self, reason: String) {
        match &self.phase {
            Phase::Running(_) | Phase::Alone { .. } => {
                let error = self.cancelled(reason);
                self.abort(End::gave_up(error), Vec::new());
            }
            Phase::Closing(_) | Phase::Finished => {}
            _ => self.stop.cancelled = Some(reason),
        }
    }

    fn cancelled(&self, reason: String) -> RunError {
        RunError::Cancelled {
            thread: self.settings.thread.clone(),
            reason,
        }
    }

    /// Remembers a breakpoint after one of the nodes that have just run.
    pub(super) fn note_break_after(&mut self, nodes: impl Iterator<Item = usize>) {
        if self.settings.breakpoints.after.is_empty() {
            return;
        }
        let mut nodes = nodes.filter(|node| self.settings.breakpoints.after.contains(node));
        self.stop.after = nodes.next().map(|node| self.plan.nodes[node].id.clone());
    }

    /// Whether something keeps the next superstep from beginning; the run then ends.
    /// Called when there is something left to run.
    pub(super) fn is_stopped(&mut self) -> bool {
        let asked = &self.stop;
        let is_asked = asked.reason.is_some() || asked.cancelled.is_some() || asked.after.is_some();
        let is_limited =
            self.settings.step_budget.is_some() || !self.settings.breakpoints.is_none();
        if !is_asked && !is_limited {
            self.stop.passes_break = false;
            return false;
        }
        if let Some(reason) = self.stop.cancelled.take() {
            let error = self.cancelled(reason);
            self.close(End::gave_up(error), Vec::new());
            return true;
        }
        let passes = std::mem::take(&mut self.stop.passes_break);
        let after = self.stop.after.take();
        if let Some(interrupt) = self.break_here(after, passes) {
            let interrupt = interrupt.inside(&self.settings.namespace, self.base());
            self.pause_with(interrupt);
            return true;
        }
        let budget = self.settings.step_budget;
        let spent = budget.is_some_and(|budget| self.supersteps >= budget);
        let reason =
            self.stop.reason.take().or_else(|| {
                spent.then_some(PauseReason::BudgetSpent(crate::BudgetLimit::Supersteps))
            });
        let Some(reason) = reason else { return false };
        let next = self.next_node();
        let interrupt = Interrupt::pause(&next, reason);
        self.pause_with(interrupt.inside(&self.settings.namespace, self.base()));
        true
    }

    fn break_here(&self, after: Option<NodeId>, passes: bool) -> Option<Interrupt> {
        if let Some(node) = after {
            return Some(Interrupt::pause(&node, PauseReason::After));
        }
        let before = &self.settings.breakpoints.before;
        if passes || before.is_empty() {
            return None;
        }
        let mut next = self.routing.next.iter().map(|task| task.node);
        let node = next.find(|node| before.contains(node))?;
        Some(Interrupt::pause(
            &self.plan.nodes[node].id,
            PauseReason::Before,
        ))
    }

    /// Ends the run between two supersteps, and keeps why: nothing but a person goes on.
    fn pause_with(&mut self, interrupt: Interrupt) {
        self.show_interrupts(std::slice::from_ref(&interrupt));
        let save = Save {
            slot: 0,
            task: crate::TaskId {
                step: self.step.next(),
                node: interrupt.node.clone(),
                index: 0,
            },
            base: self.base(),
            what: Saved::Break(interrupt.clone()),
            wake: None,
        };
        let end = End::Interrupted {
            state: Arc::clone(&self.state),
            interrupts: vec![interrupt],
        };
        self.close(end, vec![save]);
    }

    fn next_node(&self) -> NodeId {
        let next = self.routing.next.first();
        next.map_or_else(
            || crate::END.into(),
            |task| self.plan.nodes[task.node].id.clone(),
        )
    }

    /// A superstep has had its time: what finished is kept, the rest is stopped.
    pub(super) fn step_timed_out(&mut self, step: Step) {
        let Some(limit) = self.settings.step_timeout else {
            return;
        };
        if step != self.step || !matches!(self.phase, Phase::Running(_)) {
            return;
        }
        let error = RunError::StepTimeout {
            thread: self.settings.thread.clone(),
            step,
            limit,
        };
        let end = End::Failed {
            error,
            may_help: true,
        };
        self.abort(end, Vec::new());
    }
}
