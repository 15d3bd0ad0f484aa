//! Proof of durability with real processes, real disks and real sockets.
//!
//! A [`child`] runs one graph with effects on one thread of a store. A [`director`] kills
//! it with SIGKILL, pauses it past its lease, runs two at once, cuts and delays their
//! connections by a [`proxy`], restarts their server and fills their disk, and starts them
//! again until the thread is done. A [`judge`] then says what was lost, what was doubled,
//! and whether that may be. The [`journal`] is what all three know.
//!
//! Simulated faults in one process are the testkit's simulator's; here nothing is
//! simulated, so only the choices of a seed are repeated exactly, not their moments.

pub mod address;
pub mod args;
pub mod child;
pub mod director;
pub mod journal;
pub mod judge;
pub mod points;
pub mod proxy;
mod random;
mod store;
