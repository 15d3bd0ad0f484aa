//! The one node that writes the field without a reducer.

use std::sync::Arc;

use agentflow_core::NodeResult;
use futures::future::BoxFuture;

use super::super::blueprint::{Blueprint, Kind};
use super::super::random::Random;
use super::super::task::{Act, Task};

struct Note;

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let node = *random.pick(&blueprint.on_state());
    let is_plain = matches!(blueprint.spots[node].kind, Kind::OnState);
    if is_plain && blueprint.may_write_alone() {
        blueprint.spots[node].acts.push(Arc::new(Note));
    }
}

impl Act for Note {
    fn perform<'a>(&'a self, task: &'a mut Task) -> BoxFuture<'a, NodeResult<()>> {
        task.reply.note = Some(format!("noted by {}", task.ident % 100));
        Box::pin(async { Ok(()) })
    }
}
