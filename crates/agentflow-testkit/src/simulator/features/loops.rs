//! Routers that lead back, until the count is at its limit.

use std::sync::Arc;

use super::super::blueprint::{Blueprint, Router, Way};
use super::super::random::{Random, digest};
use super::super::state::SimState;

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let nodes = blueprint.on_state();
    for _ in 0..=random.below(2) {
        let from = *random.pick(&nodes);
        let from = (!random.chance(10)).then_some(from);
        let to = vec![*random.pick(&nodes), *random.pick(&nodes)];
        let (limit, salt) = (blueprint.limit, random.number());
        let places = to.clone();
        let rule = Arc::new(move |state: &SimState| {
            if state.count >= limit {
                return vec![Way::End];
            }
            match digest(&(salt, state)) % 4 {
                0 => vec![],
                1 => places.iter().map(|to| Way::Node(*to)).collect(),
                2 => vec![Way::Node(places[0])],
                _ => vec![Way::Node(places[1])],
            }
        });
        blueprint.routers.push(Router { from, to, rule });
    }
}
