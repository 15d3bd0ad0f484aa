//! The checkpointer on SQLite.
//!
//! Writes go through one task with one connection, [`writer`], which puts what
//! waits at the same moment into one transaction. Each kind of write is one file:
//! it decides and applies inside a transaction that it neither begins nor ends.
//! Reads go through a pool beside the writer. The store of long-term memory opens,
//! migrates and writes its tables by the same [`open`], [`schema`] and [`writer`].

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
mod log;
mod once;
mod open;
mod options;
mod prune;
mod records;
mod schema;
mod wake;
mod write;
mod writer;

pub use checkpointer::SqliteCheckpointer;
pub(crate) use error::BACKEND;
pub use error::SqliteError;
pub(crate) use fence::WriteError;
pub(crate) use open::Database;
pub use options::{SqliteOptions, Synchronous};
pub(crate) use schema::{Schema, VersionAt};
pub(crate) use writer::{Change, QUEUE_MAX, Waiting, Writer};
