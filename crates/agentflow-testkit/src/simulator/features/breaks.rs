//! Breakpoints before and after nodes.

use super::super::blueprint::Blueprint;
use super::super::random::Random;

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let nodes = 0..blueprint.spots.len();
    let nodes: Vec<usize> = nodes.collect();
    let mut node = |percent| random.chance(percent).then(|| *random.pick(&nodes));
    blueprint.breaks.before = node(60);
    blueprint.breaks.after = node(60);
}
