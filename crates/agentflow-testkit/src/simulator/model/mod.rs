//! What each superstep must come to, said without the library: from a checkpoint, what its
//! tasks replied and the blueprint follow the next checkpoint's state, tasks and joins.
//!
//! `chain` goes from checkpoint to checkpoint, `superstep` and `inside` say what the tasks
//! of one came to, `schedule` what they lead to, `fold` what becomes of the state, and
//! `pauses` where a run must have paused.

mod chain;
mod fold;
mod inside;
mod pauses;
mod schedule;
mod superstep;

pub(super) use chain::verify;
