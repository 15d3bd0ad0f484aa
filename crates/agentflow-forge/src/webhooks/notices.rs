//! Puts the triggers in place, says hello to hooks, and draws ids of deliveries.

use serde_json::json;
use sqlx::SqliteConnection;

use crate::digest::hex;
use crate::error::ForgeError;
use crate::store::hooks::Hook;
use crate::store::repositories::Repository;
use crate::store::{Database, outbox};

/// Triggers on tables that are always there.
const TRIGGERS: &str = include_str!("triggers.sql");
/// Triggers on tables that not every build keeps.
const WHERE_KEPT: [(&str, &str); 2] = [
    ("assignees", include_str!("triggers_assignees.sql")),
    ("statuses", include_str!("triggers_statuses.sql")),
];

/// What a ping says besides, chosen by the hook's number.
const ZEN: [&str; 3] = [
    "Keep it logically awesome.",
    "Practicality beats purity.",
    "Favor focus over features.",
];

pub(crate) async fn install(database: &Database) -> Result<(), ForgeError> {
    let mut tx = database.write().await?;
    sqlx::raw_sql(TRIGGERS).execute(&mut *tx).await?;
    for (table, triggers) in WHERE_KEPT {
        let kept: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?",
        )
        .bind(table)
        .fetch_one(&mut *tx)
        .await?;
        if kept > 0 {
            sqlx::raw_sql(triggers).execute(&mut *tx).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Says hello to a hook, whatever it listens to.
pub(crate) async fn ping(
    conn: &mut SqliteConnection,
    repo: &Repository,
    hook: &Hook,
) -> Result<(), sqlx::Error> {
    let zen = ZEN[usize::try_from(hook.id).unwrap_or_default() % ZEN.len()];
    let detail = json!({ "zen": zen });
    outbox::tell(conn, repo, hook.id, "ping", &detail).await
}

/// A random UUID, as GitHub names each delivery.
pub(super) fn guid() -> Result<String, std::io::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    // Version 4, variant 1.
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex(&bytes);
    let parts = [
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..],
    ];
    Ok(parts.join("-"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const KEPT_ELSEWHERE: &str = "
        CREATE TABLE IF NOT EXISTS statuses (id INTEGER PRIMARY KEY, repo_id INTEGER, sha TEXT,
            context TEXT, state TEXT, description TEXT, target_url TEXT, author_id INTEGER,
            created_at TEXT);
        CREATE TABLE IF NOT EXISTS assignees (issue_id INTEGER, user_id INTEGER);";
    const ROWS: &str = "
        INSERT INTO users VALUES (1, 'octo', 'now');
        INSERT INTO repositories (id, owner_id, name, default_branch, requires_checks, created_at,
            pushed_at) VALUES (1, 1, 'demo', 'main', 1, 'now', 'now');
        INSERT INTO hooks VALUES (1, 1, 'http://localhost', 'json', NULL, '0', '[\"*\"]', 1, '', '');
        INSERT INTO issues (id, repo_id, number, title, is_pull, author_id, created_at, updated_at)
            VALUES (7, 1, 1, 't', 0, 1, 'now', 'now');
        INSERT INTO assignees (issue_id, user_id) VALUES (7, 1);
        DELETE FROM assignees;
        INSERT INTO statuses (repo_id, sha, context, state, author_id, created_at)
            VALUES (1, 'abc', 'ci', 'success', 1, 'now');
        INSERT INTO labels (id, repo_id, name, color) VALUES (5, 1, 'bug', 'ededed');
        INSERT INTO issue_labels VALUES (7, 5);";

    async fn told(database: &Database) -> Vec<(String, Option<String>, i64)> {
        let mut conn = database.read().await.unwrap();
        sqlx::query_as("SELECT event, action, subject FROM outbox ORDER BY id")
            .fetch_all(&mut *conn)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn rows_are_told_in_their_transaction_also_of_tables_that_come_later() {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::open(&dir.path().join("db")).await.unwrap();
        install(&database).await.unwrap();
        let mut tx = database.write().await.unwrap();
        sqlx::raw_sql(KEPT_ELSEWHERE)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        install(&database).await.unwrap();
        let mut tx = database.write().await.unwrap();
        sqlx::raw_sql(ROWS).execute(&mut *tx).await.unwrap();
        tx.rollback().await.unwrap();
        assert_eq!(told(&database).await, [], "what did not happen is not told");
        let mut tx = database.write().await.unwrap();
        sqlx::raw_sql(ROWS).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let told_of = |event: &str, action: Option<&str>, subject| {
            (event.to_owned(), action.map(str::to_owned), subject)
        };
        let first = [
            told_of("issues", Some("opened"), 7),
            told_of("issues", Some("assigned"), 7),
            told_of("issues", Some("unassigned"), 7),
            told_of("status", None, 1),
            told_of("issues", Some("labeled"), 7),
        ];
        assert_eq!(told(&database).await, first);
        let again = "DELETE FROM issue_labels; INSERT INTO issue_labels VALUES (7, 5);";
        let mut tx = database.write().await.unwrap();
        sqlx::raw_sql(again).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            told(&database).await,
            first,
            "what was set to what it was is not told"
        );
        for (sql, action) in [
            ("DELETE FROM issue_labels;", "unlabeled"),
            ("INSERT INTO issue_labels VALUES (7, 5);", "labeled"),
        ] {
            let mut tx = database.write().await.unwrap();
            sqlx::raw_sql(sql).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
            let last = told(&database).await.pop();
            assert_eq!(
                last,
                Some(told_of("issues", Some(action), 7)),
                "each by itself is"
            );
        }
    }
}
