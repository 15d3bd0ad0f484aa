//! Nodes that see only a part of the state.

use super::super::blueprint::{Blueprint, Kind};
use super::super::random::Random;

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    for node in blueprint.plain() {
        if random.chance(30) {
            blueprint.spots[node].kind = Kind::OnView;
        }
    }
}
