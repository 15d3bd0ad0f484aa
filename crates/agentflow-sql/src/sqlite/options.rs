//! How a database is opened.

use std::time::Duration;

/// How a database is opened. [`SqliteOptions::default`] loses nothing.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// What a power cut may cost, nothing by default.
    pub synchronous: Synchronous,
    /// How long a call waits for other processes that write, 5 s by default.
    ///
    /// A transaction of this crate takes milliseconds, so a longer wait means that
    /// another program holds the database; the call then fails with
    /// [`SqliteError::Busy`](crate::SqliteError::Busy), which may be tried again.
    pub busy_timeout: Duration,
    /// Connections that read at the same time, 4 by default.
    ///
    /// Each is a thread and a page cache of up to 2 MB. They open when they are needed.
    pub readers_max: u32,
    /// Largest size of the database file, without limit by default.
    ///
    /// A write beyond it fails with [`SqliteError::Full`](crate::SqliteError::Full)
    /// and changes nothing. A file that is larger already keeps its size.
    pub file_bytes_max: Option<u64>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            synchronous: Synchronous::Full,
            busy_timeout: Duration::from_secs(5),
            readers_max: 4,
            file_bytes_max: None,
        }
    }
}

/// When a write counts as durable.
///
/// A crash or a kill of the process loses nothing with either: what was
/// acknowledged is with the operating system by then. They differ when the
/// machine itself stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Synchronous {
    /// When the disk says it has it. A power cut loses nothing that was acknowledged.
    #[default]
    Full,
    /// When the operating system has it; the disk follows every few megabytes.
    ///
    /// A power cut may take back the newest acknowledged supersteps and records of
    /// all threads, together: the database is whole, as it was a moment earlier. A
    /// run then does those supersteps again, and **repeats their effects**, also
    /// those under `once`. For work whose effects carry an idempotency key, or have none.
    Normal,
}
