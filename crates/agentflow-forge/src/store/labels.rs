//! Labels of a repository and of its issues.

use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use super::ROWS_MAX;

/// Colour of a label nobody chose one for, as on GitHub.
const COLOR: &str = "ededed";

#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) color: String,
    pub(crate) description: Option<String>,
}

impl FromRow<'_, SqliteRow> for Label {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            color: row.try_get("color")?,
            description: row.try_get("description")?,
        })
    }
}

pub(crate) async fn of_issue(
    conn: &mut SqliteConnection,
    issue_id: i64,
) -> Result<Vec<Label>, sqlx::Error> {
    sqlx::query_as(
        "SELECT l.* FROM labels l JOIN issue_labels x ON x.label_id = l.id \
         WHERE x.issue_id = ? ORDER BY l.name LIMIT ?",
    )
    .bind(issue_id)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await
}

/// Gives the issue each label, making those the repository does not have.
pub(crate) async fn add(
    conn: &mut SqliteConnection,
    repo_id: i64,
    issue_id: i64,
    names: &[String],
) -> Result<(), sqlx::Error> {
    for name in names {
        sqlx::query(
            "INSERT INTO labels (repo_id, name, color) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(repo_id)
        .bind(name)
        .bind(COLOR)
        .execute(&mut *conn)
        .await?;
        sqlx::query(
            "INSERT INTO issue_labels (issue_id, label_id) \
             SELECT ?, id FROM labels WHERE repo_id = ? AND name = ? ON CONFLICT DO NOTHING",
        )
        .bind(issue_id)
        .bind(repo_id)
        .bind(name)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

pub(crate) async fn clear(conn: &mut SqliteConnection, issue_id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM issue_labels WHERE issue_id = ?")
        .bind(issue_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether the issue had the label.
pub(crate) async fn remove(
    conn: &mut SqliteConnection,
    repo_id: i64,
    issue_id: i64,
    name: &str,
) -> Result<bool, sqlx::Error> {
    let removed = sqlx::query(
        "DELETE FROM issue_labels WHERE issue_id = ? \
         AND label_id IN (SELECT id FROM labels WHERE repo_id = ? AND name = ?)",
    )
    .bind(issue_id)
    .bind(repo_id)
    .bind(name)
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() > 0)
}

/// Labels of a repository, by name.
pub(crate) async fn all(
    conn: &mut SqliteConnection,
    repo_id: i64,
) -> Result<Vec<Label>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM labels WHERE repo_id = ? ORDER BY name LIMIT ?")
        .bind(repo_id)
        .bind(ROWS_MAX)
        .fetch_all(conn)
        .await
}

pub(crate) async fn find(
    conn: &mut SqliteConnection,
    repo_id: i64,
    name: &str,
) -> Result<Option<Label>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM labels WHERE repo_id = ? AND name = ?")
        .bind(repo_id)
        .bind(name)
        .fetch_optional(conn)
        .await
}

/// Writes down a new label, or the new state of a known one, which then has an id above 0.
pub(crate) async fn save(
    conn: &mut SqliteConnection,
    repo_id: i64,
    label: &Label,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO labels (id, repo_id, name, color, description) VALUES (nullif(?, 0), ?, ?, ?, ?) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, color = excluded.color, \
         description = excluded.description",
    )
    .bind(label.id)
    .bind(repo_id)
    .bind(&label.name)
    .bind(&label.color)
    .bind(&label.description)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the label from every issue that has it, and then away.
pub(crate) async fn delete(conn: &mut SqliteConnection, id: i64) -> Result<(), sqlx::Error> {
    for query in [
        "DELETE FROM issue_labels WHERE label_id = ?",
        "DELETE FROM labels WHERE id = ?",
    ] {
        sqlx::query(query).bind(id).execute(&mut *conn).await?;
    }
    Ok(())
}

pub(crate) fn default_color() -> String {
    COLOR.to_owned()
}
