//! Check runs: the forge's own and those that clients report.

use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use super::ROWS_MAX;
use super::accounts::User;
use crate::time;

/// Name of the check the forge itself runs.
pub(crate) const CI: &str = "ci";

#[derive(Clone, Debug)]
pub(crate) struct CheckRun {
    pub(crate) id: i64,
    pub(crate) repo_id: i64,
    pub(crate) head_sha: String,
    pub(crate) name: String,
    /// Whether the forge runs it, so that no client may change it.
    pub(crate) is_ci: bool,
    /// `queued`, `in_progress` or `completed`.
    pub(crate) status: String,
    pub(crate) conclusion: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) external_id: String,
    pub(crate) details_url: Option<String>,
    pub(crate) started_at: Option<String>,
    pub(crate) completed_at: Option<String>,
    /// When it was first heard of.
    pub(crate) created_at: Option<String>,
    pub(crate) annotations: i64,
}

impl CheckRun {
    pub(crate) fn is_completed(&self) -> bool {
        self.status == "completed"
    }

    /// Whether a merge may happen as far as this check goes.
    pub(crate) fn passes(&self) -> bool {
        let conclusion = self.conclusion.as_deref();
        self.is_completed() && matches!(conclusion, Some("success" | "neutral" | "skipped"))
    }
}

impl FromRow<'_, SqliteRow> for CheckRun {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            repo_id: row.try_get("repo_id")?,
            head_sha: row.try_get("head_sha")?,
            name: row.try_get("name")?,
            is_ci: row.try_get("is_ci")?,
            status: row.try_get("status")?,
            conclusion: row.try_get("conclusion")?,
            title: row.try_get("title")?,
            summary: row.try_get("summary")?,
            text: row.try_get("text")?,
            external_id: row.try_get("external_id")?,
            details_url: row.try_get("details_url")?,
            started_at: row.try_get("started_at")?,
            completed_at: row.try_get("completed_at")?,
            created_at: row.try_get("created_at")?,
            annotations: row.try_get("annotations")?,
        })
    }
}

/// Queues the forge's own check of a commit, unless that commit has one already.
pub(crate) async fn queue_ci(
    conn: &mut SqliteConnection,
    repo_id: i64,
    head_sha: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO check_runs (repo_id, head_sha, name, is_ci, status, created_at) \
         VALUES (?, ?, ?, 1, 'queued', ?) \
         ON CONFLICT DO NOTHING",
    )
    .bind(repo_id)
    .bind(head_sha)
    .bind(CI)
    .bind(time::now())
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the forge's check that has waited longest and marks it as started.
pub(crate) async fn take_queued(
    conn: &mut SqliteConnection,
) -> Result<Option<CheckRun>, sqlx::Error> {
    sqlx::query_as(
        "UPDATE check_runs SET status = 'in_progress', started_at = ? WHERE id = \
         (SELECT id FROM check_runs WHERE is_ci = 1 AND status = 'queued' ORDER BY id LIMIT 1) RETURNING *",
    )
    .bind(time::now())
    .fetch_optional(conn)
    .await
}

/// How many of the forge's checks are queued or run.
pub(crate) async fn unfinished_ci(conn: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM check_runs WHERE is_ci = 1 AND status <> 'completed'")
        .fetch_one(conn)
        .await
}

/// Puts checks that were cut off back into the queue.
pub(crate) async fn requeue_started(conn: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    let changed = sqlx::query(
        "UPDATE check_runs SET status = 'queued', started_at = NULL, conclusion = NULL, completed_at = NULL \
         WHERE is_ci = 1 \
         AND (status = 'in_progress' OR (conclusion = 'cancelled' AND cancelled_by IS NULL))",
    )
    .execute(conn)
    .await?;
    Ok(changed.rows_affected())
}

/// Writes down a new check run, or the new state of a known one, which then has an id above 0.
pub(crate) async fn save(conn: &mut SqliteConnection, run: &CheckRun) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO check_runs (id, repo_id, head_sha, name, is_ci, status, conclusion, title, summary, text, \
         external_id, details_url, started_at, completed_at, created_at) \
         VALUES (nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, status = excluded.status, \
         conclusion = excluded.conclusion, title = excluded.title, summary = excluded.summary, \
         text = excluded.text, external_id = excluded.external_id, details_url = excluded.details_url, \
         started_at = excluded.started_at, completed_at = excluded.completed_at RETURNING id",
    )
    .bind(run.id)
    .bind(run.repo_id)
    .bind(&run.head_sha)
    .bind(&run.name)
    .bind(run.is_ci)
    .bind(&run.status)
    .bind(&run.conclusion)
    .bind(&run.title)
    .bind(&run.summary)
    .bind(&run.text)
    .bind(&run.external_id)
    .bind(&run.details_url)
    .bind(&run.started_at)
    .bind(&run.completed_at)
    .bind(time::now())
    .fetch_one(conn)
    .await
}

pub(crate) async fn find(
    conn: &mut SqliteConnection,
    repo_id: i64,
    id: i64,
) -> Result<Option<CheckRun>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM check_runs WHERE repo_id = ? AND id = ?")
        .bind(repo_id)
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Check runs of a repository, oldest first; of one commit if one is given.
pub(crate) async fn all(
    conn: &mut SqliteConnection,
    repo_id: i64,
    head_sha: Option<&str>,
) -> Result<Vec<CheckRun>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM check_runs WHERE repo_id = ?1 AND (?2 IS NULL OR head_sha = ?2) ORDER BY id LIMIT ?3",
    )
    .bind(repo_id)
    .bind(head_sha)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await
}

/// Forgets how a check ended, so that it can begin again.
pub(crate) async fn begin_again(conn: &mut SqliteConnection, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE check_runs SET status = 'queued', conclusion = NULL, title = NULL, summary = NULL, \
         text = NULL, started_at = NULL, completed_at = NULL, cancelled_by = NULL \
         WHERE id = ? AND status = 'completed'",
    )
    .bind(id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Calls a check off: at once while it waits, else by whoever runs it. Whether it was not over.
pub(crate) async fn cancel(
    conn: &mut SqliteConnection,
    id: i64,
    by: &User,
) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query(
        "UPDATE check_runs SET cancelled_by = ?1, \
         conclusion = iif(status = 'queued', 'cancelled', conclusion), \
         completed_at = iif(status = 'queued', ?2, completed_at), \
         status = iif(status = 'queued', 'completed', status) \
         WHERE id = ?3 AND status <> 'completed'",
    )
    .bind(by.id)
    .bind(time::now())
    .bind(id)
    .execute(conn)
    .await?;
    Ok(changed.rows_affected() > 0)
}

/// The login of who called the check off.
pub(crate) async fn cancelled_by(
    conn: &mut SqliteConnection,
    id: i64,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT u.login FROM check_runs c JOIN users u ON u.id = c.cancelled_by WHERE c.id = ?",
    )
    .bind(id)
    .fetch_optional(conn)
    .await
}
