//! Nodes that fail a number of times, however often and in whatever run they run.

use std::sync::Arc;

use agentflow_core::{NodeError, NodeResult};
use futures::future::BoxFuture;

use super::super::blueprint::Blueprint;
use super::super::random::Random;
use super::super::task::{Act, Habit, Task};

/// Why a node fails that was drawn to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this failure was drawn")]
pub(in super::super) struct PlannedFailure;

/// What a node says that was drawn to panic.
pub(in super::super) const PLANNED_PANIC: &str = "this panic was drawn";

/// Most failures of one task.
const TIMES_MAX: usize = 3;

enum Failure {
    Failed,
    Fatal,
    Panic,
}

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let nodes = blueprint.acting();
    if nodes.is_empty() {
        return;
    }
    for _ in 0..=random.below(2) {
        let how = match random.below(4) {
            0 => Failure::Fatal,
            1 => Failure::Panic,
            _ => Failure::Failed,
        };
        let acts = &mut blueprint.spots[*random.pick(&nodes)].acts;
        let at = random.below(acts.len() + 1);
        acts.insert(at, Arc::new(how));
    }
}

impl Act for Failure {
    fn perform<'a>(&'a self, task: &'a mut Task) -> BoxFuture<'a, NodeResult<()>> {
        let mut random = task.random("failures", 0);
        let times = if random.chance(40) {
            1 + random.below(TIMES_MAX)
        } else {
            0
        };
        let times = u32::try_from(times).unwrap_or(0);
        Box::pin(async move {
            if !task.world.fails_now(task.ident, times) {
                return Ok(());
            }
            match self {
                Self::Failed => Err(NodeError::failed(PlannedFailure)),
                Self::Fatal => Err(NodeError::fatal(PlannedFailure)),
                // As a panic, but without its message on the terminal.
                Self::Panic => std::panic::resume_unwind(Box::new(PLANNED_PANIC)),
            }
        })
    }

    fn habits(&self) -> &'static [Habit] {
        &[Habit::Fails]
    }
}
