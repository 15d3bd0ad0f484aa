//! Nodes that are graphs, with graphs inside of them.

use super::super::blueprint::{Blueprint, Inner, Kind};
use super::super::random::Random;

/// Graphs inside of graphs at most.
const DEPTH_MAX: u32 = 2;

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    if blueprint.depth >= DEPTH_MAX {
        return;
    }
    let nodes = blueprint.on_state();
    for _ in 0..=random.below(2) {
        let node = *random.pick(&nodes);
        let prefix = format!("{}.", blueprint.spots[node].name);
        let kind = match random.below(4) {
            0 => Inner::Lasting,
            // Two that write to one state could write the same field at once.
            1 if !blueprint.has_inner(Inner::Shared) => Inner::Shared,
            _ => Inner::Fresh,
        };
        let inner = Blueprint::drawn(blueprint.seed, prefix, blueprint.depth + 1);
        blueprint.spots[node].kind = Kind::Inner(kind, Box::new(inner));
    }
}
