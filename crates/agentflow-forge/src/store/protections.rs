//! What clients said of branches' protection.

use sqlx::{Row, SqliteConnection};

use super::ROWS_MAX;
use crate::branches::Protection;

/// `Some(None)` for a branch whose protection was taken away.
pub(crate) async fn find(
    conn: &mut SqliteConnection,
    repo_id: i64,
    branch: &str,
) -> Result<Option<Option<Protection>>, sqlx::Error> {
    let row = sqlx::query("SELECT rule FROM branch_protections WHERE repo_id = ? AND branch = ?")
        .bind(repo_id)
        .bind(branch)
        .fetch_optional(conn)
        .await?;
    row.map(|row| read(row.try_get("rule")?)).transpose()
}

/// Branches of which anything was said.
pub(crate) async fn all(
    conn: &mut SqliteConnection,
    repo_id: i64,
) -> Result<Vec<(String, Option<Protection>)>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT branch, rule FROM branch_protections WHERE repo_id = ? ORDER BY branch LIMIT ?",
    )
    .bind(repo_id)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("branch")?, read(row.try_get("rule")?)?)))
        .collect()
}

fn read(rule: Option<String>) -> Result<Option<Protection>, sqlx::Error> {
    rule.map(|rule| serde_json::from_str(&rule))
        .transpose()
        .map_err(|error| sqlx::Error::Decode(error.into()))
}

/// Remembers the protection, or that there is to be none.
pub(crate) async fn set(
    conn: &mut SqliteConnection,
    repo_id: i64,
    branch: &str,
    protection: Option<&Protection>,
) -> Result<(), sqlx::Error> {
    let rule = protection.map(serde_json::to_string).transpose();
    let rule = rule.map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query(
        "INSERT INTO branch_protections VALUES (?, ?, ?) \
         ON CONFLICT (repo_id, branch) DO UPDATE SET rule = excluded.rule",
    )
    .bind(repo_id)
    .bind(branch)
    .bind(rule)
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets what was said of one name hold for another.
pub(crate) async fn rename(
    conn: &mut SqliteConnection,
    repo_id: i64,
    from: &str,
    to: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM branch_protections WHERE repo_id = ?1 AND branch = ?2 AND EXISTS \
         (SELECT 1 FROM branch_protections WHERE repo_id = ?1 AND branch = ?3)",
    )
    .bind(repo_id)
    .bind(to)
    .bind(from)
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE branch_protections SET branch = ? WHERE repo_id = ? AND branch = ?")
        .bind(to)
        .bind(repo_id)
        .bind(from)
        .execute(conn)
        .await?;
    Ok(())
}
