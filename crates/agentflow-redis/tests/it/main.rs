//! The Redis checkpointer and long-term memory on Redis: the suites that every checkpointer
//! and every store runs, and what only a server over there can do wrong.

#![expect(clippy::unwrap_used, reason = "tests")]

mod between;
mod copies;
mod crash;
mod expiry;
mod log;
mod lost_answers;
mod machine;
mod memory;
mod memory_again;
mod memory_crash;
mod memory_expiry;
mod memory_model;
mod memory_pages;
mod memory_races;
mod memory_refused;
mod memory_suite;
mod memory_trips;
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
