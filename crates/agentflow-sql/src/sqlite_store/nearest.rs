//! Searching by meaning: an exact pass over the vectors of all items that a search looks
//! at, which keeps no more of them than the best.

use futures::TryStreamExt;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::clause::push_searched;
use super::code::read_numbers;
use super::search::{Asked, Listed};
use super::visit::Failure;
use crate::items::{Best, Others};

/// The `count` nearest items of a search, the best first, and equals in order.
pub(super) async fn nearest(
    conn: &mut SqliteConnection,
    asked: &Asked<'_>,
    others: Others,
    count: usize,
) -> Result<Vec<Listed>, Failure> {
    let Some(dims) = asked
        .query
        .vector()
        .map(<[f32]>::len)
        .filter(|dims| *dims > 0)
    else {
        return Ok(Vec::new());
    };
    super::index::check(conn, dims).await?;
    let mut sql = nearest_sql(asked, others);
    let query = sql.build();
    let mut rows = query.fetch(conn);
    let (mut best, mut numbers) = (Best::of(count), Vec::new());
    while let Some(row) = rows.try_next().await? {
        // A long pass lets others have their turn.
        tokio::task::coop::consume_budget().await;
        if !asked.takes(row.try_get(2)?)? {
            continue;
        }
        read_numbers(
            row.try_get::<Option<&[u8]>, _>(1)?.unwrap_or_default(),
            &mut numbers,
        );
        let score = asked.matcher.similarity(numbers.chunks_exact(dims));
        if score.is_some() || others == Others::Last {
            best.add(row.try_get(0)?, score);
        }
    }
    Ok(best.list())
}

/// Each item that the search looks at, in order, with its vectors.
pub(super) fn nearest_sql(asked: &Asked<'_>, others: Others) -> QueryBuilder<Sqlite> {
    // LEFT and CROSS keep the items outside, in their order.
    let join = match others {
        Others::Last => " FROM store_items i LEFT JOIN store_vectors v ON v.item = i.id",
        Others::LeftOut => " FROM store_items i CROSS JOIN store_vectors v ON v.item = i.id",
    };
    let mut sql = QueryBuilder::new("SELECT i.id, v.vectors, ");
    sql.push(asked.value_column()).push(join);
    push_searched(&mut sql, asked.search, asked.now);
    sql.push(" ORDER BY i.path, i.key");
    sql
}
