//! The Redis checkpointer: the suite that every checkpointer runs, and what only a server
//! over there can do wrong.

#![expect(clippy::unwrap_used, reason = "tests")]

mod copies;
mod crash;
mod expiry;
mod log;
mod lost_answers;
mod machine;
mod names;
mod numbers;
mod place;
mod refused;
mod slots;
mod suite;
mod thread;
mod trips;
mod wakes;
mod warnings;
