//! The testkit on itself: the suite on core's memory checkpointer, and its own parts.

#![expect(clippy::unwrap_used, reason = "tests")]

mod clock;
mod faulty;
mod least;
mod memory_limits;
mod simulator;
mod store_suite;
mod suite;
