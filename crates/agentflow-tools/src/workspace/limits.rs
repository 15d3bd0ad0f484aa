//! How much one file access may move.

/// What tools may read and write at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceLimits {
    /// Largest file that is read, 8 MiB by default.
    ///
    /// Larger ones are data or generated; a model sees a few hundred lines anyway.
    pub read_bytes_max: u64,
    /// Largest file that is written, 2 MiB by default.
    ///
    /// No model writes that much by hand; a larger one is a runaway reply.
    pub write_bytes_max: u64,
    /// Longest path, 1,024 bytes by default, well below any system's limit.
    pub path_bytes_max: usize,
}

impl Default for WorkspaceLimits {
    fn default() -> Self {
        Self {
            read_bytes_max: 8 * 1024 * 1024,
            write_bytes_max: 2 * 1024 * 1024,
            path_bytes_max: 1024,
        }
    }
}
