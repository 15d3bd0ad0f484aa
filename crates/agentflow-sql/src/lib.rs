//! Keeps the checkpoints of agentflow's threads in SQL databases: now in SQLite,
//! the embedded default. It stores what the engine encoded and never looks inside.

mod sqlite;

pub use sqlite::{
    CHECKPOINT_BYTES_MAX, Cause, SqliteCheckpointer, SqliteError, SqliteOptions, Synchronous,
    VALUE_BYTES_MAX,
};
