//! Tables that older builds have made, and older builds on tables that a newer one has
//! migrated.

use std::error::Error;

use agentflow_core::checkpoint::{Checkpointer, Delivery, Wake};
use agentflow_core::{CheckpointId, Timestamp};
use agentflow_sql::{PostgresError, PostgresOptions};

use crate::pg::{connect, options, run_sql};
use crate::thread::{append_to, commit, expect_whole, head, lease, log, record_at};

const SERVER: &str = "AGENTFLOW_TEST_POSTGRES";
const VERSION_1: &str = include_str!("../../migrations/postgres/0001_checkpoints.sql");

/// A schema as a build of version 1 left it.
async fn version_1(address: &str) -> PostgresOptions {
    let options = PostgresOptions {
        // All calls of one store are of one session of the server.
        connections_max: 1,
        ..options()
    };
    let schema = format!("\"{}\"", options.schema.replace('"', "\"\""));
    let made = format!(
        "CREATE SCHEMA {schema};
         CREATE TABLE schema_version (version bigint NOT NULL, usable_from bigint NOT NULL);
         INSERT INTO schema_version VALUES (1, 1);
         {}",
        VERSION_1.replace("SCHEMA", &schema)
    );
    run_sql(address, &options, &made).await;
    options
}

#[tokio::test]
async fn tables_of_the_first_version_are_read_and_migrated() {
    let Some(address) = agentflow_testkit::server(SERVER) else {
        return;
    };
    let options = version_1(&address).await;
    let store = connect(&address, &options).await;
    let lease = lease(&store, "t").await;
    let at = commit(&store, &lease, None).await.unwrap();

    // What is new needs the new tables, and says so.
    let refused = store.append_log(append_to(&lease, &[b"1"], 9)).await;
    let refused = refused.unwrap_err();
    let reason = refused.source().and_then(|source| source.downcast_ref());
    assert!(
        matches!(reason, Some(PostgresError::NotSetUp { .. })),
        "{refused:?}"
    );
    store.setup().await.unwrap();
    let appended = store.append_log(append_to(&lease, &[b"1"], 9)).await;
    assert_eq!(appended.unwrap().0, 1);
    commit(&store, &lease, Some(at)).await.unwrap();
    expect_whole(&head(&store, "t").await.unwrap());
    let of_both = "SELECT 1 / count(*) FROM schema_version WHERE version = 2 AND usable_from = 1";
    run_sql(&address, &options, of_both).await;
}

/// Its calls are those that a build of version 1 makes, on a session that has known the
/// tables before they changed.
#[tokio::test]
async fn a_worker_of_the_first_version_goes_on_after_a_newer_one_has_migrated() {
    let Some(address) = agentflow_testkit::server(SERVER) else {
        return;
    };
    let options = version_1(&address).await;
    let old = connect(&address, &options).await;
    let new = connect(&address, &options).await;
    let owner = lease(&old, "t").await;
    let mut at = None;
    for round in 0..4 {
        if round == 2 {
            new.setup().await.unwrap();
            let emitted = append_to(&owner, &[b"1", b"2"], 9);
            new.append_log(emitted).await.unwrap();
        }
        let id = commit(&old, &owner, at).await.unwrap();
        let record = record_at(&owner, id, b"1");
        old.save_records(record).await.unwrap();
        let told = Delivery {
            thread: "t".into(),
            name: "told".to_owned(),
            payload: Vec::new(),
            key: None,
            now: Timestamp(5),
        };
        old.deliver(told).await.unwrap();
        let wake = Wake::At(Timestamp(9));
        old.snooze(&"t".into(), wake).await.unwrap();
        assert_eq!(lease(&old, "other").await.epoch.0, round + 1);
        old.delete_thread(&"other".into()).await.unwrap();
        expect_whole(&head(&old, "t").await.unwrap());
        at = Some(id);
    }
    assert_eq!(at, Some(CheckpointId(4)));
    assert_eq!(log(&new, "t").await.entries.len(), 2);
    // What it deletes takes the stream log along.
    old.delete_thread(&"t".into()).await.unwrap();
    let left = log(&new, "t").await;
    assert_eq!((left.oldest.0, left.entries), (3, Vec::new()));
}
