//! How many numbers the vectors of a database have. All have the same: vectors of
//! different embedders cannot be compared.

use std::path::PathBuf;

use agentflow_core::store::StoreError;
use rusqlite::{Connection, OptionalExtension};

use super::visit::Failure;
use crate::SqliteError;
use crate::sqlite::BACKEND;

/// Makes sure that vectors of so many numbers may be written: they are the first, or the
/// others have as many. Once all vectors are gone, others may come.
pub(super) fn claim(conn: &Connection, dims: usize) -> Result<(), Failure> {
    let found = dims_of(conn)?;
    if found == Some(dims) {
        return Ok(());
    }
    check(conn, dims)?;
    conn.execute("DELETE FROM store_index", [])?;
    let dims = i64::try_from(dims).unwrap_or(i64::MAX);
    conn.execute("INSERT INTO store_index (dims) VALUES (?1)", [dims])?;
    Ok(())
}

/// Refuses an index whose vectors cannot be compared with those that are there.
pub(super) fn check(conn: &Connection, dims: usize) -> Result<(), Failure> {
    let Some(found) = dims_of(conn)?.filter(|found| *found != dims) else {
        return Ok(());
    };
    let has_vectors = "SELECT EXISTS (SELECT 1 FROM store_vectors)";
    let has_vectors: bool = conn.query_row(has_vectors, [], |row| row.get(0))?;
    if !has_vectors {
        return Ok(());
    }
    let error = SqliteError::OtherIndex {
        path: PathBuf::from(conn.path().unwrap_or_default()),
        found: found as u64,
        wanted: dims as u64,
    };
    Err(Failure::Refused(StoreError::Backend {
        backend: BACKEND,
        source: error.into(),
    }))
}

fn dims_of(conn: &Connection) -> Result<Option<usize>, Failure> {
    let mut dims = conn.prepare_cached("SELECT dims FROM store_index")?;
    let dims: Option<i64> = dims.query_row([], |row| row.get(0)).optional()?;
    Ok(dims.and_then(|dims| usize::try_from(dims).ok()))
}
