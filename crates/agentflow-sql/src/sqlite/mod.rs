//! The checkpointer on SQLite.
//!
//! Writes go through one thread with one connection, the [`writer`], which puts what
//! waits at the same moment into one transaction, a [`batch`]. Each kind of write is one
//! file: it decides and applies inside a transaction that it neither begins nor ends.
//! [`readers`] read beside the writer. The store of long-term memory opens, migrates,
//! writes and reads its tables by the same means.

mod batch;
mod blocking;
mod checkpointer;
mod commit;
mod copy;
mod delete;
mod error;
mod events;
mod failure;
mod fence;
mod history;
mod lease;
mod load;
mod log;
mod once;
mod open;
mod options;
mod prune;
mod readers;
mod records;
mod schema;
mod wake;
mod write;
mod writer;

pub(crate) use batch::Change;
pub use checkpointer::SqliteCheckpointer;
pub(crate) use error::BACKEND;
pub use error::SqliteError;
pub(crate) use failure::Failure;
pub(crate) use open::Database;
pub use options::{SqliteOptions, Synchronous};
pub(crate) use readers::Readers;
pub(crate) use schema::{Schema, VersionAt};
pub(crate) use writer::Writer;
