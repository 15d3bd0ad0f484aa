//! A node that replaces a field and every other write to it. Two in one superstep would be
//! refused, so a graph has one.

use std::sync::Arc;

use agentflow_core::NodeResult;
use futures::future::BoxFuture;

use super::super::blueprint::{Blueprint, Kind};
use super::super::random::Random;
use super::super::task::{Act, Task};

struct Overwrite;

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let node = *random.pick(&blueprint.on_state());
    // A worker may be sent to twice in one superstep.
    let is_plain = matches!(blueprint.spots[node].kind, Kind::OnState);
    if is_plain && blueprint.may_write_alone() {
        blueprint.spots[node].acts.push(Arc::new(Overwrite));
    }
}

impl Act for Overwrite {
    fn perform<'a>(&'a self, task: &'a mut Task) -> BoxFuture<'a, NodeResult<()>> {
        task.reply.overwrites = task.random("overwrites", 0).chance(40);
        Box::pin(async { Ok(()) })
    }
}
