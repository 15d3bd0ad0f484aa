//! What happened and was not packed into deliveries yet. Most of it is written by triggers.

use serde_json::Value;
use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use super::accounts::User;
use super::repositories::Repository;

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    pub(crate) id: i64,
    pub(crate) repo_id: i64,
    /// The only hook that is to hear of it.
    pub(crate) hook_id: Option<i64>,
    pub(crate) event: String,
    pub(crate) action: Option<String>,
    /// Id of the row that it is about.
    pub(crate) subject: i64,
    pub(crate) detail: Value,
    pub(crate) actor: Option<User>,
}

impl FromRow<'_, SqliteRow> for Notice {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let detail: String = row.try_get("detail")?;
        Ok(Self {
            id: row.try_get("id")?,
            repo_id: row.try_get("repo_id")?,
            hook_id: row.try_get("hook_id")?,
            event: row.try_get("event")?,
            action: row.try_get("action")?,
            subject: row.try_get("subject")?,
            detail: serde_json::from_str(&detail).map_err(|source| sqlx::Error::ColumnDecode {
                index: "detail".to_owned(),
                source: source.into(),
            })?,
            actor: User::joined(row, "actor")?,
        })
    }
}

/// The notice that has waited longest.
pub(crate) async fn first(conn: &mut SqliteConnection) -> Result<Option<Notice>, sqlx::Error> {
    sqlx::query_as(
        "SELECT o.*, u.login AS actor_login FROM outbox o LEFT JOIN users u ON u.id = o.actor_id \
         ORDER BY o.id LIMIT 1",
    )
    .fetch_optional(conn)
    .await
}

pub(crate) async fn remove(conn: &mut SqliteConnection, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM outbox WHERE id = ?")
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Says something to everyone who listens, as the triggers do.
pub(crate) async fn announce(
    conn: &mut SqliteConnection,
    repo: &Repository,
    event: &str,
    detail: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO announced VALUES (?, ?, NULL, 0, ?, NULL)")
        .bind(repo.id)
        .bind(event)
        .bind(detail.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Says something to one hook, whatever it listens to.
pub(crate) async fn tell(
    conn: &mut SqliteConnection,
    repo: &Repository,
    hook_id: i64,
    event: &str,
    detail: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO outbox (repo_id, hook_id, event, subject, detail, actor_id) \
         SELECT ?1, ?2, ?3, ?2, ?4, user_id FROM acting",
    )
    .bind(repo.id)
    .bind(hook_id)
    .bind(event)
    .bind(detail.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// How many notices and deliveries wait.
pub(crate) async fn waiting(conn: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM outbox) + \
         (SELECT count(*) FROM deliveries WHERE delivered_at IS NULL)",
    )
    .fetch_one(conn)
    .await
}

/// Number of the issue or pull request with this id.
pub(crate) async fn number_of(
    conn: &mut SqliteConnection,
    issue_id: i64,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT number FROM issues WHERE id = ?")
        .bind(issue_id)
        .fetch_optional(conn)
        .await
}
