//! Searching by meaning: a pass over the vectors of all items that a search looks at, which
//! keeps no more of them than the best. pgvector, where it is used, leaves out before what
//! is not among the nearest; how near the others are is always computed by the core.

use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, PgConnection, Postgres, QueryBuilder, Row};

use super::clause::push_searched;
use super::names::number;
use super::pgvector::PgVector;
use super::search::{Asked, Spot, spot};
use super::visit::Failure;
use crate::items::{Best, Others};

/// How many numbers the vectors have that are there, if it is not this.
pub(super) const OTHER_DIMS: &str = "
    SELECT x.dims FROM SCHEMA.store_index x
    WHERE x.dims <> $1 AND EXISTS (SELECT FROM SCHEMA.store_vectors)";

/// pgvector computes with 32 bits: it is asked for a few more than are wanted, so that
/// those at the end are not the wrong ones of several that are equal.
const MORE: usize = 16;

/// As much nearer or less near may it take an item to be.
const ROUNDING: f64 = 1e-4;

/// The `count` nearest items of a search, the best first, and equals in order.
pub(super) async fn nearest(
    conn: &mut PgConnection,
    asked: &Asked<'_>,
    others: Others,
    count: usize,
) -> Result<Vec<(Spot, Option<f64>)>, Failure> {
    let dims = asked.query.vector().map_or(0, <[f32]>::len);
    if dims == 0 {
        return Ok(Vec::new());
    }
    check_dims(conn, asked, dims).await?;
    let pgvector = asked.store.pgvector()?;
    let Some(pgvector) = pgvector.filter(|pgvector| pgvector.takes(dims)) else {
        let sql = all_sql(asked, others);
        return Ok(pass(conn, asked, others, count, sql).await?.best);
    };
    let mut asked_for = count.saturating_add(MORE);
    if asked.store.hnsw()?.is_some() {
        // For this transaction: the index goes on until it has found so many.
        sqlx::query("SET LOCAL hnsw.iterative_scan = strict_order")
            .execute(&mut *conn)
            .await?;
        let sql = by_index_sql(asked, pgvector, asked_for);
        let passed = pass(conn, asked, others, count, sql).await?;
        let is_least = asked.search.min_similarity.is_some() && asked.takes_all();
        // Of those that are too far, no nearer one is missing.
        if passed.best.len() >= count || is_least && passed.items >= count {
            return Ok(passed.best);
        }
    }
    loop {
        let sql = near_sql(asked, others, pgvector, asked_for);
        let passed = pass(conn, asked, others, count, sql).await?;
        // The filter may have taken away some of them.
        if passed.best.len() >= count || passed.items < asked_for {
            return Ok(passed.best);
        }
        asked_for = asked_for.saturating_mul(4);
    }
}

/// Refuses vectors that cannot be compared with those that are there.
async fn check_dims(
    conn: &mut PgConnection,
    asked: &Asked<'_>,
    dims: usize,
) -> Result<(), Failure> {
    let sql = asked.store.sql(OTHER_DIMS);
    let other: Option<i64> = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(number(dims))
        .fetch_optional(conn)
        .await?;
    match other {
        Some(found) => Err(Failure::Refused(asked.store.other_index(found, dims))),
        None => Ok(()),
    }
}

struct Passed {
    best: Vec<(Spot, Option<f64>)>,
    /// How many were looked at.
    items: usize,
}

/// Looks at all items of a listing, whose vectors come one behind the other.
async fn pass(
    conn: &mut PgConnection,
    asked: &Asked<'_>,
    others: Others,
    count: usize,
    mut sql: QueryBuilder<Postgres>,
) -> Result<Passed, Failure> {
    let dims = asked.query.vector().map_or(1, <[f32]>::len);
    let (mut best, mut items) = (Best::of(count), 0);
    let mut add = |candidate: Option<Candidate>| {
        let Some(candidate) = candidate.filter(|candidate| candidate.is_taken) else {
            return;
        };
        let vectors = candidate.numbers.chunks_exact(dims);
        let score = asked.matcher.similarity(vectors);
        if score.is_some() || others == Others::Last {
            best.add(candidate.spot, score);
        }
    };
    let mut current: Option<Candidate> = None;
    let mut rows = sql.build().fetch(conn);
    while let Some(row) = rows.try_next().await? {
        // A long pass lets others have their turn.
        tokio::task::coop::consume_budget().await;
        let id: i64 = row.try_get(0)?;
        if current.as_ref().is_none_or(|before| before.spot.id != id) {
            items += 1;
            let next = Candidate {
                spot: spot(&row)?,
                is_taken: asked.takes(&row)?,
                numbers: Vec::new(),
            };
            add(current.replace(next));
        }
        let numbers: Option<Vec<f32>> = row.try_get(4)?;
        if let (Some(current), Some(numbers)) = (&mut current, numbers) {
            current.numbers.extend(numbers);
        }
    }
    add(current);
    Ok(Passed {
        best: best.list(),
        items,
    })
}

