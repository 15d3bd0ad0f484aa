//! Nodes that sleep: the thread pauses, and somebody wakes it.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::NodeResult;
use futures::future::BoxFuture;

use super::super::blueprint::Blueprint;
use super::super::random::Random;
use super::super::task::{Act, Habit, Task};
use super::super::violation::Violation;
use super::super::world::BEGINNING;

/// The longest sleep from the time it is reached.
const SLEEP_MAX_S: usize = 3_000;

enum Sleep {
    For,
    Until,
}

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let nodes = blueprint.acting();
    if nodes.is_empty() {
        return;
    }
    for _ in 0..=random.below(2) {
        let sleep = if random.chance(60) {
            Sleep::For
        } else {
            Sleep::Until
        };
        let spot = &mut blueprint.spots[*random.pick(&nodes)];
        spot.add_act(random, Arc::new(sleep));
    }
}

impl Act for Sleep {
    fn perform<'a>(&'a self, task: &'a mut Task) -> BoxFuture<'a, NodeResult<()>> {
        let mut random = task.random("sleeps", 0);
        let (sleeps, wait) = (random.chance(50), random.below(SLEEP_MAX_S) as u64);
        let wait = Duration::from_secs(wait);
        Box::pin(async move {
            if !sleeps {
                return Ok(());
            }
            let due = match self {
                Self::For => {
                    let due = task.world.sleeps_until(task.ident, wait);
                    task.cx.sleep_for(wait).await?;
                    due
                }
                Self::Until => {
                    let due = BEGINNING.after(wait);
                    task.cx.sleep_until(due).await?;
                    due
                }
            };
            let now = task.world.lock().now;
            if now < due {
                task.world.violated(Violation::WokeEarly { now, due });
            }
            task.reply.lines.push("has slept".to_owned());
            Ok(())
        })
    }

    fn habits(&self) -> &'static [Habit] {
        match self {
            Self::For => &[Habit::Stores],
            Self::Until => &[],
        }
    }
}
