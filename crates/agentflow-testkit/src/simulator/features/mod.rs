//! What a simulated graph can have, each thing in a file of its own: how it is drawn into
//! a blueprint, and what a node does on its behalf.
//!
//! A new one is a file here and a line in the list. It draws from random numbers of its
//! own, so that the graphs of old seeds keep what they have.

mod breaks;
mod deferred;
mod doomed;
mod edges;
mod edits;
mod effects;
mod emits;
mod events;
mod failures;
mod flashes;
mod gotos;
mod joins;
mod lingers;
mod list;
mod loops;
mod naps;
mod notes;
mod overwrites;
mod questions;
mod retries;
mod sends;
mod sleeps;
mod subgraphs;
mod views;

pub(super) use doomed::is_planned;
pub(super) use events::{SimEvent, TICK};
pub(super) use failures::PLANNED_PANIC;
pub(super) use failures::PlannedFailure;
pub(super) use list::FEATURES;
pub(super) use questions::Answer;
