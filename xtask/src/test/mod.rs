//! `cargo xtask test`: the set-up, all tests, the doc tests, and a summary of what
//! ran, what was skipped and why.

mod run;
mod skips;
mod summary;

pub(crate) use run::run;
