//! Where a task stands when tasks do not wait for each other: what it sees, and what
//! came before it.

use std::sync::Arc;

use crate::id::Step;

/// Where a task stands among those that do not wait for each other.
#[derive(Debug)]
pub(super) struct Lane<S> {
    /// The state as the tasks before it have left it.
    pub(super) view: Arc<S>,
    /// The superstep it would run in.
    pub(super) step: Step,
    /// The way from the first tasks to it. Tells tasks of one step and node apart.
    pub(super) path: String,
    /// The tasks right before it.
    pub(super) before: Vec<usize>,
    /// For each join, how often it fired on the way here.
    pub(super) fired: Vec<u32>,
}

/// What has reported to a join, of those tasks on whose way it fired equally often.
#[derive(Clone, Debug)]
pub(super) struct Gathering {
    pub(super) join: usize,
    pub(super) fired: u32,
    pub(super) reports: Vec<Report>,
}

/// Whether one of the nodes that a join waits for has reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Report {
    Missing,
    /// Before the checkpoint that all of this builds on.
    Earlier,
    By(usize),
}

impl Gathering {
    pub(super) fn is_full(&self) -> bool {
        !self.reports.contains(&Report::Missing)
    }
}
