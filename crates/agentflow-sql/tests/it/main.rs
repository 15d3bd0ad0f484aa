//! The checkpointers on SQLite and Postgres: the suite that every checkpointer runs, and
//! what only a file on a disk, or a server, can do wrong.

#![expect(clippy::unwrap_used, reason = "tests")]

mod crash;
mod damage;
mod file;
mod formats;
mod migrate;
mod once;
mod pg;
mod postgres;
mod round_trips;
mod rows;
mod store_suite;
mod suite;
mod thread;
mod writes;
