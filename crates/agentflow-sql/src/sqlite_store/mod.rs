//! Long-term memory on SQLite.
//!
//! A batch that writes goes through one thread with one connection, so that those that
//! come at the same moment share one wait for the disk; a batch that only reads is read
//! beside it. Either way a [`visit`] does the whole batch at one moment,
//! on one connection and inside one transaction. What an item is to a search is decided
//! by the core: SQL only leaves out what cannot be wanted.

mod clause;
mod code;
mod index;
mod nearest;
#[cfg(test)]
mod plans;
mod read;
mod search;
mod sql;
mod store;
mod visit;
mod words;
mod work;
mod write;

pub use store::SqliteStore;
