//! What tests of durable graphs need: the conformance suite that every
//! checkpointer runs, a clock that stands still until it is told otherwise, and
//! a checkpointer that fails on demand. Meant as a dev-dependency only.

mod clock;
mod faulty;
#[doc(hidden)]
pub mod suite;

pub use clock::ManualClock;
pub use faulty::{Call, FaultyCheckpointer, InjectedFault, When};
pub use suite::{Fixture, IntoFixture};
