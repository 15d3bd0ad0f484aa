//! Searching by words, with the full text search of SQLite as an index: it finds the
//! items of each word, and the more of them an item has the better it is.

use agentflow_core::store::Words;
use rusqlite::Connection;

use super::clause::push_searched;
use super::search::{Asked, Listed, push_page};
use super::sql::Sql;
use super::visit::Failure;
use crate::items::Page;

/// The items of a search in which one of the words occurs at least, the best first, and
/// equals in order.
pub(super) fn with_words(
    conn: &Connection,
    asked: &Asked<'_>,
    words: &Words,
    mut page: Page,
) -> Result<Vec<Listed>, Failure> {
    let mut sql = words_sql(asked, words);
    if asked.takes_all() {
        push_page(&mut sql, &mut page);
    }
    let mut statement = sql.prepare(conn)?;
    let mut rows = sql.query(&mut statement)?;
    let mut listed = Vec::new();
    while listed.len() < page.limit
        && let Some(row) = rows.next()?
    {
        if asked.takes(row, 2)? && page.turn() {
            let hits: i64 = row.get(1)?;
            let share = words.share(usize::try_from(hits).unwrap_or(0));
            listed.push((row.get(0)?, Some(share)));
        }
    }
    Ok(listed)
}

/// Each item that the search looks at and that has one of the words, the best first, with
/// how many it has.
pub(super) fn words_sql(asked: &Asked<'_>, words: &Words) -> Sql {
    // In quotes a word is nothing but a word. Words have only letters and digits.
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let quoted = serde_json::Value::from(quoted).to_string();
    let mut sql = Sql::new(
        "WITH hits (item, hits) AS MATERIALIZED (
             SELECT w.rowid, count(*)
             FROM json_each(",
    );
    sql.push_bind(quoted);
    sql.push(
        ") q CROSS JOIN store_words w ON w.store_words MATCH q.value GROUP BY w.rowid)
         SELECT i.id, h.hits, ",
    );
    sql.push(asked.value_column());
    sql.push(" FROM hits h CROSS JOIN store_items i ON i.id = h.item");
    push_searched(&mut sql, asked.search, asked.now);
    sql.push(" ORDER BY h.hits DESC, i.path, i.key");
    sql
}
