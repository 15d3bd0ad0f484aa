//! Nodes that wait for time to pass.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::NodeResult;
use futures::future::BoxFuture;

use super::super::blueprint::Blueprint;
use super::super::random::Random;
use super::super::task::{Act, Habit, Task};

/// Longer than a lease lasts, so that it is renewed meanwhile.
const NAP_MAX_S: usize = 100;

struct Nap;

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let nodes = blueprint.acting();
    if !nodes.is_empty() {
        let acts = &mut blueprint.spots[*random.pick(&nodes)].acts;
        let at = random.below(acts.len() + 1);
        acts.insert(at, Arc::new(Nap));
    }
}

impl Act for Nap {
    fn perform<'a>(&'a self, task: &'a mut Task) -> BoxFuture<'a, NodeResult<()>> {
        let mut random = task.random("naps", 0);
        let wait = Duration::from_secs(random.below(NAP_MAX_S) as u64);
        let naps = random.chance(30);
        Box::pin(async move {
            if naps {
                task.cx.sleep(wait).await;
            }
            Ok(())
        })
    }

    fn habits(&self) -> &'static [Habit] {
        &[Habit::Waits]
    }
}
