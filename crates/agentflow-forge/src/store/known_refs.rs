//! Branches and tags as they were when webhooks last heard of them.

use std::collections::BTreeMap;

use sqlx::SqliteConnection;

/// By their full names.
pub(crate) async fn all(
    conn: &mut SqliteConnection,
    repo_id: i64,
) -> Result<BTreeMap<String, String>, sqlx::Error> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT name, sha FROM known_refs WHERE repo_id = ?")
            .bind(repo_id)
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().collect())
}

/// Nothing stands for a ref that is gone.
pub(crate) async fn set(
    conn: &mut SqliteConnection,
    repo_id: i64,
    name: &str,
    sha: Option<&str>,
) -> Result<(), sqlx::Error> {
    let query = match sha {
        Some(_) => {
            "INSERT INTO known_refs (repo_id, name, sha) VALUES (?, ?, ?) \
             ON CONFLICT (repo_id, name) DO UPDATE SET sha = excluded.sha"
        }
        None => "DELETE FROM known_refs WHERE repo_id = ?1 AND name = ?2 AND ?3 IS NULL",
    };
    sqlx::query(query)
        .bind(repo_id)
        .bind(name)
        .bind(sha)
        .execute(conn)
        .await?;
    Ok(())
}
