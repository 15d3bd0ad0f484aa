//! Nodes that tell watchers something of their own.

use std::sync::Arc;

use agentflow_core::NodeResult;
use futures::future::BoxFuture;

use super::super::blueprint::Blueprint;
use super::super::random::Random;
use super::super::task::{Act, Task};

struct Emit;

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let nodes = blueprint.acting();
    if !nodes.is_empty() {
        blueprint.spots[*random.pick(&nodes)]
            .acts
            .push(Arc::new(Emit));
    }
}

impl Act for Emit {
    fn perform<'a>(&'a self, task: &'a mut Task) -> BoxFuture<'a, NodeResult<()>> {
        Box::pin(async move { task.cx.emit(task.ident).await })
    }
}
