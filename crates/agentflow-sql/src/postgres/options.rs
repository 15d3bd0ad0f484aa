//! How a database is used.

use std::time::Duration;

use agentflow_core::checkpoint::LeaseClock;

/// How a [`PostgresCheckpointer`](crate::PostgresCheckpointer) or a
/// [`PostgresStore`](crate::PostgresStore) uses its database.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// The schema that holds the tables, `agentflow` by default. Two schemas are two
    /// stores that know nothing of each other.
    pub schema: String,
    /// Connections at most, 10 by default. They open when they are needed; a call that
    /// finds all of them in use waits for one.
    ///
    /// Each is a process of the server's, and so is one more for each effect that is under
    /// way in [`once_in_tx`](crate::PostgresCheckpointer::once_in_tx). Commits that come at the same moment share a
    /// wait for its disk, however many connections they came by.
    pub connections_max: u32,
    /// How long one call may take, 30 s by default, with the wait for a connection and for
    /// whoever else writes the thread. After it the call fails with
    /// [`PostgresError::TimedOut`](crate::PostgresError::TimedOut).
    pub call_timeout: Duration,
    /// Whose clock says when a lease runs out: the server's by default.
    pub lease_clock: LeaseClock,
    /// Who compares the vectors of a [`PostgresStore`](crate::PostgresStore): pgvector by
    /// default, if the database has it.
    pub vectors: Vectors,
}

/// Who compares vectors when items are searched by meaning.
///
/// Whoever it is, but for an index, looks at every item of the search's paths, and gives
/// the same items the same scores; where two are as near within the rounding of 32-bit floats, pgvector may
/// leave either of them behind the end of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Vectors {
    /// pgvector, if its extension `vector` is in the database when the store connects or
    /// is set up; else this process.
    #[default]
    Auto,
    /// This process, which is sent all vectors of the search's paths.
    Exact,
    /// pgvector, version 0.7 or newer. Setting up the store creates the extension, which
    /// takes a user who may; a search by meaning without it fails.
    PgVector,
    /// As [`Vectors::PgVector`], version 0.8 or newer, with an HNSW index, which setting up
    /// the store makes for vectors of its own length, 2,000 numbers at most. Among very
    /// many items it is much faster, and may miss some of the nearest; where it finds too
    /// few, as in narrow paths, all are looked at.
    Hnsw,
}

impl Vectors {
    /// Whether there must be the extension.
    pub(crate) fn needs_extension(self) -> bool {
        matches!(self, Self::PgVector | Self::Hnsw)
    }
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            schema: "agentflow".to_owned(),
            connections_max: 10,
            call_timeout: Duration::from_secs(30),
            lease_clock: LeaseClock::Store,
            vectors: Vectors::Auto,
        }
    }
}
