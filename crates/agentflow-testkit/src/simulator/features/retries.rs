//! Policies that run a failing node again, and nodes that fail in their first attempts.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::{NodeError, NodeResult, RetryPolicy};
use futures::future::BoxFuture;

use super::super::blueprint::Blueprint;
use super::super::random::Random;
use super::super::task::{Act, Habit, Task};
use super::PlannedFailure;

/// Fails in attempts up to this one.
struct Stumble {
    attempts: u32,
}

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    for place in 0..blueprint.spots.len() {
        if !random.chance(40) {
            continue;
        }
        let stumbles = random.below(3);
        let policy = RetryPolicy {
            max_attempts: u32::try_from(stumbles + 1 + random.below(2)).unwrap_or(1),
            first_delay: Duration::from_millis(random.below(2_000) as u64),
            ..RetryPolicy::default()
        };
        blueprint.spots[place].retry = Some(policy);
        let attempts = u32::try_from(stumbles).unwrap_or(0);
        if attempts > 0 && blueprint.acting().contains(&place) {
            let acts = &mut blueprint.spots[place].acts;
            let at = random.below(acts.len() + 1);
            acts.insert(at, Arc::new(Stumble { attempts }));
        }
    }
}

impl Act for Stumble {
    fn perform<'a>(&'a self, task: &'a mut Task) -> BoxFuture<'a, NodeResult<()>> {
        let stumbles = task.cx.attempt() <= self.attempts && task.ident.is_multiple_of(2);
        Box::pin(async move {
            if stumbles {
                return Err(NodeError::failed(PlannedFailure));
            }
            Ok(())
        })
    }

    fn habits(&self) -> &'static [Habit] {
        &[Habit::Fails]
    }
}
