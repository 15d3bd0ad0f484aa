//! Nodes that are sent to, and routers that send.

use std::sync::Arc;

use super::super::blueprint::{Blueprint, Kind, Router, Way};
use super::super::random::{Random, digest};
use super::super::state::{SimPayload, SimState};

/// Sends of one router at most.
const PARTS_MAX: usize = 4;

pub(super) fn draw_workers(random: &mut Random, blueprint: &mut Blueprint) {
    for _ in 0..=random.below(2) {
        blueprint.add("w", Kind::OnPayload);
    }
}

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    let (nodes, workers) = (blueprint.on_state(), blueprint.on_payload());
    if workers.is_empty() {
        return;
    }
    for router in 0..=random.below(2) {
        let from = *random.pick(&nodes);
        let from_whom = (Arc::clone(&blueprint.spots[from].name), router);
        let (to, limit) = (workers.clone(), blueprint.limit);
        let rule = Arc::new(move |state: &SimState| {
            if state.count >= limit {
                return vec![];
            }
            let from = digest(&(&from_whom, state));
            let mut random = Random::seeded(from);
            let parts = random.below(PARTS_MAX + 1);
            (0..parts)
                .map(|part| Way::Send(*random.pick(&to), payload(from, part)))
                .collect()
        });
        let to = workers.clone();
        blueprint.routers.push(Router {
            from: Some(from),
            to,
            rule,
        });
    }
}

pub(super) fn payload(from: u64, part: usize) -> SimPayload {
    let part = u32::try_from(part).expect("parts are few");
    SimPayload { from, part }
}
