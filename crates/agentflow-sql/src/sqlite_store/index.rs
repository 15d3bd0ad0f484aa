//! How many numbers the vectors of a database have. All have the same: vectors of
//! different embedders cannot be compared.

use std::path::PathBuf;

use agentflow_core::store::StoreError;
use sqlx::SqliteConnection;

use super::visit::Failure;
use crate::SqliteError;
use crate::sqlite::BACKEND;

/// Makes sure that vectors of so many numbers may be written: they are the first, or the
/// others have as many. Once all vectors are gone, others may come.
pub(super) async fn claim(conn: &mut SqliteConnection, dims: usize) -> Result<(), Failure> {
    let found = dims_of(conn).await?;
    if found == Some(dims) {
        return Ok(());
    }
    check(conn, dims).await?;
    sqlx::query("DELETE FROM store_index")
        .execute(&mut *conn)
        .await?;
    sqlx::query("INSERT INTO store_index (dims) VALUES (?1)")
        .bind(i64::try_from(dims).unwrap_or(i64::MAX))
        .execute(conn)
        .await?;
    Ok(())
}

/// Refuses an index whose vectors cannot be compared with those that are there.
pub(super) async fn check(conn: &mut SqliteConnection, dims: usize) -> Result<(), Failure> {
    let Some(found) = dims_of(conn).await?.filter(|found| *found != dims) else {
        return Ok(());
    };
    let has_vectors: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM store_vectors)")
        .fetch_one(&mut *conn)
        .await?;
    if !has_vectors {
        return Ok(());
    }
    let path: String =
        sqlx::query_scalar("SELECT file FROM pragma_database_list WHERE name = 'main'")
            .fetch_one(conn)
            .await?;
    let error = SqliteError::OtherIndex {
        path: PathBuf::from(path),
        found: found as u64,
        wanted: dims as u64,
    };
    Err(Failure::Refused(StoreError::Backend {
        backend: BACKEND,
        source: error.into(),
    }))
}

async fn dims_of(conn: &mut SqliteConnection) -> Result<Option<usize>, Failure> {
    let dims: Option<i64> = sqlx::query_scalar("SELECT dims FROM store_index")
        .fetch_optional(conn)
        .await?;
    Ok(dims.and_then(|dims| usize::try_from(dims).ok()))
}
