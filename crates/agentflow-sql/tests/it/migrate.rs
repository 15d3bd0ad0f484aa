//! Files that older builds have written.

use agentflow_core::checkpoint::{Checkpoint, Checkpointer, Delivery, RecordKind};
use agentflow_core::{CheckpointId, Namespace, Timestamp};
use agentflow_sql::SqliteCheckpointer;

use crate::thread::{append_to, commit, expect_whole, head, lease, log, run_sql};

const SCHEMA_1: &str = include_str!("../../migrations/sqlite/0001_checkpoints.sql");

/// One thread with two checkpoints, as a build of schema 1 left it.
const THREAD: &str = r#"
    PRAGMA application_id = 0x6167666c;
    PRAGMA user_version = 1;
    INSERT INTO threads VALUES ('t', 7, 'gone', 60000000);
    INSERT INTO graphs VALUES (1, 't', '', 2);
    INSERT INTO checkpoints VALUES
        (1, 1, 1, '{"format":1,"id":1,"parent":null,"step":-1,"source":"input","created_at":0,"fingerprint":"f","state_version":1,"fields":{"first":1,"number":1},"next":[{"node":"__start__","index":0,"payload":{"a":1}}],"joins":[]}'),
        (1, 2, 1, '{"format":1,"id":2,"parent":1,"step":0,"source":"loop","created_at":0,"fingerprint":"f","state_version":1,"fields":{"first":1,"number":2},"next":[{"node":"n","index":0}],"joins":[]}');
    INSERT INTO field_values VALUES (1, 'first', 1, x'6669727374'), (1, 'number', 1, x'31'), (1, 'number', 2, x'32');
    INSERT INTO records VALUES (1, 2, '1/n/0', 'once', 'k', x'6f6e6365');
"#;

#[tokio::test]
async fn a_file_of_the_first_schema_is_read_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("threads.db");
    run_sql(&path, SCHEMA_1);
    run_sql(&path, THREAD);

    let store = SqliteCheckpointer::open(&path).await.unwrap();
    let stored = head(&store, "t").await.unwrap();
    expect_whole(&stored);
    assert_eq!(stored.records[0].kind, RecordKind::Once);
    let Checkpoint {
        deferred,
        origin,
        run,
        metadata,
        inner,
        next,
        ..
    } = stored.checkpoint;
    assert_eq!((deferred, origin.as_str(), run), (vec![], "", 0));
    assert!(metadata.is_empty() && inner.is_empty());
    assert_eq!(next[0].timeout_ms, None);

    // What is new works on what is old.
    let told = Delivery {
        thread: "t".into(),
        name: "told".to_owned(),
        payload: Vec::new(),
        key: None,
        now: Timestamp(5),
    };
    store.deliver(told).await.unwrap();
    assert_eq!(store.due(Timestamp(5), 10).await.unwrap(), ["t".into()]);
    let lease = lease(&store, "t").await;
    assert_eq!(lease.epoch.0, 8, "the epoch is remembered");
    let emitted = append_to(&lease, &[b"1", b"2"], 9);
    store.append_log(emitted).await.unwrap();
    assert_eq!(log(&store, "t").await.entries.len(), 2);
    commit(&store, &lease, Some(CheckpointId(2))).await.unwrap();
    store
        .copy_thread(&"t".into(), &"copy".into())
        .await
        .unwrap();
    assert_eq!(store.prune(&"t".into(), 1.into()).await.unwrap(), 2);
    expect_whole(&head(&store, "t").await.unwrap());
    store.close().await;

    let again = SqliteCheckpointer::open(&path).await.unwrap();
    let root = Namespace::root();
    let second = again
        .load(&"copy".into(), &root, Some(CheckpointId(2)))
        .await;
    expect_whole(&second.unwrap().unwrap());
}
