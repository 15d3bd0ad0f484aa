//! The SQLite checkpointer: the suite that every checkpointer runs, and what only
//! a file on a disk can do wrong.

#![expect(clippy::unwrap_used, reason = "tests")]

mod crash;
mod damage;
mod file;
mod migrate;
mod rows;
mod suite;
mod thread;
mod writes;
