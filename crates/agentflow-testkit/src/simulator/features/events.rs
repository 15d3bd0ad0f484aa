//! Nodes that wait for something to happen: each for its own, or several for any of many.

use std::sync::Arc;

use agentflow_core::NodeResult;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::super::blueprint::Blueprint;
use super::super::random::Random;
use super::super::task::{Act, Habit, Task};
use super::super::violation::Violation;

/// The name of events that any wait may take.
pub(in super::super) const TICK: &str = "tick";

/// What a waiting node is told. It names the event, so that another one is noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct SimEvent {
    pub(in super::super) name: String,
}

enum Await {
    Own(u32),
    Tick(u32),
}

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let nodes = blueprint.acting();
    if nodes.is_empty() {
        return;
    }
    for place in 0..=random.below(2) {
        let wait = match random.below(3) {
            0 => Await::Own(u32::try_from(place).unwrap_or(0)),
            1 => Await::Tick(1),
            _ => Await::Tick(2),
        };
        let spot = &mut blueprint.spots[*random.pick(&nodes)];
        spot.add_act(random, Arc::new(wait));
    }
}

impl Act for Await {
    fn perform<'a>(&'a self, task: &'a mut Task) -> BoxFuture<'a, NodeResult<()>> {
        let waits = task.random("events", 0).chance(50);
        let (name, times) = match self {
            Self::Own(which) => (format!("own {which} of {:016x}", task.ident), 1),
            Self::Tick(times) => (TICK.to_owned(), *times),
        };
        Box::pin(async move {
            if !waits {
                return Ok(());
            }
            for _ in 0..times {
                task.world.waits_for(&name);
                let event: SimEvent = task.cx.wait_event(&name).await?;
                if event.name != name {
                    let told = event.name;
                    task.world.violated(Violation::WrongEvent {
                        waited: name.clone(),
                        told,
                    });
                }
                task.reply.count += 1;
                task.reply.lines.push("was told of an event".to_owned());
            }
            Ok(())
        })
    }

    fn habits(&self) -> &'static [Habit] {
        &[Habit::Stores]
    }
}
