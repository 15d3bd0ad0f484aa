//! Nodes that run when nothing else can.

use super::super::blueprint::Blueprint;
use super::super::random::Random;

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let nodes = blueprint.on_state();
    for _ in 0..=random.below(2) {
        blueprint.spots[*random.pick(&nodes)].is_deferred = true;
    }
}
