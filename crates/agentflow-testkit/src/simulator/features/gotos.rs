//! Nodes that say by themselves where to go, and send.

use std::sync::Arc;

use agentflow_core::NodeResult;
use futures::future::BoxFuture;

use super::super::blueprint::{Blueprint, Kind, Way};
use super::super::random::Random;
use super::super::task::{Act, Task};
use super::sends::payload;

struct Go {
    to: Vec<usize>,
    workers: Vec<usize>,
    limit: u64,
}

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let (to, workers) = (blueprint.on_state(), blueprint.on_payload());
    let from = *random.pick(&to);
    if matches!(blueprint.spots[from].kind, Kind::OnState) {
        let limit = blueprint.limit;
        let go = Go { to, workers, limit };
        blueprint.spots[from].acts.push(Arc::new(go));
    }
}

impl Act for Go {
    fn perform<'a>(&'a self, task: &'a mut Task) -> BoxFuture<'a, NodeResult<()>> {
        let mut random = task.random("goto", 0);
        if task.count.is_some_and(|count| count < self.limit) && random.chance(50) {
            for _ in 0..=random.below(2) {
                task.reply.ways.push(Way::Node(*random.pick(&self.to)));
            }
            if !self.workers.is_empty() {
                for part in 0..random.below(3) {
                    let to = *random.pick(&self.workers);
                    task.reply
                        .ways
                        .push(Way::Send(to, payload(task.ident, part)));
                }
            }
            if random.chance(10) {
                task.reply.ways.push(Way::End);
            }
        }
        Box::pin(async { Ok(()) })
    }
}
