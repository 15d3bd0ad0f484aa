//! Keeps what agentflow remembers in SQL databases, SQLite, the embedded default, and
//! Postgres: the checkpoints of threads, and long-term memory. Of checkpoints they store
//! what the engine encoded and never look inside.

mod changed;
mod data;
mod items;
mod limits;
mod once;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod postgres_store;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "sqlite")]
mod sqlite_store;
mod stored;
mod wanted;

use std::error::Error;
use std::sync::Arc;

pub use data::DataError;
pub use limits::{CHECKPOINT_BYTES_MAX, VALUE_BYTES_MAX};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresCheckpointer, PostgresError, PostgresOptions, Vectors};
#[cfg(feature = "postgres")]
pub use postgres_store::PostgresStore;
/// The driver whose connection [`SqliteCheckpointer::once_in_tx`] gives to its effects.
#[cfg(feature = "sqlite")]
pub use rusqlite;
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteCheckpointer, SqliteError, SqliteOptions, Synchronous};
#[cfg(feature = "sqlite")]
pub use sqlite_store::SqliteStore;

/// What a database or the operating system said.
pub type Cause = Arc<dyn Error + Send + Sync>;
