//! Long-term memory on Postgres.
//!
//! A batch that names its items is one call of a function that the migrations have made:
//! one round trip and one transaction, however many items it reads and writes. Writers hold
//! locks that belong to items, taken in one order, so that they take turns and never wait
//! for each other in a circle. What searches or lists paths takes a statement for each of
//! them. A [`visit`] does the whole batch at one moment. What an item is to a search is
//! decided by the core: SQL only leaves out what cannot be wanted, and orders.

mod clause;
mod names;
mod nearest;
mod pgvector;
mod read;
mod search;
mod store;
mod visit;
mod words;

pub use store::PostgresStore;
