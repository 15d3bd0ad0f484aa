//! Searching by words: an index finds the items of each word, and the more of them an item
//! has the better it is.

use agentflow_core::store::Words;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};

use super::clause::push_searched;
use super::search::Asked;
use super::visit::Failure;

/// Each item that the search looks at and that has one of the words, the best first and
/// equals in order: these columns of it, and how many it has.
pub(super) fn words_sql(asked: &Asked<'_>, words: &Words, columns: &str) -> QueryBuilder<Postgres> {
    let words: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
    // OFFSET keeps the items inside: each is found by its number, whatever the planner
    // thinks of how many there are in the paths.
    let mut sql = QueryBuilder::new(
        "WITH hits AS MATERIALIZED (
             SELECT w.item, count(*) AS hits FROM unnest(",
    );
    sql.push_bind(words);
    sql.push(asked.store.sql(&format!(
        "::bytea[]) AS q (word)
         JOIN SCHEMA.store_words w ON w.words @> ARRAY[q.word] GROUP BY w.item)
         SELECT {columns}, h.hits FROM hits h
         CROSS JOIN LATERAL (
             SELECT o.* FROM SCHEMA.store_items o WHERE o.id = h.item OFFSET 0) i"
    )));
    push_searched(&mut sql, asked);
    sql.push(" ORDER BY h.hits DESC, i.path, i.key");
    sql
}

/// How many words the item of a row has.
pub(super) fn hits(row: &PgRow) -> Result<usize, Failure> {
    let hits: i64 = row.try_get("hits")?;
    Ok(usize::try_from(hits).unwrap_or(0))
}
