//! Nodes with a time limit, which wait beyond it in their first attempts.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::{NodeResult, RetryPolicy};
use futures::future::BoxFuture;

use super::super::blueprint::Blueprint;
use super::super::random::Random;
use super::super::task::{Act, Habit, Task};
use super::super::violation::Violation;

/// The longest limit, longer than a lease lasts.
const LIMIT_MAX_S: usize = 60;

/// Waits beyond the limit in attempts up to this one.
struct Linger {
    attempts: u32,
    limit: Duration,
}

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let mut nodes = blueprint.acting();
    // Whoever waits of itself, or has attempts counted for something else, is left alone.
    nodes.retain(|node| {
        let spot = &blueprint.spots[*node];
        spot.retry.is_none() && !spot.has(Habit::Waits)
    });
    if nodes.is_empty() {
        return;
    }
    let spot = &mut blueprint.spots[*random.pick(&nodes)];
    let limit = Duration::from_secs(1 + random.below(LIMIT_MAX_S) as u64);
    let attempts = 1 + u32::try_from(random.below(2)).unwrap_or(0);
    spot.timeout = Some(limit);
    spot.retry = Some(RetryPolicy {
        max_attempts: attempts + 1 + u32::from(random.chance(50)),
        first_delay: Duration::from_millis(random.below(2_000) as u64),
        ..RetryPolicy::default()
    });
    spot.add_act(random, Arc::new(Linger { attempts, limit }));
}

impl Act for Linger {
    fn perform<'a>(&'a self, task: &'a mut Task) -> BoxFuture<'a, NodeResult<()>> {
        let lingers = task.cx.attempt() <= self.attempts && task.ident.is_multiple_of(2);
        Box::pin(async move {
            if lingers {
                task.cx.sleep(self.limit * 2).await;
                // Where time leaps both may be over at once.
                if !task.world.lock().is_hurried() {
                    let (node, limit) = (task.node.to_string(), self.limit);
                    task.world.violated(Violation::NotStopped { node, limit });
                }
            }
            Ok(())
        })
    }

    fn habits(&self) -> &'static [Habit] {
        &[Habit::Waits]
    }
}
