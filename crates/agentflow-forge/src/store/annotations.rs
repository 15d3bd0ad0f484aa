//! What check runs say of lines of files.

use serde_json::Value;
use sqlx::SqliteConnection;

use super::ROWS_MAX;

pub(crate) async fn add(
    conn: &mut SqliteConnection,
    check_run_id: i64,
    annotations: &[Value],
) -> Result<(), sqlx::Error> {
    for annotation in annotations {
        sqlx::query("INSERT INTO annotations (check_run_id, annotation) VALUES (?, ?)")
            .bind(check_run_id)
            .bind(annotation.to_string())
            .execute(&mut *conn)
            .await?;
    }
    sqlx::query("UPDATE check_runs SET annotations = annotations + ? WHERE id = ?")
        .bind(i64::try_from(annotations.len()).unwrap_or(i64::MAX))
        .bind(check_run_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Annotations of one check run, in the order in which they came.
pub(crate) async fn of_run(
    conn: &mut SqliteConnection,
    check_run_id: i64,
) -> Result<Vec<Value>, sqlx::Error> {
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT annotation FROM annotations WHERE check_run_id = ? ORDER BY id LIMIT ?",
    )
    .bind(check_run_id)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await?;
    let read =
        |row: &String| serde_json::from_str(row).map_err(|error| sqlx::Error::Decode(error.into()));
    rows.iter().map(read).collect()
}