/// An item whose vectors are coming.
struct Candidate {
    spot: Spot,
    is_taken: bool,
    numbers: Vec<f32>,
}

/// The vectors of each item that the search looks at, in order.
fn all_sql(asked: &Asked<'_>, others: Others) -> QueryBuilder<Postgres> {
    let columns = vector_columns(asked);
    let vectors = vectors(others);
    let mut sql = QueryBuilder::new(asked.store.sql(&format!(
        "SELECT {columns} FROM SCHEMA.store_items i {vectors}"
    )));
    push_searched(&mut sql, asked);
    sql.push(" ORDER BY i.path, i.key, v.place");
    sql
}

/// The vectors of so many items that pgvector finds to be the nearest, in order.
fn near_sql(
    asked: &Asked<'_>,
    others: Others,
    pgvector: &PgVector,
    count: usize,
) -> QueryBuilder<Postgres> {
    let vectors = vectors(others);
    let mut sql = QueryBuilder::new(asked.store.sql(&format!(
        "WITH near AS MATERIALIZED (
             SELECT i.id FROM SCHEMA.store_items i {vectors}"
    )));
    push_searched(&mut sql, asked);
    sql.push(" GROUP BY i.id");
    let query = asked.query.vector().unwrap_or_default();
    if let Some(least) = asked.search.min_similarity {
        sql.push(" HAVING max(");
        pgvector.push_similarity(&mut sql, query);
        sql.push(") >= ").push_bind(least - ROUNDING);
    }
    sql.push(" ORDER BY max(");
    pgvector.push_similarity(&mut sql, query);
    sql.push(") DESC NULLS LAST, i.path, i.key LIMIT ");
    sql.push_bind(number(count));
    push_their_vectors(&mut sql, asked, others);
    sql
}

/// The vectors of the items of so many vectors that the index finds to be the nearest, in
/// order.
fn by_index_sql(asked: &Asked<'_>, pgvector: &PgVector, count: usize) -> QueryBuilder<Postgres> {
    // OFFSET keeps the items inside: the index says which come first.
    let mut sql = QueryBuilder::new(asked.store.sql(
        "WITH near AS MATERIALIZED (
             SELECT DISTINCT c.id FROM (
                 SELECT i.id FROM SCHEMA.store_vectors v
                 CROSS JOIN LATERAL (
                     SELECT o.* FROM SCHEMA.store_items o WHERE o.id = v.item OFFSET 0) i",
    ));
    push_searched(&mut sql, asked);
    pgvector.push_by_index(&mut sql, asked.query.vector().unwrap_or_default());
    sql.push(" LIMIT ").push_bind(number(count)).push(") c");
    push_their_vectors(&mut sql, asked, Others::LeftOut);
    sql
}

/// Ends the list `near`, and reads the vectors of what is in it.
fn push_their_vectors(sql: &mut QueryBuilder<Postgres>, asked: &Asked<'_>, others: Others) {
    let (columns, vectors) = (vector_columns(asked), vectors(others));
    sql.push(asked.store.sql(&format!(
        ") SELECT {columns} FROM near n
         CROSS JOIN LATERAL (
             SELECT o.* FROM SCHEMA.store_items o WHERE o.id = n.id OFFSET 0) i
         {vectors} ORDER BY i.path, i.key, v.place"
    )));
}

/// The vectors `v` of the item `i`. OFFSET keeps them inside: they are found by its number.
fn vectors(others: Others) -> &'static str {
    match others {
        Others::Last => {
            "LEFT JOIN LATERAL (
                 SELECT o.* FROM SCHEMA.store_vectors o WHERE o.item = i.id OFFSET 0) v ON true"
        }
        Others::LeftOut => {
            "CROSS JOIN LATERAL (
                 SELECT o.* FROM SCHEMA.store_vectors o WHERE o.item = i.id OFFSET 0) v"
        }
    }
}

/// Where the item is, one of its vectors, and with the first of them its value if that is
/// looked at.
fn vector_columns(asked: &Asked<'_>) -> &'static str {
    if asked.takes_all() {
        "i.id, i.path, i.key, NULL::text, v.numbers"
    } else {
        "i.id, i.path, i.key,
         CASE WHEN v.place IS NOT DISTINCT FROM
             (SELECT min(o.place) FROM SCHEMA.store_vectors o WHERE o.item = i.id)
         THEN i.value END,
         v.numbers"
    }
}
