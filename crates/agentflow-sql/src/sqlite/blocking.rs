//! Work that waits for the disk, on a thread that may wait.

use std::path::Path;

use super::error::SqliteError;

/// Runs `work` beside the runtime's own threads.
///
/// # Cancel safety
/// Dropped, what has begun goes on to its end.
pub(super) async fn blocking<T, E>(
    path: &Path,
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<SqliteError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down.
            Err(_) => Err(E::from(SqliteError::Closed {
                path: path.to_owned(),
            })),
        },
    }
}
