//! What a pull request has beyond an issue: its two branches and how it ended.

use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use super::accounts::User;
use super::issues::Issue;
use super::{ROWS_MAX, issues};

#[derive(Clone, Debug)]
pub(crate) struct Pull {
    pub(crate) issue: Issue,
    pub(crate) head_ref: String,
    pub(crate) base_ref: String,
    pub(crate) head_sha: String,
    /// Where the base branch was when it or the head last moved; for a merged one, before the merge.
    pub(crate) base_sha: String,
    pub(crate) draft: bool,
    pub(crate) merged_at: Option<String>,
    pub(crate) merged_by: Option<User>,
    pub(crate) merge_sha: Option<String>,
}

impl Pull {
    pub(crate) fn number(&self) -> i64 {
        self.issue.number
    }

    pub(crate) fn is_merged(&self) -> bool {
        self.merged_at.is_some()
    }
}

impl FromRow<'_, SqliteRow> for Pull {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            issue: Issue::from_row(row)?,
            head_ref: row.try_get("head_ref")?,
            base_ref: row.try_get("base_ref")?,
            head_sha: row.try_get("head_sha")?,
            base_sha: row.try_get("base_sha")?,
            draft: row.try_get("draft")?,
            merged_at: row.try_get("merged_at")?,
            merged_by: User::joined(row, "merger")?,
            merge_sha: row.try_get("merge_sha")?,
        })
    }
}

/// The branches of a pull request to be written down.
pub(crate) struct Branches<'a> {
    pub(crate) head_ref: &'a str,
    pub(crate) base_ref: &'a str,
    pub(crate) head_sha: &'a str,
    pub(crate) base_sha: &'a str,
    pub(crate) draft: bool,
}

pub(crate) async fn insert(
    conn: &mut SqliteConnection,
    draft: issues::Draft<'_>,
    branches: &Branches<'_>,
) -> Result<i64, sqlx::Error> {
    let (number, issue_id) = issues::insert(conn, draft).await?;
    sqlx::query(
        "INSERT INTO pulls (issue_id, head_ref, base_ref, head_sha, base_sha, draft) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(issue_id)
    .bind(branches.head_ref)
    .bind(branches.base_ref)
    .bind(branches.head_sha)
    .bind(branches.base_sha)
    .bind(branches.draft)
    .execute(conn)
    .await?;
    Ok(number)
}

/// Pull requests, newest first.
pub(crate) async fn all(
    conn: &mut SqliteConnection,
    repo_id: i64,
) -> Result<Vec<Pull>, sqlx::Error> {
    select(conn, repo_id, None).await
}

pub(crate) async fn find(
    conn: &mut SqliteConnection,
    repo_id: i64,
    number: i64,
) -> Result<Option<Pull>, sqlx::Error> {
    Ok(select(conn, repo_id, Some(number)).await?.pop())
}

async fn select(
    conn: &mut SqliteConnection,
    repo_id: i64,
    number: Option<i64>,
) -> Result<Vec<Pull>, sqlx::Error> {
    sqlx::query_as(
        "SELECT i.*, p.*, a.login AS author_login, c.id AS closer_id, c.login AS closer_login, \
         m.id AS merger_id, m.login AS merger_login, \
         (SELECT count(*) FROM comments x WHERE x.issue_id = i.id) AS comments, \
         (SELECT g.assignees FROM issue_assignees g WHERE g.issue_id = i.id) AS assignees \
         FROM pulls p JOIN issues i ON i.id = p.issue_id JOIN users a ON a.id = i.author_id \
         LEFT JOIN users c ON c.id = i.closed_by LEFT JOIN users m ON m.id = p.merged_by \
         WHERE i.repo_id = ?1 AND (?2 IS NULL OR i.number = ?2) ORDER BY i.number DESC LIMIT ?3",
    )
    .bind(repo_id)
    .bind(number)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await
}

/// Number of the open pull request from `head` to `base`.
pub(crate) async fn open_between(
    conn: &mut SqliteConnection,
    repo_id: i64,
    head: &str,
    base: &str,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT i.number FROM pulls p JOIN issues i ON i.id = p.issue_id \
         WHERE i.repo_id = ? AND i.is_open = 1 AND p.head_ref = ? AND p.base_ref = ?",
    )
    .bind(repo_id)
    .bind(head)
    .bind(base)
    .fetch_optional(conn)
    .await
}

pub(crate) async fn move_branches(
    conn: &mut SqliteConnection,
    issue_id: i64,
    base_ref: &str,
    head_sha: &str,
    base_sha: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE pulls SET base_ref = ?, head_sha = ?, base_sha = ? WHERE issue_id = ?")
        .bind(base_ref)
        .bind(head_sha)
        .bind(base_sha)
        .bind(issue_id)
        .execute(&mut *conn)
        .await?;
    issues::touch(conn, issue_id).await
}

pub(crate) async fn mark_merged(
    conn: &mut SqliteConnection,
    issue_id: i64,
    by: &User,
    merge_sha: &str,
    base_sha: &str,
    at: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE pulls SET merged_at = ?, merged_by = ?, merge_sha = ?, base_sha = ? WHERE issue_id = ?")
        .bind(at)
        .bind(by.id)
        .bind(merge_sha)
        .bind(base_sha)
        .bind(issue_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether it was not so before.
pub(crate) async fn set_draft(
    conn: &mut SqliteConnection,
    issue_id: i64,
    draft: bool,
) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query("UPDATE pulls SET draft = ?1 WHERE issue_id = ?2 AND draft <> ?1")
        .bind(draft)
        .bind(issue_id)
        .execute(&mut *conn)
        .await?;
    issues::touch(conn, issue_id).await?;
    Ok(changed.rows_affected() > 0)
}

/// Lets pull requests that are open follow a branch to its new name, on both of their sides.
pub(crate) async fn rename_branch(
    conn: &mut SqliteConnection,
    repo_id: i64,
    from: &str,
    to: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE pulls SET head_ref = iif(head_ref = ?1, ?2, head_ref), \
         base_ref = iif(base_ref = ?1, ?2, base_ref) \
         WHERE issue_id IN (SELECT id FROM issues WHERE repo_id = ?3 AND is_open = 1)",
    )
    .bind(from)
    .bind(to)
    .bind(repo_id)
    .execute(conn)
    .await?;
    Ok(())
}
