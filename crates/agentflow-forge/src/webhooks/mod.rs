//! Tells what happens to whoever listens.
//!
//! What happened is noticed by triggers in the transaction in which it happened; a worker packs
//! each notice into deliveries, sends them, and writes down what came of it. A kill in between
//! leaves a row, so nothing is lost, and a delivery that was sent but not written down is sent
//! again with the same id.

mod notices;
mod refs;
mod send;
mod target;
mod worker;

pub(crate) use self::notices::{install, ping};
pub(crate) use self::refs::notice_refs;
pub use self::target::HookTargets;
pub(crate) use self::worker::{settle, work};
