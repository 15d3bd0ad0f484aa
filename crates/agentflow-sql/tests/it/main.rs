//! The stores on SQLite and Postgres: the suites that every checkpointer and every store
//! runs, and what only a file on a disk, or a server, can do wrong.

#![expect(clippy::unwrap_used, reason = "tests")]

mod crash;
mod damage;
mod file;
mod formats;
mod memory;
mod migrate;
mod once;
mod pg;
mod pg_store;
mod postgres;
mod postgres_rows;
mod postgres_versions;
mod round_trips;
mod rows;
mod store_batches;
mod store_crash;
mod store_cut;
mod store_file;
mod store_postgres;
mod store_same;
mod store_search;
mod store_suite;
mod suite;
mod thread;
mod writes;
