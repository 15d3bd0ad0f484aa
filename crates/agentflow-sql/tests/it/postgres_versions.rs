//! Tables that older builds have made, and older builds on tables that a newer one has
//! migrated.

use std::error::Error;

use agentflow_core::checkpoint::{CheckpointError, Checkpointer};
use agentflow_core::{CheckpointId, Namespace};
use agentflow_sql::{PostgresError, PostgresOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::pg::{connect, options, run_sql};
use crate::thread::{commit, expect_whole, head, lease};

const SERVER: &str = "AGENTFLOW_TEST_POSTGRES";
const VERSION_1: &str = include_str!("../../migrations/postgres/0001_checkpoints.sql");
const VERSION_2: &str = include_str!("../../migrations/postgres/0002_stream_log.sql");

/// A schema as a build of version 1 or 2 left it.
async fn of_version(version: usize, address: &str) -> PostgresOptions {
    let options = options();
    let schema = format!("\"{}\"", options.schema.replace('"', "\"\""));
    let migrations = [VERSION_1, VERSION_2][..version].concat();
    let made = format!(
        "CREATE SCHEMA {schema};
         CREATE TABLE schema_version (version bigint NOT NULL, usable_from bigint NOT NULL);
         INSERT INTO schema_version VALUES ({version}, 1);
         {}",
        migrations.replace("SCHEMA", &schema)
    );
    run_sql(address, &options, &made).await;
    options
}

/// The superstep after `$1` as a build of version 1 or 2 stores it.
const OLD_COMMIT: &str = r#"
    SELECT commit_superstep('t', '', 1, $1, $2, $1, 1,
        format('{"format":1,"id":%s,"parent":%s,"step":0,"source":"loop","created_at":0,"fingerprint":"f","state_version":1,"fields":{"first":1,"number":%s},"next":[],"joins":[]}',
            $2, coalesce($1::text, 'null'), $2),
        (ARRAY['number', 'first']::bytea[])[:CASE WHEN $1 IS NULL THEN 2 ELSE 1 END],
        (ARRAY[$2::text, 'first']::bytea[])[:CASE WHEN $1 IS NULL THEN 2 ELSE 1 END],
        '{}', '{}', '{}', '{}', '{}', '{}', 1000)"#;

/// A session of an older build, whose calls are these.
async fn session(address: &str, options: &PostgresOptions) -> PgConnection {
    let mut conn = PgConnection::connect(address).await.unwrap();
    let schema = options.schema.replace('"', "\"\"");
    let path = AssertSqlSafe(format!("SET search_path TO \"{schema}\""));
    sqlx::raw_sql(path).execute(&mut conn).await.unwrap();
    conn
}

async fn old_commit(conn: &mut PgConnection, id: i64) -> Result<(), sqlx::Error> {
    let refused: Option<Vec<Option<i64>>> = sqlx::query_scalar(OLD_COMMIT)
        .bind((id > 1).then_some(id - 1))
        .bind(id)
        .fetch_one(conn)
        .await?;
    assert_eq!(refused, None);
    Ok(())
}

fn needs_setup(error: &CheckpointError) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref());
    matches!(source, Some(PostgresError::NotSetUp { .. }))
}

#[tokio::test]
async fn what_older_builds_have_stored_is_read_and_goes_on() {
    let Some(address) = agentflow_testkit::server(SERVER) else {
        return;
    };
    for version in [1, 2] {
        let options = of_version(version, &address).await;
        let store = connect(&address, &options).await;
        let lease = lease(&store, "t").await;
        let mut old = session(&address, &options).await;
        for id in 1..=3 {
            old_commit(&mut old, id).await.unwrap();
        }

        let at = Some(CheckpointId(3));
        let refused = commit(&store, &lease, at).await.unwrap_err();
        assert!(needs_setup(&refused), "{refused:?}");
        store.setup().await.unwrap();
        let newest = head(&store, "t").await.unwrap();
        assert_eq!(newest.checkpoint.id, CheckpointId(3));
        expect_whole(&newest);
        let mut at = at;
        for _ in 0..2 {
            at = Some(commit(&store, &lease, at).await.unwrap());
            expect_whole(&head(&store, "t").await.unwrap());
        }
        store
            .copy_thread(&"t".into(), &"copy".into())
            .await
            .unwrap();
        assert_eq!(store.prune(&"t".into(), 1.into()).await.unwrap(), 4);
        expect_whole(&head(&store, "t").await.unwrap());
        for id in [2, 4, 5] {
            let at = Some(CheckpointId(id));
            let of_copy = store.load(&"copy".into(), &Namespace::root(), at).await;
            expect_whole(&of_copy.unwrap().unwrap());
        }
    }
}

/// Its sessions have known the tables before they changed.
#[tokio::test]
async fn a_worker_of_an_older_build_is_refused_after_a_newer_one_has_migrated() {
    let Some(address) = agentflow_testkit::server(SERVER) else {
        return;
    };
    let options = of_version(2, &address).await;
    let new = connect(&address, &options).await;
    let owner = lease(&new, "t").await;
    let mut old = session(&address, &options).await;
    let find = "
        SELECT c.body FROM graphs g
        JOIN checkpoints c ON c.graph = g.graph AND c.id = coalesce(NULL, g.head)
        WHERE g.thread = 't'";
    let forget = "SELECT forget(1, '{1}', '{}', '{}')";
    for id in 1..=3 {
        old_commit(&mut old, id).await.unwrap();
        sqlx::query(find).execute(&mut old).await.unwrap();
    }
    sqlx::query(forget).execute(&mut old).await.unwrap();
    new.setup().await.unwrap();
    let mut at = Some(CheckpointId(3));
    at = Some(commit(&new, &owner, at).await.unwrap());

    // Else it would take what lies in the rows of checkpoints for lost.
    let mut refused = vec![old_commit(&mut old, 5).await.unwrap_err()];
    for call in [find, forget] {
        refused.push(sqlx::query(call).execute(&mut old).await.unwrap_err());
    }
    let codes = refused.iter().map(|error| {
        let error = error.as_database_error().unwrap();
        error.code().unwrap().into_owned()
    });
    assert_eq!(codes.collect::<Vec<_>>(), ["42883", "42703", "42883"]);
    // One that starts only now is refused at once.
    let closed = "SELECT 1 / count(*) FROM schema_version WHERE version = 3 AND usable_from = 3";
    run_sql(&address, &options, closed).await;
    commit(&new, &owner, at).await.unwrap();
}
