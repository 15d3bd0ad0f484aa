//! Nodes that always fail on some states, and have an error handler that goes on.

use std::sync::Arc;

use agentflow_core::{NodeError, NodeFailure, NodeResult};
use futures::future::BoxFuture;

use super::super::blueprint::{Blueprint, Handler, Kind};
use super::super::random::Random;
use super::super::task::{Act, Habit, Task};
use super::effects::Effect;
use super::failures::PLANNED_PANIC;
use super::questions::Ask;

/// Why a node fails whenever it runs.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("this end was drawn")]
struct Doom;

/// Whether a node failed as it was drawn to.
pub(in super::super) fn is_planned(failure: &NodeFailure) -> bool {
    let mut messages = failure.messages.iter();
    messages.any(|message| *message == Doom.to_string() || message.contains(PLANNED_PANIC))
}

enum Doomed {
    Failed,
    Fatal,
    Panic,
}

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let mut nodes = blueprint.acting();
    // What fails now and then would be handled or not by chance.
    nodes.retain(|node| {
        let spot = &blueprint.spots[*node];
        let may_fail = spot.has(Habit::Fails) || spot.has(Habit::Stores) || spot.timeout.is_some();
        !may_fail && !matches!(spot.kind, Kind::OnPayload)
    });
    for _ in 0..=random.below(2) {
        if nodes.is_empty() {
            return;
        }
        let node = nodes.remove(random.below(nodes.len()));
        let how = match random.below(4) {
            0 => Doomed::Fatal,
            1 => Doomed::Panic,
            _ => Doomed::Failed,
        };
        let mut handler = Handler {
            acts: Vec::new(),
            to: blueprint.on_state(),
        };
        if random.chance(40) {
            handler.acts.push(Arc::new(Effect::named("handle")));
        }
        if random.chance(30) {
            handler.acts.push(Arc::new(Ask::InOrder(1)));
        }
        let spot = &mut blueprint.spots[node];
        spot.add_act(random, Arc::new(how));
        spot.handler = Some(handler);
    }
}

impl Act for Doomed {
    fn perform<'a>(&'a self, task: &'a mut Task) -> BoxFuture<'a, NodeResult<()>> {
        let fails = task.random("doomed", 0).chance(50);
        Box::pin(async move {
            if !fails {
                return Ok(());
            }
            match self {
                Self::Failed => Err(NodeError::failed(Doom)),
                Self::Fatal => Err(NodeError::fatal(Doom)),
                // As a panic, but without its message on the terminal.
                Self::Panic => std::panic::resume_unwind(Box::new(PLANNED_PANIC)),
            }
        })
    }
}
