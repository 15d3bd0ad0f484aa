//! The checkpointer on Postgres.
//!
//! Every call but `load`, `prune`, `once_in_tx` and long pages of `history` is one statement,
//! most of them one call of a function that the migrations have made: it takes the lock on the
//! thread's row, checks, and writes, in one round trip and one transaction. A commit that finds
//! anything out of the ordinary takes a second one.
//! [`connections`] keeps the connections, one per call that is under way. The store of
//! long-term memory connects and migrates its tables by the same [`connections`] and [`schema`].

mod checkpointer;
mod commit;
mod connections;
mod error;
mod events;
mod history;
mod lease;
mod load;
mod log;
mod once;
mod options;
mod place;
mod prune;
mod records;
mod schema;
mod threads;

pub use checkpointer::PostgresCheckpointer;
pub(crate) use connections::{Connections, Held, Statement};
pub(crate) use error::BACKEND;
pub use error::PostgresError;
pub use options::{PostgresOptions, Vectors};
pub(crate) use schema::{Migration, SETUP_LOCK, Tables, check, set_up};
