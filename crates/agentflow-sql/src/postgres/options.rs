//! How a database is used.

use std::time::Duration;

use agentflow_core::checkpoint::LeaseClock;

/// How a [`PostgresCheckpointer`](crate::PostgresCheckpointer) uses its database.
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
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            schema: "agentflow".to_owned(),
            connections_max: 10,
            call_timeout: Duration::from_secs(30),
            lease_clock: LeaseClock::Store,
        }
    }
}
