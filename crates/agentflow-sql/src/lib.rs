//! Keeps the checkpoints of agentflow's threads in SQL databases: SQLite, the embedded
//! default, and Postgres. They store what the engine encoded and never look inside.

mod data;
mod limits;
mod once;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stored;

use std::error::Error;
use std::sync::Arc;

pub use data::DataError;
pub use limits::{CHECKPOINT_BYTES_MAX, VALUE_BYTES_MAX};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresCheckpointer, PostgresError, PostgresOptions};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteCheckpointer, SqliteError, SqliteOptions, Synchronous};

/// What a database or the operating system said.
pub type Cause = Arc<dyn Error + Send + Sync>;
