//! The cases, each in a file: its graph, its size, its check.

mod bench;
mod chain;
mod choose;
mod fanout;
mod repeat;
mod resume;

pub(crate) use bench::{Bench, Failure, Measured, Wrong};
pub(crate) use choose::run;
