//! `cargo xtask tidy`: the rules of the project that no compiler checks.
//!
//! One file per rule; a rule takes what it looks at and returns every problem
//! it sees, so one run reports all of them. Nothing is repaired here.

mod problem;
mod rules;
mod run;
mod rust_code;
mod sources;

pub(crate) use run::run;
