//! The extension pgvector, where a database has it. Vectors are kept as plain arrays in
//! every database; here they become vectors for as long as they are compared.

use sqlx::{AssertSqlSafe, Postgres, QueryBuilder, Row};

use crate::postgres::{Connections, PostgresError, SETUP_LOCK};

/// Most numbers that its type takes.
const DIMS_MAX: usize = 16_000;

/// In which schema its names are. `l2_normalize` came with version 0.7.
const FIND: &str = "
    SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'vector' AND EXISTS (
        SELECT FROM pg_proc p
        WHERE p.pronamespace = e.extnamespace AND p.proname = 'l2_normalize')";

/// The extension, by the schema that it was created in: nobody says that this is on the
/// search path.
#[derive(Clone, Debug)]
pub(super) struct PgVector {
    /// In quotes.
    schema: String,
}

impl PgVector {
    /// Looks for it in the database.
    pub(super) async fn find(connections: &Connections) -> Result<Option<Self>, PostgresError> {
        let rows = connections.rows(sqlx::query(FIND)).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let schema: String = row.try_get(0).map_err(|error| connections.error(error))?;
        Ok(Some(Self {
            schema: format!("\"{}\"", schema.replace('"', "\"\"")),
        }))
    }

    /// Creates it, unless it is there. Several may at once.
    pub(super) async fn create(connections: &Connections) -> Result<(), PostgresError> {
        let created = connections.within(async {
            let mut held = connections.hold().await?;
            // Statements that are sent together are one transaction.
            let sql = format!(
                "SELECT pg_advisory_xact_lock({SETUP_LOCK}); CREATE EXTENSION IF NOT EXISTS vector"
            );
            let created = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut held.conn);
            let created = created.await;
            held.give_back(created).map(drop)
        });
        created.await.map_err(|error| match error {
            PostgresError::Refused { server, source } => PostgresError::NoPgVector {
                server,
                source: Some(source),
            },
            error => error,
        })
    }

    /// Makes the index of vectors of so many numbers, unless it is there.
    pub(super) async fn create_index(
        &self,
        connections: &Connections,
        dims: usize,
    ) -> Result<(), PostgresError> {
        // Over many vectors it takes longer than a call may.
        let (mut conn, _permit) = connections.hold_apart().await?;
        let (schema, tables) = (&self.schema, connections.place.sql("SCHEMA"));
        let sql = format!(
            "SET LOCAL statement_timeout = 0;
             SELECT pg_advisory_xact_lock({SETUP_LOCK});
             CREATE INDEX IF NOT EXISTS store_vectors_near_{dims} ON {tables}.store_vectors
             USING hnsw ((numbers::{schema}.vector({dims})) {schema}.vector_cosine_ops)
             WHERE cardinality(numbers) = {dims}"
        );
        let created = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await;
        created.map(drop).map_err(|error| connections.error(error))
    }

    /// ` AND … ORDER BY …` for the vectors `v` of the index, the nearest first.
    pub(super) fn push_by_index(&self, sql: &mut QueryBuilder<Postgres>, query: &[f32]) {
        let (schema, dims) = (&self.schema, query.len());
        sql.push(format_args!(
            " AND cardinality(v.numbers) = {dims}
             ORDER BY v.numbers::{schema}.vector({dims}) OPERATOR({schema}.<=>) "
        ));
        sql.push_bind(query.to_vec());
        sql.push(format_args!("::real[]::{schema}.vector"));
    }

    /// Whether it can hold vectors of so many numbers.
    pub(super) fn takes(&self, dims: usize) -> bool {
        dims <= DIMS_MAX
    }

    /// The cosine between the vector `v` and `query`; NULL if there is none. Both are
    /// brought to the length 1 before, since it adds up squares in 32 bits; what has no
    /// length has no direction either.
    pub(super) fn push_similarity(&self, sql: &mut QueryBuilder<Postgres>, query: &[f32]) {
        let schema = &self.schema;
        sql.push(format_args!(
            "CASE WHEN v.item IS NOT NULL THEN 1 - coalesce(nullif(
                 {schema}.l2_normalize(v.numbers::{schema}.vector) OPERATOR({schema}.<=>)
                 {schema}.l2_normalize("
        ));
        sql.push_bind(query.to_vec());
        sql.push(format_args!("::real[]::{schema}.vector), 'NaN'), 1) END"));
    }
}
