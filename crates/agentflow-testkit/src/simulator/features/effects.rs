//! Nodes that do something to the world outside, once.

use std::convert::Infallible;
use std::sync::Arc;

use agentflow_core::NodeResult;
use futures::future::BoxFuture;

use super::super::blueprint::Blueprint;
use super::super::ledger::Receipt;
use super::super::random::{Random, digest};
use super::super::task::{Act, Habit, Task};
use super::super::violation::Violation;

pub(super) struct Effect {
    name: String,
}

impl Effect {
    pub(super) fn named(name: &str) -> Self {
        let name = name.to_owned();
        Self { name }
    }
}

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let nodes = blueprint.acting();
    if nodes.is_empty() {
        return;
    }
    for place in 0..=random.below(3) {
        let name = format!("effect-{place}");
        let acts = &mut blueprint.spots[*random.pick(&nodes)].acts;
        let at = random.below(acts.len() + 1);
        acts.insert(at, Arc::new(Effect { name }));
    }
}

impl Act for Effect {
    fn perform<'a>(&'a self, task: &'a mut Task) -> BoxFuture<'a, NodeResult<()>> {
        Box::pin(async move {
            let effect = digest(&(task.ident, &self.name));
            if effect.is_multiple_of(3) {
                return Ok(());
            }
            let wanted = Receipt {
                effect,
                amount: effect % 7,
            };
            let key = task.cx.idempotency_key(&self.name);
            let world = &task.world;
            let effect = || async { Ok::<_, Infallible>(world.effect(wanted, &key).await) };
            let receipt = task.cx.once(&self.name, effect).await?;
            if receipt != wanted {
                let effect = format!("{} of {}", self.name, task.node);
                task.world.violated(Violation::WrongResult { effect });
            }
            task.reply.count += receipt.amount % 2;
            Ok(())
        })
    }

    fn habits(&self) -> &'static [Habit] {
        &[Habit::Stores]
    }
}
