//! Joins of two or three nodes, workers among them.

use super::super::blueprint::Blueprint;
use super::super::random::Random;

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let (nodes, workers) = (blueprint.on_state(), blueprint.on_payload());
    for _ in 0..=random.below(3) {
        let to = *random.pick(&nodes);
        // Forward only, as edges are; workers may join from anywhere.
        let mut from: Vec<usize> = nodes.iter().copied().filter(|from| *from < to).collect();
        from.extend(&workers);
        while from.len() > 3 {
            let place = random.below(from.len());
            from.remove(place);
        }
        if from.len() == 3 && random.chance(50) {
            let place = random.below(3);
            from.remove(place);
        }
        let only_workers = from.iter().all(|from| workers.contains(from));
        let is_known = blueprint
            .joins
            .iter()
            .any(|join| join.0 == from && join.1 == to);
        if from.len() >= 2 && !only_workers && !is_known {
            blueprint.joins.push((from, to));
        }
    }
}
