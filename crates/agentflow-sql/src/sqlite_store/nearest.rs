//! Searching by meaning: an exact pass over the vectors of all items that a search looks
//! at, which keeps no more of them than the best.

use rusqlite::Connection;

use super::clause::push_searched;
use super::code::read_numbers;
use super::search::{Asked, Listed};
use super::sql::Sql;
use super::visit::Failure;
use crate::items::{Best, Others};

/// The `count` nearest items of a search, the best first, and equals in order.
pub(super) fn nearest(
    conn: &Connection,
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
    super::index::check(conn, dims)?;
    let sql = nearest_sql(asked, others);
    let mut statement = sql.prepare(conn)?;
    let mut rows = sql.query(&mut statement)?;
    let (mut best, mut numbers) = (Best::of(count), Vec::new());
    while let Some(row) = rows.next()? {
        if !asked.takes(row, 2)? {
            continue;
        }
        let vectors = row.get_ref(1)?.as_blob_or_null();
        let vectors = vectors.map_err(rusqlite::Error::from)?;
        read_numbers(vectors.unwrap_or_default(), &mut numbers);
        let score = asked.matcher.similarity(numbers.chunks_exact(dims));
        if score.is_some() || others == Others::Last {
            best.add(row.get(0)?, score);
        }
    }
    Ok(best.list())
}

/// Each item that the search looks at, in order, with its vectors.
pub(super) fn nearest_sql(asked: &Asked<'_>, others: Others) -> Sql {
    // LEFT and CROSS keep the items outside, in their order.
    let join = match others {
        Others::Last => " FROM store_items i LEFT JOIN store_vectors v ON v.item = i.id",
        Others::LeftOut => " FROM store_items i CROSS JOIN store_vectors v ON v.item = i.id",
    };
    let mut sql = Sql::new("SELECT i.id, v.vectors, ");
    sql.push(asked.value_column()).push(join);
    push_searched(&mut sql, asked.search, asked.now);
    sql.push(" ORDER BY i.path, i.key");
    sql
}
