//! Changes of the thread from outside. When and which is the client's to say; here is
//! only how many a thread may see.

use super::super::blueprint::Blueprint;
use super::super::random::Random;

/// Most changes of one thread.
const EDITS_MAX: usize = 3;

pub(super) fn draw(random: &mut Random, blueprint: &mut Blueprint) {
    // Only of the outermost graph; those inside are left alone.
    if blueprint.depth == 0 {
        blueprint.edits = 1 + random.below(EDITS_MAX) as u64;
    }
}
