//! The one node that writes the field that is gone after a superstep.

use std::sync::Arc;

use agentflow_core::NodeResult;
use futures::future::BoxFuture;

use super::super::blueprint::Blueprint;
use super::super::random::Random;
use super::super::task::{Act, Task};

struct Flash;

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let nodes = blueprint.plain();
    if !nodes.is_empty() && blueprint.may_write_alone() {
        let spot = &mut blueprint.spots[*random.pick(&nodes)];
        spot.acts.push(Arc::new(Flash));
    }
}

impl Act for Flash {
    fn perform<'a>(&'a self, task: &'a mut Task) -> BoxFuture<'a, NodeResult<()>> {
        if task.random("flashes", 0).chance(60) {
            task.reply.flash = Some(format!("a flash of {}", task.ident % 100));
        }
        Box::pin(async { Ok(()) })
    }
}
