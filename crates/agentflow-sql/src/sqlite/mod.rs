//! The checkpointer on SQLite.
//!
//! Writes go through one task with one connection, [`writer`], which puts what
//! waits at the same moment into one transaction. Each kind of write is one file:
//! it decides and applies inside a transaction that it neither begins nor ends.
//! Reads go through a pool beside the writer.

mod checkpointer;
mod commit;
mod copy;
mod delete;
mod error;
mod events;
mod fence;
mod history;
mod lease;
mod load;
mod once;
mod open;
mod options;
mod prune;
mod records;
mod schema;
mod wake;
mod writer;

pub use checkpointer::SqliteCheckpointer;
pub use error::SqliteError;
pub use options::{SqliteOptions, Synchronous};
