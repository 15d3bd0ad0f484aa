//! Plain edges. They lead forward only: what leads back is for those that know when to end.

use super::super::blueprint::Blueprint;
use super::super::random::Random;

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let nodes = blueprint.on_state();
    for (place, from) in nodes.iter().enumerate() {
        for to in &nodes[place + 1..] {
            if random.chance(35) {
                blueprint.edges.push((Some(*from), *to));
            }
        }
    }
    if random.chance(40) {
        blueprint.edges.push((None, *random.pick(&nodes)));
    }
    // Only a send runs a worker, and sends end; so its edges may lead anywhere.
    for from in blueprint.on_payload() {
        if random.chance(60) {
            blueprint.edges.push((Some(from), *random.pick(&nodes)));
        }
    }
}
