//! Connections that read beside the writer, opened when they are needed, each used by one
//! call at a time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::blocking::blocking;
use super::error::SqliteError;
use super::failure::Failure;
use super::open::Database;

/// The least time that a call waits for a connection.
const WAIT_MIN: Duration = Duration::from_secs(1);

/// All connections that read are in use.
#[derive(Debug, thiserror::Error)]
#[error("{readers_max} calls read already, and none ended within {waited:?}")]
struct AllInUse {
    readers_max: usize,
    waited: Duration,
}

#[derive(Debug)]
pub(crate) struct Readers {
    database: Database,
    readers_max: usize,
    free: Arc<Semaphore>,
    // The one used last is used next: its cache is warm.
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(crate) fn new(database: Database) -> Self {
        let readers_max = usize::try_from(database.options.readers_max.max(1)).unwrap_or(1);
        Self {
            database,
            readers_max,
            free: Arc::new(Semaphore::new(readers_max.min(Semaphore::MAX_PERMITS))),
            idle: Arc::default(),
        }
    }

    /// Reads what is there at one moment.
    ///
    /// # Cancel safety
    /// Dropped, it changes nothing.
    pub(crate) async fn read<T, E>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Failure<E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<SqliteError> + Send + 'static,
    {
        let waited = self.database.options.busy_timeout.max(WAIT_MIN);
        let free = Arc::clone(&self.free).acquire_owned();
        let Ok(Ok(permit)) = timeout(waited, free).await else {
            return Err(E::from(SqliteError::Busy {
                path: self.database.path.to_path_buf(),
                source: Arc::new(AllInUse {
                    readers_max: self.readers_max,
                    waited,
                }),
            }));
        };
        let (database, idle) = (self.database.clone(), Arc::clone(&self.idle));
        blocking(&self.database.path, move || {
            let _permit = permit;
            let found = lock(&idle).pop();
            let mut conn = match found {
                Some(conn) => conn,
                None => database.connect_reader()?,
            };
            let outcome = at_one_moment(&mut conn, read);
            match outcome {
                Err(Failure::Failed(error)) => Err(E::from(database.error(error))),
                Err(Failure::Refused(refusal)) => {
                    lock(&idle).push(conn);
                    Err(refusal)
                }
                Ok(found) => {
                    lock(&idle).push(conn);
                    Ok(found)
                }
            }
        })
        .await
    }

    /// Waits for those that read and closes their connections.
    pub(crate) async fn close(self) {
        let all = u32::try_from(self.readers_max).unwrap_or(u32::MAX);
        let _all = self.free.acquire_many(all).await;
        let idle = std::mem::take(&mut *lock(&self.idle));
        let closed = blocking(&self.database.path, move || {
            drop(idle);
            Ok::<_, SqliteError>(())
        });
        let _ = closed.await;
    }
}

/// One transaction sees one moment: nothing comes between its statements.
fn at_one_moment<T, E>(
    conn: &mut Connection,
    read: impl FnOnce(&Connection) -> Result<T, Failure<E>>,
) -> Result<T, Failure<E>> {
    let tx = conn.transaction()?;
    let found = read(&tx)?;
    tx.finish()?;
    Ok(found)
}

fn lock(idle: &Mutex<Vec<Connection>>) -> std::sync::MutexGuard<'_, Vec<Connection>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::SqliteOptions;

    #[tokio::test(start_paused = true)]
    async fn a_call_waits_for_a_connection_only_so_long() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions {
            readers_max: 1,
            ..SqliteOptions::default()
        };
        let database = Database::new(&folder.path().join("x.db"), options).unwrap();
        let readers = Readers::new(database);
        let _only = readers.free.acquire().await.unwrap();
        let error = readers.read(|_| Ok::<_, Failure<SqliteError>>(())).await;
        let error = error.unwrap_err();
        assert!(error.is_retryable(), "{error:?}");
        let said = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(said, "1 calls read already, and none ended within 5s");
    }
}
